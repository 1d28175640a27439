"""What a page writes to its standard streams, caught at the file descriptor, in the order it came.

Both streams are files opened for appending, so that what was written outlives a crash and nothing has to drain them.
Python's own writes go straight through and note when they change from one stream to the other; what C code and other
processes write is in its place within its stream, and, across streams, before the next write of Python's.
"""

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

from workings.running.frames import Wrote
from workings.running.isolation import raised
from workings.running.scratch import Name, captured_file

_NUMBERS: dict[Name, int] = {"stdout": 1, "stderr": 2}
_OTHER: dict[Name, Name] = {"stdout": "stderr", "stderr": "stdout"}
_CHUNK = 2**20
_HIGH = 500
_BINARY = getattr(os, "O_BINARY", 0)
"""What keeps Windows from writing line ends of its own."""
_OTHERS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.fork", "os.exec"})
"""Audit events that tell of another process."""


class Capture:
    """Takes over descriptors 1 and 2 and tells what came to them since it was last asked."""

    def __init__(
        self, send: Callable[[Wrote], None], *, scratch: str, limit: int, overflowing: Callable[[], None]
    ) -> None:
        """Open the files; `limit` is how many bytes of one cell are sent on."""
        self._send = send
        self._limit = limit
        self._overflowing, self._told = overflowing, False
        self._left = limit
        self._current: Name = "stdout"
        self._sent: dict[Name, int] = {"stdout": 0, "stderr": 0}
        self._owner = os.getpid()
        self._kept = {name: _open_high(captured_file(scratch, name)) for name in _NUMBERS}
        sys.addaudithook(self._before_others)
        codecs.register_error("workings.replace", lambda error: ("�".encode(), getattr(error, "end", 0)))

    def move(self, send: Callable[[Wrote], None], *, scratch: str) -> None:
        """Go on in another process, whose files are elsewhere; writers that cells have kept go on with it."""
        self._send, self._owner = send, os.getpid()
        self._sent = {"stdout": 0, "stderr": 0}
        self._kept = {name: _open_high(captured_file(scratch, name)) for name in _NUMBERS}

    def rest(self) -> None:
        """Send nothing more from this process: those that it forks write to the same files, one after the other."""
        self._owner = 0

    def adopt(self) -> None:
        """Go on in this process, which was forked from one that rests; what the files hold by now is not its own."""
        self._owner = os.getpid()
        self._sent = {name: os.fstat(kept).st_size for name, kept in self._kept.items()}

    def begin_cell(self) -> None:
        """Point the descriptors and `sys.stdout` back at the files, whatever the last cell did to them."""
        self._left, self._told = self._limit, False
        for name, number in _NUMBERS.items():
            os.dup2(self._kept[name], number, inheritable=True)
        sys.stdout = sys.__stdout__ = self._writer("stdout")  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = self._writer("stderr")  # type: ignore[misc]

    def forget(self) -> None:
        """Begin counting anew: what the cell has printed so far was taken back."""
        self._left, self._told = self._limit, False

    @property
    def overflowed(self) -> bool:
        """Whether the cell has printed more than its limit."""
        return self._left < 0

    def collect(self) -> None:
        """Send all that is pending."""
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        self._collect_both()

    def _writer(self, name: Name) -> io.TextIOWrapper:
        raw = _Descriptor(_NUMBERS[name], before=lambda size: self._turn_to(name, size))
        return io.TextIOWrapper(raw, encoding="utf-8", errors="workings.replace", write_through=True)

    def _turn_to(self, name: Name, size: int) -> None:
        """Before Python writes to a stream: send what is pending if some of it is the other stream's."""
        if os.getpid() != self._owner:
            return
        if self._pending(_OTHER[name]):
            self._collect_both()
        self._current = name
        if not self._told and self._pending(name) + size > self._left:
            self._told = True
            self._overflowing()

    def _collect_both(self) -> None:
        """First the stream that Python wrote to last: whatever is pending of the other came later."""
        current = self._current
        self._collect(current)
        self._collect(_OTHER[current])

    def _before_others(self, event: str, _arguments: object) -> None:
        """Before another process may write to the streams, or cut them short: send what is pending."""
        if event in _OTHERS and os.getpid() == self._owner:
            self._collect_both()

    def _pending(self, name: Name) -> int:
        size = os.fstat(self._kept[name]).st_size
        if size < self._sent[name]:
            self._sent[name] = 0  # somebody has opened /dev/stdout for writing, which cuts the file: begin anew
        return size - self._sent[name]

    def _collect(self, name: Name) -> None:
        pending = self._pending(name)
        if pending <= 0:
            return
        data = _read(self._kept[name], self._sent[name], min(pending, max(self._left, 0)))
        self._sent[name] += pending
        self._left -= pending
        self._send(Wrote(name=name, data=data, cut=pending - len(data)))


class _Descriptor(io.RawIOBase):
    """Unbuffered bytes to a descriptor; somebody is told before each write."""

    name = "<cell>"

    def __init__(self, number: int, *, before: Callable[[int], None]) -> None:
        self._number = number
        self._before = before

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        self._before(len(view))
        written = 0
        while written < len(view):
            written += os.write(self._number, view[written : written + _CHUNK])
        return written


def _open_high(path: Path) -> int:
    """Open for appending and reading, out of the way of cells that close the first descriptors they think of."""
    return raised(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o600), least=_HIGH)


def _read(descriptor: int, start: int, size: int) -> bytes:
    if not size:
        return b""
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, start)
    os.lseek(descriptor, start, os.SEEK_SET)  # which moves no writer: all of them append
    return os.read(descriptor, size)


def _flush(stream: object) -> None:
    with contextlib.suppress(Exception):  # a cell may have closed or replaced its streams
        stream.flush()  # type: ignore[attr-defined]
