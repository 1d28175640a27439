"""What of a site is verified: how many of each thing there are, and how many of them a run has shown to hold."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from msgspec import Struct

from workings.exercise import exercises_of
from workings.outputs import CellRecord, Record
from workings.page import Cell, Page
from workings.rendering.proofs import DEFINITION, proved

_HOLDS = frozenset({"passed", "recorded"})


class Row(Struct, frozen=True):
    """One kind of thing that pages have."""

    name: str
    verified: int
    total: int

    @property
    def whole(self) -> bool:
        """Whether all of them are verified."""
        return self.verified == self.total


class Checked(Struct, frozen=True, kw_only=True):
    """A page that was read and run."""

    page: Page
    record: Record
    sound: bool
    """Whether nothing is wrong with its source."""
    labels: Iterable[str] = ()
    """The labels of its formulas."""
    quizzes: int = 0
    others: Mapping[str, tuple[int, int]] = {}
    """What else was verified of it, by name: how many of how many."""


def coverage(pages: Iterable[Checked]) -> tuple[Row, ...]:
    """The rows of all pages together, in the order of the first page; a kind that no page has is left out."""
    totals: dict[str, tuple[int, int]] = {}
    for checked in pages:
        for name, (verified, total) in _rows(checked):
            before = totals.get(name, (0, 0))
            totals[name] = (before[0] + verified, before[1] + total)
    return tuple(Row(name, verified, total) for name, (verified, total) in totals.items() if total)


def _rows(checked: Checked) -> Iterator[tuple[str, tuple[int, int]]]:
    page, record = checked.page, checked.record
    cells = list(zip_longest(page.cells, record.cells))
    holding = {cell.number for cell, shown in cells if cell is not None and _holds(shown)}
    formulas = [label for label in checked.labels if not label.startswith(DEFINITION)]
    run = [cell for cell in page.cells if not cell.skipped]
    proofs = proved(page, record)
    yield "pages", (int(checked.sound and record.passed), 1)
    yield "cells", _count(cell.number in holding for cell in run)
    yield "formulas proved", _count(label in proofs for label in formulas)
    yield "definitions", _all(label for label in checked.labels if label.startswith(DEFINITION))
    yield (
        "exercises",
        _count(
            _numbers(each.starter, each.check, *each.wrong, each.solution) <= holding for each in exercises_of(page)
        ),
    )
    yield "wrong answers refused", _count(cell.number in holding for cell in run if cell.options.role == "wrong")
    yield "quizzes", (checked.quizzes if checked.sound else 0, checked.quizzes)
    yield "values in prose", _values(page, record)
    yield from checked.others.items()
    yield "cells not run, with a reason", _all(cell for cell in page.cells if cell.skipped)


def _holds(shown: CellRecord | None) -> bool:
    return shown is not None and shown.outcome in _HOLDS


def _numbers(*cells: Cell | None) -> set[int]:
    """The numbers of these cells; 0, which no cell has, for one that is missing."""
    return {0 if cell is None else cell.number for cell in cells}


def _count(found: Iterable[bool]) -> tuple[int, int]:
    each = list(found)
    return sum(each), len(each)


def _all(found: Iterable[object]) -> tuple[int, int]:
    """Things that there is nothing to verify of."""
    total = len(list(found))
    return total, total


def _values(page: Page, record: Record) -> tuple[int, int]:
    shown = sum(len(cell.values) for cell in record.cells)
    return shown, sum(len(cell.values) for cell in page.cells)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as lines of a terminal, and what they come to."""
    known = list(rows)
    width = max((len(row.name) for row in known), default=0)
    for row in known:
        share = 100 * row.verified // row.total if row.total else 100
        yield f"{row.name:{width}}  {row.verified:5} of {row.total:5}  {share:3} %"
    missing = [f"{row.total - row.verified} of {row.total} {row.name}" for row in known if not row.whole]
    yield f"not verified: {', '.join(missing)}" if missing else "everything on the site is verified"
