"""The warm process: it has imported what pages need and computed nothing, and forks a supervisor for each page.

It must have one thread when it forks: another thread's lock, or a pool that was started, hangs the child.
"""

import gc
import os
import signal
import socket
import sys
import warnings
from pathlib import Path

from workings.running.frames import Job, job_decoder
from workings.running.supervisor import supervise

READY = b"ready"
_LONGEST_PATH = 4096


def main(descriptor: int) -> None:
    """Import everything, then serve until the other side is gone."""
    from workings.running.shell import CellShell

    connection = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    shell = _warm()
    assert isinstance(shell, CellShell)  # noqa: S101
    connection.send(READY)
    while _serve(connection, shell):
        pass


def _warm() -> object:
    """Import, make the shell, draw one figure, and keep the collector from touching what children share."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        import torch._dynamo  # the first optimiser of a process imports it: a second for every page without this

        from workings.running import drawing, session, shell
    made = shell.make_shell()
    drawing.prepare()
    torch.set_num_threads(1)
    assert session  # noqa: S101 - imported for the children
    gc.collect()
    gc.freeze()
    return made


def _serve(connection: socket.socket, shell: object) -> bool:
    """Fork for one request: a scratch folder that holds the job, and the descriptors for frames and control."""
    message, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_PATH, 2)
    if not message:
        return False
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if threads != 1:
        sys.stderr.write(f"the warm process has {threads} threads and can't be forked safely\n")
        return False
    frames, control = descriptors
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() == 0:
        _be_supervisor(message.decode(), frames=frames, control=control, connection=connection, shell=shell)
    os.close(frames)
    os.close(control)
    return True


def _be_supervisor(scratch: str, *, frames: int, control: int, connection: socket.socket, shell: object) -> None:
    status = 1
    try:
        connection.close()
        job = job_decoder.decode((Path(scratch) / "job").read_bytes())
        with socket.socket(fileno=control) as line:
            supervise(job, frames=frames, control=line, page=lambda job, kept: _be_page(job, kept, shell))
        status = 0
    finally:
        os._exit(status)


def _be_page(job: Job, descriptor: int, shell: object) -> None:
    from workings.running.session import run_and_leave
    from workings.running.shell import CellShell

    assert isinstance(shell, CellShell)  # noqa: S101
    run_and_leave(job, shell=shell, descriptor=descriptor)


if __name__ == "__main__":
    main(int(sys.argv[1]))
