"""The exercises of a page: which of its cells belong together."""

from collections.abc import Iterable

from msgspec import Struct

from workings.page import Cell, Page


class Exercise(Struct, frozen=True, kw_only=True):
    """The cells of one exercise, as far as they are there."""

    name: str
    starter: Cell | None = None
    """What the reader starts from."""
    check: Cell | None = None
    """How an answer is checked."""
    wrong: tuple[Cell, ...] = ()
    """Typical wrong answers."""
    solution: Cell | None = None
    """One right answer."""


def exercises_of(page: Page) -> tuple[Exercise, ...]:
    """The exercises of a page, in the order in which they begin."""
    names = dict.fromkeys(cell.options.exercise for cell in page.cells)
    return tuple(_exercise(name, page.cells) for name in names if name is not None)


def exercise_of(page: Page, cell: Cell) -> Exercise | None:
    """The exercise that a cell of the page belongs to, if it does."""
    return None if cell.options.exercise is None else _exercise(cell.options.exercise, page.cells)


def _exercise(name: str, cells: Iterable[Cell]) -> Exercise:
    own = [cell for cell in cells if cell.options.exercise == name]
    first = {cell.options.role: cell for cell in reversed(own)}
    return Exercise(
        name=name,
        starter=first.get("exercise"),
        check=first.get("check"),
        wrong=tuple(cell for cell in own if cell.options.role == "wrong"),
        solution=first.get("solution"),
    )
