"""Cells as tests, whatever runs the tests: which pages must run, how far, and what each cell's record is."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from workings.engine import Event, run_pages
from workings.errors import SourceError, WorkingsError
from workings.outputs import CellRecord, Failure, Record
from workings.page import Cell, Page
from workings.running.warm import WarmProcess
from workings.settings import Backend
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

    def __init__(self, site: Site | None, *, backend: Backend | None, together: bool) -> None:
        """Run all wanted pages at once if `together`, else each when it is its turn; on the site's backend if None."""
        self._site = site
        self._backend = backend
        self._together = together
        self._wanted: dict[str, Page] = {}
        self._selected: set[tuple[str, int]] = set()
        self._records: dict[str, Record] = {}
        self._fault: WorkingsError | None = None
        self._warm: WarmProcess | None = None
        self.warnings: list[str] = []
        self.stored = self.ran = 0

    def has(self, file: Path) -> bool:
        """Whether the file is a page of the site."""
        return self._site is not None and file in self._site.pages

    def load(self, file: Path) -> tuple[Page | None, list[SourceError]]:
        """Read a page of the site, as `load_page` does."""
        assert self._site is not None  # noqa: S101 - `has` said so
        return load_page(file, self._site)

    def want(self, cells: Iterable[tuple[Page, int]]) -> None:
        """Say which cells will be asked for, by page and number."""
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
        if page.path not in self._records:
            self._run(list(self._wanted.values()) if self._together else [self._wanted[page.path]])
        return self._records[page.path].cells[cell.number - 1]

    def hidden_failure(self, page: Page, cell: Cell) -> tuple[Cell, Failure] | None:
        """The failure for which this cell did not run, if nobody asked for the cell that failed."""
        for index, failure in self._records[page.path].failures():
            if index < cell.number - 1 and (page.path, index + 1) not in self._selected:
                return page.cells[index], failure
        return None

    def close(self) -> None:
        """End the warm process, if pages ran."""
        if self._warm is not None:
            self._warm.stop()

    def _run(self, pages: list[Page]) -> None:
        assert self._site is not None  # noqa: S101 - cells are loaded from a site only
        if self._fault is not None:
            raise self._fault
        settings = self._site.settings
        if self._backend is not None:
            settings = structs.replace(settings, backend=self._backend)
        self._warm = self._warm or WarmProcess()
        try:
            results = run_pages(pages, settings=settings, warm=self._warm, watch=self._count)
        except WorkingsError as fault:
            self._fault = fault
            raise
        self._records |= results.records
        self.warnings += results.warnings

    def _count(self, event: Event) -> None:
        self.stored += event.what == "stored"
        self.ran += event.what == "finished"
