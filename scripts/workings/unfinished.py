"""The record of a page whose run is not over: what has come, and beside it what each cell showed the last time."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from msgspec import structs

from workings.outputs import CellRecord, Failure, Output, Record
from workings.page import Page

Shown = tuple[Page, Record]
"""A page as it was when it last ran to its end, and what its cells showed then."""


def with_stale(page: Page, cells: Sequence[CellRecord], last: Shown | None) -> tuple[CellRecord, ...]:
    """The records, each of a cell that has nothing of its own to show yet with what it showed the last time."""
    before = _before(page, last)
    return tuple(
        structs.replace(cell, stale=before.get(index, ())) if _lacks(cell) else cell for index, cell in enumerate(cells)
    )


def merged(last: Shown | None, page: Page, record: Record) -> Shown:
    """What to keep of a page that has run: what its cells showed, and where they failed what they showed before."""
    whole = with_stale(page, record.cells, last)
    good = tuple(structs.replace(cell, outputs=cell.stale, stale=()) if _lacks(cell) else cell for cell in whole)
    return page, structs.replace(record, cells=good)


def _lacks(cell: CellRecord) -> bool:
    return cell.outcome in {"failed", "not-run", "running", "waiting"}


def _before(page: Page, last: Shown | None) -> dict[int, tuple[Output, ...]]:
    """What the page's cells showed, by their index now: cells are paired by their code, edited ones by their place."""
    if last is None:
        return {}
    old, record = last
    codes = [cell.code for cell in old.cells], [cell.code for cell in page.cells]
    pairs: dict[int, int] = {}
    for _, start, end, new, stop in SequenceMatcher(None, *codes, autojunk=False).get_opcodes():
        pairs |= dict(zip(range(new, stop), range(start, end), strict=False))
    return {
        index: tuple(output for output in record.cells[former].outputs if not isinstance(output, Failure))
        for index, former in pairs.items()
    }
