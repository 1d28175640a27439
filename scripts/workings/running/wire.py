"""The page's end of its connection with the process that waits for it."""

import os
import socket
import sys
from collections.abc import Callable

from workings.running.deaths import UNHEARD
from workings.running.frames import Ended, Frame, pack


class Wire:
    """The way to the process that waits for the page; forked copies of this process stay silent."""

    def __init__(self, descriptor: int) -> None:
        """Bind what is needed now: cells may replace any function."""
        self._descriptor, self._owner = descriptor, os.getpid()
        self._write, self._who, self._leave = _writer(descriptor), os.getpid, os._exit

    def adopt(self) -> None:
        """Speak for the page from this process, which was forked from the one that did."""
        self._owner = self._who()

    def send(self, frame: Frame, *, descriptor: int | None = None) -> None:
        """Write a whole frame, which may bring a descriptor; a forked copy is over when its cell is."""
        if self._who() != self._owner:
            return self._leave(0) if isinstance(frame, Ended) else None
        data = memoryview(pack(frame))
        try:
            if descriptor is not None:
                data = data[self._send_with(data, descriptor) :]
            while data:
                data = data[self._write(self._descriptor, data) :]
        except OSError:
            self._leave(UNHEARD)

    def _send_with(self, data: memoryview, descriptor: int) -> int:
        line = socket.socket(fileno=self._descriptor)
        try:
            return socket.send_fds(line, [data], [descriptor])
        finally:
            line.detach()


def _writer(descriptor: int) -> Callable[[int, memoryview], int]:
    """What writes to the descriptor: Windows counts sockets apart from files."""
    if sys.platform == "win32":
        line = socket.socket(fileno=descriptor)
        return lambda _, data: line.send(data)
    return os.write
