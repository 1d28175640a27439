"""The files that a preview watches, each with what tells one state of it from the next."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from workings.beside import ACCEPTED

State = Mapping[str, str]
"""Files by their path, each with a mark that changes when the file does."""

PAGES = frozenset({".md", ".markdown", ".ipynb"})
MODULES = frozenset({".py"})
SOURCES = PAGES | MODULES
"""Kinds of files that count as changed when what they say has changed; of others, time and size decide."""

UNKNOWN = "?"
"""The mark of a file of which nobody can say what was read of it."""

_LEFT_OUT = frozenset({"__pycache__", ".ipynb_checkpoints", ".git", ACCEPTED})
"""Folders that hold nothing of a site."""


def state(watched: Iterable[str]) -> State:
    """The files below these paths."""
    return {path: mark for top in watched for path in files(top) if (mark := sign(path)) is not None}


def stamps(watched: Iterable[str]) -> State:
    """When the pages below these paths were last touched, whether or not they say something else since."""
    paths = (path for top in watched for path in files(top) if Path(path).suffix in PAGES)
    return {path: stamp for path in paths if (stamp := _stamp(path)) is not None}


def changes(before: State, after: State) -> set[str]:
    """The files that are new, gone, or not what they were."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def files(top: str) -> Iterator[str]:
    """A file itself, or all files below a folder, links to folders included, as MkDocs reads it."""
    if Path(top).is_file():
        yield top
    for folder, folders, names in os.walk(top, followlinks=True):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (f"{folder}/{name}" for name in names if not _is_an_editors(name))


def sign(path: str) -> str | None:
    """What changes when a file does; None for one that has just gone, or is none."""
    try:
        if Path(path).suffix in SOURCES and Path(path).is_file():
            return digest(path)
        found = Path(path).stat()
    except OSError:
        return None
    return f"{found.st_mtime_ns} {found.st_size}"


def _stamp(path: str) -> str | None:
    """When a file was last touched; the inode's own time is one that nobody can set back."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return f"{found.st_ino} {found.st_ctime_ns} {found.st_size}"


def digest(path: str) -> str | None:
    """What stands for the content of a file; None for one that can't be read, and for a pipe, which never ends."""
    try:
        if not Path(path).is_file():
            return None
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _is_an_editors(name: str) -> bool:
    """Whether a file is one that editors put beside what they edit: backups, swap files, locks."""
    return name.endswith(("~", ".swp", ".swx")) or name.startswith(".#") or name == "4913"
