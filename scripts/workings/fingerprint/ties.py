"""What outputs say of where their page stands; prose that is edited elsewhere leaves them true."""

import json
import os
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct

from workings.outputs import Record
from workings.page import Page

LINE_WORDS = ("lineno", "co_lines", "getsourcelines", "stack_info")
"""A cell whose code says one of these may print its line without the page's name."""


class Ties(Struct, frozen=True, kw_only=True):
    """What outputs say of where their page stands: a record is good only where that is still true."""

    places: tuple[str, ...] = ()
    """The cells' addresses, when an output names the page and so perhaps a line of it: a traceback, a warning."""
    root: str = ""
    """The project's root, when an output names it."""


def describe_ties(page: Page, record: Record) -> Ties:
    """What the record's outputs, or the cells' code, tie it to."""
    said = msgspec.json.encode(record)
    lines = _named(PurePosixPath(page.path).name, said) or any(
        word in cell.code for cell in page.cells for word in LINE_WORDS
    )
    root = os.path.abspath(page.root)  # noqa: PTH100  resolve() would follow links, and cells see the unfollowed path
    return Ties(places=_places(page) if lines else (), root=root if _named(root, said) else "")


def ties_hold(ties: Ties, page: Page) -> bool:
    """Whether outputs with these ties are true of the page as it stands now."""
    root = os.path.abspath(page.root)  # noqa: PTH100  as above
    return ties.places in ((), _places(page)) and ties.root in ("", root)


def _named(name: str, said: bytes) -> bool:
    """Whether a name stands in a record's JSON, in JSON's spelling of it."""
    return json.dumps(name, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass") in said


def _places(page: Page) -> tuple[str, ...]:
    """The addresses of a page's cells."""
    return tuple(str(cell.place) for cell in page.cells)
