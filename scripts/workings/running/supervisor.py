"""The process above a page's process: it adopts whatever the page leaves, and ends when all of it is gone.

One for each page, because a process that adopts the orphans of several pages can't tell whose they are.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import shutil
import signal
import socket
import time
from pathlib import Path

from workings.running import shared_memory
from workings.running.frames import Exited, Job, Spawned, pack
from workings.running.limits import largest_file
from workings.running.processes import PAGE, descendants_of, reap, rename, signal_all, strays_of

STOP = b"S"
"""Sent by the waiting process: leave the stack, then end the page. A closed connection says the same."""
_STACK_SECONDS = 0.2
_FREEZE_SECONDS = 0.02
_REAP_ADOPTED_SECONDS = 1.0
_REAP_SECONDS = 5.0
_LEAVE_SECONDS = 0.3
"""What a page that ended by itself has started may take to end by itself too: Python's resource tracker does."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)


def supervise(job: Job, *, frames: int, control: int) -> int:
    """Start the page's process, wait for it or for the order to stop it, clean up, tell how it ended, and leave.

    Returns only in the page's process, with its descriptor for frames.
    """
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    adopt_orphans()
    above = os.getpid()
    child = os.fork()
    if child == 0:
        return _isolated(job, frames=frames, above=above)
    os.close(frames)
    with socket.socket(fileno=control) as line:
        _watch(job, child, line)
    os._exit(0)


def _watch(job: Job, child: int, control: socket.socket) -> None:
    others = shared_memory.names()
    control.sendall(pack(Spawned(pid=child, supervisor=os.getpid())))
    told = _wait(child, control)
    status, left, held = _end_all(child)
    shared_memory.remove(held - others)
    with contextlib.suppress(OSError):
        control.sendall(pack(Exited(status=status, left=left)))
    if not told:  # nobody is left to remove it
        shutil.rmtree(job.scratch, ignore_errors=True)


def adopt_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _isolated(job: Job, *, frames: int, above: int) -> int:
    """Make this process the page's own; return the one descriptor that it keeps, out of the way of its cells."""
    rename(PAGE)
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != above:
        os._exit(1)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as in any Python: writing to who is gone is an exception
    kept = fcntl.fcntl(frames, fcntl.F_DUPFD_CLOEXEC, 600)
    os.closerange(3, kept)
    os.closerange(kept + 1, kept + 1000)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0, inheritable=True)
    os.close(nothing)
    if job.first == 0:  # from a checkpoint, a page goes on with what it had
        os.umask(0o022)
        _limit(job)
    return kept


def _limit(job: Job) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job.backend == "cpu":  # drivers of accelerators reserve address space by the terabyte
        most = _data_size() + job.limits.memory
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    largest = largest_file(job.limits)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


def _data_size() -> int:
    """Bytes of private memory that this process has, shared with the warm process though they are."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().split("\n") if ":" in line)
    return int(fields["VmData"].split()[0]) * 1024


def _wait(child: int, control: socket.socket) -> bool:
    """Wait for the page to end or for the order to end it; False when whoever waited for it is gone."""
    handle = os.pidfd_open(child)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(control, select.POLLIN)
    while not (found := poll.poll(1000 * _REAP_ADOPTED_SECONDS)):
        reap(os.getpid(), but={child})
    ready = {descriptor for descriptor, _ in found}
    os.close(handle)
    if handle in ready:
        return True
    if _order(control) != STOP:
        return False
    _leave_stack(child)
    return True


def _order(control: socket.socket) -> bytes:
    try:
        return control.recv(1)
    except OSError:
        return b""


def _leave_stack(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGUSR1)  # first, or a page that had stopped itself would go on before it is asked
        os.kill(child, signal.SIGCONT)
        _freeze(but=child)


def _freeze(*, but: int) -> None:
    """While the page leaves its stack, stop what it has started, as often as needed: a bomb would go on forking."""
    until = time.monotonic() + _STACK_SECONDS
    while time.monotonic() < until:
        signal_all(descendants_of(os.getpid()) - {but}, signal.SIGSTOP)
        time.sleep(_FREEZE_SECONDS)


def _end_all(child: int) -> tuple[int, int, set[str]]:
    """Kill and reap the page's process and every descendant.

    Returns its status, how many others there were, and the files of the shared memory that they had.
    """
    status, others, held = -1, set[int](), set[str]()
    now = time.monotonic()
    patient = now + (_LEAVE_SECONDS if _is_dead(child) else 0)
    while time.monotonic() < now + _REAP_SECONDS:
        try:
            pid, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == child:
            status = how
        elif pid == 0 and not strays_of(os.getpid()):
            break  # what is left are checkpoints, which outlive the run that made them
        elif pid == 0 and time.monotonic() >= patient:
            held |= shared_memory.of(descendants_of(os.getpid()))
            _kill_group(child)
            others |= kill_children()
        time.sleep(0.005 if pid == 0 else 0)
    return status, len(others - {child}), held | shared_memory.named_after({child})


def _is_dead(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(child: int) -> None:
    """End what is left of the page's session; a page that ended by itself keeps its exit status."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def kill_children() -> set[int]:
    """Kill every child of this process except our own kinds, and all below them; return which they were."""
    children = strays_of(os.getpid())
    killed = children.union(*map(descendants_of, children))
    signal_all(killed, signal.SIGKILL)
    return killed
