"""A difference in words, as whoever reads the page would see it."""

from textwrap import indent

from workings.claims.comparison import Difference
from workings.claims.tolerance import Deviation

_MOST_LINES, _AROUND = 12, 2


def told_difference(found: Difference) -> str:
    """What was, what is, and how far numbers are apart, each on lines of their own."""
    was, now = _cut(found.was, found.now)
    parts = [f"was: {_hanging(was)}"] if was else []
    parts += [f"is:  {_hanging(now)}"] if now else []
    if found.deviation is not None:
        parts.append(told_deviation(found.deviation))
    return "\n".join(parts)


def told_deviation(found: Deviation) -> str:
    """How far numbers are apart, and how far they may be."""
    relative = f" ({found.relative:.2g} of the number)" if found.relative else ""
    return f"largest deviation {found.absolute:.3g}{relative}, allowed {found.allowed:.2g} ({found.what})"


def _hanging(text: str) -> str:
    """A text whose further lines stand under its first."""
    return indent(text, " " * 5)[5:]


def _cut(was: str, now: str) -> tuple[str, str]:
    """Both texts; of long ones the lines where they begin to differ."""
    ours, theirs = was.split("\n"), now.split("\n")
    if max(len(ours), len(theirs)) <= _MOST_LINES:
        return was, now
    pairs = enumerate(zip(ours, theirs, strict=False))
    first = next((number for number, (a, b) in pairs if a != b), min(len(ours), len(theirs)))
    start = max(0, first - _AROUND)
    return _part(ours, start), _part(theirs, start)


def _part(lines: list[str], start: int) -> str:
    """Some lines, with a sign where there are others."""
    end = start + _MOST_LINES - 2
    return "\n".join([*["…"][: start > 0], *lines[start:end], *["…"][: end < len(lines)]])
