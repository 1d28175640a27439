"""Keeping the warm process: started at the first page that has to run, restarted when it dies, ended with its owner."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from typing import IO

from workings.environment import caches, page_environment
from workings.errors import ExecutorError, WorkingsError
from workings.running.zygote import READY

STARTS = 4
"""How often the warm process may be started before the fault must be the machine's."""
_START_SECONDS = 180.0


class LostError(WorkingsError):
    """The process that a page was to be forked from is no more: the page has not run."""


class WarmProcess:
    """The process that pages are forked from; `ready` starts it when it is not there."""

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

        Raises ExecutorError when it was started too often, or where pages can't be forked.
        """
        if self._process is not None:
            return
        if not sys.platform.startswith("linux"):
            msg = f"pages are run by forking a warm process, which needs Linux (or WSL); this is {sys.platform}"
            raise ExecutorError(msg)
        if self._starts >= STARTS:
            msg = f"the process that runs pages died {STARTS} times; the last it said: {self._said or 'nothing'}"
            raise ExecutorError(msg)
        self._starts += 1
        self._home = tempfile.TemporaryDirectory(prefix="workings-")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "workings.running.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**caches(self._home.name), **page_environment(os.environ), "IPYTHONDIR": self._home.name},
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                start_new_session=True,
            )
        self._connection, self._started = ours, time.monotonic()

    def ready(self) -> bool:
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

    def launch(self, scratch: str, *, frames: int, control: int) -> None:
        """Have a page forked: its job lies in the scratch folder, and the descriptors become its own.

        Raises LostError when the warm process has died since it was ready.
        """
        try:
            if self._connection is None:
                raise ConnectionResetError
            socket.send_fds(self._connection, [scratch.encode()], [frames, control])
        except OSError as error:
            self.stop()
            raise LostError from error

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
            self._said = _last_line(self._errors)
            self._errors.close()
        self._process = self._connection = self._home = self._errors = None
        self._ready = False

    def _refuse_to_wait_for_ever(self) -> None:
        if time.monotonic() - self._started > _START_SECONDS:
            self.stop()
            said = self._said or "nothing"
            msg = f"the process that runs pages was not ready after {_START_SECONDS:g} s; it said: {said}"
            raise ExecutorError(msg)


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().split("\n")
    return lines[-1]
