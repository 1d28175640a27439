"""The claims of one page: as JSON with a line for each cell, and what they say of a cell as it is now."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct, structs

from workings.claims.comparison import Difference, difference, listed
from workings.claims.making import digest_of
from workings.claims.values import Claims, Ran, Shown
from workings.counterparts import counterparts
from workings.page import Cell, Page

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


def accepted_of(page: Page, accepted: Claims) -> dict[str, Shown]:
    """What was accepted of the cells of a page, by the names that they have now."""
    was = {name: shown.code for name, shown in accepted.cells.items()}
    known = counterparts({cell.name: digest_of(cell) for cell in page.cells}, was)
    return {name: accepted.cells[other] for name, other in known.items()}


def judged(page: Page, cell: Cell, shown: Shown, *, accepted: Claims | None, backend: str) -> Difference | None:
    """What differs between what a cell shows and what was accepted of it; nothing where that still holds.

    Of a cell that shows nothing, nothing need be accepted; and what was accepted on another backend says nothing of
    numbers that were drawn at random, which are others there.
    """
    before = {} if accepted is None else accepted_of(page, accepted)
    was = before.get(cell.name)
    if was is None and not shown.shows:
        return None
    if accepted is None:
        return Difference(what="nothing is accepted yet of what this page shows")
    if was is None:
        return Difference(what="what it shows is not accepted yet", now=listed(shown.shows))
    where = "" if accepted.ran.backend == backend else accepted.ran.backend
    found = difference(was, shown, same_backend=not where)
    if found is None or (found.by_numbers and where and _draws(page, cell)):
        return None
    return structs.replace(found, what=f"{found.what}{_why(page, cell, before, where)}")


def _draws(page: Page, cell: Cell) -> bool:
    """Whether a cell, or one above it, may draw random numbers."""
    return any(_RANDOM.search(other.code) for other in page.cells if other.number <= cell.number)


def _why(page: Page, cell: Cell, before: Mapping[str, Shown], elsewhere: str) -> str:
    """What has changed since outputs were accepted, so that they may well differ; `elsewhere` is another backend."""
    edited = [other for other in page.cells if other.number <= cell.number and _edited(other, before.get(other.name))]
    reasons = []
    if edited:
        what = "the cell" if edited[-1].number == cell.number else "a cell above it"
        reasons.append(f"{what} was edited since its outputs were accepted")
    if elsewhere:
        reasons.append(f"it was accepted on {elsewhere}")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _edited(cell: Cell, was: Shown | None) -> bool:
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
    known = accepted_of(page, old)
    kept = {cell.name: _kept(known.get(cell.name), shown.get(cell.name)) for cell in page.cells if not cell.skipped}
    cells = {name: claim for name, claim in kept.items() if claim is not None}
    other = [name for name, claim in cells.items() if claim is shown.get(name)]
    new = tuple(name for name in other if name not in known)
    changed = tuple(name for name in other if name in known)
    gone = tuple(sorted(old.cells.keys() - cells.keys()))
    return Acceptance(claims=Claims(ran=ran if other else old.ran, cells=cells), new=new, changed=changed, gone=gone)


def _kept(was: Shown | None, now: Shown | None) -> Shown | None:
    """What is accepted of a cell from now on: what it shows, but in the words of before where that is the same."""
    if was is None or now is None:
        return now or was
    return structs.replace(was, code=now.code) if difference(was, now) is None else now
