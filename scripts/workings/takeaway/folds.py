"""What a reader opens with a click: an element that Jupyter folds, with Markdown between its tags."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from markdown import Markdown
from msgspec.structs import replace

from workings.takeaway.pieces import CellMark, Piece, Run, blank, shows

CONTINUED = "(continued)"
_FORMULA = re.compile(r"(?<!\\)\$[^$]+(?<!\\)\$")
_KEPT = re.compile("\ue000(\\d+)\ue000")


def folded(inner: Sequence[Piece], title: Run, *, is_open: bool) -> Iterator[Piece]:
    """These pieces folded under a title; a cell between them can't be inside, so it is folded by itself."""
    groups = [(is_cell, list(group)) for is_cell, group in groupby(inner, lambda each: isinstance(each, CellMark))]
    groups = [(is_cell, group) for is_cell, group in groups if is_cell or any(map(shows, group))]
    if not groups or groups[0][0]:
        yield replace(title, lines=(f"**{title.lines[0]}**", ""))
    for at, (is_cell, group) in enumerate(groups):
        name = title if at == 0 else replace(title, lines=(f"{title.lines[0]} {CONTINUED}",))
        yield from _closed(group, is_open=is_open) if is_cell else _element(group, name, is_open=is_open)


def summary(text: str) -> str:
    """A title in HTML, as Markdown is not read there; formulas are read everywhere, and stay."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\ue000{len(kept) - 1}\ue000"

    heading = Markdown().convert(f"# {_FORMULA.sub(keep, text)}")  # in which nothing begins a list or a block
    html = heading.removeprefix("<h1>").removesuffix("</h1>")
    return f"<summary>{_KEPT.sub(lambda match: kept[int(match[1])], html)}</summary>"


def _closed(group: Sequence[Piece], *, is_open: bool) -> Iterator[Piece]:
    """Cells that are folded, unless what they stand in is open."""
    for piece in group:
        yield replace(piece, folded=not is_open or piece.folded) if isinstance(piece, CellMark) else piece


def _element(group: Sequence[Piece], title: Run, *, is_open: bool) -> Iterator[Piece]:
    """Text between tags, with empty lines around it, without which it would be HTML."""
    around = replace(title, verbatim=True)
    yield from (blank(title.prefix), replace(around, lines=("<details open>" if is_open else "<details>",)))
    yield from (replace(title, summary=True), blank(title.prefix), *group, blank(title.prefix))
    yield from (replace(around, lines=("</details>",)), blank(title.prefix))
