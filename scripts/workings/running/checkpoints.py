"""The page's side of a checkpoint: a copy of the process is left suspended at the boundary of two cells.

A copy is only exact where nothing of the process is shared with another one or lost in a fork: threads, children, open
files with their positions, shared memory. Where there is any of that, no copy is made, and an edit further down runs
the page from an earlier state.
"""

import contextlib
import os
import random
import signal
import socket
import threading
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl

from workings.running.forking import serve
from workings.running.frames import Job
from workings.running.processes import CHECKPOINT, children_of, rename

_SHARED = " rw-s "


class Boundary:
    """What a page's process had open when its first cell began: what came after stands in the way of a copy."""

    def __init__(self) -> None:
        """Look at what there is now."""
        self._descriptors = _descriptors()
        self._handlers = _handlers()
        self._mappings = _mappings()
        self._copies: set[int] = set()

    def is_clear(self) -> bool:
        """Whether a copy made now would be exact."""
        return (
            threading.active_count() == 1
            and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
            and _descriptors() <= self._descriptors
            and _handlers() == self._handlers
            and _mappings() <= self._mappings
            and set(children_of(os.getpid())) <= self._copies
        )

    def note(self, copy: int) -> None:
        """Remember that this child is no process of the page's cells."""
        self._copies.add(copy)


class Copy(NamedTuple):
    """A checkpoint that was made."""

    pid: int
    connection: socket.socket


class Resumed(NamedTuple):
    """What the process of a page has to know that goes on from a checkpoint."""

    job: Job
    descriptor: int
    """For its frames."""


def suspend() -> Copy | Resumed:
    """Fork a copy that waits. In each page that the copy is told to fork, this returns once more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    state = random.getstate()
    copy = os.fork()
    if copy:
        theirs.close()
        return Copy(copy, ours)
    ours.close()
    job, descriptor = _wait(theirs)
    random.setstate(state)  # Python seeds it anew after each fork
    return Resumed(job, descriptor)


def _wait(connection: socket.socket) -> tuple[Job, int]:
    """Be a checkpoint, until the other side is gone; returns only in a page that is forked from here."""
    os.setsid()
    rename(CHECKPOINT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        while True:
            page = serve(connection)
            if page is not None:
                return page
    except BaseException:  # noqa: BLE001 - nothing may go on from here as a second page
        os._exit(0)


def _descriptors() -> set[str]:
    """The numbers of what is open, but for the fonts of matplotlib: it opens them anew in every forked process."""
    fonts = os.path.join(mpl.get_data_path(), "fonts", "")  # noqa: PTH118 - a folder's name
    opened = {}
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with contextlib.suppress(OSError):  # the list's own is closed by now
            opened[number] = os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 - compared, not opened
    return {number for number, name in opened.items() if not name.startswith(fonts)}


def _handlers() -> dict[int, object]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _mappings() -> set[str]:
    """Memory that a copy would share, and not have for itself."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").split("\n")
    return {line for line in lines if _SHARED in line}
