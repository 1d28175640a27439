"""Cells that are tried in a copy of the page as it stands: whatever they do, the page goes on as if they had not run.

The copy is a fork of the page's process. A process that can't be forked, because it has threads or a CUDA context,
or because the system has no fork, tries them in itself, with copies of the values that the page has made.
"""

import contextlib
import copy
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import msgspec
from matplotlib import pyplot as plt
from msgspec import Struct

from workings.errors import WorkingsError
from workings.outputs import Failure
from workings.running.deaths import describe_death
from workings.running.device import kept_streams
from workings.running.forks import end_daemons
from workings.running.scratch import trial_file
from workings.running.shell import CellShell


class Tried(Struct, frozen=True):
    """What came of a trial."""

    failed: int | None = None
    """The index of the cell that ended it; None when all came to their end."""
    failure: Failure | None = None
    announced: bool = False
    """Whether the author said that it would."""


class DiedError(WorkingsError):
    """The copy's process has ended, in the way that the text says, as in "ended its process: SIGSEGV"."""


Work = Callable[[], Tried]
_decoder = msgspec.json.Decoder(Tried)
_leave = os._exit


def try_apart(work: Work, *, shell: CellShell, backend: str, scratch: str) -> Tried:
    """Do the work in a copy of this process, or of its namespace.

    Raises DiedError when the copy's process ended before it had done it.
    """
    return _in_fork(work, scratch) if _can_fork(backend) else _in_copy(work, shell)


def _can_fork(backend: str) -> bool:
    """A fork has one thread, and no context of a GPU; macOS has forks that its own libraries do not survive."""
    return sys.platform == "linux" and backend == "cpu" and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208


def _in_fork(work: Work, scratch: str) -> Tried:
    result = trial_file(scratch)
    result.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        _be_tried(work, result)
    status = None
    with contextlib.suppress(ChildProcessError):  # where a cell has asked that nobody waits for children
        status = os.waitpid(child, 0)[1]
    try:
        return _decoder.decode(result.read_bytes())
    except (OSError, msgspec.DecodeError):
        raise DiedError(describe_death(status, scratch)[1]) from None


def _be_tried(work: Work, result: Path) -> None:
    """Be the copy; never returns, whatever the cells do, nor does a process that they fork."""
    me = os.getpid()
    try:
        _be_silent()
        tried = work()
        if os.getpid() == me:
            end_daemons()
            result.write_bytes(msgspec.json.encode(tried))
    finally:
        _leave(0)


def _be_silent() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)


def _in_copy(work: Work, shell: CellShell) -> Tried:
    """Do the work here; the page's names, and its random streams, are then what they were."""
    before = dict(shell.user_ns)
    with _silence(shell), kept_streams():
        try:
            shell.user_ns.update(_copies(before, set(shell.user_ns_hidden)))
            return work()
        finally:
            shell.user_ns.clear()
            shell.user_ns.update(before)


def _copies(space: dict[str, object], hidden: set[str]) -> dict[str, object]:
    """Copies of the values in a namespace, alike where they were one; what can't be copied is itself."""
    memo: dict[int, object] = {}
    copies = {}
    for name, value in space.items():
        if name not in hidden and not isinstance(value, ModuleType):
            with contextlib.suppress(Exception):
                copies[name] = copy.deepcopy(value, memo)
    return copies


@contextlib.contextmanager
def _silence(shell: CellShell) -> Iterator[None]:
    """Hear nothing of what cells print and show, and keep no figure of theirs."""
    send, streams = shell.send, (os.dup(1), os.dup(2))
    shell.send = lambda _frame: None
    _be_silent()
    try:
        yield
    finally:
        plt.close("all")
        sys.stdout.flush()
        sys.stderr.flush()
        for number, stream in enumerate(streams, 1):
            os.dup2(stream, number)
            os.close(stream)
        shell.send = send
