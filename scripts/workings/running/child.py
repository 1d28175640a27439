"""One page that is running, seen from the process that waits for it: its messages, its limits, its end."""

import selectors
import tempfile
import time

from msgspec import structs

from workings.fingerprint import Moment
from workings.outputs import CellRecord, Record
from workings.page import Cell, Page
from workings.running.chains import Checkpoint, CheckpointRun, Folder
from workings.running.ending import End, failure_of, printed, salvage, unfinished, warnings_of
from workings.running.fold import PageFold
from workings.running.frames import Done, Ended, Exited, Frame, FrameError, Job, Spawned, Started, Suspended, pack
from workings.running.limits import Passed, Usage, passed
from workings.running.line import Launcher, Line, Origin
from workings.running.meter import Meter
from workings.running.processes import KILL, kill_session, signal_all
from workings.running.scheduling import Task
from workings.running.scratch import STREAMS, job_file

_STOP_SECONDS = 8.0
"""A supervisor that has not ended its page by then is ended itself."""
_FORK_SECONDS = 30.0
"""The warm process forks within milliseconds, unless it is no more itself."""
_LEAVE_SECONDS = 5.0
"""A page that is complete has nothing left to do."""


class Child:
    """The state of a page's run: what it has said, which limit it has passed, and how it ended."""

    def __init__(self, task: Task, job: Job, *, warm: Launcher, checkpoint: Checkpoint | None = None) -> None:
        """Have the page forked from the warm process, or from the checkpoint; raises LostError when that has died."""
        self.task, self.checkpoint = task, checkpoint
        self._scratch = tempfile.TemporaryDirectory(prefix="workings-page-", ignore_cleanup_errors=True)
        self._folder = checkpoint.folder if checkpoint else Folder(warm.home if job.checkpoints else self._scratch.name)
        self._folder.hold()
        self.job = structs.replace(job, scratch=self._scratch.name, temporary=self._folder.path)
        if checkpoint is not None:
            self.job = structs.replace(self.job, first=checkpoint.index, spent=checkpoint.spent)
        job_file(self._scratch.name).write_bytes(pack(self.job)[4:])
        self.fold = checkpoint.fold.resumed(job.page) if checkpoint else PageFold(job.page)
        self.started = checkpoint.started if checkpoint else Moment.now()
        self.advanced = False
        """Whether a cell has begun or ended since somebody looked."""
        self.abandoned = False
        """Whether nobody wants to know what becomes of it."""
        self._until = 0
        """If so, the index of the cell before which it ends: those before it are cells of the edited page too."""
        self.copied_at = self.job.first
        """The index of the cell before which it left a copy of itself last, or needs none."""
        self.suspended: list[Checkpoint] = []
        """Checkpoints that nobody has taken yet."""
        self._passed: Passed | None = None
        self._pid: int | None = None
        self._supervisor: int | None = None
        self._done_at: float | None = None
        self._stopped_at: float | None = None
        self._exited: Exited | None = None
        self._garbage = self._closed = False
        self._meter = Meter(job.limits)
        origin: Origin = checkpoint or warm
        self.origin_pid = origin.pid
        self.moved = checkpoint is not None and checkpoint.moved(job.page)
        """Whether cells of the state that it goes on from stand at other lines now."""
        try:
            self._line = Line(origin.launch(self._scratch.name))
        except BaseException:
            self._let_go()
            raise
        self._began = self._cell_began = time.monotonic()

    @property
    def page(self) -> Page:
        """The page that runs."""
        return self.job.page

    @property
    def lost(self) -> bool:
        """Whether the process that it was to be forked from died before that: nothing of the page has run."""
        return self._closed and self._pid is None

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake us for messages."""
        self._line.listen(selector, frames=lambda: self._hear(selector), notices=self.read_notices)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        """Undo `register`."""
        for channel in (self._line.frames, self._line.notices):
            self._line.ignore(selector, channel)

    def _hear(self, selector: selectors.BaseSelector) -> None:
        self.read_frames()
        if self._line.frames.closed:  # it has closed its end, and may go on all the same
            self._line.ignore(selector, self._line.frames)

    def read_frames(self) -> bool:
        """Take what the page has said; whether it had said anything."""
        try:
            frames = said = self._line.frames.take()
        except FrameError as error:
            frames, said, self._garbage = None, list(error.before), True
        for frame in said or ():
            if self._passed is not None:
                break  # it was told to stop: what it does while it is being stopped does not count
            try:
                self._take(frame)
            except (IndexError, KeyError, AttributeError, ValueError):
                self._garbage = True
        return frames is not None

    def _take(self, frame: Frame) -> None:
        self.advanced |= isinstance(frame, Started | Ended)
        if isinstance(frame, Suspended):
            self._keep(frame)
            return
        self.fold.take(frame)
        if isinstance(frame, Started):
            self._cell_began = time.monotonic()
            self._leave_when_due()
        if self.fold.done is not None:
            self._done_at = time.monotonic()

    def _keep(self, frame: Suspended) -> None:
        """Take the checkpoint that the page has made of itself."""
        connection = self._line.frames.descriptors.popleft()
        self.copied_at = frame.index
        spent, folder = self._seconds, self._folder
        run = CheckpointRun(job=self.job, fold=self.fold, folder=folder, started=self.started, spent=spent)
        self.suspended.append(Checkpoint(frame, connection=connection, run=run))

    def read_notices(self) -> None:
        """Take what the supervisor has said."""
        try:
            notices = self._line.notices.take()
        except FrameError:
            self._garbage, notices = True, None
        self._closed = self._closed or self._line.notices.closed
        for notice in notices or ():
            if isinstance(notice, Spawned):
                self._pid, self._supervisor = notice.pid, notice.supervisor
                self._began = self._cell_began = time.monotonic()
            else:
                self._exited = notice

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
        elif self._meter.is_due(now):
            self._passed = self._limit_passed(now)
            if self._passed is not None:
                self._stop(now)
        return False

    def abandon(self, *, until: int) -> None:
        """Have it ended before the cell with that index, at once if that has begun: nobody wants to know what it does.

        Until it is over, it may still write to the files of its page.
        """
        self.abandoned, self._until, self.advanced = True, until, True
        self._leave_when_due()

    def _leave_when_due(self) -> None:
        """End if there is nothing to wait for: it has come to its last cell, or leaves no copies to go on from."""
        at = max(self.fold.current or 0, self.job.first)
        copied = self.job.checkpoints and self.copied_at == at
        if self.abandoned and self._stopped_at is None and (at >= self._until or not copied):
            self._stopped_at = time.monotonic()
            self._line.abandon()

    def so_far(self, page: Page) -> tuple[CellRecord, ...]:
        """The records of a page's cells, which are its own or an edited page's as far as these are the same."""
        shared = self._until if self.abandoned else len(page.cells)
        cells = self.fold.so_far(backend=self.job.backend)[:shared]
        return (*cells, *(CellRecord(outcome="waiting") for _ in page.cells[shared:]))

    def _stop(self, now: float) -> None:
        self._stopped_at = now
        self._line.stop()

    def _kill(self) -> None:
        """The supervisor does not answer: end the page and it; the warm process ends what they leave."""
        if self._pid is not None and self._supervisor is not None:
            kill_session(self._pid)
            signal_all([self._supervisor], KILL)
        self._closed = True

    def _limit_passed(self, now: float) -> Passed | None:
        if self._garbage:
            return Passed("crash", "ProtocolError", "wrote to the engine's own descriptor, so its page was ended")
        weight = self._meter.weigh(self._supervisor, self._pid, now)
        usage = Usage(
            cell=self._cell,
            cell_seconds=now - self._cell_began,
            page_seconds=self._seconds,
            unread=max(printed(self._scratch.name, name) - self.fold.received[name] for name in STREAMS),
            memory=weight.memory,
            processes=weight.processes,
        )
        return passed(self.job.limits, usage)

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
        told = None if done is None else done.provenance
        return Record(
            cells=self.fold.records(backend=self.job.backend),
            provenance=told or unfinished(self.job, started=self.started.wall, seconds=self._seconds),
            warnings=warnings_of(self.page, end),
        ), done

    @property
    def _seconds(self) -> float:
        return self.job.spent + time.monotonic() - self._began

    def close(self) -> None:
        """Let go of everything; a page that still runs is ended by its supervisor, which sees the connection close."""
        for made in self.suspended:
            made.close()
        self._line.close()
        self._let_go()

    def _let_go(self) -> None:
        self._folder.release()
        self._scratch.cleanup()
