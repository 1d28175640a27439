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
            texts[cell.number] = text_of(taken, cell, [step.statement for step in own])
        if not cell.runs_apart:
            above += own
    return texts


def text_of(taken: Sequence[Statement], cell: Cell, own: Sequence[Statement]) -> str:
    """The statements that are taken and the cell's own code, as one would paste them."""
    first = [statement for statement in (*taken, *own) if statement.is_future]
    parts = [(statements, as_lines(statements)) for statements in _by_cell(first)]
    parts += [(rest, as_lines(rest)) for rest in _by_cell([other for other in taken if not other.is_future])]
    lines: list[str] = []
    for index, (statements, text) in enumerate(parts):
        if index and _are_apart(parts[index - 1][0][-1], statements[0]):
            lines.append("")
        lines += text
    return "\n".join([*lines, "", _own_code(cell, own)])


def _own_code(cell: Cell, own: Sequence[Statement]) -> str:
    """A cell's code, without what has to stand above all else."""
    if cell.code.lstrip("\n").startswith("%%"):
        return as_call(cell.code)
    above = {row for statement in own if statement.is_future for row in range(statement.first, statement.last + 1)}
    code = "\n".join(line for row, line in enumerate(cell.code.split("\n")) if row not in above)
    return code.lstrip("\n") if above else code


def _by_cell(statements: Sequence[Statement]) -> list[list[Statement]]:
    return [list(group) for _, group in groupby(statements, key=lambda statement: statement.cell.number)]


def _are_apart(above: Statement, below: Statement) -> bool:
    """Whether an empty line belongs between statements of two cells: between imports, definitions and other lines."""
    return not (above.is_import and below.is_import) and not (above.is_line and below.is_line)
