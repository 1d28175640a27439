"""The texts: statements that are taken, and the cell's own code below them."""

from collections.abc import Sequence
from itertools import groupby

from workings.page import Cell, Page
from workings.standalone.looking import Step, steps_of
from workings.standalone.slicing import needed
from workings.standalone.statements import Statement, as_call, as_lines


def standalone_texts(page: Page) -> dict[int, str]:
    """The code that makes each cell run by itself, by the cell's number; cells that need nothing have none."""
    cells = [cell for cell in page.cells if not cell.skipped and cell.options.role not in ("check", "wrong")]
    texts: dict[int, str] = {}
    for backend in {page.needs(cell) for cell in cells}:
        here = [cell for cell in cells if page.needs(cell) in (None, page.backend, backend)]
        own = {cell.number for cell in here if page.needs(cell) == backend}
        texts |= {number: text for number, text in _texts(here).items() if number in own}
    return dict(sorted(texts.items()))


def _texts(cells: Sequence[Cell]) -> dict[int, str]:
    steps, ends = steps_of(cells)
    above: list[Step] = []
    texts: dict[int, str] = {}
    for cell in cells:
        own = steps[cell.number]
        taken = [step.statement for step in needed(above, own, ends[cell.number])]
        if taken:
            texts[cell.number] = text_of(taken, cell)
        if not cell.runs_apart:
            above += own
    return texts


def text_of(taken: Sequence[Statement], cell: Cell) -> str:
    """The statements that are taken and the cell's own code, as one would paste them."""
    first = [statement for statement in taken if statement.is_future]
    parts = [(statements, as_lines(statements)) for statements in _by_cell(first)]
    parts += [(rest, as_lines(rest)) for rest in _by_cell([other for other in taken if not other.is_future])]
    lines: list[str] = []
    for index, (statements, text) in enumerate(parts):
        if index and _are_apart(parts[index - 1][0][-1], statements[0]):
            lines.append("")
        lines += text
    own = cell.code if not cell.code.lstrip("\n").startswith("%%") else as_call(cell.code)
    return "\n".join([*lines, "", own])


def _by_cell(statements: Sequence[Statement]) -> list[list[Statement]]:
    return [list(group) for _, group in groupby(statements, key=lambda statement: statement.cell.number)]


def _are_apart(above: Statement, below: Statement) -> bool:
    """Whether an empty line belongs between statements of two cells: between imports, definitions and other lines."""
    return not (above.is_import and below.is_import) and not (above.is_line and below.is_line)
