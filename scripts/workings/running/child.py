"""One page that is running, seen from the process that waits for it: its messages, its limits, its end."""

import contextlib
import fcntl
import os
import platform
import selectors
import signal
import socket
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import structs

from workings.outputs import Failure, Provenance, Record
from workings.page import Cell, Page
from workings.running.capture import STREAMS, Name, captured_file
from workings.running.deaths import describe_death, place_of_stack
from workings.running.device import torch_version
from workings.running.fold import PageFold
from workings.running.frames import (
    Done,
    Exited,
    FrameError,
    Job,
    Spawned,
    Started,
    frame_decoder,
    notice_decoder,
    pack,
    unpack,
)
from workings.running.limits import Passed, Usage, passed
from workings.running.supervisor import STOP
from workings.running.warm import WarmProcess

_READ = 2**18
_STOP_SECONDS = 8.0
"""A supervisor that has not ended its page by then is stopped itself."""
T = TypeVar("T")


class Child:
    """The state of a page's run; `attend` is called when something can be read, `check` now and then."""

    def __init__(self, job: Job, *, warm: WarmProcess) -> None:
        """Have the page forked."""
        self._scratch = tempfile.TemporaryDirectory(prefix="workings-page-", ignore_cleanup_errors=True)
        self.job = structs.replace(job, scratch=self._scratch.name)
        (Path(self._scratch.name) / "job").write_bytes(pack(self.job)[4:])
        self.fold = PageFold(job.page)
        self.started = time.time()
        self._passed: Passed | None = None
        self._pid: int | None = None
        self._exited: Exited | None = None
        self._garbage = False
        self._closed = False
        self._buffers: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._frames, theirs = os.pipe()
        self._control, other = socket.socketpair()
        try:
            warm.launch(self._scratch.name, frames=theirs, control=other.fileno())
        except BaseException:
            self.close()
            raise
        finally:
            os.close(theirs)
            other.close()
        os.set_blocking(self._frames, False)
        self._control.setblocking(False)  # noqa: FBT003 - the standard library knows no keyword
        self._began = self._cell_began = time.monotonic()
        self._stopped_at: float | None = None
        self._selector: selectors.BaseSelector | None = None

    @property
    def page(self) -> Page:
        """The page that runs."""
        return self.job.page

    @property
    def lost(self) -> bool:
        """Whether the warm process died before it had forked: nothing of the page has run."""
        return self._closed and self._pid is None

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake us for messages."""
        self._selector = selector
        selector.register(self._frames, selectors.EVENT_READ, self.read_frames)
        selector.register(self._control, selectors.EVENT_READ, self.read_control)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        """Undo `register`."""
        for item in (self._frames, self._control):
            _forget(selector, item)

    def read_frames(self) -> None:
        """Take what the page has said."""
        for frame in self._read(lambda: os.read(self._frames, _READ), self._buffers[0], frame_decoder):
            if self._passed is not None:
                return  # it was told to stop: what it does while it is being stopped does not count
            if isinstance(frame, Started):
                self._cell_began = time.monotonic()
            try:
                self.fold.take(frame)
            except (IndexError, KeyError, AttributeError):
                self._garbage = True

    def read_control(self) -> None:
        """Take what the supervisor has said."""
        for notice in self._read(lambda: self._control.recv(_READ), self._buffers[1], notice_decoder):
            if isinstance(notice, Spawned):
                self._pid = notice.pid
                self._began = self._cell_began = time.monotonic()
            else:
                self._exited = notice

    def _read(self, read: Callable[[], bytes], buffer: bytearray, decoder: "msgspec.msgpack.Decoder[T]") -> "list[T]":
        try:
            data = read()
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._end_of(decoder)
        buffer += data
        try:
            return unpack(buffer, decoder)
        except FrameError:
            self._garbage = True
            buffer.clear()
            return []

    def _end_of(self, decoder: object) -> None:
        """A connection is closed: a page that closed its own is still waited for."""
        if decoder is notice_decoder:
            self._closed = True
        elif self._selector is not None:
            _forget(self._selector, self._frames)

    def is_over(self, now: float) -> bool:
        """Whether the page and all it left are gone; a page that has passed a limit is told to stop."""
        if self._exited is not None or self._closed:
            return True
        if self._pid is not None and self._passed is None and not self.fold.done:
            self._passed = self._limit_passed(now)
            if self._passed is not None:
                self._stop(now)
        elif self._stopped_at is not None and now - self._stopped_at > _STOP_SECONDS:
            self._kill()
        return False

    def _stop(self, now: float) -> None:
        self._stopped_at = now
        with contextlib.suppress(OSError):
            self._control.send(STOP)

    def _kill(self) -> None:
        """The supervisor does not answer: end the page itself; the closed connection ends the rest."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, signal.SIGKILL)
        self._closed = True

    def _limit_passed(self, now: float) -> Passed | None:
        if self._garbage:
            return Passed("crash", "ProtocolError", "wrote to the engine's own descriptor, so its page was ended")
        usage = Usage(
            cell=self._cell,
            cell_seconds=now - self._cell_began,
            page_seconds=now - self._began,
            unread=max(self._size(name) - self.fold.received[name] for name in STREAMS),
            memory=resident(self._pid),
        )
        return passed(self.job.limits, usage)

    @property
    def _cell(self) -> Cell | None:
        index = self.fold.running
        return None if index is None else self.page.cells[index]

    def _size(self, name: Name) -> int:
        try:
            return captured_file(self._scratch.name, name).stat().st_size
        except OSError:
            return 0

    def record(self) -> tuple[Record, Done | None]:
        """The record of the page, once it is over, and the page's last message if it came so far."""
        self._drain()
        done = self.fold.done
        seconds = time.monotonic() - self._began
        if (done is None or self._garbage) and not self.fold.failed:
            self._salvage()
            self.fold.fail(self._failure(), seconds=time.monotonic() - self._cell_began)
        missing = Provenance(
            backend=self.job.backend,
            torch=torch_version(),
            python=platform.python_version(),
            seed=self.job.seed,
            seconds=seconds,
        )
        return Record(
            cells=self.fold.records(backend=self.job.backend),
            provenance=done.provenance if done is not None else missing,
            warnings=self._warnings(),
        ), done

    def _drain(self) -> None:
        before = -1
        while before != len(self._buffers[0]) or self._more():
            before = len(self._buffers[0])
            self.read_frames()

    def _more(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._frames, selectors.EVENT_READ)
            return bool(selector.select(0)) and not _at_end(self._frames)

    def _salvage(self) -> None:
        """Take what was printed and not sent before the end."""
        index = self.fold.current
        if index is None or index not in self.fold.cells:
            return
        left = self.job.limits.output
        for name in STREAMS:
            with contextlib.suppress(OSError), captured_file(self._scratch.name, name).open("rb") as file:
                file.seek(self.fold.received[name])
                data = file.read(left)
                cut = max(0, self._size(name) - file.tell())
                self.fold.cells[index].write(name, data, cut=cut)
                left -= len(data)

    def _failure(self) -> Failure:
        cell = self._cell or self.page.cells[-1]
        place, stack = place_of_stack(self.page, self._scratch.name)
        if self._passed is not None:
            limit = self._passed
            return Failure(limit.name, limit.message, place or cell.place, traceback=stack, reason=limit.reason)
        name, message = describe_death(None if self._exited is None else self._exited.status, self._scratch.name)
        return Failure(name, message, place or cell.place, traceback=stack, reason="crash")

    def _warnings(self) -> tuple[str, ...]:
        left = 0 if self._exited is None else self._exited.left
        if left == 0 or self._passed is not None:
            return ()
        return (f"{self.page.path}: left {left} process{'es' if left > 1 else ''} running, which were ended",)

    def close(self) -> None:
        """Let go of everything; a page that still runs is ended by its supervisor, which sees the connection close."""
        with contextlib.suppress(OSError):
            os.close(self._frames)
        self._control.close()
        self._scratch.cleanup()


def _forget(selector: selectors.BaseSelector, item: int | socket.socket) -> None:
    with contextlib.suppress(KeyError):
        selector.unregister(item)


def _at_end(descriptor: int) -> bool:
    """Whether a readable pipe has only its end to read."""
    count = bytearray(4)
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return not any(count)


def resident(pid: int | None) -> int:
    """Resident bytes of a process that it does not share with files; 0 when it is gone."""
    try:
        numbers = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return (int(numbers[1]) - int(numbers[2])) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
