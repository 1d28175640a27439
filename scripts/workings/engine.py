"""The one place where the stages meet: pages in, their records out, from the store or from a run."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from workings.environment import technical
from workings.events import Event
from workings.fingerprint import machine, page_key, unsettled, versions
from workings.outputs import Provenance, Record
from workings.page import Page
from workings.recorded import with_recorded
from workings.running.device import resolve
from workings.running.warm import WarmProcess
from workings.running.workers import Ran, run_all
from workings.settings import Settings
from workings.store import Store, entry_holds, make_entry

__all__ = ["Event", "Results", "run_pages"]

Watch = Callable[[Event], None]


class Results(Struct, frozen=True, kw_only=True):
    """What a run of pages gave."""

    records: dict[str, Record]
    """By the page's path."""
    warnings: tuple[str, ...] = ()
    """What went wrong without changing a result: a damaged store, a process that a page left behind."""


def _ignore(event: Event) -> None:
    """Watch nothing."""


def run_pages(
    pages: Sequence[Page], *, settings: Settings, warm: WarmProcess | None = None, watch: Watch = _ignore
) -> Results:
    """Give the record of every page: from the store where nothing it depends on has changed, else by running it.

    `warm` is the process to fork from, for callers that run pages again and again; without it one is started when a
    page has to run, and ended. Raises BackendError when the backend that was asked for is absent, and ExecutorError
    when pages can't be run at all; a page's own faults are in its record.
    """
    running = [page for page in pages if page.cells]
    records = {page.path: Record(cells=(), provenance=_nowhere(settings)) for page in pages if not page.cells}
    if not running:
        return Results(records=records)
    backends = _backends(running, settings)
    store = None if settings.store is None else Store(settings.store, limit=settings.store_bytes)
    keys = _keys(running, backends=backends, settings=settings)
    records |= _stored(running, keys=keys, store=store, watch=watch)
    missing = _longest_first([page for page in running if page.path not in records], store)
    owned = warm or WarmProcess()
    try:
        tasks = [(page, backends[page.path]) for page in missing]
        for ran in run_all(tasks, settings=settings, warm=owned, watch=watch):
            records[ran.page.path] = ran.record
            _keep(ran, key=keys[ran.page.path], store=store)
    finally:
        if warm is None:
            owned.stop()
    if store is not None:
        store.trim()
    shown = {page.path: with_recorded(page, records[page.path]) for page in pages}
    return Results(records=shown, warnings=tuple(_warnings(records.values(), store)))


def _nowhere(settings: Settings) -> Provenance:
    """The provenance of a page without cells."""
    return Provenance(backend="", seed=settings.seed)


def _backends(pages: Iterable[Page], settings: Settings) -> dict[str, str]:
    """The backend of each page, by its path: the site's, but for a page that asks for the processor."""
    site = resolve(settings.backend)
    return {page.path: "cpu" if page.backend == "cpu" else site for page in pages}


def _keys(pages: Iterable[Page], *, backends: Mapping[str, str], settings: Settings) -> dict[str, str]:
    known, here = versions(), machine() | technical(os.environ)
    return {
        page.path: page_key(page, backend=backends[page.path], settings=settings, versions=known, environment=here)
        for page in pages
    }


def _stored(pages: Iterable[Page], *, keys: dict[str, str], store: Store | None, watch: Watch) -> dict[str, Record]:
    found: dict[str, Record] = {}
    if store is None:
        return found
    for page in pages:
        entry = store.find(keys[page.path], accepts=partial(entry_holds, page=page))
        if entry is not None:
            found[page.path] = entry.record
            watch(Event(page=page.path, what="stored", seconds=entry.record.provenance.seconds))
    return found


def _longest_first(pages: list[Page], store: Store | None) -> list[Page]:
    """The pages that took longest last time first; those never seen before all others, the fullest first."""

    def order(page: Page) -> tuple[bool, float]:
        seconds = store.expected(page.path) if store is not None else None
        return (seconds is not None, -(seconds if seconds is not None else len(page.cells)))

    return sorted(pages, key=order)


def _keep(ran: Ran, *, key: str, store: Store | None) -> None:
    if store is None:
        return
    store.remember(ran.page.path, ran.record.provenance.seconds)
    read = (*ran.modules, *ran.files)
    if ran.record.passed and not unsettled(read, ran.page.root, ran.started):
        store.save(key, make_entry(ran.page, ran.record, files=read, packages=ran.packages))


def _warnings(records: Iterable[Record], store: Store | None) -> Iterator[str]:
    for record in records:
        yield from record.warnings
    if store is not None:
        yield from store.warnings
