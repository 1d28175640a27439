"""The connection with a page that is being run: what its process says, and what its supervisor says of it."""

import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector
from typing import Generic, Protocol, TypeVar

from msgspec.msgpack import Decoder

from workings.running.frames import Frame, Notice, frame_decoder, notice_decoder, unpack
from workings.running.supervisor import STOP

_READ = 2**18
_DESCRIPTORS = 8
T = TypeVar("T")


class Origin(Protocol):
    """A process that pages can be forked from."""

    @property
    def pid(self) -> int | None:
        """The process's number, while there is one."""

    def launch(self, scratch: str, *, frames: int, control: int) -> None:
        """Have a page forked: its job lies in the scratch folder, and the descriptors become its own."""


class Channel(Generic[T]):
    """Messages of one kind, as they come over a socket, and the descriptors that some of them bring."""

    def __init__(self, decoder: "Decoder[T]") -> None:
        """Make both ends; `theirs` is to be given away."""
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)  # noqa: FBT003 - the standard library knows no keyword
        self.descriptors: deque[int] = deque()
        self.closed = False
        self._decoder, self._buffer = decoder, bytearray()

    def take(self) -> list[T] | None:
        """The messages that are complete by now; None when there is nothing to read.

        Raises FrameError when the bytes are no messages of that kind.
        """
        try:
            data, descriptors, _, _ = socket.recv_fds(self.ours, _READ, _DESCRIPTORS)
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


class Line:
    """The two channels of a page."""

    def __init__(self) -> None:
        """Begin without a page."""
        self.frames: Channel[Frame] = Channel(frame_decoder)
        self.notices: Channel[Notice] = Channel(notice_decoder)

    def launch(self, origin: Origin, scratch: str) -> None:
        """Have the page forked, with the other ends of the channels; raises LostError when nobody is there to fork."""
        try:
            origin.launch(scratch, frames=self.frames.theirs.fileno(), control=self.notices.theirs.fileno())
        finally:
            self.frames.theirs.close()
            self.notices.theirs.close()

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

    def close(self) -> None:
        """Let go; a page that still runs is ended by its supervisor, which sees the connection close."""
        self.frames.close()
        self.notices.close()
