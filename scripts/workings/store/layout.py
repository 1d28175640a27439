"""Where everything stands in a store's folder.

- `ab/<key>.<variant>.json`: an entry
- `ab/<digest>.blob`: a long text of entries
- `times/<digest>.json`: how long a page took
- `*/.tmp-…`: a file that is being written, or was when its writer died
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from workings.store.disk import TEMPORARY, is_folder

TIMES = "times"

_SHARD = re.compile("[0-9a-f]{2}")
_ENTRY = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{16}\.json")
_BLOB = re.compile(r"[0-9a-f]{64}\.blob")
_TIME = re.compile(r"[0-9a-f]{64}\.json")


class Kept(Struct, frozen=True):
    """A file of a store, as a listing saw it."""

    path: Path
    used: int
    """The time of its last use, in nanoseconds: its time of modification."""
    size: int

    def age(self, now: int) -> float:
        """Seconds between its last use and now; a time in the future is a wrong clock's, and as old as it is far."""
        return abs(now - self.used) / 1e9

    def unused_since(self) -> bool:
        """Whether nobody has used or replaced it since the listing."""
        with contextlib.suppress(OSError):
            return self.path.lstat().st_mtime_ns == self.used
        return False


def shard(folder: Path, digest: str) -> Path:
    """The folder for what begins with the same two digits."""
    return folder / digest[:2]


def blob_path(folder: Path, digest: str) -> Path:
    """The file of a long text."""
    return shard(folder, digest) / f"{digest}.blob"


def time_path(folder: Path, page: str) -> Path:
    """The file that says how long a page took."""
    return folder / TIMES / f"{hashlib.sha256(page.encode('utf-8', 'surrogatepass')).hexdigest()}.json"


def kind(path: Path) -> str:
    """What a file's name says it is: `entry`, `blob`, `time`, or nothing that belongs here."""
    if path.parent.name == TIMES:
        return "time" if _TIME.fullmatch(path.name) else ""
    if path.name[:2] != path.parent.name:
        return ""
    return "entry" if _ENTRY.fullmatch(path.name) else "blob" if _BLOB.fullmatch(path.name) else ""


def variants(folder: Path, key: str) -> list[Path]:
    """Whatever has the name of an entry under the key, the last used first."""
    found = [file for file in _scan(shard(folder, key)) if file.name.startswith(key) and file.name.endswith(".json")]
    return [Path(file.path) for file in sorted(found, key=_used, reverse=True)]


def listing(folder: Path) -> Iterator[Kept]:
    """All regular files of a store but those of its owner's."""
    for file in _everything(folder):
        with contextlib.suppress(OSError):
            if file.is_file(follow_symlinks=False):
                status = file.stat(follow_symlinks=False)
                yield Kept(Path(file.path), status.st_mtime_ns, status.st_size)


def finished(folder: Path) -> Iterator[Path]:
    """Whatever stands in a store's folders, but for files that are being written."""
    for file in _everything(folder):
        if not file.name.startswith(TEMPORARY):
            yield Path(file.path)


def _everything(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What stands in a store's own folders, and half-written files beside them."""
    for entry in _scan(folder):
        if entry.name.startswith(TEMPORARY):
            yield entry
        elif _SHARD.fullmatch(entry.name) or entry.name == TIMES:
            yield from _scan(Path(entry.path))


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, in order; nothing if it can't be read, or is reached by a link."""
    with contextlib.suppress(OSError):
        if is_folder(folder):
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
    return []


def _used(file: os.DirEntry[str]) -> int:
    """When a file was last used; never, if it has gone."""
    with contextlib.suppress(OSError):
        return file.stat(follow_symlinks=False).st_mtime_ns
    return 0
