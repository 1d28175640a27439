"""What the kernel's table says of processes."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_PARENT, _SESSION = 1, 3
"""Where they stand in `/proc/*/stat`, counted after the name."""


def children_of(parent: int) -> Iterator[int]:
    """The processes with that parent, the adopted included."""
    return _processes(_PARENT, parent)


def session_of(leader: int) -> Iterator[int]:
    """The processes of a session: a page's own, and those that it has started and that did not leave for another."""
    return _processes(_SESSION, leader)


def resident(pid: int) -> int:
    """Resident bytes of a process that it does not share with files; 0 when it is gone."""
    try:
        numbers = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return (int(numbers[1]) - int(numbers[2])) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _processes(field: int, number: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[field]) == number:
                    yield int(entry.name)
