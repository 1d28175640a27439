"""The thread that puts into pages what their cells have shown since."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("mkdocs.plugins.workings")

INTERVAL = 0.06
"""Seconds between two versions of a page: sooner than anyone sees, seldom enough to leave the cells their time."""


class Painter:
    """Paints pages that have more to show, each as often as it can be seen and not as often as it changes."""

    def __init__(self, paint: Callable[[set[str]], None]) -> None:
        """Take how pages are painted; it is called in a thread of ours."""
        self._paint = paint
        self._pending: set[str] = set()
        self._news = threading.Condition()
        self._open = True
        self._thread: threading.Thread | None = None

    def add(self, path: str) -> None:
        """Have a page painted; called in any thread."""
        with self._news:
            self._pending.add(path)
            if self._thread is None and self._open:
                self._thread = threading.Thread(target=self._work, name="workings-painter", daemon=True)
                self._thread.start()
            self._news.notify_all()

    def close(self) -> None:
        """Paint nothing more."""
        with self._news:
            self._open = False
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(2)

    def _work(self) -> None:
        while self._open:
            with self._news:
                self._news.wait_for(lambda: self._pending or not self._open)
                pending, self._pending = self._pending, set()
            if self._open:
                self._try(pending)
            with self._news:
                self._news.wait_for(lambda: not self._open, INTERVAL)

    def _try(self, paths: set[str]) -> None:
        try:
            self._paint(paths)
        except Exception:
            log.exception("%s can't be shown as far as it has run", ", ".join(sorted(paths)))
