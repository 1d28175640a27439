"""The system's table of processes: read from `/proc`, and with psutil where there is none."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_STATE, _PARENT, _SESSION = 0, 1, 3
"""Where they stand in `/proc/*/stat`, counted after the name."""
_SEEN = ("RssAnon", "RssShmem")
_SHARED = ("Pss_Anon", "Pss_Shmem")
_KILO = 1024


class Process(NamedTuple):
    """A line of the table."""

    pid: int
    name: str
    """Empty where no process of ours has a name."""
    parent: int
    session: int
    """The number of the process that leads its session; 0 where nobody can say."""
    dead: bool
    """Whether it has ended, and nobody has asked for its status yet."""


def processes() -> Iterator[Process]:
    """All processes that there are."""
    return _kernels() if _has_proc() else _psutils()


def resident(pids: Iterable[int], *, limit: int) -> int:
    """Bytes that processes have in memory and do not share with files.

    What they share with each other counts once, which is only looked at when the sum is over the limit: it takes long.
    Where there is no `/proc`, all that a process has in memory counts.
    """
    if not _has_proc():
        return sum(map(_whole_size, pids))
    pids = list(pids)
    seen = sum(_kilobytes(pid, "status", _SEEN) for pid in pids) * _KILO
    return seen if seen <= limit else sum(_kilobytes(pid, "smaps_rollup", _SHARED) for pid in pids) * _KILO


def shared_size(pid: int) -> int:
    """Bytes of memory that a process has, its part of what it shares; 0 when it is gone."""
    return _kilobytes(pid, "smaps_rollup", ("Pss",)) * _KILO


def private_size() -> int:
    """Bytes of private memory that this process has, shared with another one though they may be; 0 if unknown."""
    return _kilobytes(os.getpid(), "status", ("VmData",)) * _KILO


def bearing(name: str, value: str, *, since: float) -> set[int]:
    """The processes begun since then in whose environment a variable has that value, wherever in the table they are."""
    import psutil

    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.create_time() >= since and process.environ().get(name) == value:
                found.add(process.pid)
    return found


def _has_proc() -> bool:
    return (PROC / "self").exists()


def _kernels() -> Iterator[Process]:
    for number in filter(str.isdigit, os.listdir(PROC)):  # noqa: PTH208 - it is read for each page that runs, many times
        with contextlib.suppress(OSError, IndexError), open(f"{PROC}/{number}/stat", "rb", buffering=0) as file:  # noqa: PTH123
            front, _, rest = file.read().rpartition(b")")
            fields, name = rest.split(), front.partition(b"(")[2].decode("utf-8", "replace")
            dead = fields[_STATE] in b"ZX"
            yield Process(int(number), name, int(fields[_PARENT]), int(fields[_SESSION]), dead)


def _psutils() -> Iterator[Process]:
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            yield Process(process.pid, "", process.ppid(), _session(process.pid), dead)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid) if hasattr(os, "getsid") else 0
    except OSError:
        return 0


def _whole_size(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _kilobytes(pid: int, file: str, names: tuple[str, ...]) -> int:
    """The sum of some lines of a file about a process, 0 when it is gone."""
    try:
        lines = (PROC / str(pid) / file).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return 0
    fields = (line.split(":", 1) for line in lines if ":" in line)
    return sum(int(value.split()[0]) for name, value in fields if name in names)
