"""Whether all holds that pages claim: outputs, standalone copies, and that nothing stands in them that should not."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from workings.accepted import load
from workings.claims import judged, shown_by
from workings.coverage import Checked
from workings.engine import Running
from workings.errors import SourceError
from workings.hygiene import findings, prose_of, surroundings
from workings.outputs import Record
from workings.report import of_cell, plain, report
from workings.standalone_runs import StandaloneRuns, standalone_cells
from workings.website.config import Site
from workings.website.sources import ReadPage


class Verdict(Struct, frozen=True):
    """What came of one kind of claim: how many there are, how many do not hold, and what is to be said of these."""

    total: int
    wrong: int
    errors: tuple[SourceError, ...]


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
        verdicts = {"outputs accepted": judge.outputs(), "standalone copies": judge.copies(copies)}
        errors = [*judge.left_out(), *judge.hygiene(), *(e for verdict in verdicts.values() for e in verdict.errors)]
        wrong += [plain(str(error)) for error in errors]
        checked.append(judge.checked(verdicts))
    return wrong, checked


class _Judge:
    """Looks at one page that has run."""

    def __init__(self, read: ReadPage, record: Record, site: Site) -> None:
        self._read, self._page, self._record, self._site = read, read.page, record, site
        self._cells = list(zip(self._page.cells, record.cells, strict=True))
        self._passed = [(cell, shown) for cell, shown in self._cells if shown.outcome == "passed"]

    def left_out(self) -> Iterator[SourceError]:
        """Cells that could not run here, on a page of which nothing has failed."""
        again = f"python -m workings run --record {self._page.path}"
        for cell, shown in self._cells if self._record.passed else ():
            if shown.outcome == "not-run":
                backend = self._page.needs(cell)
                what = f"it was not run, as {shown.why}: where there is one, `{again} --backend {backend}`"
                yield SourceError(cell.place, of_cell(cell, what))

    def hygiene(self) -> list[SourceError]:
        """What stands in outputs and should not."""
        return findings(self._page, self._record, prose_of(self._read.text), around=surroundings(self._site.root))

    def outputs(self) -> Verdict:
        """Whether cells show what was accepted."""
        page, backend, total = self._page, self._record.provenance.backend, len(self._passed)
        try:
            accepted = load(page, backend) if total else None
        except SourceError as error:
            return Verdict(total, total, (error,))
        found = [
            (cell, other)
            for cell, shown in self._passed
            if (other := judged(page, cell, shown_by(cell, shown), accepted=accepted, backend=backend))
        ]
        errors = [(cell, f"{other.what}: see `pytest --outputs {page.path}::{cell.name}`") for cell, other in found]
        if accepted is None:
            errors = [(cell, f"{other.what}: see `pytest --outputs {page.path}`") for cell, other in found[:1]]
        return Verdict(total, len(found), tuple(SourceError(cell.place, of_cell(cell, what)) for cell, what in errors))

    def copies(self, copies: StandaloneRuns) -> Verdict:
        """Whether the copy of each cell runs by itself, and shows the same."""
        eligible = {cell.name for cell in standalone_cells(self._page)}
        cells = [cell for cell, _ in self._passed if cell.name in eligible]
        faults = [(cell, copies.fault(self._page, cell, self._record)) for cell in cells]
        errors = [SourceError(cell.place, of_cell(cell, fault)) for cell, fault in faults if fault is not None]
        return Verdict(len(cells), len(errors), tuple(errors))

    def checked(self, verdicts: dict[str, Verdict]) -> Checked:
        """What there is of the page, and how much of it holds."""
        return Checked(
            page=self._page,
            record=self._record,
            sound=not self._read.problems,
            labels=self._read.labels,
            quizzes=self._read.quizzes,
            others={name: (verdict.total - verdict.wrong, verdict.total) for name, verdict in verdicts.items()},
        )
