"""What is drawn with many points, in few numbers: how low and how high it comes, from left to right.

The points themselves can't be compared: how many matplotlib leaves of a long line depends on the last digit of each.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Point = tuple[float, float]
STRIPS = 24
_NOTHING = (1, 0)
"""The lowest and highest of a strip in which there is nothing."""
_ALIKE = 0.75
"""The part of the strips that have to agree by themselves; a step may stand in the strip beside."""


def silhouette(points: Sequence[Point], *, joined: bool) -> tuple[int, ...]:
    """The left and the right end, then the lowest and the highest of each strip between them, in tenths."""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    width = (right - left) / STRIPS or 1.0
    reach: list[list[float]] = [[] for _ in range(STRIPS)]
    for x, y in points:
        reach[min(int((x - left) / width), STRIPS - 1)].append(y)
    if joined:
        _cross(points, left, width, reach)
    ends = (v for ys in reach for v in ((tenths(min(ys)), tenths(max(ys))) if ys else _NOTHING))
    return (tenths(left), tenths(right), *ends)


def _cross(points: Sequence[Point], left: float, width: float, reach: list[list[float]]) -> None:
    """Add where the lines between the points go from one strip to the next."""
    for (x0, y0), (x1, y1) in pairwise(points):
        first, last = sorted(((x0 - left) / width, (x1 - left) / width))
        for border in range(int(first) + 1, min(int(last), STRIPS - 1) + 1):
            y = y0 + (y1 - y0) * (left + border * width - x0) / (x1 - x0)
            reach[border - 1].append(y)
            reach[border].append(y)


def tenths(length: float) -> int:
    """A length as whole tenths."""
    return round(length * 10)


def apart(was: Sequence[int], now: Sequence[int], *, allowed: float) -> float:
    """How far the second silhouette leaves the first, or the first the second: the most of any strip."""
    far = max(abs(a - b) for a, b in zip(was[:2], now[:2], strict=True))
    ours, theirs = _strips(was), _strips(now)
    direct = [_outside(a, [b]) for a, b in zip(ours, theirs, strict=True)]
    if sum(distance <= allowed for distance in direct) < _ALIKE * STRIPS:
        return max(far, *direct)
    around = (max(_leaves(ours, theirs, at), _leaves(theirs, ours, at)) for at in range(STRIPS))
    return max(far, *around)


def _strips(shape: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(shape[2::2], shape[3::2], strict=True))


def _leaves(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]], at: int) -> float:
    """How far a strip goes beyond the same one of the other shape and those beside it."""
    low, high = one[at]
    near = [strip for strip in other[max(at - 1, 0) : at + 2] if strip != _NOTHING]
    if (low, high) == _NOTHING or not near:
        return 0.0
    return max(0, min(a for a, _ in near) - low, high - max(b for _, b in near))


def _outside(one: tuple[int, int], others: Iterable[tuple[int, int]]) -> float:
    return max(max(abs(one[0] - low), abs(one[1] - high)) for low, high in others)
