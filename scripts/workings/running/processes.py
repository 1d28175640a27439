"""Which processes belong together, and what can be done to them."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from workings.running.table import Process, processes

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""The signal that nobody can refuse."""
WARM, SUPERVISOR, CHECKPOINT = OURS = ("wk-warm", "wk-supervisor", "wk-checkpoint")
"""The names by which the table tells our own kinds of processes from those of a page, of at most 15 characters.

A child has the name of its parent until it takes another: at no moment is a supervisor taken for a stray.
"""
PAGE = "python3"
_PR_SET_NAME = 15
_KILO = 1024


@lru_cache(maxsize=1)
def libc() -> ctypes.CDLL:
    """The system's own library, of which Linux alone has what is called."""
    return ctypes.CDLL(None, use_errno=True)


def rename(name: str) -> None:
    """Give this process a name in the table; its children inherit it."""
    libc().prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def strays_of(parent: int) -> set[int]:
    """The processes with that parent, the adopted included, that are none of our own kinds."""
    return {process.pid for process in processes() if process.parent == parent and not _is_ours(process)}


def trackers_in(pids: Iterable[int]) -> set[int]:
    """Those of these processes that Python has started to remove shared memory when its makers are gone."""
    return {pid for pid in pids if b"multiprocessing.resource_tracker" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def has_idle_supervisor() -> bool:
    """Whether this process has a supervisor that has no page."""
    table = [process for process in processes() if not process.dead]
    own = {process.pid for process in table if process.parent == os.getpid() and process.name == SUPERVISOR}
    return bool(own - {process.parent for process in table if not _is_ours(process)})


def children_of(parent: int) -> Iterator[int]:
    """The processes with that parent, the adopted included."""
    return (process.pid for process in processes() if process.parent == parent)


def descendants_of(ancestor: int) -> set[int]:
    """The processes below one, the adopted included; not those that have ended."""
    table = list(processes())
    return {process.pid for process in _below({ancestor}, table) if not process.dead}


def family_of(supervisor: int, leader: int) -> set[int]:
    """The processes of a page: all below the one that watches over it, and those of its session if that one is gone.

    A process that has ended counts until whoever started it has asked for its status.
    """
    table = list(processes())
    session = [process for process in table if process.session == leader]
    found = [*session, *_below({supervisor, *(process.pid for process in session)}, table)]
    return {process.pid for process in found if not (process.dead and process.parent == supervisor)}


def living(pids: Container[int]) -> set[int]:
    """Those of the processes that have not ended."""
    return {process.pid for process in processes() if process.pid in pids and not process.dead}


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, of which some may be gone."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def kill_session(leader: int) -> None:
    """End all processes of a session that are in its leader's group; the leader alone where there are no groups."""
    with contextlib.suppress(OSError):
        os.killpg(leader, KILL) if hasattr(os, "killpg") else os.kill(leader, KILL)


def peak() -> int:
    """The most bytes that this process has had in memory; those that it has, where nobody kept count."""
    try:
        import resource
    except ImportError:
        import psutil

        return int(psutil.Process().memory_info().rss)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else _KILO)


def cores() -> int:
    """The cores that this process may use, where the system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def reap(parent: int, *, but: Container[int]) -> None:
    """Ask for the status of what this process has adopted and what has ended since."""
    for process in processes():
        if process.parent == parent and process.dead and process.pid not in but:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def _below(roots: set[int], table: list[Process]) -> list[Process]:
    """The processes that have one of the roots above them, and no process of our own kinds between."""
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Process] = {}
    waiting = list(roots)
    while waiting:
        below = children.get(waiting.pop(), ())
        new = [process for process in below if process.pid not in found and not _is_ours(process)]
        found |= {process.pid: process for process in new}
        waiting += [process.pid for process in new]
    return list(found.values())


def _is_ours(process: Process) -> bool:
    return process.name in OURS
