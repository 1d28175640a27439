"""Keeping the warm process: started at the first page that has to run, restarted when it dies, ended with its owner."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from typing import IO

from workings.environment import HUGE_PAGES, caches, page_environment
from workings.errors import ExecutorError
from workings.running.inheritance import start
from workings.running.line import Ends, LostError, ask_to_fork
from workings.running.preparation import READY, START_SECONDS, STARTS, last_line


class WarmProcess:
    """The process that pages are forked from; `ready` starts it when it is not there."""

    forks = True

    def __init__(self) -> None:
        """Start nothing yet: a build that finds all its records needs no torch."""
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._errors: IO[bytes] | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._ready = False
        self._started = 0.0
        self._starts = 0
        self._said = ""

    @property
    def pid(self) -> int | None:
        """The process's number, while there is one."""
        return None if self._process is None else self._process.pid

    @property
    def home(self) -> str:
        """A folder that goes when the process does; empty when there is no process."""
        return "" if self._home is None else self._home.name

    def start(self) -> None:
        """Start it without waiting, so that the import overlaps with what the caller does next.

        Raises ExecutorError when it was started too often.
        """
        if self._process is not None:
            return
        if self._starts >= STARTS:
            msg = f"the process that runs pages died {STARTS} times; the last it said: {self._said}"
            raise ExecutorError(msg)
        self._starts += 1
        self._home = tempfile.TemporaryDirectory(prefix="workings-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {**caches(self.home), **page_environment(os.environ), **HUGE_PAGES, "IPYTHONDIR": self.home}
        with theirs:
            self._process = start("workings.running.zygote", [theirs], environment=environment, said=self._errors)
        self._connection, self._started = ours, time.monotonic()

    def ready(self, pages: int = 1) -> bool:  # noqa: ARG002 - one process forks them all
        """Whether pages can be forked; it is started if it is not there, and this does not wait for it.

        Raises ExecutorError when the warm process can't be had.
        """
        if self._ready:
            return True
        self.start()
        assert self._connection is not None  # noqa: S101
        try:
            if self._connection.recv(len(READY), socket.MSG_DONTWAIT) != READY:
                raise ConnectionResetError
        except BlockingIOError:
            self._refuse_to_wait_for_ever()
        except OSError:
            self.stop()
        else:
            self._ready = True
        return self._ready

    def launch(self, scratch: str) -> Ends:
        """Have a page forked; raises LostError when the warm process has died since it was ready."""
        if self._connection is None:
            raise LostError
        try:
            return ask_to_fork(self._connection, scratch)
        except LostError:
            self.stop()
            raise

    def has_worked(self) -> None:
        """Note that a page ran: what died before died for a reason that has passed."""
        self._starts = 1

    def stop(self) -> None:
        """End it; pages that are running are ended by their own connections."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
            self._process.kill()
            self._process.wait()
        if self._home is not None:
            self._home.cleanup()
        if self._errors is not None:
            self._said = last_line(self._errors)
            self._errors.close()
        self._process = self._connection = self._home = self._errors = None
        self._ready = False

    def _refuse_to_wait_for_ever(self) -> None:
        if time.monotonic() - self._started > START_SECONDS:
            self.stop()
            msg = f"the process that runs pages was not ready after {START_SECONDS:g} s; it said: {self._said}"
            raise ExecutorError(msg)
