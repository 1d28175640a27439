"""Forking a page where it is asked for: in the warm process, and in a page's checkpoints."""

import os
import socket
import sys

from workings.running.frames import Job, job_decoder
from workings.running.processes import SUPERVISOR, rename
from workings.running.scratch import job_file
from workings.running.supervisor import supervise

_LONGEST_PATH = 4096
_LOOK_SECONDS = 0.5


def serve(connection: socket.socket) -> tuple[Job, int] | None:
    """Wait a while for a request, a scratch folder that holds a job and the descriptors for frames and control.

    Returns None when none came or a page was forked; in the process of that page, returns its job and its descriptor
    for frames. Raises EOFError when nobody is left to ask, or a fork would not be safe.
    """
    connection.settimeout(_LOOK_SECONDS)
    try:
        message, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_PATH, 2)
    except TimeoutError:
        return None
    if not message:
        raise EOFError
    _refuse_threads()
    sys.stdout.flush()
    sys.stderr.flush()
    frames, control = descriptors
    if os.fork() == 0:
        return _begin(os.fsdecode(message), frames=frames, control=control, connection=connection)
    os.close(frames)
    os.close(control)
    return None


def _refuse_threads() -> None:
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads != 1:
        sys.stderr.write(f"the process that forks pages has {threads} threads and can't be forked safely\n")
        raise EOFError


def _begin(scratch: str, *, frames: int, control: int, connection: socket.socket) -> tuple[Job, int]:
    """Be the page's supervisor, which ends here, or the page's process, which goes on."""
    try:
        rename(SUPERVISOR)
        connection.close()
        job = job_decoder.decode(job_file(scratch).read_bytes())
        return job, supervise(job, frames=frames, control=control)
    except BaseException:  # noqa: BLE001 - nothing may come back from here as a second warm process
        os._exit(1)
