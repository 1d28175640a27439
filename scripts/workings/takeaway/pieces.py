"""What the text of a page falls into on its way to a notebook: runs of text, and cells between them."""

from typing import NamedTuple

from msgspec import Struct


class Line(NamedTuple):
    """A line of text, without the indentation and the quote marks of what it stands in."""

    number: int
    """That of the line in the page's source, from 1."""
    text: str


class Run(Struct, frozen=True, kw_only=True):
    """Lines of text that follow each other in the source."""

    lines: tuple[str, ...]
    prefix: str = ""
    """What stands before each line in the copy: of lists and quotes."""
    below: int = 0
    """The number of the last cell above, by which values are known."""
    verbatim: bool = False
    """Whether this is code that is only shown, in which nothing is a mark."""
    summary: bool = False
    """Whether this is the title of what is folded, which Jupyter reads as HTML."""


class CellMark(Struct, frozen=True, kw_only=True):
    """The place of a cell in the text."""

    number: int
    """The cell's number on the page."""
    title: str = ""
    """The title of its fence."""
    folded: bool = False
    """Whether it stands in something that a reader has to open."""


class Break(Struct, frozen=True):
    """Where the text of a notebook begins a new cell."""


Piece = Run | CellMark | Break
"""A part of the text, in its order."""


def shows(piece: Piece) -> bool:
    """Whether a reader meets anything in it."""
    return isinstance(piece, CellMark) or (isinstance(piece, Run) and any(line.strip() for line in piece.lines))


def blank(prefix: str = "") -> Run:
    """An empty line."""
    return Run(lines=("",), prefix=prefix)


def text_of(pieces: list[Run]) -> str:
    """The text of runs under each other, with one empty line where there are several."""
    lines: list[tuple[str, bool]] = []
    for run in pieces:
        for line in run.lines:
            whole = f"{run.prefix}{line}"  # two spaces at its end break a line
            _add(lines, whole if run.verbatim or line.strip() else whole.rstrip(), run.verbatim)
    while lines and _is_blank(lines[-1]):
        lines.pop()
    return "\n".join(line for line, _ in lines)


def _add(lines: list[tuple[str, bool]], line: str, verbatim: bool) -> None:  # noqa: FBT001 - a fact of the line
    """Add a line; of several empty ones, in a quote or out of it, the one outside the quote is kept."""
    if _is_blank((line, verbatim)):
        if not lines:
            return
        if _is_blank(lines[-1]):
            lines[-1] = (min(line, lines[-1][0], key=len), False)
            return
    lines.append((line, verbatim))


def _is_blank(line: tuple[str, bool]) -> bool:
    return not line[1] and not line[0].strip("> ")
