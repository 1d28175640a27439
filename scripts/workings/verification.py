"""Whether all holds that pages claim: outputs, standalone copies, and that nothing stands in them that should not."""

from collections.abc import Iterator, Sequence

from workings.accepted import load
from workings.claims import judged, shown_by
from workings.coverage import Checked
from workings.engine import Running
from workings.errors import SourceError
from workings.hygiene import findings, prose_of, surroundings
from workings.outputs import CellRecord, Record
from workings.page import Cell
from workings.report import plain, report
from workings.standalone_runs import StandaloneRuns, standalone_cells
from workings.website.config import Site
from workings.website.sources import ReadPage


def judge_pages(pages: Sequence[ReadPage], site: Site, running: Running) -> tuple[list[str], list[Checked]]:
    """All that is wrong with the pages, and what was checked of each."""
    running.add(*(read.page for read in pages))
    copies = StandaloneRuns(running, seed=site.settings.seed)
    for read in pages:
        copies.add(read.page)
    records = {read.page.path: running.record(read.page.path) for read in pages}
    wrong = report([read.page for read in pages], records, [problem for read in pages for problem in read.problems])
    checked = []
    for read in pages:
        judge = _Judge(read, records[read.page.path], site)
        found = {"outputs accepted": judge.outputs(), "standalone copies": judge.copies(copies)}
        wrong += [plain(str(error)) for error in (*judge.hygiene(), *(e for errors in found.values() for e in errors))]
        checked.append(judge.checked(found))
    return wrong, checked


class _Judge:
    """Looks at one page that has run."""

    def __init__(self, read: ReadPage, record: Record, site: Site) -> None:
        self._read, self._page, self._record, self._site = read, read.page, record, site
        self._passed = {
            cell.name: shown
            for cell, shown in zip(self._page.cells, record.cells, strict=True)
            if shown.outcome == "passed"
        }
        self._compared = self._copied = 0

    def hygiene(self) -> list[SourceError]:
        """What stands in outputs and should not."""
        return findings(self._page, self._record, prose_of(self._read.text), around=surroundings(self._site.root))

    def outputs(self) -> list[SourceError]:
        """Cells that show something else than was accepted."""
        backend = self._record.provenance.backend
        accepted = load(self._page, backend) if self._passed else None
        found = []
        for cell, shown in self._cells():
            self._compared += 1
            other = judged(self._page, cell, shown_by(cell, shown), accepted=accepted, backend=backend)
            found += [SourceError(cell.place, f"{other.what}: see `pytest --outputs`")] if other is not None else []
        return found

    def copies(self, copies: StandaloneRuns) -> list[SourceError]:
        """Cells whose copy does not run by itself, or shows something else."""
        found = []
        eligible = {cell.name for cell in standalone_cells(self._page)}
        for cell, _ in self._cells():
            if cell.name in eligible:
                self._copied += 1
                fault = copies.fault(self._page, cell, self._record)
                found += [SourceError(cell.place, fault)] if fault is not None else []
        return found

    def checked(self, found: dict[str, list[SourceError]]) -> Checked:
        """What there is of the page, and how much of it holds."""
        totals = {"outputs accepted": self._compared, "standalone copies": self._copied}
        others = {name: (total - len(found[name]), total) for name, total in totals.items()}
        return Checked(
            page=self._page,
            record=self._record,
            sound=not self._read.problems,
            labels=self._read.labels,
            quizzes=self._read.quizzes,
            others=others,
        )

    def _cells(self) -> Iterator[tuple[Cell, CellRecord]]:
        return ((cell, self._passed[cell.name]) for cell in self._page.cells if cell.name in self._passed)
