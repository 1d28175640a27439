"""One page that is running, seen from the process that waits for it: its messages, its limits, its end."""

import contextlib
import os
import platform
import selectors
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import structs

from workings.outputs import Provenance, Record
from workings.page import Cell, Page
from workings.running.device import torch_version
from workings.running.ending import End, failure_of, printed, salvage, warnings_of
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
from workings.running.processes import resident, session_of
from workings.running.scratch import STREAMS, job_file, temporary_folder
from workings.running.supervisor import STOP
from workings.running.warm import WarmProcess

_READ = 2**18
_STOP_SECONDS = 8.0
"""A supervisor that has not ended its page by then is ended itself."""
_WEIGH_SECONDS = 0.2
_FORK_SECONDS = 30.0
"""The warm process forks within milliseconds, unless it is no more itself."""
_LEAVE_SECONDS = 5.0
"""A page that is complete has nothing left to do."""
T = TypeVar("T")


class Child:
    """The state of a page's run; `attend` is called when something can be read, `check` now and then."""

    def __init__(self, job: Job, *, warm: WarmProcess) -> None:
        """Have the page forked."""
        self._scratch = tempfile.TemporaryDirectory(prefix="workings-page-", ignore_cleanup_errors=True)
        self.job = structs.replace(job, scratch=self._scratch.name)
        job_file(self._scratch.name).write_bytes(pack(self.job)[4:])
        temporary_folder(self._scratch.name).mkdir()
        self.fold = PageFold(job.page)
        self.started = time.time()
        self._passed: Passed | None = None
        self._pid: int | None = None
        self._supervisor: int | None = None
        self._done_at: float | None = None
        self._weighed_at, self._weight = 0.0, 0
        self._exited: Exited | None = None
        self._garbage = False
        self._closed = False
        self._said, self._noticed = bytearray(), bytearray()
        self._frames, theirs = os.pipe()
        self._control, other = socket.socketpair()
        try:
            warm.launch(self._scratch.name, frames=theirs, control=other.fileno())
            self.warm_pid = warm.pid
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

    def read_frames(self) -> bool:
        """Take what the page has said; whether it had said anything."""
        data = self._read(lambda: os.read(self._frames, _READ))
        if data == b"" and self._selector is not None:
            _forget(self._selector, self._frames)  # it has closed its end, and may go on all the same
        for frame in self._unpacked(data, self._said, frame_decoder):
            if self._passed is not None:
                break  # it was told to stop: what it does while it is being stopped does not count
            if isinstance(frame, Started):
                self._cell_began = time.monotonic()
            try:
                self.fold.take(frame)
            except (IndexError, KeyError, AttributeError, ValueError):
                self._garbage = True
            if self.fold.done is not None:
                self._done_at = time.monotonic()
        return bool(data)

    def read_control(self) -> None:
        """Take what the supervisor has said."""
        data = self._read(lambda: self._control.recv(_READ))
        self._closed = self._closed or data == b""
        for notice in self._unpacked(data, self._noticed, notice_decoder):
            if isinstance(notice, Spawned):
                self._pid, self._supervisor = notice.pid, notice.supervisor
                self._began = self._cell_began = time.monotonic()
            else:
                self._exited = notice

    def _read(self, read: Callable[[], bytes]) -> bytes | None:
        """What there is to read: empty at the end, None when there is nothing yet."""
        try:
            return read()
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _unpacked(self, data: bytes | None, buffer: bytearray, decoder: "msgspec.msgpack.Decoder[T]") -> "list[T]":
        buffer += data or b""
        try:
            return unpack(buffer, decoder)
        except FrameError:
            self._garbage = True
            buffer.clear()
            return []

    def is_over(self, now: float) -> bool:
        """Whether the page and all it left are gone; a page that has passed a limit is told to stop."""
        if self._exited is not None or self._closed:
            return True
        if self._stopped_at is not None:
            if now - self._stopped_at > _STOP_SECONDS:
                self._kill()
        elif self._pid is None:
            if now - self._began > _FORK_SECONDS:
                self._kill()
        elif self._done_at is not None:
            if now - self._done_at > _LEAVE_SECONDS:
                self._stop(now)
        else:
            self._passed = self._limit_passed(now)
            if self._passed is not None:
                self._stop(now)
        return False

    def _stop(self, now: float) -> None:
        self._stopped_at = now
        with contextlib.suppress(OSError):
            self._control.send(STOP)

    def _kill(self) -> None:
        """The supervisor does not answer: end the page and it; the warm process ends what they leave."""
        if self._pid is not None and self._supervisor is not None:
            for end, number in ((os.killpg, self._pid), (os.kill, self._supervisor)):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    end(number, signal.SIGKILL)
        self._closed = True

    def _limit_passed(self, now: float) -> Passed | None:
        if self._garbage:
            return Passed("crash", "ProtocolError", "wrote to the engine's own descriptor, so its page was ended")
        usage = Usage(
            cell=self._cell,
            cell_seconds=now - self._cell_began,
            page_seconds=now - self._began,
            unread=max(printed(self._scratch.name, name) - self.fold.received[name] for name in STREAMS),
            memory=self._memory(now),
        )
        return passed(self.job.limits, usage)

    def _memory(self, now: float) -> int:
        """Bytes that the page's processes take, as they were a moment ago: asking takes a millisecond."""
        if now - self._weighed_at > _WEIGH_SECONDS:
            self._weighed_at, self._weight = now, sum(map(resident, session_of(self._pid or 0)))
        return self._weight

    @property
    def _cell(self) -> Cell | None:
        index = self.fold.running
        return None if index is None else self.page.cells[index]

    def record(self) -> tuple[Record, Done | None]:
        """The record of the page, once it is over, and the page's last message if it came so far."""
        while self.read_frames():
            pass
        end = End(passed=self._passed, exited=self._exited, scratch=self._scratch.name)
        done = None if self._garbage else self.fold.done
        if done is None and not self.fold.failed:
            salvage(self.fold, end, limit=self.job.limits.output)
            self.fold.fail(failure_of(self.fold, end), seconds=time.monotonic() - self._cell_began)
        return Record(
            cells=self.fold.records(backend=self.job.backend),
            provenance=done.provenance if done is not None else self._provenance(),
            warnings=warnings_of(self.page, end),
        ), done

    def _provenance(self) -> Provenance:
        """What is known of a run that could not say it itself."""
        return Provenance(
            backend=self.job.backend,
            torch=torch_version(),
            python=platform.python_version(),
            seed=self.job.seed,
            seconds=time.monotonic() - self._began,
            date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
        )

    def close(self) -> None:
        """Let go of everything; a page that still runs is ended by its supervisor, which sees the connection close."""
        with contextlib.suppress(OSError):
            os.close(self._frames)
        self._control.close()
        self._scratch.cleanup()


def _forget(selector: selectors.BaseSelector, item: int | socket.socket) -> None:
    with contextlib.suppress(KeyError):
        selector.unregister(item)
