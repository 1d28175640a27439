"""Running many pages at once, in a thread of its own: who starts when, who has passed a limit, what came of each."""

import contextlib
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence, Set

from msgspec import Struct, structs

from workings.errors import ExecutorError, WorkingsError
from workings.events import Event
from workings.fingerprint import describe_ties
from workings.outputs import CellRecord, Record
from workings.page import Page
from workings.running.chains import Chains, Checkpoint
from workings.running.child import Child, Task
from workings.running.frames import Job
from workings.running.warm import LostError, WarmProcess
from workings.settings import Settings

_TICK = 0.05
_LOOK = 0.01
"""Seconds between two looks whether the warm process is ready: all pages wait for that."""
_CLOSE_SECONDS = 10.0


class Ran(Struct, frozen=True, kw_only=True):
    """A page that has run: its record, and what else the record depends on."""

    task: Task
    record: Record
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    started: float = 0.0
    """When it began, as `time.time()`."""


class Hearer(Struct, frozen=True, kw_only=True):
    """Whom the workers tell what happens; each is called in their thread."""

    event: Callable[[Event], None]
    advanced: Callable[[Page, tuple[CellRecord, ...]], None]
    """A page has come to another cell: the records of its cells so far."""
    ran: Callable[[Ran], None]
    fault: Callable[[WorkingsError], None]
    """Pages can't be run at all: nothing that was added will ever have run."""


class Workers:
    """Runs the pages that it is given, each as soon as there is a place for it."""

    def __init__(self, *, settings: Settings, warm: WarmProcess, hearer: Hearer, chains: Chains | None = None) -> None:
        """Begin without pages, and without a thread until there is one; `chains` keeps checkpoints, if any shall be."""
        self._chains = chains
        self._settings, self._warm, self._hearer = settings, warm, hearer
        self._slots = settings.jobs or _cores()
        self._inbox: deque[tuple[Sequence[Task], Set[str]]] = deque()
        self._waiting: list[Task] = []
        self._running: list[Child] = []
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
                child.close()
            if self._chains is not None:
                self._chains.close()

    def _turn(self) -> None:
        """Take what is new, start what has a place, and end what is over."""
        while self._inbox:
            self._take(*self._inbox.popleft())
        while self._waiting and len(self._running) < self._slots and self._warm.ready():
            self._start(self._waiting.pop(next_task(self._waiting, self._slots)))
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
        for child in [child for child in self._running if child.page.path in instead]:
            self._forget(child)
            child.close()
        self._waiting = [task for task in self._waiting if task.page.path not in instead] + list(tasks)

    def _start(self, task: Task) -> None:
        job = self._job(task)
        checkpoint = self._chains.best(task.page, task.backend) if self._chains and not task.afresh else None
        try:
            child = Child(task, job, warm=self._warm, checkpoint=checkpoint)
        except LostError:
            self._give_up(checkpoint)
            self._waiting.insert(0, task)
            return
        child.register(self._selector)
        self._running.append(child)
        self._hearer.event(Event(page=task.page.path, what="started"))

    def _job(self, task: Task) -> Job:
        """What a page is told; copies of it are made while no other page waits for the time that they take."""
        copies = self._chains is not None and len(self._waiting) < self._slots and task.backend == "cpu"
        settings = self._settings
        return Job(
            page=task.page,
            backend=task.backend,
            seed=settings.seed,
            limits=settings.limits,
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
            self._chains.keep(child.suspended)
            child.suspended.clear()
        if child.advanced:
            child.advanced = False
            self._hearer.advanced(child.page, child.fold.so_far(backend=child.job.backend))

    def _end(self, child: Child) -> None:
        self._forget(child)
        if not child.lost:
            self._warm.has_worked()
            self._finish(child)
            return
        child.close()
        self._waiting.insert(0, child.task)
        self._give_up(child.checkpoint)
        if child.origin_pid == self._warm.pid:
            self._warm.stop()

    def _forget(self, child: Child) -> None:
        self._running.remove(child)
        child.unregister(self._selector)

    def _finish(self, child: Child) -> None:
        try:
            ran = _ran(child)
        finally:
            self._tell(child)
            child.close()
        page = child.page
        if child.moved and describe_ties(page, ran.record).places:
            self._waiting.insert(0, structs.replace(child.task, afresh=True))
            return
        of, passed = ran.record.provenance, ran.record.passed
        self._hearer.event(Event(page=page.path, what="finished", seconds=of.seconds, memory=of.memory, passed=passed))
        self._hearer.ran(ran)
        if self._chains is not None:
            self._chains.trim()


def next_task(waiting: Sequence[Task], slots: int) -> int:
    """Which of the waiting pages to start: the first, unless the longest would then be what all others wait for.

    A page that takes more than its share of what is left starts now (longest processing time first, R. L. Graham,
    "Bounds on multiprocessing timing anomalies", 1969); the others keep their order, in which they are rendered.
    """
    longest = max(range(len(waiting)), key=lambda index: waiting[index].expected)
    share = sum(task.expected for task in waiting) / slots
    return longest if 2 * waiting[longest].expected >= share else 0


def _cores() -> int:
    """The cores that this process may use, where the system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ran(child: Child) -> Ran:
    record, done = child.record()
    if done is None:
        return Ran(task=child.task, record=record, started=child.started)
    return Ran(
        task=child.task,
        record=record,
        modules=done.modules,
        files=done.files,
        packages=done.packages,
        started=child.started,
    )
