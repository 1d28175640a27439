"""Forking a page where it is asked for: in the warm process and its supervisors, and in a page's checkpoints."""

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from itertools import chain

from workings.running.frames import Job
from workings.running.processes import SUPERVISOR, has_idle_supervisor, rename
from workings.running.supervisor import Request, supervise

_LONGEST_PATH = 4096
_LOOK_SECONDS = 0.5
_YIELD_SECONDS = 0.002
_IDLE_SECONDS = 0.25
"""What an idle supervisor may take to take a request, before the warm process forks another supervisor for it."""


def serve(connection: socket.socket, *, stays: bool = False) -> tuple[Job, int] | None:
    """Wait a while for a request, a scratch folder that holds a job and the descriptors for frames and control.

    A supervisor is forked, and the page from that. If it `stays`, it takes the next requests itself when its page is
    over, which saves a fork. Returns None when none came or a page was forked; in the process of a page, returns its
    job and its descriptor for frames. Raises EOFError when nobody is left to ask, or a fork would not be safe.
    """
    if stays and select.select([connection], [], [], _LOOK_SECONDS)[0]:
        _let_supervisors_have_it(connection)
    request = _hear(connection, seconds=0.0 if stays else _LOOK_SECONDS)
    if request is None:
        return None
    if os.fork() == 0:
        return _begin(request, connection, stays=stays)
    os.close(request.frames)
    os.close(request.control)
    return None


def _let_supervisors_have_it(connection: socket.socket) -> None:
    """Wait a moment for a supervisor to take the request that has come; longer while one of them has nothing to do."""
    until = time.monotonic() + _IDLE_SECONDS
    time.sleep(_YIELD_SECONDS)
    while select.select([connection], [], [], 0)[0] and time.monotonic() < until and has_idle_supervisor():
        time.sleep(_YIELD_SECONDS)


def _hear(connection: socket.socket, *, seconds: float) -> Request | None:
    """The next request, if one comes in time and nobody else takes it."""
    connection.settimeout(seconds)
    try:
        message, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_PATH, 2)
    except (TimeoutError, BlockingIOError):
        return None
    if not message:
        raise EOFError
    _refuse_threads()
    return Request(os.fsdecode(message), *descriptors)


def _refuse_threads() -> None:
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads != 1:
        sys.stderr.write(f"the process that forks pages has {threads} threads and can't be forked safely\n")
        raise EOFError


def _begin(request: Request, connection: socket.socket, *, stays: bool) -> tuple[Job, int]:
    """Be the page's supervisor, which ends here, or the process of a page, which goes on."""
    try:
        rename(SUPERVISOR)
        if not stays:
            connection.close()
        page = supervise(chain([request], _further(connection) if stays else ()))
        connection.detach()  # a page has closed all that it found open
    except BaseException:  # noqa: BLE001 - nothing may come back from here as a second warm process
        os._exit(1)
    return page


def _further(connection: socket.socket) -> Iterator[Request]:
    """The requests after the first, for a supervisor whose page is over; checkpoints of it may end meanwhile."""
    while True:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _reap_all()
        request = _hear(connection, seconds=_LOOK_SECONDS)
        if request is not None:
            yield request


def _reap_all() -> None:
    """Ask for the status of children that had ended before this process began to ignore their ends."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
