"""The values in a page's prose, as they are known from its record."""

import bisect
from collections.abc import Callable, Mapping, Sequence

from workings.outputs import CellRecord
from workings.page import Cell


def values_of(cells: Sequence[Cell], records: Mapping[int, CellRecord]) -> Callable[[int, str], str | None]:
    """What gives the text of an expression's value by the number of the last cell above it; None for an unknown one."""
    going_on = [cell.number for cell in cells if not (cell.skipped or cell.runs_apart)]
    texts = {
        (cell.number, value.expression): text
        for cell in cells
        if cell.number in records
        for value, text in zip(cell.values, records[cell.number].values, strict=False)
    }

    def value(below: int, expression: str) -> str | None:
        above = bisect.bisect_right(going_on, below)
        return texts.get((going_on[above - 1], expression)) if above else None

    return value
