"""The claims of one page: as JSON with a line for each cell, and what they say of a cell as it is now."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct, structs

from workings.claims.comparison import Difference, difference, listed
from workings.claims.making import digest_of
from workings.claims.values import Claims, Ran, Shown
from workings.page import OWN_NAME, Cell, Page

_RANDOM = re.compile(r"rand|seed|normal|uniform|dropout|shuffle|multinomial|bernoulli|init|\bnn\.", re.IGNORECASE)
"""Words of code that draws random numbers; a layer draws its weights."""


def encoded(claims: Claims) -> bytes:
    """The claims as JSON: the same bytes for the same claims, with a line for each cell, so that diffs read well."""
    cells = b",\n".join(
        msgspec.json.encode(name) + b": " + msgspec.json.encode(shown, order="sorted")
        for name, shown in claims.cells.items()
    )
    return b'{"ran": ' + msgspec.json.encode(claims.ran, order="sorted") + b',\n"cells": {\n' + cells + b"\n}}\n"


def decoded(data: bytes) -> Claims:
    """The claims that such JSON holds; raises ValueError when it holds none."""
    return msgspec.json.decode(data, type=Claims)


def accepted_of(page: Page, cell: Cell, accepted: Claims) -> Shown | None:
    """What was accepted of a cell: under its own name, or under that of a cell with the very same code.

    Names such as `cell-3` go to another cell when one is put in above; where several have the same code, each is known
    by its turn.
    """
    named = accepted.cells.get(cell.name)
    if cell.options.id is not None:
        return named
    code = digest_of(cell)
    theirs = [shown for name, shown in accepted.cells.items() if shown.code == code and OWN_NAME.fullmatch(name)]
    ours = [other.number for other in page.cells if other.options.id is None and digest_of(other) == code]
    if len(ours) == len(theirs):
        return theirs[ours.index(cell.number)]
    known = named is not None and named.code == code
    return theirs[0] if len(theirs) == 1 and not known else named


def judged(page: Page, cell: Cell, shown: Shown, *, accepted: Claims | None, backend: str) -> Difference | None:
    """What differs between what a cell shows and what was accepted of it; nothing where that still holds.

    Of a cell that shows nothing, nothing need be accepted; and what was accepted on another backend says nothing of
    numbers that were drawn at random, which are others there.
    """
    was = None if accepted is None else accepted_of(page, cell, accepted)
    if was is None and not shown.shows:
        return None
    if accepted is None:
        return Difference(what="nothing is accepted yet of what this page shows")
    if was is None:
        return Difference(what="what it shows is not accepted yet", now=listed(shown.shows))
    found = difference(was, shown, same_backend=accepted.ran.backend == backend)
    if found is None or (found.by_numbers and accepted.ran.backend != backend and _draws(page, cell)):
        return None
    return structs.replace(found, what=f"{found.what}{_why(page, cell, was, accepted, backend)}")


def _draws(page: Page, cell: Cell) -> bool:
    """Whether a cell, or one above it, may draw random numbers."""
    return any(_RANDOM.search(other.code) for other in page.cells if other.number <= cell.number)


def _why(page: Page, cell: Cell, was: Shown, accepted: Claims, backend: str) -> str:
    """What has changed since outputs were accepted, so that they may well differ."""
    reasons = []
    if was.code != digest_of(cell):
        reasons.append("the cell was edited since its outputs were accepted")
    elif any(_edited(page, other, accepted) for other in page.cells if other.number < cell.number):
        reasons.append("a cell above it was edited since its outputs were accepted")
    if accepted.ran.backend != backend:
        reasons.append(f"it was accepted on {accepted.ran.backend}")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _edited(page: Page, cell: Cell, accepted: Claims) -> bool:
    was = accepted_of(page, cell, accepted)
    return was is None or was.code != digest_of(cell)


class Acceptance(Struct, frozen=True, kw_only=True):
    """What becomes of a page's accepted claims when some of its cells are accepted as they are now."""

    claims: Claims
    new: tuple[str, ...] = ()
    """The names of cells of which nothing was accepted."""
    changed: tuple[str, ...] = ()
    """The names of cells of which something else was accepted."""
    gone: tuple[str, ...] = ()
    """The names of cells that the page does not have any more."""


def accepting(page: Page, shown: Mapping[str, Shown], *, ran: Ran, before: Claims | None) -> Acceptance:
    """Take what these cells show; what is still as it was stays as it was written, and so do the other cells."""
    old = before or Claims(ran=ran, cells={})
    cells: dict[str, Shown] = {}
    new: list[str] = []
    changed: list[str] = []
    for cell in page.cells:
        was, now = accepted_of(page, cell, old), shown.get(cell.name)
        if now is None:
            kept = was
        elif was is not None and difference(was, now) is None:
            kept = structs.replace(was, code=now.code)
        else:
            kept = now
            (new if was is None else changed).append(cell.name)
        if kept is not None and not cell.skipped:
            cells[cell.name] = kept
    gone = tuple(sorted(old.cells.keys() - cells.keys()))
    claims = Claims(ran=ran if new or changed else old.ran, cells=cells)
    return Acceptance(claims=claims, new=tuple(new), changed=tuple(changed), gone=gone)
