"""Watching over one page's process, however it was started: wait for its end or the order to end it, clean up, tell."""

import contextlib
import os
import shutil
import signal
import socket
import time
from typing import NamedTuple, Protocol

from workings.running import shared_memory
from workings.running.frames import STOP, Exited, Spawned, pack
from workings.running.processes import signal_all

_STACK_SECONDS = 0.2
_FREEZE_SECONDS = 0.02
REAP_SECONDS = 5.0
LEAVE_SECONDS = 0.3
"""What a page that ended by itself has started may take to end by itself too."""
TRACKER_SECONDS = 3.0
"""What Python's resource tracker may take, which removes shared memory that nobody else knows of by then."""


class Ending(NamedTuple):
    """How a page's process, and all that it had started, came to an end."""

    status: int
    """As `waitpid` gives it."""
    left: int
    """Processes that it had left."""
    held: set[str]
    """The files of the shared memory that they had."""


class Watched(Protocol):
    """The process of a page, for the one that watches over it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def wait(self, control: socket.socket) -> bool:
        """Wait until it has ended, or something is said on `control`; whether it has ended."""

    def started(self) -> set[int]:
        """The processes that it has started, and those that they have."""

    def end(self) -> Ending:
        """Kill it and all that it has started."""


def watch(page: Watched, *, scratch: str, control: socket.socket) -> None:
    """Watch over a page until nothing is left of it; its scratch folder goes too when nobody waits for it any more."""
    others = shared_memory.names()
    with contextlib.suppress(OSError):
        control.sendall(pack(Spawned(pid=page.pid, supervisor=os.getpid())))
    told = page.wait(control) or _is_told_to_stop(page, control)
    ending = page.end()
    shared_memory.remove(ending.held - others)
    with contextlib.suppress(OSError):
        control.sendall(pack(Exited(status=ending.status, left=ending.left)))
    if not told:  # nobody is left to remove it
        shutil.rmtree(scratch, ignore_errors=True)


def _is_told_to_stop(page: Watched, control: socket.socket) -> bool:
    """Have the page leave its stack, if that is what is asked for; False when whoever waited for it is gone."""
    try:
        order = control.recv(1)
    except OSError:
        return False
    if order == STOP and hasattr(signal, "SIGUSR1"):
        signal_all([page.pid], signal.SIGUSR1)  # first, or one that had stopped itself would go on before it is asked
        signal_all([page.pid], signal.SIGCONT)
        _freeze(page)
    return order == STOP


def _freeze(page: Watched) -> None:
    """While the page leaves its stack, stop what it has started, as often as needed: a bomb would go on forking."""
    until = time.monotonic() + _STACK_SECONDS
    while time.monotonic() < until:
        signal_all(page.started(), signal.SIGSTOP)
        time.sleep(_FREEZE_SECONDS)
