"""What of all that a longer text shows is what one cell shows."""

from msgspec import structs

from workings.claims.comparison import kind
from workings.claims.values import Claim, Shown, Text

_STREAMS = frozenset({"stdout", "stderr"})


def part_like(whole: Shown, cell: Shown) -> Shown:
    """The part of a whole that stands for what the cell shows, found from the end; the whole where there is none.

    Before it, and after it a figure that was still open, may stand what statements show on which the cell depends.
    """
    rest, found = list(whole.shows), list[Claim]()
    for claim in reversed(cell.shows):
        while rest and kind(rest[-1]) != kind(claim):
            rest.pop()
        if not rest:
            return whole
        found.append(_last_lines(rest.pop(), claim))
    return structs.replace(whole, shows=tuple(reversed(found)))


def _last_lines(whole: Claim, claim: Claim) -> Claim:
    """Of what came to a stream, as many lines as the cell has written to it."""
    if not (isinstance(whole, Text) and isinstance(claim, Text)) or claim.form not in _STREAMS:
        return whole
    lines = whole.text.split("\n")
    return structs.replace(whole, text="\n".join(lines[-1 - claim.text.count("\n") :]))
