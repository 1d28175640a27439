"""The connection with a page that is being run: what its process says, and what its supervisor says of it."""

import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector
from typing import Generic, NamedTuple, Protocol, TypeVar

from msgspec.msgpack import Decoder

from workings.errors import WorkingsError
from workings.running.frames import STOP, Frame, Notice, frame_decoder, notice_decoder, unpack

_READ = 2**18
_DESCRIPTORS = 8
T = TypeVar("T")


class LostError(WorkingsError):
    """The process that a page was to be started from is no more: the page has not run."""


class Ends(NamedTuple):
    """Of the two connections with a page, the ends of the process that waits for it."""

    frames: socket.socket
    control: socket.socket


class Origin(Protocol):
    """What a page can be started from."""

    @property
    def pid(self) -> int | None:
        """The process's number, while there is one."""

    def launch(self, scratch: str) -> Ends:
        """Have a page started, whose job lies in the scratch folder; raises LostError when nobody is there to do it."""


class Launcher(Origin, Protocol):
    """What starts any page from its first cell: the engine has one."""

    @property
    def home(self) -> str:
        """A folder for what pages share, gone when this ends; empty when there is none."""

    @property
    def forks(self) -> bool:
        """Whether its pages can leave copies of themselves between their cells."""

    def start(self) -> None:
        """Begin to import what pages need, and do not wait for it; raises ExecutorError when that failed too often."""

    def ready(self, pages: int = 1) -> bool:
        """Whether a page can be launched now, of so many that wait; what is missing is started, and not waited for.

        Raises ExecutorError when pages can't be had at all.
        """

    def has_worked(self) -> None:
        """Note that a page ran: what failed before failed for a reason that has passed."""

    def stop(self) -> None:
        """End all processes that it has; it can be started again."""


def ask_to_fork(connection: socket.socket, scratch: str) -> Ends:
    """Have a page forked by the process at the other end; raises LostError when it is no more."""
    (frames, page), (control, supervisor) = socket.socketpair(), socket.socketpair()
    with page, supervisor:
        try:
            socket.send_fds(connection, [os.fsencode(scratch)], [page.fileno(), supervisor.fileno()])
        except OSError as error:
            frames.close()
            control.close()
            raise LostError from error
    return Ends(frames, control)


class Channel(Generic[T]):
    """Messages of one kind, as they come over a socket, and the descriptors that some of them bring."""

    def __init__(self, ours: socket.socket, decoder: "Decoder[T]") -> None:
        """Take our end."""
        self.ours = ours
        self.ours.setblocking(False)  # noqa: FBT003 - the standard library knows no keyword
        self.descriptors: deque[int] = deque()
        self.closed = False
        self._decoder, self._buffer = decoder, bytearray()

    def take(self) -> list[T] | None:
        """The messages that are complete by now; None when there is nothing to read.

        Raises FrameError when the bytes are no messages of that kind.
        """
        try:
            data, descriptors = _receive(self.ours)
        except BlockingIOError:
            return None
        except OSError:
            data, descriptors = b"", []
        self.descriptors += descriptors
        self.closed = not data
        if self.closed:
            return None
        self._buffer += data
        return unpack(self._buffer, self._decoder)

    def close(self) -> None:
        """Let go of our end, and of what was brought and not taken."""
        self.ours.close()
        while self.descriptors:
            os.close(self.descriptors.popleft())


def _receive(ours: socket.socket) -> tuple[bytes, list[int]]:
    """What has come; descriptors come from pages that fork, where there are any."""
    if not hasattr(socket, "recv_fds"):
        return ours.recv(_READ), []
    data, descriptors, _, _ = socket.recv_fds(ours, _READ, _DESCRIPTORS)
    return data, descriptors


class Line:
    """The two channels of a page."""

    def __init__(self, ends: Ends) -> None:
        """Take our ends of the connections with it."""
        self.frames: Channel[Frame] = Channel(ends.frames, frame_decoder)
        self.notices: Channel[Notice] = Channel(ends.control, notice_decoder)

    def listen(self, selector: BaseSelector, *, frames: Callable[[], object], notices: Callable[[], object]) -> None:
        """Have the selector call these when something has come."""
        selector.register(self.frames.ours, EVENT_READ, frames)
        selector.register(self.notices.ours, EVENT_READ, notices)

    def ignore(self, selector: BaseSelector, channel: Channel[Frame] | Channel[Notice]) -> None:
        """Have the selector call nobody for a channel any more."""
        with contextlib.suppress(KeyError):
            selector.unregister(channel.ours)

    def stop(self) -> None:
        """Ask the supervisor to end the page."""
        with contextlib.suppress(OSError):
            self.notices.ours.send(STOP)

    def abandon(self) -> None:
        """Say that nobody waits for the page any more; its supervisor ends it, and still says when that is done."""
        with contextlib.suppress(OSError):
            self.notices.ours.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go; a page that still runs is ended by its supervisor, which sees the connection close."""
        self.frames.close()
        self.notices.close()
