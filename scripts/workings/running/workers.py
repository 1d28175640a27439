"""Running many pages at once: who starts when, who has passed a limit, and what the record of each page is."""

import contextlib
import os
import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from workings.events import Event
from workings.outputs import Record
from workings.page import Page
from workings.running.child import Child
from workings.running.frames import Job
from workings.running.warm import WarmProcess
from workings.settings import Settings

_TICK = 0.05


class Ran(Struct, frozen=True, kw_only=True):
    """A page that has run: its record, and what else the record depends on."""

    page: Page
    record: Record
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    started: float = 0.0
    """When it began, as `time.time()`."""


def run_all(
    tasks: Sequence[tuple[Page, str]], *, settings: Settings, warm: WarmProcess, watch: Callable[[Event], None]
) -> Iterator[Ran]:
    """Run pages, each on its backend, in that order, as many at once as there are jobs; yield each when done.

    Raises ExecutorError when pages can't be run at all; a fault of a page is in its record.
    """
    waiting = deque(_job(page, backend=backend, settings=settings) for page, backend in tasks)
    running: list[Child] = []
    slots = settings.jobs or _cores()
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as cleanup:
        cleanup.callback(_close_all, running)
        while waiting or running:
            while waiting and len(running) < slots:
                running.append(_start(waiting.popleft(), warm=warm, selector=selector, watch=watch))
            for key, _ in selector.select(_TICK):
                key.data()
            now = time.monotonic()
            for child in [child for child in running if child.is_over(now)]:
                running.remove(child)
                child.unregister(selector)
                if not child.lost:
                    warm.has_worked()
                    yield _finish(child, watch)
                    continue
                child.close()
                waiting.appendleft(child.job)
                if child.warm_pid == warm.pid:
                    warm.stop()


def _cores() -> int:
    """The cores that this process may use, where the system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _job(page: Page, *, backend: str, settings: Settings) -> Job:
    return Job(page=page, backend=backend, seed=settings.seed, limits=settings.limits, scratch="")


def _start(job: Job, *, warm: WarmProcess, selector: selectors.BaseSelector, watch: Callable[[Event], None]) -> Child:
    child = Child(job, warm=warm)
    child.register(selector)
    watch(Event(page=child.page.path, what="started"))
    return child


def _finish(child: Child, watch: Callable[[Event], None]) -> Ran:
    try:
        record, done = child.record()
    finally:
        child.close()
    ran = record.provenance
    watch(Event(page=child.page.path, what="finished", seconds=ran.seconds, memory=ran.memory, passed=record.passed))
    if done is None:
        return Ran(page=child.page, record=record, started=child.started)
    return Ran(
        page=child.page,
        record=record,
        modules=done.modules,
        files=done.files,
        packages=done.packages,
        started=child.started,
    )


def _close_all(children: list[Child]) -> None:
    for child in children:
        child.close()
