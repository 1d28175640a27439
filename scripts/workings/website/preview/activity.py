"""What cells and builds are doing while an author edits: when they run, and which files pages read and write."""

import os
import threading
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager

from workings.events import Event

_SLACK = 0.05
"""Seconds by which the time of a file may lie beside that of the clock."""

_KEPT = 100
"""Times that are remembered; those before are over for long."""


class Activity:
    """When cells were running or a site was being built, and what pages have read and written; asked in any thread."""

    def __init__(self) -> None:
        """Begin with nothing going on."""
        self._since: dict[str, float] = {}
        self._over: list[tuple[float, float]] = []
        self._read: dict[str, Set[str]] = {}
        self._written: dict[str, Set[str]] = {}
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Note that a page has begun to run, has come to its end or is not run, and what it has read and written."""
        if event.what == "started":
            self._end(event.page)
            self._begin(event.page)
        elif event.what in {"finished", "dropped"}:
            self._end(event.page)
        if event.what in {"finished", "stored"}:
            with self._lock:
                self._read[event.page] = frozenset(map(os.path.realpath, event.read))
        if event.what == "finished":
            with self._lock:
                self._written[event.page] = frozenset(map(os.path.realpath, event.written))

    @contextmanager
    def building(self) -> Iterator[None]:
        """Note that a site is being built meanwhile."""
        self._begin("")
        try:
            yield
        finally:
            self._end("")

    def retain(self, pages: Set[str]) -> None:
        """Forget what all pages but these have read and written."""
        with self._lock:
            for known in (self._read, self._written):
                for page in known.keys() - pages:
                    del known[page]

    def clear(self) -> None:
        """Nothing runs any more."""
        with self._lock:
            self._since.clear()

    def hold(self, moment: float, *, since: float = 0.0) -> bool:
        """Whether something was going on at this time that had begun no earlier than `since`, in seconds."""
        with self._lock:
            spans = [*self._over, *((since, time.time()) for since in self._since.values())]
        return any(start - _SLACK <= moment <= end + _SLACK for start, end in spans if start >= since)

    def inputs(self) -> set[str]:
        """All files that pages have read, under their real names."""
        with self._lock:
            return set().union(*self._read.values())

    def read(self, path: str) -> bool:
        """Whether a page depends on this file, and is not the page in it."""
        real = os.path.realpath(path)
        with self._lock:
            return any(real in files and not real.endswith(f"{os.sep}{page}") for page, files in self._read.items())

    def written(self, path: str) -> bool:
        """Whether a page that has come to its end wrote this file."""
        with self._lock:
            return any(os.path.realpath(path) in files for files in self._written.values())

    def _begin(self, what: str) -> None:
        with self._lock:
            self._since[what] = time.time()

    def _end(self, what: str) -> None:
        with self._lock:
            if what in self._since:
                self._over = [*self._over[-_KEPT:], (self._since.pop(what), time.time())]
