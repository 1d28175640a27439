"""The warm process: it has imported what pages need and computed nothing, and forks a supervisor for each page.

It must have one thread when it forks: another thread's lock, or a pool that was started, hangs the child.
"""

import gc
import os
import shutil
import signal
import socket
import sys
import time
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from workings.running.frames import Job, job_decoder
from workings.running.processes import children_of
from workings.running.scratch import job_file
from workings.running.supervisor import adopt_orphans, kill_children, supervise

if TYPE_CHECKING:
    from workings.running.shell import CellShell

READY = b"ready"
_LONGEST_PATH = 4096
_LOOK_SECONDS = 0.5
_END_SECONDS = 8.0


def main(descriptor: int) -> None:
    """Import everything, then serve until the other side is gone."""
    connection = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    adopt_orphans()
    shell = _warm()
    connection.send(READY)
    connection.settimeout(_LOOK_SECONDS)
    supervisors: set[int] = set()
    while _serve(connection, shell, supervisors):
        pass
    _end(supervisors)


def _warm() -> "CellShell":
    """Import, make the shell, draw one figure, and keep the collector from touching what children share."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        import torch._dynamo  # the first optimiser of a process imports it: a second for every page without this

        from workings.running import drawing, shell
    import_module("workings.running.session")
    made = shell.make_shell()
    drawing.prepare()
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    return made


def _serve(connection: socket.socket, shell: "CellShell", supervisors: set[int]) -> bool:
    """Fork for one request: a scratch folder that holds the job, and the descriptors for frames and control."""
    try:
        message, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_PATH, 2)
    except TimeoutError:
        _end_strays(supervisors)
        return True
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    if not message or threads != 1:
        sys.stderr.write(f"the warm process has {threads} threads and can't be forked safely\n" if message else "")
        return False
    frames, control = descriptors
    sys.stdout.flush()
    sys.stderr.flush()
    supervisor = os.fork()
    if supervisor == 0:
        _be_supervisor(message.decode(), frames=frames, control=control, connection=connection, shell=shell)
    supervisors.add(supervisor)
    os.close(frames)
    os.close(control)
    return True


def _end_strays(supervisors: set[int]) -> None:
    """End what a page has left whose supervisor was killed before it could."""
    kill_children(but=supervisors)
    supervisors &= set(children_of(os.getpid()))


def _end(supervisors: set[int]) -> None:
    """Wait for the supervisors, whose own connections tell them to end, and take the shell's folder along."""
    until = time.monotonic() + _END_SECONDS
    while set(children_of(os.getpid())) and time.monotonic() < until:
        _end_strays(supervisors)
        time.sleep(0.05)
    kill_children()
    shutil.rmtree(os.environ["IPYTHONDIR"], ignore_errors=True)


def _be_supervisor(scratch: str, *, frames: int, control: int, connection: socket.socket, shell: "CellShell") -> None:
    status = 1
    try:
        connection.close()
        job = job_decoder.decode(job_file(scratch).read_bytes())
        with socket.socket(fileno=control) as line:
            supervise(job, frames=frames, control=line, page=lambda job, kept: _be_page(job, kept, shell))
        status = 0
    finally:
        os._exit(status)


def _be_page(job: Job, descriptor: int, shell: "CellShell") -> None:
    from workings.running.session import run_and_leave

    run_and_leave(job, shell=shell, descriptor=descriptor)


if __name__ == "__main__":
    main(int(sys.argv[1]))
