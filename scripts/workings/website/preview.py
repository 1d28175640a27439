"""The preview builds again when an author has changed something, and not because a cell wrote a file."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

State = Mapping[str, str]
"""Files by their path, each with what tells one state of it from the next."""

PAGES = frozenset({".md", ".markdown", ".ipynb"})


class Preview:
    """A build that does nothing when all that has changed was changed by the build before."""

    def __init__(self, build: Callable[[], None], watched: Callable[[], Iterable[str]]) -> None:
        """Take how to build, and what is watched, which other plugins may add to."""
        self._build, self._watched = build, watched
        self._seen = state(watched())

    def __call__(self) -> None:
        """Build, if there is something new."""
        before = state(self._watched())
        if before == self._seen:
            return
        try:
            self._build()
        finally:
            self._seen = known(before, state(self._watched()))


def known(before: State, after: State) -> State:
    """What a build has seen: pages as they were when it began, and whatever cells have made of other files since.

    A page that was saved while a build was going on may not be in it, so it is built again.
    """
    edited = {path: found for path, found in before.items() if Path(path).suffix in PAGES}
    return {**after, **edited}


def state(watched: Iterable[str]) -> State:
    """The files below these paths: pages by what they say, others by time and size."""
    return {path: mark for top in watched for path in files(top) if (mark := sign(path)) is not None}


def files(top: str) -> Iterator[str]:
    """A file itself, or all files below a folder."""
    if Path(top).is_file():
        yield top
    for folder, _, names in os.walk(top):
        yield from (f"{folder}/{name}" for name in names)


def sign(path: str) -> str | None:
    """What changes when a file does; None for one that has just gone."""
    try:
        if Path(path).suffix in PAGES and Path(path).is_file():
            return hashlib.sha256(Path(path).read_bytes()).hexdigest()
        found = Path(path).stat()
    except OSError:
        return None
    return f"{found.st_mtime_ns} {found.st_size}"
