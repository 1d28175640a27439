"""What of a run's pages is in the store, under which key, and what is kept there of those that have run."""

import os
from functools import cached_property, partial

from msgspec import structs

from workings.environment import technical
from workings.fingerprint import machine, page_key, unsettled, versions
from workings.page import Page
from workings.running.device import accelerators, resolve
from workings.running.reports import Ran
from workings.running.scheduling import Task
from workings.settings import Settings
from workings.store import Entry, Store, entry_holds, make_entry

_MUCH = 64
"""What part of its limit a store may grow by before a preview, which does not end, trims it."""
_CELL_SECONDS = 0.1
"""What a cell is taken to need of which nothing is known."""


class Keeper:
    """Finds records, and keeps them; without a store there are none, and nothing is kept."""

    def __init__(self, settings: Settings, *, reuse: bool) -> None:
        """Take the settings of the runs; without `reuse`, no record is found, and all are kept for others."""
        self._settings, self._reuse = settings, reuse
        self._store = None if settings.store is None else Store(settings.store, limit=settings.store_bytes)

    def task(self, page: Page, *, seed: int | None = None) -> Task:
        """What has to be run to have the page's record, with the settings' seed if none is given.

        Raises BackendError when the backend asked for is absent.
        """
        settings = self._settings if seed is None else structs.replace(self._settings, seed=seed)
        backend = "cpu" if page.backend == "cpu" else self._site_backend
        here = self._here | accelerators(backend)
        key = page_key(page, backend=backend, settings=settings, versions=self._versions, environment=here)
        known = None if self._store is None else self._store.expected(page.path)
        expected = _CELL_SECONDS * len(page.cells) if known is None else known
        return Task(page=page, key=key, backend=backend, seed=settings.seed, expected=expected)

    def find(self, task: Task) -> Entry | None:
        """What there is in the store in the place of a run."""
        if self._store is None or not self._reuse:
            return None
        return self._store.find(task.key, accepts=partial(entry_holds, page=task.page))

    def keep(self, ran: Ran) -> None:
        """Keep the record of a page that passed, under the key that it had when it was asked for."""
        if self._store is None:
            return
        page, read = ran.task.page, (*ran.modules, *ran.files)
        self._store.remember(page.path, ran.record.provenance.seconds)
        if ran.record.passed and not unsettled(read, page.root, ran.started):
            self._store.save(ran.task.key, make_entry(page, ran.record, files=read, packages=ran.packages))

    def trim(self) -> None:
        """Have the store within its limit again."""
        if self._store is not None:
            self._store.trim()

    def trim_if_grown(self) -> None:
        """The same, if much was written since: to list the store beside a busy thread takes a quarter of a second."""
        if self._store is not None and self._store.written > self._store.limit / _MUCH:
            self._store.trim()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the store."""
        return () if self._store is None else tuple(self._store.warnings)

    @cached_property
    def _site_backend(self) -> str:
        return resolve(self._settings.backend)

    @cached_property
    def _versions(self) -> dict[str, str]:
        return versions()

    @cached_property
    def _here(self) -> dict[str, str]:
        return machine() | technical(os.environ)
