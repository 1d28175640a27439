"""The button by which a reader copies a cell with all that it needs from its page."""

from collections.abc import Mapping

from msgspec import Struct

from workings.page import Cell
from workings.rendering.text import escaped

_LABEL = "Copy standalone: with what this cell needs from the page"


class Origin(Struct, frozen=True):
    """Where a copied text says that it is from."""

    address: str
    """The page's."""
    license: str = ""
    """What the code of the page's cells may be used under, if the site says so."""


def standalone_button(cell: Cell, texts: Mapping[int, str], origin: Origin) -> str:
    """The button of a cell that is not enough by itself, for Material for MkDocs, whose script copies the text."""
    text = texts.get(cell.number)
    if text is None:
        return ""
    licensed = f" ({origin.license})" if origin.license else ""
    whole = f"# From {origin.address}#{cell.name}{licensed}\n{text}\n"
    return (
        f'<button class="wk-standalone" type="button" title="{_LABEL}" aria-label="{_LABEL}" '
        f'data-clipboard-text="{escaped(whole)}"></button>'
    )
