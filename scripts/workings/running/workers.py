"""Running many pages at once, in a thread of its own: who starts when, who has passed a limit, what came of each."""

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence, Set
from typing import Literal

from msgspec import structs

from workings.errors import ExecutorError, WorkingsError
from workings.events import Event
from workings.fingerprint import describe_ties
from workings.running.batches import split
from workings.running.chains import Chains, Checkpoint, shared_cells
from workings.running.child import Child
from workings.running.frames import Job
from workings.running.line import Launcher, LostError
from workings.running.processes import cores
from workings.running.reports import Hearer, finished, ran_of
from workings.running.scheduling import Task, next_task
from workings.settings import Settings

_TICK = 0.05
_LOOK = 0.01
"""Seconds between two looks whether the warm process is ready: all pages wait for that."""
_CLOSE_SECONDS = 10.0


class Workers:
    """Runs the pages that it is given, each as soon as there is a place for it."""

    def __init__(self, *, settings: Settings, warm: Launcher, hearer: Hearer, chains: Chains | None = None) -> None:
        """Begin without pages, and without a thread until there is one; `chains` keeps checkpoints, if any shall be."""
        self._chains = chains
        self._settings, self._warm, self._hearer = settings, warm, hearer
        self._slots = settings.jobs or cores()
        self._inbox: deque[tuple[Sequence[Task], Set[str]]] = deque()
        self._waiting: list[Task] = []
        self._running: list[Child] = []
        self._rehearsed: dict[str, str] = {}
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)  # noqa: FBT003 - the standard library knows no keyword
        self._selector.register(self._bell, selectors.EVENT_READ, self._hear)
        self._thread: threading.Thread | None = None

    def add(self, tasks: Sequence[Task], *, instead: Set[str]) -> None:
        """Run these pages; one that was added before under one of these paths is ended, and no more is told of it."""
        self._inbox.append((tasks, instead))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="workings", daemon=True)
            self._thread.start()
        self._ring.send(b"!")

    def close(self) -> None:
        """End all pages that run, and the thread."""
        self._closing = True
        if self._thread is not None:
            self._ring.send(b"!")
            self._thread.join(_CLOSE_SECONDS)
        self._selector.close()
        self._bell.close()
        self._ring.close()

    def _work(self) -> None:
        try:
            while not self._closing:
                self._turn()
        except WorkingsError as fault:
            self._hearer.fault(fault)
        except Exception as error:  # noqa: BLE001 - whoever waits for a page must hear of it
            self._hearer.fault(ExecutorError(f"pages can't be run, by a fault of the engine: {error!r}"))
        finally:
            for child in self._running:
                self._drop(child)
            if self._chains is not None:
                self._chains.close()

    def _turn(self) -> None:
        """Take what is new, start what has a place, and end what is over."""
        while self._inbox:
            self._take(*self._inbox.popleft())
        while len(self._running) < self._slots and (tasks := self._startable()) and self._warm.ready(len(tasks)):
            task = tasks[next_task(tasks, self._slots)]
            self._waiting.remove(task)
            self._start(task)
        for key, _ in self._selector.select(_TICK if self._running else _LOOK if self._waiting else None):
            key.data()
        for child in self._running:
            self._tell(child)
        now = time.monotonic()
        for child in [child for child in self._running if child.is_over(now)]:
            self._end(child)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)

    def _take(self, tasks: Sequence[Task], instead: Set[str]) -> None:
        new = [task for task in tasks if not task.rehearsal or self._is_of_use(task)]
        self._waiting = [task for task in self._waiting if task.page.path not in instead] + new
        for child in self._running:
            if child.page.path in instead:
                heir = self._heir(child)
                child.abandon(until=0 if heir is None else self._shared(child, heir))
            elif child.task.rehearsal and not all(task.rehearsal for task in new):
                child.abandon(until=0)

    def _shared(self, child: Child, heir: Task) -> int:
        """How many cells of a run are worth waiting for: the next has them, and nothing that they read has changed."""
        shared = shared_cells(child.job, heir)
        if self._chains is None:
            return shared
        self._take_copies(child, self._chains)
        best = self._chains.best(heir)
        return shared if (best.index if best else child.job.first) >= min(child.copied_at, shared) else 0

    def _is_of_use(self, rehearsal: Task) -> bool:
        """Whether a page has no states to go on from, and was not rehearsed in vain."""
        path = rehearsal.page.path
        known = self._rehearsed.get(path) == rehearsal.key or self._chains is None or self._chains.has(path)
        others = [*self._waiting, *(child.task for child in self._running)]
        return not known and all(task.page.path != path for task in others)

    def _heir(self, child: Child) -> Task | None:
        """The page that is to run in the place of one that was saved meanwhile."""
        return next((task for task in self._waiting if task.page.path == child.page.path), None)

    def _startable(self) -> list[Task]:
        """The waiting pages of which no older run has still to end: it could write to their files.

        Rehearsals start when there is nothing else to do.
        """
        busy = {child.page.path for child in self._running}
        ready = [task for task in self._waiting if task.page.path not in busy]
        return [task for task in ready if not task.rehearsal] or ([] if busy else ready)

    def _start(self, task: Task) -> None:
        job = self._job(task)
        checkpoint = self._chains.best(task) if self._chains and not task.afresh else None
        try:
            child = Child(task, job, warm=self._warm, checkpoint=checkpoint)
        except LostError:
            self._give_up(checkpoint)
            self._waiting.insert(0, task)
            return
        child.register(self._selector)
        self._running.append(child)
        self._announce(task, "started")

    def _job(self, task: Task) -> Job:
        """What a page is told; copies of it are made while no other page waits for the time that they take."""
        free = len(self._waiting) < self._slots
        copies = self._chains is not None and free and task.backend == "cpu" and not task.parts
        settings = self._settings
        return Job(
            page=task.page,
            backend=task.backend,
            seed=task.seed,
            limits=settings.limits,
            dtype=settings.dtype,
            scratch="",
            checkpoints=copies,
        )

    def _give_up(self, checkpoint: Checkpoint | None) -> None:
        """Do without what could not be forked from; with the warm process went the temporary files of all."""
        if self._chains is not None and checkpoint is not None:
            self._chains.drop(checkpoint)
        elif self._chains is not None:
            self._chains.close()

    def _tell(self, child: Child) -> None:
        if self._chains is not None:
            self._take_copies(child, self._chains)
        heir = self._heir(child) if child.abandoned else child.task
        if child.advanced and heir is not None and not heir.rehearsal and not heir.parts:
            child.advanced = False
            self._hearer.advanced(heir.page, child.so_far(heir.page))

    def _take_copies(self, child: Child, chains: Chains) -> None:
        chains.keep(child.suspended)
        child.suspended.clear()

    def _end(self, child: Child) -> None:
        self._forget(child)
        if child.abandoned:
            self._drop(child)
            return
        if not child.lost:
            self._warm.has_worked()
            self._finish(child)
            return
        child.close()
        self._waiting.insert(0, child.task)
        self._give_up(child.checkpoint)
        if child.origin_pid == self._warm.pid:
            self._warm.stop()

    def _drop(self, child: Child) -> None:
        child.close()
        self._announce(child.task, "dropped")

    def _announce(self, task: Task, what: Literal["started", "dropped"]) -> None:
        for one in task.parts or (task,):
            self._hearer.event(Event(page=one.page.path, what=what, rehearsal=task.rehearsal))

    def _forget(self, child: Child) -> None:
        self._running.remove(child)
        child.unregister(self._selector)

    def _finish(self, child: Child) -> None:
        try:
            ran = ran_of(child)
        finally:
            self._tell(child)
            child.close()
        page = child.page
        if child.moved and describe_ties(page, ran.record).places:
            self._waiting.insert(0, structs.replace(child.task, afresh=True))
            return
        done, again = split(ran)
        self._waiting[:0] = again
        for own in done:
            self._hearer.event(finished(own))
            if own.task.rehearsal:
                self._rehearsed[page.path] = own.task.key
            else:
                self._hearer.ran(own)
        if self._chains is not None:
            self._chains.trim()
