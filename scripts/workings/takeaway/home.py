"""Where a page is at home, as a copy that is taken away has to say and to lead back to."""

from collections.abc import Callable, Mapping

from msgspec import Struct

Picture = tuple[str, bytes]
"""The MIME type of an image, and the image."""


def _same(target: str) -> str:
    return target


def _none(_target: str) -> None:
    return None


class Home(Struct, frozen=True, kw_only=True):
    """The site of a page, as far as a copy of the page shows it."""

    title: str
    """The page's title, for a text that begins without a heading."""
    site: str = ""
    """The site's name."""
    address: str = ""
    """The page's whole address; empty where the site doesn't know its own."""
    licence: str = ""
    """Markdown that says what may be done with the page."""
    seed: int = 0
    """What random numbers of the page begin from."""
    features: frozenset[str] = frozenset()
    """The names of the site's Markdown extensions, for marks that are ordinary text without one."""
    numbers: Mapping[str, str] = {}
    """The numbers of the page's formulas, by their labels."""
    link: Callable[[str], str] = _same
    """A link's target as the author wrote it, as it leads there from a copy."""
    picture: Callable[[str], Picture | None] = _none
    """The image that a copy has to carry with it, by its target; None for one that is at an address of its own."""
