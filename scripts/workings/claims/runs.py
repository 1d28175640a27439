"""Two runs of a whole site beside each other: which claims of it are others now."""

from collections.abc import Iterator, Mapping
from textwrap import indent

from msgspec import Struct

from workings.claims.comparison import Difference, difference, listed
from workings.claims.telling import told_difference
from workings.claims.values import Claims, Ran, Shown
from workings.counterparts import counterparts

_RAN = {"passed", "failed"}


class Change(Struct, frozen=True, kw_only=True):
    """A cell that shows something else."""

    page: str
    cell: str
    place: str
    difference: Difference


class Changes(Struct, frozen=True, kw_only=True):
    """What differs between two runs."""

    changes: tuple[Change, ...]
    compared: int
    """Cells that ran in both."""
    apart: int
    """Cells that did not run in one of them, so that nothing can be said."""
    pages: int


def changes(was: Mapping[str, Claims], now: Mapping[str, Claims]) -> Changes:
    """Compare the pages of two runs, by their paths."""
    found: list[Change] = []
    compared = apart = 0
    for path in sorted(was.keys() | now.keys()):
        for name, a, b in _pairs(was.get(path), now.get(path)):
            if any(shown is not None and shown.outcome not in _RAN for shown in (a, b)):
                apart += 1
                continue
            compared += a is not None and b is not None
            other = _difference(a, b, same_backend=_backend(was.get(path)) == _backend(now.get(path)))
            if other is not None:
                place = next((shown.place for shown in (b, a) if shown is not None and shown.place), path)
                found.append(Change(page=path, cell=name, place=place, difference=other))
    return Changes(changes=tuple(found), compared=compared, apart=apart, pages=len(was.keys() | now.keys()))


def told_changes(found: Changes, was: Mapping[str, Claims], now: Mapping[str, Claims]) -> list[str]:
    """The lines of a report: the two runs, each page with its cells that show something else, and a summary."""
    lines = [f"A: {_told_runs(was)}", f"B: {_told_runs(now)}"]
    for page in dict.fromkeys(change.page for change in found.changes):
        mine = [change for change in found.changes if change.page == page]
        lines += ["", f"{page}: {len(mine)} of {_count(was.get(page), now.get(page))}"]
        for change in mine:
            lines.append(f"  {change.place} {change.cell}: {change.difference.what}")
            lines += indent(told_difference(change.difference), " " * 6).split("\n") if _says(change) else []
    apart = f"; {found.apart} can't be compared, as they did not run in both" if found.apart else ""
    pages = f"{found.pages} page{'' if found.pages == 1 else 's'}"
    what = f"{len(found.changes)} of {found.compared} cells on {pages} show something else{apart}"
    return [*lines, "", what]


def _says(change: Change) -> bool:
    other = change.difference
    return bool(other.was or other.now or other.deviation)


def _pairs(was: Claims | None, now: Claims | None) -> Iterator[tuple[str, Shown | None, Shown | None]]:
    """The cells of both, in the order of the second, then those that only the first has."""
    ours, theirs = (claims.cells if claims is not None else {} for claims in (was, now))
    names = counterparts(*({name: shown.code for name, shown in cells.items()} for cells in (theirs, ours)))
    yield from ((name, ours.get(names.get(name, "")), shown) for name, shown in theirs.items())
    yield from ((name, shown, None) for name, shown in ours.items() if name not in names.values())


def _difference(was: Shown | None, now: Shown | None, *, same_backend: bool) -> Difference | None:
    if was is None or now is None:
        only = was or now
        there = "only in A" if now is None else "only in B"
        return Difference(what=f"the cell is {there}", now=listed(only.shows) if only is not None else "")
    if was.outcome != now.outcome:
        what = "it fails" if now.outcome == "failed" else "it fails no more"
        return Difference(what=what, was=listed(was.shows), now=listed(now.shows))
    return difference(was, now, same_backend=same_backend)


def _backend(claims: Claims | None) -> str:
    return "" if claims is None else claims.ran.backend


def _count(was: Claims | None, now: Claims | None) -> str:
    count = len({name for claims in (was, now) if claims is not None for name in claims.cells})
    return f"{count} cell{'' if count == 1 else 's'}"


def _told_runs(pages: Mapping[str, Claims]) -> str:
    """Where and with what the pages ran; several times if not all in the same way."""
    ways = dict.fromkeys(_told(claims.ran) for claims in pages.values())
    return "; ".join(ways) or "no pages"


def _told(ran: Ran) -> str:
    device = f" ({ran.device})" if ran.device else ""
    return f"{ran.backend}{device}, torch {ran.torch}, seed {ran.seed}, {ran.dtype}"
