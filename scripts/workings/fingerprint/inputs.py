"""What a run read besides its page: files by their content, packages by their version."""

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Self

from msgspec import Struct

ABSENT = ""
"""Stands for the content of a file, or the version of a package, that was looked for and is not there."""

_SEEN = "//"
"""Stands between a folder and what was seen in it; no path that a run gives has it."""

_TICK = 0.02
"""Seconds that the date of a file may lie before the clock."""

BASE_PACKAGES = ("ipython", "matplotlib", "numpy", "torch")
"""What every page runs in, whether it imports them or not."""


class Inputs(Struct, frozen=True, kw_only=True):
    """What a run read besides its page."""

    files: dict[str, str] = {}
    """SHA-256 by path, relative to the project's root where it lies under it; `ABSENT` where there is none.

    That of a folder, whose path ends with a slash, is that of the names that a run saw in it.
    """
    packages: dict[str, str] = {}
    """Version by distribution, or `ABSENT`."""


class Moment(Struct, frozen=True, kw_only=True):
    """A time by two clocks: by that which dates files, and which anyone may set, and by one that nobody sets."""

    wall: float
    steady: float

    @classmethod
    def now(cls) -> Self:
        """The time that it is."""
        return cls(wall=time.time(), steady=time.monotonic())


def describe_inputs(paths: Iterable[str | Path], packages: Iterable[str], root: Path) -> Inputs:
    """The content of the files and the versions of the distributions that a run asked for, as they are now.

    Among the paths may be listings, which stay what they were. What is no regular file (a folder, a pipe, a device)
    has no content to compare and is left out, and so are the packages whose versions every key holds.
    """
    given = [str(path) for path in paths]
    found = {name: digest_file(_locate(name, root)) for name in _file_names(given, root)}
    files = {name: digest for name, digest in found.items() if digest is not None}
    listings = sorted(path.rpartition(_SEEN) for path in given if _SEEN in path)
    files |= {f"{_name(folder, root)}/": digest for folder, _, digest in listings}
    names = sorted(set(packages).difference(BASE_PACKAGES))
    return Inputs(files=files, packages={name: package_version(name) for name in names})


def inputs_hold(inputs: Inputs, root: Path) -> bool:
    """Whether everything that a run read is still what it was."""
    return all(package_version(name) == version for name, version in inputs.packages.items()) and all(
        (digest_names if name.endswith("/") else digest_file)(_locate(name, root)) == digest
        for name, digest in inputs.files.items()
    )


def unsettled(paths: Iterable[str | Path], root: Path, started: Moment) -> tuple[str, ...]:
    """The files that changed since a run started, of which nobody can say what the run read.

    The inode's change time is used, which no program can set back, unless it sets the clock: when that was set back
    during the run, the run started earlier by it than it seemed then. The kernel's clock may trail by a tick.
    """
    now, names = Moment.now(), _file_names(map(str, paths), root)
    earliest = min(started.wall, now.wall - (now.steady - started.steady)) - _TICK
    return tuple(name for name in names if _changed(_locate(name, root)) >= earliest)


def listing(folder: str) -> str:
    """What stands for a folder among a run's paths: it, and the digest of the names that are in it now."""
    return f"{folder}{_SEEN}{digest_names(Path(folder))}"


def _file_names(paths: Iterable[str], root: Path) -> list[str]:
    """The names of the files among a run's paths, sorted."""
    return sorted({_name(path, root) for path in paths if _SEEN not in path})


def _changed(path: Path) -> float:
    """When a file last changed; long ago if there is none."""
    try:
        return path.stat().st_ctime
    except (OSError, ValueError):
        return 0.0


def _name(path: str | Path, root: Path) -> str:
    """A file's name among a run's inputs: relative to the root if it lies under it."""
    base = os.path.abspath(root)  # noqa: PTH100  links are read through, not resolved: they may point elsewhere tomorrow
    full = Path(os.path.normpath(os.path.join(base, path)))  # noqa: PTH118  normpath has no Path form
    return (full.relative_to(base) if full.is_relative_to(base) else full).as_posix()


def _locate(name: str, root: Path) -> Path:
    """The file of that name."""
    return root / name


def digest_names(folder: Path) -> str:
    """The SHA-256 of the names in a folder, where Python may keep bytecode too; `ABSENT` if there is none."""
    try:
        names = sorted(os.fsencode(name) for name in os.listdir(folder) if name != "__pycache__")  # noqa: PTH208
    except (OSError, ValueError):
        return ABSENT
    return hashlib.sha256(b"\0".join(names)).hexdigest()


def digest_file(path: Path) -> str | None:
    """The SHA-256 of a file; `ABSENT` if it can't be read, None if it is no regular file. Never waits on a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    try:
        file = os.open(path, flags)
    except (OSError, ValueError):
        return ABSENT
    try:
        return _digest_open(file)
    except OSError:
        return ABSENT
    finally:
        os.close(file)


def _digest_open(file: int) -> str | None:
    """The SHA-256 of an open file, or None if it is no regular file."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        return None
    with open(file, "rb", closefd=False) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def package_version(name: str) -> str:
    """The version of an installed distribution, or `ABSENT`; imports nothing of it."""
    try:
        return metadata.version(name) or ABSENT
    except (metadata.PackageNotFoundError, ValueError):
        return ABSENT
