"""Values in prose, computed after their cell."""

from workings.outputs import Failure
from workings.page import Cell, Page, Value
from workings.running.shell import CellShell
from workings.running.tracebacks import describe

LONGEST = 400
"""Characters of a value: what is longer is no part of a sentence."""


def values_of(cell: Cell, *, page: Page, shell: CellShell) -> tuple[tuple[str, ...], Failure | None]:
    """The texts of the values that follow a cell, up to the first that has none, and why that has none."""
    found: list[str] = []
    for value in cell.values:
        try:
            text = _text(value, shell)
        except BaseException as error:  # noqa: BLE001 - an expression may raise anything, and it is the page's fault
            what = describe(error, cell=cell, page=page)
            return tuple(found), _failed(value, f"{what.name}: {what.message}" if what.message else what.name)
        if len(text) > LONGEST:
            return tuple(found), _failed(value, f"its text has {len(text)} characters: show it in a cell")
        found.append(text)
    return tuple(found), None


def _text(value: Value, shell: CellShell) -> str:
    name = f"<value on line {value.place.line}>"
    text = str(eval(compile(value.expression, name, "eval"), shell.user_ns))  # noqa: S307 - the page's own code
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _failed(value: Value, why: str) -> Failure:
    text = f"{value.where}the value `{{python}} {value.expression}` in the prose: {why}"
    return Failure("ValueInProse", text, value.place, reason="value")
