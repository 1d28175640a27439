"""Records as they arrive from the thread in which pages run, for those who wait for them."""

import threading
from collections.abc import Sequence, Set

from msgspec import structs

from workings.errors import WorkingsError
from workings.outputs import CellRecord, Provenance, Record
from workings.page import Page
from workings.unfinished import Shown, merged, with_stale


class Arrivals:
    """The pages that are on their way, and what has come of each so far."""

    def __init__(self) -> None:
        """Begin without pages."""
        self.pages: dict[str, Page] = {}
        """What was expected last under each path."""
        self.fault: WorkingsError | None = None
        """What keeps pages from running at all."""
        self._records: dict[str, Record] = {}
        self._cells: dict[str, tuple[CellRecord, ...]] = {}
        self._shown: dict[str, Shown] = {}
        self._doubted: set[str] = set()
        self._news = threading.Condition(threading.RLock())

    def expect(self, pages: Sequence[Page]) -> list[Page]:
        """Wait for these pages from now on; give those that are not the very pages that were on their way already."""
        with self._news:
            over = self._records.keys() | self._doubted
            new = [page for page in pages if page != self.pages.get(page.path) or page.path in over]
            for page in new:
                self._doubted.discard(page.path)
                self.pages[page.path] = page
                self._records.pop(page.path, None)
                self._cells.pop(page.path, None)
        return new

    def doubt(self) -> None:
        """Expect the pages that are on their way anew when they are named again, even if they are the very same."""
        with self._news:
            self._doubted = self.pages.keys() - self._records.keys()

    def retain(self, paths: Set[str]) -> set[str]:
        """Expect nothing of other pages any more; give their paths."""
        with self._news:
            gone = self.pages.keys() - paths
            for known in (self.pages, self._records, self._cells, self._shown):
                for path in gone & known.keys():
                    del known[path]
            return gone

    def advance(self, page: Page, cells: tuple[CellRecord, ...]) -> None:
        """Take what a page has shown so far, unless it has been edited meanwhile."""
        with self._news:
            if self.pages.get(page.path) is page:
                self._cells[page.path] = cells

    def put(self, page: Page, record: Record) -> bool:
        """Take the record of a page, unless it has been edited meanwhile; say whether it was taken."""
        with self._news:
            if self.pages.get(page.path) is not page:
                return False
            last = self._shown.get(page.path)
            self._shown[page.path] = merged(last, page, record)
            cells = record.cells if record.passed else with_stale(page, record.cells, last)
            self._records[page.path] = structs.replace(record, cells=cells)
            self._news.notify_all()
        return True

    def stop(self, fault: WorkingsError) -> None:
        """Give all up that have not come."""
        with self._news:
            self.fault = fault
            self._news.notify_all()

    def has(self, path: str) -> bool:
        """Whether the record of a page that is expected is there."""
        return path in self._records

    def record(self, path: str) -> Record:
        """The record of a page that is expected, once there is one; raises the fault for which there will be none."""
        if path not in self.pages:
            raise KeyError(path)
        with self._news:
            self._news.wait_for(lambda: path in self._records or self.fault is not None)
            if path not in self._records and self.fault is not None:
                raise self.fault
            return self._records[path]

    def records(self) -> list[Record]:
        """The records that are there, in the order in which their pages were expected."""
        with self._news:
            return [self._records[path] for path in self.pages if path in self._records]

    @property
    def awaited(self) -> int:
        """How many pages are expected that are not there yet."""
        return len(self.pages) - len(self._records)

    def now(self, path: str) -> Record:
        """The record of a page that is expected, as far as it is; raises what `record` raises."""
        with self._news:
            if path in self._records or self.fault is not None:
                return self.record(path)
            page = self.pages[path]
            cells = self._cells.get(path) or tuple(CellRecord(outcome="waiting") for _ in page.cells)
            return Record(cells=with_stale(page, cells, self._shown.get(path)), provenance=Provenance(backend=""))
