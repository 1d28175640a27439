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


def held_by(pids: Iterable[int]) -> set[str]:
    """The files that processes have in their memory."""
    return {name for pid in pids for name in _mapped(pid)}


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
