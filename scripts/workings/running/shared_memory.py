"""Shared memory that a page has made: it is in files, which stay when their processes are ended."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108 - where the kernel has it


def names() -> set[str]:
    """The files that there are."""
    try:
        return {path.name for path in FOLDER.iterdir()}
    except OSError:
        return set()


def of(pids: Iterable[int]) -> set[str]:
    """The files that processes have in their memory, or have made."""
    pids = set(pids)
    return {name for pid in pids for name in _mapped(pid)} | named_after(pids)


def named_after(pids: Iterable[int]) -> set[str]:
    """The files that torch has made in these processes, which may be gone."""
    starts = tuple(f"torch_{pid}_" for pid in pids)
    return {name for name in names() if name.startswith(starts)}


def remove(gone: Iterable[str]) -> None:
    """Remove files, of which some may be gone."""
    for name in gone:
        with contextlib.suppress(OSError):
            (FOLDER / name).unlink()


def _mapped(pid: int) -> set[str]:
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return set()
    start = f"{FOLDER}/"
    return {name for _, found, name in (line.partition(start) for line in lines) if found and "/" not in name}
