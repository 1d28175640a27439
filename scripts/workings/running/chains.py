"""The checkpoints of pages that are being edited, kept by the process that waits for pages.

A checkpoint is a copy of a page's process, suspended between two of its cells. It takes the same message as the warm
process does, and forks a page that goes on from there: so an edited cell runs in the exact state before it.
"""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from workings.fingerprint import Inputs, Moment, describe_inputs, inputs_hold, page_key, unsettled
from workings.page import Page
from workings.running.fold import PageFold
from workings.running.frames import Job, Suspended
from workings.running.line import Ends, ask_to_fork
from workings.running.scheduling import Task
from workings.running.scratch import contents
from workings.running.table import shared_size
from workings.settings import Settings


class Folder:
    """The folder for the temporary files of a page and its checkpoints, gone when the last of them lets go of it."""

    def __init__(self, home: str) -> None:
        """Make it in a folder that is removed whatever happens to this process."""
        self.path = tempfile.mkdtemp(prefix="tmp-", dir=home)
        self._holders = 0

    def hold(self) -> None:
        """Keep it, until as many have let go of it as have kept it."""
        self._holders += 1

    def release(self) -> None:
        """Let go of it."""
        self._holders -= 1
        if self._holders == 0:
            shutil.rmtree(self.path, ignore_errors=True)


class CheckpointRun(NamedTuple):
    """The run that a checkpoint was made in, as it was then."""

    job: Job
    fold: PageFold
    folder: Folder
    started: Moment
    """When its first cell began."""
    spent: float
    """Seconds that its cells had taken."""


class Checkpoint:
    """A suspended copy of a page's process, before the cell with that index."""

    def __init__(self, frame: Suspended, *, connection: int, run: CheckpointRun) -> None:
        """Take the connection over which it can be told to go on; it ends when that is closed."""
        self.index, self.pid = frame.index, frame.pid
        self.folder, self.started, self.spent = run.folder, run.started, run.spent
        self.fold = run.fold.copied()
        self.before = run.job.page.first(frame.index)
        self.used = time.monotonic()
        self._identity = _identity(self.before, run.job.backend, run.job.seed)
        self._connection = socket.socket(fileno=connection)
        self._temporary = frame.temporary
        self._inputs = _inputs(frame, run)
        run.folder.hold()

    def fits(self, task: Task) -> bool:
        """Whether the page, run from its first cell, would come to this state."""
        before = task.page.first(self.index)
        return (
            self._inputs is not None
            and len(before.cells) == self.index
            and _identity(before, task.backend, task.seed) == self._identity
            and self._temporary == contents(self.folder.path)
            and inputs_hold(self._inputs, task.page.root)
        )

    def moved(self, page: Page) -> bool:
        """Whether the page's cells before this one stand at other lines now, which its code objects do not know."""
        return [cell.place for cell in page.first(self.index).cells] != [cell.place for cell in self.before.cells]

    def launch(self, scratch: str) -> Ends:
        """Have a page forked that goes on from here; raises LostError when the copy is no more."""
        return ask_to_fork(self._connection, scratch)

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self.folder.release()


class Chains:
    """Checkpoints of all pages, within a budget of memory; the least recently used are ended first."""

    def __init__(self, *, budget: int) -> None:
        """Take the bytes that they may have together."""
        self._budget = budget
        self._kept: list[Checkpoint] = []

    def best(self, task: Task) -> Checkpoint | None:
        """The last state from which this page can go on; those of what it was before and is no more are ended."""
        own = [kept for kept in self._kept if kept.before.path == task.page.path]
        fitting = [kept for kept in own if kept.fits(task)]
        self._end(kept for kept in own if kept not in fitting)
        best = max(fitting, key=lambda kept: kept.index, default=None)
        if best is not None:
            best.used = time.monotonic()
        return best

    def has(self, path: str) -> bool:
        """Whether there is any state of the page with that path."""
        return any(kept.before.path == path for kept in self._kept)

    def keep(self, made: Iterable[Checkpoint]) -> None:
        """Take new checkpoints, in the place of those of the same page and cell."""
        for new in made:
            same = (new.before.path, new.index)
            self._end([kept for kept in self._kept if (kept.before.path, kept.index) == same])
            self._kept.append(new)

    def drop(self, checkpoint: Checkpoint) -> None:
        """End one."""
        self._end([checkpoint] if checkpoint in self._kept else [])

    def trim(self) -> None:
        """End the least recently used until the rest is within the budget."""
        sizes = {kept.pid: shared_size(kept.pid) for kept in self._kept}
        excess = sum(sizes.values()) - self._budget
        for kept in sorted(self._kept, key=lambda kept: kept.used):
            if excess > 0 or not sizes[kept.pid]:
                excess -= sizes[kept.pid]
                self._end([kept])

    def close(self) -> None:
        """End all."""
        self._end(list(self._kept))

    def _end(self, gone: Iterable[Checkpoint]) -> None:
        for checkpoint in list(gone):
            checkpoint.close()
            self._kept.remove(checkpoint)


def shared_cells(job: Job, task: Task) -> int:
    """How many cells a page that was edited shares with the one that runs: the state after them is the same."""
    most = min(len(job.page.cells), len(task.page.cells))
    same = (_same_state(job, task, count) for count in range(1, most + 1))
    return sum(takewhile(bool, same))


def _same_state(job: Job, task: Task, count: int) -> bool:
    ours = _identity(job.page.first(count), job.backend, job.seed)
    return ours == _identity(task.page.first(count), task.backend, task.seed)


def _inputs(frame: Suspended, run: CheckpointRun) -> Inputs | None:
    """What the state depends on beside its page; None when nobody can say, as it was changing."""
    read, root = (*frame.modules, *frame.files), run.job.page.root
    return None if unsettled(read, root, run.started) else describe_inputs(read, frame.packages, root)


def _identity(page: Page, backend: str, seed: int) -> str:
    """What decides the state that a page's cells leave, as far as it is in the page and in where it runs."""
    return page_key(page, backend=backend, settings=Settings(seed=seed), versions={}, environment={})
