"""The store itself: found, saved, evicted and verified, whatever happens to its files meanwhile.

Every file's time of modification is the time of its last use. A long text is never older than an entry that needs it,
and at the same age the entry goes first: so no entry has to be read to know what may be evicted.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from workings.store.disk import TEMPORARY, DamagedError, make_private, read_regular, remove, touch, write_whole
from workings.store.entry import CANNOT_BE_SAID, LARGEST, Entry, keepable, pack, sha256, unpack
from workings.store.layout import blob_path, finished, kind, listing, shard, time_path, variants

T = TypeVar("T")

VARIANTS = 4
"""Entries that are kept under one key: a helper that is edited and edited back finds its record again."""

GRACE = 60.0
"""Seconds within which nothing that was used is evicted: another build may be at it."""

DAY = 24 * 3600.0
"""Seconds after which a half-written file is nobody's."""

MARKS = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# Records of pages: safe to delete.\n",
    ".gitignore": b"*\n",
}
"""What tells backup programs and git to pass by."""


class Verdict(Struct, frozen=True):
    """What verification says of one file: its fault, or nothing."""

    path: Path
    fault: str = ""


class Pace(Struct, frozen=True, forbid_unknown_fields=True):
    """How long a page took the last time."""

    path: str
    seconds: float


class Store:
    """A folder of records; no method raises for what the disk or anyone's hand did to it.

    What went wrong is in `warnings`, one sentence each.
    """

    def __init__(self, folder: Path, *, limit: int) -> None:
        """Take the folder, which need not exist yet, and the size in bytes that `trim` keeps it under."""
        self.folder = folder
        self.limit = limit
        self.warnings: list[str] = []
        self.writing = True
        self.written = 0
        """Bytes since it was trimmed last."""

    def find(self, key: str, *, accepts: Callable[[Entry], bool]) -> Entry | None:
        """The entry under the key that was used last, of those that are accepted."""
        for path in variants(self.folder, key):
            loaded = self._guarded(path, _load)
            if loaded is not None and accepts(loaded[0]):
                self._use(path, loaded[1])
                return loaded[0]
        return None

    def save(self, key: str, entry: Entry) -> bool:
        """Keep an entry under the key, and say whether it is kept: what failed never is."""
        if not self.writing or not keepable(entry.record):
            return False
        try:
            packed = pack(key, entry)
        except (*CANNOT_BE_SAID, DamagedError) as error:
            self.warnings.append(f"a record can't be kept, so its page runs again next time: {error}")
            return False
        files = {blob_path(self.folder, digest): data for digest, data in packed.blobs.items()}
        if not self._write(files | {shard(self.folder, key) / packed.name: packed.data}):
            return False
        for path in variants(self.folder, key)[VARIANTS:]:
            remove(path)
        return True

    def remember(self, path: str, seconds: float) -> None:
        """Note how long a page took, whether or not it passed."""
        if self.writing and math.isfinite(seconds):
            with contextlib.suppress(*CANNOT_BE_SAID):
                self._write({time_path(self.folder, path): msgspec.json.encode(Pace(path, seconds))})

    def expected(self, path: str) -> float | None:
        """How long a page took the last time, if that is known."""
        pace = self._guarded(time_path(self.folder, path), _read_pace)
        return None if pace is None else pace.seconds

    def trim(self, *, grace: float = GRACE) -> None:
        """Evict the least recently used files until the store is within its limit, and sweep half-written ones."""
        now, self.written = time.time_ns(), 0
        files = list(listing(self.folder))
        kept = [file for file in files if not file.path.name.startswith(TEMPORARY)]
        for file in files:
            if file.path.name.startswith(TEMPORARY) and file.age(now) > DAY:
                remove(file.path)
        excess = sum(file.size for file in kept) - self.limit
        for file in sorted(kept, key=lambda file: (file.used, kind(file.path) == "blob")):
            if excess > 0 and file.age(now) >= grace and file.unused_since():
                excess -= file.size if remove(file.path) else 0

    def verify(self) -> Iterator[Verdict]:
        """Read every file of the store, change none, and tell of each whether it is sound."""
        checks = {"entry": _check_entry, "blob": _check_blob, "time": _read_pace, "": _check_stranger}
        for path in finished(self.folder):
            try:
                checks[kind(path)](path)
            except FileNotFoundError:
                continue  # another build has evicted it since it was listed
            except DamagedError as error:
                yield Verdict(path, str(error))
            except OSError as error:
                yield Verdict(path, f"it can't be read ({error.strerror})")
            else:
                yield Verdict(path)

    def _guarded(self, path: Path, read: Callable[[Path], T]) -> T | None:
        """What a file holds; if it is damaged, None, one warning, and the file is no more."""
        try:
            return read(path)
        except FileNotFoundError:
            remove(path)  # evicted by another build, or an entry whose long text was: no one's fault
        except DamagedError as error:
            for damaged in {path, error.path or path}:
                remove(damaged)
            self.warnings.append(f"{path}: {error}; it was removed, and what it held is made again")
        except OSError as error:
            self.warnings.append(f"{path}: it can't be read ({error.strerror}); what it held is made again")
        return None

    def _use(self, path: Path, blobs: tuple[str, ...]) -> None:
        """Note that an entry was used; its long texts first, lest they be evicted between the two."""
        now = time.time_ns()
        for digest in blobs:
            touch(blob_path(self.folder, digest), stamp=now)
        touch(path, stamp=now)

    def _write(self, files: dict[Path, bytes]) -> bool:
        """Write files in their order; if the disk says no, say so once and write nothing more."""
        try:
            self._prepare()
            now = time.time_ns()
            for path, data in files.items():
                make_private(path.parent)
                write_whole(path, data, stamp=now)
                self.written += len(data)
        except OSError as error:
            self.writing = False
            reason = error.strerror or error.__class__.__name__
            self.warnings.append(f"{self.folder}: the store can't be written ({reason}): this build keeps nothing more")
        return self.writing

    def _prepare(self) -> None:
        """Make the folder, for its owner alone, with what marks it as a cache."""
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        for name, content in MARKS.items():
            if not (self.folder / name).exists():
                write_whole(self.folder / name, content, stamp=time.time_ns())


def _load(path: Path) -> tuple[Entry, tuple[str, ...]]:
    """The entry in a file, and the digests of its long texts."""
    folder = path.parent.parent
    return unpack(path.name, read_regular(path, limit=LARGEST), lambda digest: _read_blob(blob_path(folder, digest)))


def _read_blob(path: Path) -> bytes:
    """A long text, which proves itself by its name."""
    try:
        data = read_regular(path, limit=LARGEST)
    except DamagedError as error:
        raise DamagedError(f"a text it needs is damaged: {error}", path=path) from None
    if sha256(data) != path.stem:
        raise DamagedError("a text it needs is damaged: its digest does not fit its content", path=path)
    return data


def _read_pace(path: Path) -> Pace:
    """How long a page took, from the file of that page."""
    try:
        pace = msgspec.json.decode(read_regular(path, limit=LARGEST), type=Pace)
    except CANNOT_BE_SAID as error:
        raise DamagedError(f"it does not say how long a page took ({error})") from error
    if time_path(path.parent.parent, pace.path) != path:
        raise DamagedError("it is about another page")
    return pace


def _check_entry(path: Path) -> None:
    """Read an entry with all its long texts; one that has gone while the entry stays is a fault."""
    try:
        _load(path)
    except FileNotFoundError as error:
        path.lstat()
        raise DamagedError(f"a text it needs is gone: {Path(error.filename).name}") from None


def _check_blob(path: Path) -> None:
    """Read a long text."""
    _read_blob(path)


def _check_stranger(path: Path) -> None:
    """Refuse what has no name of ours."""
    raise DamagedError(f"{path.name} is no file of a store")
