"""The signs that tie formulas to the cells that prove them: a link at each, to the other."""

import re
from collections.abc import Mapping

from msgspec import Struct

from workings.outputs import Record
from workings.page import Cell, Page
from workings.rendering.text import escaped

DEFINITION = "def:"
"""How the labels begin of formulas that nothing can prove, as they say what a word means."""
_CLASS = "wk-proof"
_PLACE = re.compile(rf'<span class="{_CLASS}" data-label="([^"]*)" data-number="([^"]*)"></span>')
"""Where the sign of a formula stands, until it is known whether its proof holds."""
_HOLDS = frozenset({"passed", "recorded"})


class Proofs(Struct, frozen=True, kw_only=True):
    """What is known of the labelled formulas of a page."""

    cells: Mapping[str, Cell]
    """The cell that has proved each label; of others there is nothing."""
    numbers: Mapping[str, str]
    """The number that the page shows at each label."""


def room(label: str, number: str) -> dict[str, str]:
    """The attributes of the element in whose place the sign will stand."""
    return {"class": _CLASS, "data-label": label, "data-number": number}


def proved(page: Page, record: Record | None) -> dict[str, Cell]:
    """The first cell that proves each label, of those that have run and not failed."""
    if record is None:
        return {}
    pairs = list(zip(page.cells, record.cells, strict=False))
    return {label: cell for cell, done in reversed(pairs) if done.outcome in _HOLDS for label in cell.options.proves}


def numbers_in(html: str) -> dict[str, str]:
    """The number of each label in a page."""
    return {match[1]: match[2] for match in _PLACE.finditer(html)}


def with_signs(html: str, proofs: Proofs) -> str:
    """The HTML with a sign at each formula that a cell proves, and nothing at the others."""
    return _PLACE.sub(lambda match: _sign(match[2], proofs.cells.get(match[1])), html)


def _sign(number: str, cell: Cell | None) -> str:
    if cell is None:
        return ""
    what = f"Formula {number} is proved by a cell on this page: go there"
    return (
        f'<a class="wk-proved" href="#{escaped(cell.name)}" aria-label="{what}" title="Proved by a cell" '
        f"data-search-exclude>✓</a>"
    )


def link_back(cell: Cell, proofs: Proofs) -> str:
    """The line at a cell that says which formulas it proves."""
    numbers = {label: proofs.numbers[label] for label in cell.options.proves if label in proofs.numbers}
    links = [f'<a href="#{escaped(label)}">({number})</a>' for label, number in numbers.items()]
    return f'<p class="wk-proves" data-search-exclude>Proves {", ".join(links)}</p>' if links else ""
