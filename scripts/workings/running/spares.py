"""Pages where none can be forked: fresh interpreters, prepared beforehand, of which each becomes one page."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from typing import IO

from workings.environment import caches, page_environment
from workings.errors import ExecutorError
from workings.running.guard import MARK
from workings.running.inheritance import start, tell
from workings.running.line import Ends, LostError
from workings.running.preparation import READY, START_SECONDS, STARTS, last_line
from workings.running.processes import KILL, signal_all
from workings.running.table import bearing

_END_SECONDS = 8.0


class Spares:
    """What starts pages in interpreters of their own: one is always prepared, and more while more pages wait."""

    forks = False

    def __init__(self, most: int) -> None:
        """Start nothing yet: a build that finds all its records needs no torch. At no time wait more than `most`."""
        self._most, self._wanted = most, 1
        self._idle: list[Spare] = []
        self._busy: list[Spare] = []
        self._failures, self._said = 0, ""
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._errors: IO[bytes] | None = None
        self._filling = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of the process that gets the next page, if there is one."""
        return self._idle[0].pid if self._idle else None

    @property
    def home(self) -> str:
        """A folder for what pages share; empty when there is none."""
        return "" if self._home is None else self._home.name

    def start(self) -> None:
        """Have as many spares as are wanted; raises ExecutorError when too many have died before they were ready."""
        self._bury()
        if self._failures >= STARTS:
            msg = f"the process that runs pages died {self._failures} times; the last it said: {self._said}"
            raise ExecutorError(msg)
        self._fill()

    def ready(self, pages: int = 1) -> bool:
        """Whether a spare is prepared; for so many pages that wait, those that are missing are started.

        Raises ExecutorError when spares can't be had.
        """
        self._wanted = min(pages, self._most)
        self.start()
        if any(spare.is_overdue() for spare in self._idle):
            self.stop()
            msg = f"the process that runs pages was not ready after {START_SECONDS:g} s; it said: {self._said}"
            raise ExecutorError(msg)
        self._idle.sort(key=lambda spare: not spare.is_ready())
        return bool(self._idle) and self._idle[0].is_ready()

    def launch(self, scratch: str) -> Ends:
        """Give a page to a spare, and start another one; raises LostError when the spare has died."""
        if not self._idle:
            raise LostError
        spare = self._idle.pop(0)
        self._busy.append(spare)
        ends = spare.give(scratch)
        self._wanted = max(1, self._wanted - 1)
        self._fill()
        return ends

    def has_worked(self) -> None:
        """Note that a page ran: what died before died for a reason that has passed."""
        self._failures = 0
        self._bury()

    def stop(self) -> None:
        """End all spares; pages that are running are ended by their own connections."""
        spares, until = [*self._idle, *self._busy], time.monotonic() + _END_SECONDS
        for spare in self._idle:
            spare.close()  # all of them before any is waited for
        for spare in spares:
            spare.end(until)
        self._idle, self._busy = [], []
        if self._home is not None:
            self._home.cleanup()
        if self._errors is not None:
            self._said = last_line(self._errors)
            self._errors.close()
        self._home = self._errors = None

    def _fill(self) -> None:
        with self._filling:
            if self._home is None or self._errors is None:
                self._home = tempfile.TemporaryDirectory(prefix="workings-", ignore_cleanup_errors=True)
                self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spares
            while len(self._idle) < self._wanted:
                self._idle.append(Spare(self._home.name, self._errors))

    def _bury(self) -> None:
        """Forget those that are over; one that died before it had ended its page has left processes."""
        for spares in (self._idle, self._busy):
            for spare in [spare for spare in spares if spare.is_over()]:
                spares.remove(spare)
                self._failures += spare.end(0.0)
                self._said = last_line(self._errors) if self._errors else self._said


class Spare:
    """One interpreter that waits for a page, and the process that watches over it."""

    def __init__(self, home: str, errors: IO[bytes]) -> None:
        """Start it, with a folder of its own in that of all."""
        self._own = tempfile.mkdtemp(prefix="spare-", dir=home)
        (self._frames, page), (self._control, guard) = socket.socketpair(), socket.socketpair()
        environment = {**caches(home), **page_environment(os.environ), MARK: self._own}
        with page, guard:
            self._process = start("workings.running.guard", [guard, page], environment=environment, said=errors)
        self._frames.setblocking(False)  # noqa: FBT003 - the standard library knows no keyword
        self._began, self._since = time.monotonic(), time.time() - 1
        self._ready = self._given = False

    @property
    def pid(self) -> int:
        """The number of the process that watches over it."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether it has said that it is prepared."""
        if not self._ready:
            with contextlib.suppress(OSError):
                self._ready = self._frames.recv(len(READY)) == READY
        return self._ready

    def is_overdue(self) -> bool:
        """Whether it takes longer to be prepared than anything could."""
        return not self.is_ready() and time.monotonic() - self._began > START_SECONDS

    def is_over(self) -> bool:
        """Whether nobody watches over it any more."""
        return self._process.poll() is not None

    def give(self, scratch: str) -> Ends:
        """Have it run the page whose job lies there; raises LostError when it has died."""
        try:
            tell(self._control, scratch)
            tell(self._frames, scratch)
            self._given = True
        except OSError as error:
            self.close()
            raise LostError from error
        return Ends(self._frames, self._control)

    def close(self) -> None:
        """Let go of it: it ends."""
        self._frames.close()
        self._control.close()

    def end(self, until: float) -> bool:
        """Wait for its end until then, end it if need be, and all that its page has left; whether it had failed."""
        if not self._given:
            self.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        self._process.kill()
        failed = self._process.wait() != 0
        if failed:
            signal_all(bearing(MARK, self._own, since=self._since), KILL)
        shutil.rmtree(self._own, ignore_errors=True)
        return failed
