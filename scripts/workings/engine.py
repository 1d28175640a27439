"""The one place where the stages meet: pages in, their records out, from the store or from a run."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from types import TracebackType
from typing import Self

from msgspec import Struct, structs

from workings.arrivals import Arrivals
from workings.environment import technical
from workings.errors import WorkingsError
from workings.events import Event
from workings.fingerprint import machine, page_key, unsettled, versions
from workings.masking import masked, secrets_of
from workings.outputs import CellRecord, Provenance, Record
from workings.page import Page
from workings.recorded import with_recorded
from workings.running.chains import Chains
from workings.running.child import Task
from workings.running.device import resolve
from workings.running.warm import WarmProcess
from workings.running.workers import Hearer, Ran, Workers
from workings.settings import Settings
from workings.store import Entry, Store, entry_holds, make_entry

__all__ = ["Event", "Results", "Running", "run_pages"]

Watch = Callable[[Event], None]
_CELL_SECONDS = 0.1
"""What a cell is taken to need of which nothing is known."""


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
        warm: WarmProcess | None = None,
        watch: Watch = _ignore,
        reuse: bool = True,
        checkpoints: int = 0,
    ) -> None:
        """Begin without pages.

        `warm` is the process to fork from, for callers that run pages again and again; without it one is started when
        a page has to run, and ended with this. `watch` is called in any thread. Without `reuse`, every page runs,
        and its record is kept for others. `checkpoints` is how many bytes may be spent on states of pages between their
        cells, from which they go on when they are added again with other cells further down.
        """
        self._settings, self._watch, self._reuse, self._checkpoints = settings, watch, reuse, checkpoints
        self._owned = None if warm else WarmProcess()
        self._warm = warm or self._owned
        self._store = None if settings.store is None else Store(settings.store, limit=settings.store_bytes)
        self._arrivals = Arrivals()
        self._secrets = secrets_of(os.environ)
        self._keys: dict[str, str] = {}
        self._workers: Workers | None = None

    def prepare(self, page: Page) -> None:
        """Begin to import what pages need, if this page would have to run: it may be added soon, or not at all."""
        if page.cells and self._owned is not None and self.fault is None:
            with suppress(WorkingsError):
                if self._entry(page) is None:
                    self._owned.start()

    def add(self, *pages: Page) -> None:
        """Run these pages, or take their records from the store.

        A page that is added again replaces what it was, unless it is the same and on its way.
        Nothing is raised here: a fault that keeps pages from running is raised by `record`.
        """
        new = self._arrivals.expect(pages)
        for page in new:
            if not page.cells:
                self._arrivals.put(page, Record(cells=(), provenance=_nowhere(self._settings)))
        try:
            missing = [page for page in new if page.cells and not self._find(page)]
            if missing:
                self._run([self._task(page) for page in missing])
        except WorkingsError as fault:
            self._arrivals.stop(fault)

    @property
    def pages(self) -> Mapping[str, Page]:
        """What was added last under each path."""
        return self._arrivals.pages

    @property
    def fault(self) -> WorkingsError | None:
        """What keeps pages from running at all, if anything does."""
        return self._arrivals.fault

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
        return (*told, *(self._store.warnings if self._store else ()))

    def close(self) -> None:
        """End what runs."""
        if self._workers is not None:
            self._workers.close()
        if self._owned is not None:
            self._owned.stop()

    def __enter__(self) -> Self:
        """Give this, to be closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what runs."""
        self.close()

    def _find(self, page: Page) -> bool:
        """Take a page's record from the store; say whether it was there."""
        entry = self._entry(page)
        if entry is None:
            return False
        self._arrivals.put(page, with_recorded(page, masked(entry.record, self._secrets)))
        self._watch(Event(page=page.path, what="stored", seconds=entry.record.provenance.seconds))
        return True

    def _entry(self, page: Page) -> Entry | None:
        """What the store has of a page as it is now."""
        key = self._keys[page.path] = page_key(
            page, backend=self._backend(page), settings=self._settings, versions=self._versions, environment=self._here
        )
        if self._store is None or not self._reuse:
            return None
        return self._store.find(key, accepts=partial(entry_holds, page=page))

    def _run(self, tasks: Sequence[Task]) -> None:
        """Have pages run: the import that they wait for starts now, and whatever the caller does next overlaps it."""
        assert self._warm is not None  # noqa: S101 - one or the other
        if self._workers is None:
            self._warm.start()
            hearer = Hearer(event=self._watch, advanced=self._advance, ran=self._take, fault=self._arrivals.stop)
            chains = Chains(budget=self._checkpoints) if self._checkpoints else None
            self._workers = Workers(settings=self._settings, warm=self._warm, hearer=hearer, chains=chains)
        self._workers.add(tasks)

    def _task(self, page: Page) -> Task:
        known = None if self._store is None else self._store.expected(page.path)
        expected = _CELL_SECONDS * len(page.cells) if known is None else known
        return Task(page=page, backend=self._backend(page), expected=expected)

    def _take(self, ran: Ran) -> None:
        """Keep the record of a page that has run, unless it has been edited meanwhile."""
        if self._arrivals.is_current(ran.page):
            ran = structs.replace(ran, record=masked(ran.record, self._secrets))
            self._keep(ran)
            self._arrivals.put(ran.page, with_recorded(ran.page, ran.record))
        if self._store is not None and self._arrivals.complete:
            self._store.trim()

    def _advance(self, page: Page, cells: tuple[CellRecord, ...]) -> None:
        """Take what a page has shown so far."""
        if self._arrivals.is_current(page):
            self._arrivals.advance(page, masked(cells, self._secrets))
            self._watch(Event(page=page.path, what="advanced"))

    def _keep(self, ran: Ran) -> None:
        if self._store is None:
            return
        self._store.remember(ran.page.path, ran.record.provenance.seconds)
        read = (*ran.modules, *ran.files)
        if ran.record.passed and not unsettled(read, ran.page.root, ran.started):
            entry = make_entry(ran.page, ran.record, files=read, packages=ran.packages)
            self._store.save(self._keys[ran.page.path], entry)

    def _backend(self, page: Page) -> str:
        """Where a page runs: where the site does, but for a page that asks for the processor."""
        return "cpu" if page.backend == "cpu" else self._site_backend

    @cached_property
    def _site_backend(self) -> str:
        return resolve(self._settings.backend)

    @cached_property
    def _versions(self) -> dict[str, str]:
        return versions()

    @cached_property
    def _here(self) -> dict[str, str]:
        return machine() | technical(os.environ)


def run_pages(
    pages: Sequence[Page],
    *,
    settings: Settings,
    warm: WarmProcess | None = None,
    watch: Watch = _ignore,
    reuse: bool = True,
) -> Results:
    """Give the record of every page, all of them run together; the arguments and errors are those of `Running`."""
    with Running(settings=settings, warm=warm, watch=watch, reuse=reuse) as running:
        running.add(*pages)
        return running.results()


def _nowhere(settings: Settings) -> Provenance:
    """The provenance of a page without cells."""
    return Provenance(backend="", seed=settings.seed)
