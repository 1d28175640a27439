"""The one place where the stages meet: pages in, their records out, from the store or from a run."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from types import TracebackType
from typing import Self

from msgspec import Struct, structs

from workings.arrivals import Arrivals
from workings.errors import WorkingsError
from workings.events import Event
from workings.keeping import Keeper
from workings.masking import masked, secrets_of
from workings.outputs import CellRecord, Provenance, Record
from workings.page import Page
from workings.recorded import with_recorded
from workings.running.batches import in_batches
from workings.running.chains import Chains
from workings.running.launching import launcher
from workings.running.line import Launcher
from workings.running.reports import Hearer, Ran
from workings.running.scheduling import Task
from workings.running.workers import Workers
from workings.settings import Settings

__all__ = ["Event", "Results", "Running", "Watch", "run_pages"]

Watch = Callable[[Event], None]


class Results(Struct, frozen=True, kw_only=True):
    """What a run of pages gave."""

    records: dict[str, Record]
    """By the page's path."""
    warnings: tuple[str, ...] = ()
    """What went wrong without changing a result: a damaged store, a process that a page left behind."""


def _ignore(event: Event) -> None:
    """Watch nothing."""


class Running:
    """Pages on their way to their records: each from the store where nothing it depends on has changed, else by a run.

    Pages run in a thread as soon as they are added; `record` waits for one of them. Use it as a context manager, or
    `close` it, and nothing is left.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        warm: Launcher | None = None,
        watch: Watch = _ignore,
        reuse: bool = True,
        checkpoints: int = 0,
    ) -> None:
        """Begin without pages.

        `warm` is what starts pages, for callers that run pages again and again; without it there is one from when
        a page has to run, ended with this. `watch` is called in any thread. Without `reuse`, every page runs,
        and its record is kept for others. `checkpoints` is how many bytes may be spent on states of pages between their
        cells, from which they go on when they are added again with other cells further down.
        """
        self._settings, self._watch, self._checkpoints = settings, watch, checkpoints
        self._warm, self._owns_warm = warm or launcher(settings.jobs), warm is None
        self._keeper = Keeper(settings, reuse=reuse)
        self._arrivals = Arrivals()
        self._secrets = secrets_of(os.environ)
        self._workers: Workers | None = None
        self._turn, self._closed = threading.Lock(), False
        self._rehearsed: dict[str, Page] = {}

    def prepare(self, page: Page) -> None:
        """Begin to import what pages need, if this page would have to run: it may be added soon, or not at all."""
        if page.cells and self._owns_warm and self.fault is None:
            with suppress(WorkingsError):
                if self._keeper.find(self._keeper.task(page)) is None:
                    self._warm.start()

    def add(self, *pages: Page, seed: int | None = None, together: bool = False) -> None:
        """Run these pages, or take their records from the store; with another seed than the settings', if one is given.

        Pages of one cell that are run `together` may share a process, as long as all goes well with them.
        A page that is added again replaces what it was, unless it is the same and on its way.
        Nothing is raised here: a fault that keeps pages from running is raised by `record`.
        """
        new = self._arrivals.expect(pages)
        for page in new:
            if not page.cells:
                self._arrivals.put(page, Record(cells=(), provenance=Provenance(backend="", seed=self._settings.seed)))
        try:
            tasks = [self._keeper.task(page, seed=seed) for page in new if page.cells]
            wanted = [task for task in tasks if not self._find(task)]
            batches = in_batches(wanted) if together and self._warm.forks else wanted
            self._run(batches, instead={page.path for page in new})
        except WorkingsError as fault:
            self._arrivals.stop(fault)

    def doubt(self) -> None:
        """Something has changed that pages may have read: those on their way run anew when they are added again."""
        self._arrivals.doubt()

    def retain(self, paths: Set[str]) -> None:
        """Forget all pages but those with these paths, and end what runs of the others."""
        self._run([], instead=self._arrivals.retain(paths))

    def rehearse(self, path: str) -> None:
        """Have a page run for the states between its cells, from which it goes on when it is edited, if it has none.

        That is done when nothing else runs, and the page's record stays what it is. It may be asked for in any thread.
        """
        page = self.pages.get(path)
        if page is None or not page.cells or page is self._rehearsed.get(path):
            return
        self._rehearsed[path] = page
        if self._checkpoints and self._warm.forks and self.fault is None:
            with suppress(WorkingsError):
                self._run([structs.replace(self._keeper.task(page), rehearsal=True)], instead=frozenset())

    @property
    def pages(self) -> Mapping[str, Page]:
        """What was added last under each path."""
        return self._arrivals.pages

    @property
    def awaited(self) -> int:
        """How many pages have no record yet."""
        return self._arrivals.awaited

    @property
    def fault(self) -> WorkingsError | None:
        """What keeps pages from running at all, if anything does."""
        return self._arrivals.fault

    def has(self, path: str) -> bool:
        """Whether the record of a page is there."""
        return self._arrivals.has(path)

    def record(self, path: str) -> Record:
        """The record of a page that was added, once there is one.

        Raises BackendError when the backend that was asked for is absent, and ExecutorError when pages can't be run
        at all; a page's own faults are in its record.
        """
        return self._arrivals.record(path)

    def now(self, path: str) -> Record:
        """The record of a page that was added, as far as it is: cells may be running, or wait for their turn.

        Raises what `record` raises.
        """
        return self._arrivals.now(path)

    def results(self) -> Results:
        """The records of all pages, when the last of them has run, and what went wrong without changing them."""
        return Results(records={path: self.record(path) for path in self.pages}, warnings=self.warnings)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong by now without changing a result: a damaged store, a process that a page left behind."""
        told = [warning for record in self._arrivals.records() for warning in record.warnings]
        return (*told, *self._keeper.warnings)

    def close(self) -> None:
        """End what runs, and run nothing more."""
        with self._turn:
            self._closed = True
        if self._workers is not None:
            self._workers.close()
            self._keeper.trim()
        if self._owns_warm:
            self._warm.stop()

    def __enter__(self) -> Self:
        """Give this, to be closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what runs."""
        self.close()

    def _find(self, task: Task) -> bool:
        """Take a page's record from the store; say whether it was there."""
        entry = self._keeper.find(task)
        if entry is None:
            return False
        self._arrivals.put(task.page, with_recorded(task.page, masked(entry.record, self._secrets)))
        read = tuple(str(task.page.root / name) for name in entry.inputs.files)
        self._watch(Event(page=task.page.path, what="stored", seconds=entry.record.provenance.seconds, read=read))
        return True

    def _run(self, tasks: Sequence[Task], *, instead: Set[str]) -> None:
        """Have pages run, in the place of whatever runs under these paths.

        The import that they wait for starts now, and whatever the caller does next overlaps it.
        """
        with self._turn:
            if self._closed or (self._workers is None and not tasks):
                return
            if self._workers is None:
                self._warm.start()
                self._workers = self._made_workers()
            self._workers.add(tasks, instead=instead)

    def _made_workers(self) -> Workers:
        hearer = Hearer(event=self._hear, advanced=self._advance, ran=self._take, fault=self._arrivals.stop)
        chains = Chains(budget=self._checkpoints) if self._checkpoints and self._warm.forks else None
        return Workers(settings=self._settings, warm=self._warm, hearer=hearer, chains=chains)

    def _hear(self, event: Event) -> None:
        if event.what == "dropped" and event.rehearsal:
            self._rehearsed.pop(event.page, None)  # it has not come to its end: it is worth another one
        self._watch(event)

    def _take(self, ran: Ran) -> None:
        """Keep the record of a page that has run, under the key that it had when it was added."""
        ran = structs.replace(ran, record=masked(ran.record, self._secrets))
        self._keeper.keep(ran)
        page = ran.task.page
        if self._arrivals.put(page, with_recorded(page, ran.record)):
            self._watch(Event(page=page.path, what="arrived"))
        self._keeper.trim_if_grown()

    def _advance(self, page: Page, cells: tuple[CellRecord, ...]) -> None:
        """Take what a page has shown so far."""
        self._arrivals.advance(page, masked(cells, self._secrets))
        self._watch(Event(page=page.path, what="advanced"))


def run_pages(
    pages: Sequence[Page],
    *,
    settings: Settings,
    warm: Launcher | None = None,
    watch: Watch = _ignore,
    reuse: bool = True,
) -> Results:
    """Give the record of every page, all of them run together; the arguments and errors are those of `Running`."""
    with Running(settings=settings, warm=warm, watch=watch, reuse=reuse) as running:
        running.add(*pages)
        return running.results()
