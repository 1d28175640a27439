"""Cells as tests, whatever runs the tests: which pages must run, how far, and what each cell's record is."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from workings.accepted import Acceptance, accept, load, ran_of
from workings.claims import Claims, Difference, Ran, Shown, judged, shown_by
from workings.engine import Event, Running
from workings.errors import SourceError
from workings.outputs import CellRecord, Failure, Record
from workings.page import Cell, Page
from workings.settings import Backend
from workings.standalone_runs import StandaloneRuns
from workings.website.config import Site, load_site
from workings.website.sources import load_page


def site_under_test(root: Path) -> Site | None:
    """The site of a project, if it has the plugin; MkDocs is not imported to learn that it has not.

    Raises SettingsError when its mkdocs.yml is wrong.
    """
    file = root / "mkdocs.yml"
    if not file.is_file() or b"workings" not in file.read_bytes():
        return None
    site = load_site(file)
    return site if site.listed else None


class CellRuns:
    """Runs pages when the first of their cells is asked for, each once, and as far as its last wanted cell."""

    def __init__(self, site: Site | None, *, backend: Backend | None, together: bool, rerun: bool) -> None:
        """Run all wanted pages at once if `together`, else each when it is its turn; on the site's backend if None.

        With `rerun`, a page runs even if its record is in the store.
        """
        self._site, self._together = site, together
        self._wanted: dict[str, Page] = {}
        self._selected: set[tuple[str, int]] = set()
        self._running = None if site is None else self._begin(site, backend, reuse=not rerun)
        self._copied: dict[str, Page] = {}
        self._copies: StandaloneRuns | None = None
        self._accepted: dict[str, Claims | None] = {}
        self.stored = self.ran = 0

    def has(self, file: Path) -> bool:
        """Whether the file is a page of the site."""
        return self._site is not None and file in self._site.pages

    def load(self, file: Path) -> tuple[Page | None, list[SourceError]]:
        """Read a page of the site, as `load_page` does; the import of what it will need begins meanwhile."""
        assert self._site is not None  # noqa: S101 - `has` said so
        assert self._running is not None  # noqa: S101 - as above
        page, problems = load_page(file, self._site)
        if page is not None:
            self._running.prepare(page)
        return page, problems

    def want(self, cells: Iterable[tuple[Page, int]], *, copied: Iterable[Page] = ()) -> None:
        """Say which cells will be asked for, by page and number, and copies of which pages' cells."""
        self._copied = {page.path: page for page in copied}
        last: dict[str, tuple[Page, int]] = {}
        for page, number in cells:
            self._selected.add((page.path, number))
            _, before = last.get(page.path, (page, 0))
            last[page.path] = (page, max(number, before))
        self._wanted = {path: page.until(number) for path, (page, number) in last.items()}

    def record(self, page: Page, cell: Cell) -> CellRecord:
        """What the cell showed.

        Raises the WorkingsError that kept pages from running at all, for each cell that asks.
        """
        return self._record(page).cells[cell.number - 1]

    def shown(self, page: Page, cell: Cell) -> tuple[Shown, Ran]:
        """What a cell claims, and where it ran; raises what `record` raises."""
        assert self._site is not None  # noqa: S101 - cells are loaded from a site only
        record = self._record(page)
        ran = ran_of(record.provenance, dtype=self._site.settings.dtype)
        return shown_by(cell, record.cells[cell.number - 1]), ran

    def other_outputs(self, page: Page, cell: Cell) -> Difference | None:
        """What a cell shows that was not accepted of it, if there is anything; raises what `record` raises.

        Raises SourceError when what was accepted can't be read.
        """
        shown, ran = self.shown(page, cell)
        if page.path not in self._accepted:
            self._accepted[page.path] = load(page, ran.backend)
        return judged(page, cell, shown, accepted=self._accepted[page.path], backend=ran.backend)

    def accept(self, path: str, shown: dict[str, Shown], ran: Ran) -> Acceptance:
        """Accept what cells of a page show, and write it down; raises what `workings.accepted.accept` raises."""
        assert self._site is not None  # noqa: S101 - as above
        page, problems = load_page(self._site.root / path, self._site)
        if page is None:
            raise problems[0]
        return accept(page, shown, ran)

    def fault_of_standalone(self, page: Page, cell: Cell) -> str | None:
        """What is wrong with the standalone copy of a cell that has passed; raises what `record` raises."""
        record = self._record(page)
        assert self._copies is not None  # noqa: S101 - made with the record
        self._copies.add(page)
        return self._copies.fault(page, cell, record)

    def hidden_failure(self, page: Page, cell: Cell) -> tuple[Cell, Failure] | None:
        """The failure for which this cell did not run, if nobody asked for the cell that failed."""
        assert self._running is not None  # noqa: S101 - as above
        for index, failure in self._running.record(page.path).failures():
            if index < cell.number - 1 and (page.path, index + 1) not in self._selected:
                return page.cells[index], failure
        return None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong without changing a result."""
        return () if self._running is None else self._running.warnings

    def close(self) -> None:
        """End what runs."""
        if self._running is not None:
            self._running.close()

    def _record(self, page: Page) -> Record:
        """The record of a page, which runs now if it has not yet."""
        assert self._running is not None  # noqa: S101 - cells are loaded from a site only
        if page.path not in self._running.pages:
            self._running.add(*self._wanted.values() if self._together else [self._wanted[page.path]])
            self._add_copies(self._running)
        return self._running.record(page.path)

    def _add_copies(self, running: Running) -> None:
        """Have the copies run behind the pages, where all of them are wanted."""
        assert self._site is not None  # noqa: S101 - as above
        self._copies = self._copies or StandaloneRuns(running, seed=self._site.settings.seed)
        for page in self._copied.values() if self._together else ():
            self._copies.add(page)

    def _begin(self, site: Site, backend: Backend | None, *, reuse: bool) -> Running:
        settings = site.settings if backend is None else structs.replace(site.settings, backend=backend)
        return Running(settings=settings, watch=self._count, reuse=reuse)

    def _count(self, event: Event) -> None:
        if event.page in self._wanted:  # and no copy of a cell
            self.stored += event.what == "stored"
            self.ran += event.what == "finished"
