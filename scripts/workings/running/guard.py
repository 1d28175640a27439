"""The process above a spare interpreter: it starts it, watches over its page, and ends what that leaves.

It is to a page that was spawned what a supervisor is to one that was forked. No system but Linux gives a process the
orphans of another: those of a page are known by their parents, their session, or a variable of their environment.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from workings.running import shared_memory
from workings.running.inheritance import hear, inherited, start
from workings.running.processes import KILL, family_of, living, signal_all, trackers_in
from workings.running.table import bearing
from workings.running.watching import LEAVE_SECONDS, REAP_SECONDS, TRACKER_SECONDS, Ending, watch

MARK = "IPYTHONDIR"
"""The variable whose value no other page has: a folder of its own."""
_TICK = 0.02
_CLOCK_SECONDS = 2.0
"""Two clocks tell when a process began, and they differ by less."""


def main() -> None:
    """Start the spare, wait for its page, watch over that, and leave; status 1 says that there never was a page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    above = os.getppid()
    control, frames = inherited()
    page = Spawned(start("workings.running.spare", [frames], environment=os.environ))
    frames.close()
    if page.wait(control):
        os._exit(1)
    scratch = hear(control)
    if scratch:
        watch(page, scratch=scratch, control=control)
    else:
        page.end()
    if os.getppid() != above:  # nobody is left to remove the folder of all spares
        shutil.rmtree(Path(os.environ[MARK]).parent, ignore_errors=True)
    os._exit(0)


class Spawned:
    """A page's process, for the process that has started it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Take it when it has just been started."""
        self._process = process
        self._since = time.time() - _CLOCK_SECONDS

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def wait(self, control: socket.socket) -> bool:
        """Wait until it has ended, or something is said on `control`; whether it has ended."""
        while self._process.poll() is None:
            if select.select([control], [], [], _TICK)[0]:
                return False
        return True

    def started(self) -> set[int]:
        """The processes that it has started, and those that they have."""
        found = family_of(os.getpid(), self.pid) | bearing(MARK, os.environ[MARK], since=self._since)
        return living(found - {self.pid, os.getpid()})

    def end(self) -> Ending:
        """Kill it and all that it has started."""
        others, held = set[int](), set[str]()
        now = time.monotonic()
        alone = self._process.poll() is not None
        patient, tracked = (now + LEAVE_SECONDS, now + TRACKER_SECONDS) if alone else (now, now)
        while time.monotonic() < now + REAP_SECONDS:
            left = self.started()
            if self._process.poll() is not None and not left:
                break
            if time.monotonic() >= patient:
                held |= shared_memory.of({self.pid} | left)
                left -= trackers_in(left) if time.monotonic() < tracked else set()
                self._kill(left)
                others |= left
            time.sleep(0.005)
        return Ending(self._status(), len(others), held | shared_memory.named_after({self.pid}))

    def _kill(self, others: set[int]) -> None:
        self._process.kill()  # does nothing where it has ended, and kept its exit status
        signal_all(others, KILL)

    def _status(self) -> int:
        code = self._process.returncode
        return -1 if code is None else -code if code < 0 else code << 8


if __name__ == "__main__":
    main()
