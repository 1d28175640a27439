"""The process above a page's process: it adopts whatever the page leaves, and ends when all of it is gone.

One for each page that runs, because a process that adopts the orphans of several pages can't tell whose they are. When
nothing of its page is left it can have the next: it runs no cell, and forks what the warm process would.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from workings.running import shared_memory
from workings.running.frames import Job, job_decoder
from workings.running.isolation import isolate
from workings.running.processes import (
    PAGE,
    descendants_of,
    kill_session,
    libc,
    reap,
    rename,
    signal_all,
    strays_of,
    trackers_in,
)
from workings.running.scratch import job_file
from workings.running.watching import LEAVE_SECONDS, REAP_SECONDS, TRACKER_SECONDS, Ending, watch

_REAP_ADOPTED_SECONDS = 1.0
_MOST = 1000
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_THP_DISABLE = 1, 36, 41
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


class Request(NamedTuple):
    """A page that is to be forked: the folder with its job, and the descriptors for its frames and its control."""

    scratch: str
    frames: int
    control: int


def supervise(requests: Iterable[Request]) -> tuple[Job, int]:
    """For one page after the other: start its process, wait for it or the order to stop it, clean up, and tell.

    Returns only in the processes of pages, with the job and the descriptor for frames.
    """
    os.setsid()
    adopt_orphans()
    above = os.getpid()
    for request in requests:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        job = job_decoder.decode(job_file(request.scratch).read_bytes())
        child = os.fork()
        if child == 0:
            return job, _isolated(job, frames=request.frames, above=above)
        os.close(request.frames)
        with socket.socket(fileno=request.control) as line:
            watch(Forked(child), scratch=job.scratch, control=line)
    os._exit(0)


class Forked:
    """A page's process, for the process that has forked it and adopts what it leaves."""

    def __init__(self, pid: int) -> None:
        """Take its number."""
        self.pid = pid

    def wait(self, control: socket.socket) -> bool:
        """Wait until it has ended, or something is said on `control`; whether it has ended."""
        handle = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(control, select.POLLIN)
        while not (found := poll.poll(1000 * _REAP_ADOPTED_SECONDS)):
            reap(os.getpid(), but={self.pid})
        os.close(handle)
        return handle in {descriptor for descriptor, _ in found}

    def started(self) -> set[int]:
        """The processes that it has started, and those that they have."""
        return descendants_of(os.getpid()) - {self.pid}

    def end(self) -> Ending:
        """Kill and reap it and every descendant."""
        status, others, held = -1, set[int](), set[str]()
        now = time.monotonic()
        alone = _is_dead(self.pid)
        patient, tracked = (now + LEAVE_SECONDS, now + TRACKER_SECONDS) if alone else (now, now)
        while time.monotonic() < now + REAP_SECONDS:
            try:
                pid, how = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == self.pid:
                status = how
            elif pid == 0 and not strays_of(os.getpid()):
                break  # what is left are checkpoints, which outlive the run that made them
            elif pid == 0 and time.monotonic() >= patient:
                left = descendants_of(os.getpid())
                held |= shared_memory.of(left)
                spared = trackers_in(left) if time.monotonic() < tracked else set()
                if not spared:
                    kill_session(self.pid)  # a page that ended by itself keeps its exit status
                others |= kill_children(but=spared)
            time.sleep(0.005 if pid == 0 else 0)
        return Ending(status, len(others - {self.pid}), held | shared_memory.named_after({self.pid}))


def adopt_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind."""
    libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def begin_session(above: int) -> None:
    """Lead a session of one's own, and end with the process that has forked this one."""
    os.setsid()
    libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != above:
        os._exit(1)


def _isolated(job: Job, *, frames: int, above: int) -> int:
    """Make this process the page's own; return the one descriptor that it keeps, out of the way of its cells."""
    rename(PAGE)
    begin_session(above)
    if _are_asked_for():
        libc().prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)
    kept = isolate(job, frames)
    os.closerange(3, kept)  # what the warm process had open
    os.closerange(kept + 1, kept + _MOST)
    return kept


def _are_asked_for() -> bool:
    """Whether only those have huge pages who ask, as the process did from which pages are forked: a page did not."""
    with suppress(OSError):
        return "[madvise]" in _HUGE_PAGES.read_text("utf-8")
    return False


def _is_dead(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_children(*, but: Set[int] = frozenset()) -> set[int]:
    """Kill every child of this process except our own kinds and these, and all below; return which they were."""
    children = strays_of(os.getpid()) - but
    killed = children.union(*map(descendants_of, children)) - but
    signal_all(killed, signal.SIGKILL)
    return killed
