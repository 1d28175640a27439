"""Everything that is wrong with the pages of a build, as a terminal shows it: one clickable line each, then a count."""

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent

from workings.errors import SourceError
from workings.outputs import Failure, Record
from workings.page import Cell, Page

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST = 300


def report(pages: Sequence[Page], records: Mapping[str, Record], problems: Iterable[SourceError] = ()) -> list[str]:
    """What is wrong, an entry each: problems of sources first, since they may be why a cell failed."""
    known = {str(problem): problem for problem in problems}
    found = [plain(text).replace("\n", " ") for text in known]
    for page in pages:
        if page.path in records:
            found += [entry(page.cells[index], failure) for index, failure in records[page.path].failures()]
    return found


def count(entries: Sequence[str]) -> str:
    """The last line of a report."""
    return f"{len(entries)} error" if len(entries) == 1 else f"{len(entries)} errors"


def entry(cell: Cell, failure: Failure) -> str:
    """A failed cell: its line, and below it the traceback."""
    trace = indent(plain(failure.traceback), "    ")
    return f"{line(cell, failure)}\n{trace}" if trace else line(cell, failure)


def line(cell: Cell, failure: Failure) -> str:
    """How a cell failed, in one line that terminals and editors make a link of."""
    text = plain(failure.message).strip().partition("\n")[0]
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if failure.reason in {"exercise", "value"}:  # which say themselves what failed
        return f"{failure.place}: {text}"
    if failure.reason not in {"timeout", "crash"}:  # those say themselves what happened: "stopped after 30 s"
        text = f"failed: {failure.name}: {text}" if text else f"failed: {failure.name}"
    who = "" if failure.place.cell is not None else f"cell {cell.known_as} "  # a notebook's place says which cell
    return f"{failure.place}: {who}{text}"


def of_cell(cell: Cell, what: str) -> str:
    """What is to be said of a cell, behind its address; that of a notebook says already which cell it is."""
    return what if cell.place.cell is not None else f"cell {cell.known_as}: {what}"


def plain(text: str) -> str:
    """The text without what could move a terminal's cursor, or make it look like something else."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def plain_lines(lines: Iterable[str]) -> str:
    """Lines as text that a terminal can show without obeying it."""
    return "".join(f"{plain(line)}\n" for line in lines)
