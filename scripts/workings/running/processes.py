"""What the kernel's table says of processes."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

_STATE, _PARENT, _SESSION = 0, 1, 3
"""Where they stand in `/proc/*/stat`, counted after the name."""
_SEEN = ("RssAnon", "RssShmem")
_SHARED = ("Pss_Anon", "Pss_Shmem")
_KILO = 1024


WARM, SUPERVISOR, CHECKPOINT = OURS = ("wk-warm", "wk-supervisor", "wk-checkpoint")
"""The names by which the table tells our own kinds of processes from those of a page, of at most 15 characters.

A child has the name of its parent until it takes another: at no moment is a supervisor taken for a stray.
"""
PAGE = "python3"
_PR_SET_NAME = 15
_libc = ctypes.CDLL(None)


class Process(NamedTuple):
    """A line of the table."""

    pid: int
    name: str
    parent: int
    session: int
    dead: bool
    """Whether it has ended, and nobody has asked for its status yet."""


def rename(name: str) -> None:
    """Give this process a name in the table; its children inherit it."""
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def strays_of(parent: int) -> set[int]:
    """The processes with that parent, the adopted included, that are none of our own kinds."""
    return {process.pid for process in _table() if process.parent == parent and not _is_ours(process)}


def children_of(parent: int) -> Iterator[int]:
    """The processes with that parent, the adopted included."""
    return (process.pid for process in _table() if process.parent == parent)


def descendants_of(ancestor: int) -> set[int]:
    """The processes below one, the adopted included; not those that have ended."""
    table = list(_table())
    return {process.pid for process in _below({ancestor}, table) if not process.dead}


def family_of(supervisor: int, leader: int) -> set[int]:
    """The processes of a page: all below the one that watches over it, and those of its session if that one is gone.

    A process that has ended counts until whoever started it has asked for its status.
    """
    table = list(_table())
    session = [process for process in table if process.session == leader]
    found = [*session, *_below({supervisor, *(process.pid for process in session)}, table)]
    return {process.pid for process in found if not (process.dead and process.parent == supervisor)}


def resident(pids: Iterable[int], *, limit: int) -> int:
    """Bytes that processes have in memory and do not share with files.

    What they share with each other counts once, which is only looked at when the sum is over the limit: it takes long.
    """
    pids = list(pids)
    seen = sum(_kilobytes(pid, "status", _SEEN) for pid in pids) * _KILO
    return seen if seen <= limit else sum(_kilobytes(pid, "smaps_rollup", _SHARED) for pid in pids) * _KILO


def shared_size(pid: int) -> int:
    """Bytes of memory that a process has, its part of what it shares; 0 when it is gone."""
    return _kilobytes(pid, "smaps_rollup", ("Pss",)) * _KILO


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, of which some may be gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def reap(parent: int, *, but: Container[int]) -> None:
    """Ask for the status of what this process has adopted and what has ended since."""
    for process in _table():
        if process.parent == parent and process.dead and process.pid not in but:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def _below(roots: set[int], table: list[Process]) -> list[Process]:
    """The processes that have one of the roots above them."""
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Process] = {}
    waiting = list(roots)
    while waiting:
        below = children.get(waiting.pop(), ())
        new = [process for process in below if process.pid not in found and process.name != CHECKPOINT]
        found |= {process.pid: process for process in new}
        waiting += [process.pid for process in new]
    return list(found.values())


def _kilobytes(pid: int, file: str, names: tuple[str, ...]) -> int:
    """The sum of some lines of a file about a process, 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return 0
    fields = (line.split(":", 1) for line in lines if ":" in line)
    return sum(int(value.split()[0]) for name, value in fields if name in names)


def _table() -> Iterator[Process]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                line = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                front, _, rest = line.rpartition(")")
                fields, name = rest.split(), front.partition("(")[2]
                dead = fields[_STATE] in "ZX"
                yield Process(int(entry.name), name, int(fields[_PARENT]), int(fields[_SESSION]), dead)


def _is_ours(process: Process) -> bool:
    return process.name in OURS
