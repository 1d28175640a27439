"""What must hold of the cells of an exercise before anything runs: all parts are there, together and in order."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import structs

from workings.errors import SourceError
from workings.page import Cell, Options
from workings.reading.options import ROLES

_REMEDY = {
    "exercise": 'what the reader starts from: add a cell with exercise="{name}"',
    "check": 'how an answer is checked: add a cell with check="{name}"',
    "solution": 'a right answer: add a cell with solution="{name}"',
}


def named(cells: Sequence[Cell]) -> list[Cell]:
    """The cells with what follows from those above them: the names of answers, and how many of these are unseen."""
    found: list[Cell] = []
    for cell in cells:
        options = structs.replace(cell.options, id=name_of(cell.options, found))
        found.append(structs.replace(cell, options=options, unseen=len(wrong_among(found))))
    return found


def name_of(options: Options, above: Sequence[Cell]) -> str | None:
    """The author's name for a cell, else that of a part of an exercise: `scores`, `scores-check`, `scores-wrong-2`."""
    if options.id is not None or options.role is None:
        return options.id
    before = [cell for cell in wrong_among(above) if cell.options.exercise == options.exercise]
    suffixes = {"exercise": "", "wrong": f"-wrong-{len(before) + 1}"}
    return f"{options.exercise}{suffixes.get(options.role, f'-{options.role}')}"


def wrong_among(cells: Sequence[Cell]) -> list[Cell]:
    """The wrong answers among cells."""
    return [cell for cell in cells if cell.options.role == "wrong"]


def exercise_problems(cells: Sequence[Cell]) -> Iterator[SourceError]:
    """What is wrong with the exercises that these cells make, in order."""
    runs = [(name, list(run)) for name, run in groupby(cells, lambda cell: cell.options.exercise)]
    seen: dict[str, Cell] = {}
    for name, run in runs:
        if name is None:
            continue
        if name in seen:
            yield _apart(name, run[0], seen[name])
        else:
            yield from _incomplete(name, run, [cell for cell in cells if cell.options.exercise == name])
        seen[name] = run[-1]


def _apart(name: str, cell: Cell, last: Cell) -> SourceError:
    """The parts of an exercise run from one state, so nothing may change it between them."""
    return SourceError(
        cell.place,
        f"the cells of exercise '{name}' follow each other, and another cell stands between this one and that at "
        f"{last.place}: move it, or give this exercise a name of its own",
    )


def _incomplete(name: str, run: Sequence[Cell], all_parts: Sequence[Cell]) -> Iterator[SourceError]:
    """The parts that an exercise has not, or has twice, or has in another order."""
    roles = [cell.options.role for cell in all_parts]
    for role, remedy in _REMEDY.items():
        if role not in roles:
            text = remedy.format(name=name)
            yield SourceError(run[0].place, f"exercise '{name}' does not say {text}")
    for before, cell in pairwise(run):
        first, second = before.options.role, cell.options.role
        if first == second != "wrong":
            yield SourceError(cell.place, f"exercise '{name}' has a second '{second}': remove one")
        elif first is not None and second is not None and ROLES.index(second) < ROLES.index(first):
            yield SourceError(
                cell.place, f"'{second}' of exercise '{name}' stands below '{first}': the order is {', '.join(ROLES)}"
            )
