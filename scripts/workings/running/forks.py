"""Processes that a page starts: counted where Python starts them, so that the one too many is refused at its line.

What C code and other programs start is seen by the process that waits for the page, a moment later.
"""

import errno
import mmap
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable

from workings.running.limits import too_many_processes
from workings.running.processes import family_of

STARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""Audit events that tell of another process."""
_STARTED, _REFUSED = 0, 1


def end_daemons() -> None:
    """End the processes that multiprocessing ends with the one that has started them: workers of a DataLoader.

    To be called when this process has nothing left to do but to end: it does not hear of their ends any more.
    """
    if "multiprocessing.process" in sys.modules:
        if hasattr(signal, "SIGCHLD"):
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for process in multiprocessing.active_children():
            if process.daemon:
                process.kill()


class Forks:
    """Refuses a process over the limit, in the page's process and in all that it has forked."""

    def __init__(self, *, limit: int, refusing: Callable[[], None]) -> None:
        """Watch from now on; `refusing` is called before the exception that refuses is raised."""
        self._limit, self._refusing = limit, refusing
        self._notes = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("L")  # in common with all that this process forks
        self.begin_cell()
        sys.addaudithook(self._before_start)

    def begin_cell(self) -> None:
        """Note who the page is now, and that nothing was refused in this cell."""
        self._supervisor, self._leader = os.getppid(), os.getpid()
        self._notes[_REFUSED] = 0

    @property
    def refused(self) -> bool:
        """Whether a process was refused in this cell, here or in a process of the page's."""
        return bool(self._notes[_REFUSED])

    def _before_start(self, event: str, _arguments: object) -> None:
        if event not in STARTS:
            return
        self._notes[_STARTED] += 1
        if 2 * self._notes[_STARTED] < self._limit:  # far from it: looking takes a millisecond
            return
        if len(family_of(self._supervisor, self._leader)) >= self._limit:
            if not self.refused:
                self._notes[_REFUSED] = 1
                self._refusing()
            raise BlockingIOError(errno.EAGAIN, too_many_processes(self._limit))
