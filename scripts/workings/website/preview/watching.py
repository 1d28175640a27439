"""An observer of files that is told by the system at once, where MkDocs' own looks twice a second."""

import logging
import os
import threading
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchdog.events import FileDeletedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger("mkdocs.plugins.workings")

DELAY = 0.02
"""Seconds without a change after which a build begins: an editor's save is several changes."""

_READING = frozenset({"opened", "closed_no_write"})
"""What happens to a file that is read: our own looks are no changes."""


_WITH_FILES = frozenset({"deleted", "moved"})
"""What happens to a folder and to all files in it, of which the system then says nothing."""


class _Filter(FileSystemEventHandler):
    """Hands on the events that say that a file has changed; with `only`, those of these files."""

    def __init__(self, inner: FileSystemEventHandler, only: Set[str] | None) -> None:
        self._inner, self._only = inner, only

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = {os.fsdecode(event.src_path), os.fsdecode(event.dest_path or "")}
        if event.event_type in _READING or (self._only is not None and not self._only & paths):
            return
        if event.is_directory and event.event_type in _WITH_FILES:
            event = FileDeletedEvent(event.src_path)
        self._inner.dispatch(event)


class Watcher:
    """An observer as MkDocs uses one: the system's own, or one that polls where the system has too many to watch."""

    def __init__(self) -> None:
        """Begin without anything to watch."""
        self._observer: BaseObserver = Observer()
        self._asked: list[tuple[FileSystemEventHandler, str, bool]] = []
        self._watches: dict[int, list[ObservedWatch]] = {}
        self._lock = threading.Lock()

    def schedule(self, handler: FileSystemEventHandler, path: str, *, recursive: bool = False) -> int:
        """Watch a path; give what `unschedule` takes."""
        with self._lock:
            self._asked.append((handler, path, recursive))
            number = len(self._asked) - 1
            self._watches[number] = self._schedule(handler, path, recursive=recursive)
        return number

    def unschedule(self, number: int) -> None:
        """Watch a path no longer."""
        with self._lock:
            for watch in self._watches.pop(number, ()):
                self._observer.unschedule(watch)

    def start(self) -> None:
        """Begin to watch."""
        try:
            self._observer.start()
        except OSError as error:
            log.info("Files are looked at twice a second, because the system can't tell of changes: %s", error)
            self._poll()

    def stop(self) -> None:
        """End, sooner or later."""
        self._observer.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        if self._observer.is_alive():
            self._observer.join(timeout)

    def is_alive(self) -> bool:
        """Whether changes are still told."""
        return self._observer.is_alive()

    def _poll(self) -> None:
        with self._lock:
            self._observer.stop()
            self._observer = PollingObserver(timeout=0.5)
            for number in self._watches:
                handler, path, recursive = self._asked[number]
                self._watches[number] = self._schedule(handler, path, recursive=recursive)
            self._observer.start()

    def _schedule(self, handler: FileSystemEventHandler, path: str, *, recursive: bool) -> list[Any]:
        """Watch a path: of a file its folder, since editors put another in its place; of a folder what it links."""
        real = os.path.realpath(path)
        if Path(real).is_file():
            folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100 - a link is replaced where it stands
            top = os.path.realpath(folder)
            return [self._observer.schedule(_Filter(handler, {f"{top}/{name}"}), top, recursive=False)]
        links = sorted(linked(real)) if recursive else []
        tops = dict.fromkeys([real, *filter(os.path.isdir, links)])
        watches = [self._observer.schedule(_Filter(handler, None), top, recursive=recursive) for top in tops]
        files = {link for link in links if Path(link).is_file()}
        folders = sorted(set(map(os.path.dirname, files)))
        return watches + [self._observer.schedule(_Filter(handler, files), folder) for folder in folders]


def linked(top: str) -> set[str]:
    """What links below this folder lead to: folders and files whose changes the system does not tell with its own."""
    return {
        os.path.realpath(f"{folder}/{name}")
        for folder, folders, files in os.walk(top, followlinks=True)
        for name in (*folders, *files)
        if Path(folder, name).is_symlink()
    }


def watch_closely(server: "LiveReloadServer") -> None:
    """Have a server that has not been started yet told of changes at once."""
    counts = dict(server._watched_paths)  # noqa: SLF001 - it has no other way to change its observer
    for path, count in counts.items():
        for _ in range(count):
            server.unwatch(path)
    server.observer = Watcher()  # type: ignore[assignment]
    server.build_delay = DELAY
    for path, count in counts.items():
        for _ in range(count):
            server.watch(path)
