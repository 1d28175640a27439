"""Making a process a page's own, however it was started: what it may reach, and the limits that the system keeps."""

import contextlib
import os
import signal
import sys

from workings.running.frames import Job
from workings.running.limits import largest_file
from workings.running.table import private_size

_HIGH = 600


def isolate(job: Job, frames: int) -> int:
    """Give this process the signals, streams and limits of a page; return its descriptor for frames."""
    for number in ("SIGTERM", "SIGCHLD"):
        with contextlib.suppress(AttributeError):
            signal.signal(getattr(signal, number), signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(AttributeError):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as in any Python: writing to who is gone is an exception
    kept = frames if sys.platform == "win32" else raised(frames, least=_HIGH)  # where a socket is no descriptor
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0, inheritable=True)
    os.close(nothing)
    if job.first == 0:  # from a checkpoint, a page goes on with what it had
        os.umask(0o022)
        _limit(job)
    return kept


def raised(low: int, *, least: int) -> int:
    """The same file or socket under a number out of the way of cells that close the first they think of."""
    high = least
    while _is_open(high):
        high += 1
    os.dup2(low, high, inheritable=False)
    os.close(low)
    return high


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _limit(job: Job) -> None:
    """Have the system keep what it can; where it can't, the process that waits for the page measures it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job.backend == "cpu" and (own := private_size()):  # an accelerator's driver reserves address space by the TB
        most = own + job.limits.memory
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    largest = largest_file(job.limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
