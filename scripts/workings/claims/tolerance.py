"""How far two numbers may be apart and still say the same: by the type that they were computed in, and where."""

import math

from msgspec import Struct

FLOAT32 = "float32"
"""The type of numbers of which nothing else is said."""

_HERE = {
    "float64": (1e-9, 1e-12),
    FLOAT32: (1e-5, 1e-6),
    "bfloat16": (1.6e-2, 1e-3),
    "float16": (2e-3, 1e-4),
}
"""Relative and absolute deviation on one backend: other processors add in another order, and no more."""
_ELSEWHERE = {
    "float64": (1e-7, 1e-9),
    FLOAT32: (2e-3, 1e-4),
    "bfloat16": (3.2e-2, 4e-3),
    "float16": (4e-3, 1e-3),
}
"""The same between backends: a GPU may round the factors of a product to ten bits."""
_ALIASES = {"complex64": FLOAT32, "complex128": "float64", "half": "float16", "double": "float64", "float": FLOAT32}
_COARSEST, _COARSEST_ELSEWHERE = 1e-3, 1e-2
_DIGITS = 1e-2
_SLACK = 1 + 1e-6
"""Decimal fractions are no sums of halves: their difference is a little off."""

PIXEL = 7.5
"""A pixel on the screen, in tenths of a drawing's units, which are points: lines may move so far."""


class Number(Struct, frozen=True):
    """A number as it was shown."""

    value: float
    unit: float = 0.0
    """What the last digit shown stands for; 0 where all of the number was shown."""
    dtype: str = FLOAT32
    in_tensor: bool = False
    """Whether it is an entry of a printed tensor, which has four digits after the point however small it is."""


class Deviation(Struct, frozen=True, kw_only=True):
    """How far a number is from what it was."""

    absolute: float
    relative: float
    allowed: float
    """The absolute deviation that would have been nothing."""
    what: str = ""
    """What kind of number it is, for the reader: `float32`, `pixels`."""

    @property
    def excess(self) -> float:
        """How much too far: over 1 it is."""
        if self.absolute == 0:
            return 0.0
        return self.absolute / self.allowed if self.allowed else math.inf


def deviation(was: Number, now: Number, *, same_backend: bool) -> Deviation:
    """How far two numbers are apart, and how far they may be: not a number equals itself, and so does infinity."""
    if was.value == now.value or (math.isnan(was.value) and math.isnan(now.value)):
        return Deviation(absolute=0.0, relative=0.0, allowed=0.0, what=was.dtype)
    size = max(abs(was.value), abs(now.value))
    allowed = _allowed(was, now, size=size, same_backend=same_backend) if math.isfinite(size) else 0.0
    apart = abs(was.value - now.value)
    apart = math.inf if math.isnan(apart) else apart
    relative = apart / size if math.isfinite(apart) else math.inf
    return Deviation(absolute=apart, relative=relative, allowed=allowed * _SLACK, what=was.dtype)


def _allowed(was: Number, now: Number, *, size: float, same_backend: bool) -> float:
    """What rounding explains: that of the computation, and that of the digits which were shown."""
    dtype = _ALIASES.get(was.dtype, was.dtype)
    table = _HERE if same_backend else _ELSEWHERE
    relative, absolute = table.get(dtype, table[FLOAT32])
    coarsest = _COARSEST if same_backend else _COARSEST_ELSEWHERE
    digits = sum(number.unit / 2 for number in (was, now) if _is_fine(number, size=size, coarsest=coarsest))
    return relative * size + absolute + digits


def _is_fine(number: Number, *, size: float, coarsest: float) -> bool:
    """Whether the last digit shown may be one more or less.

    A few digits that an author rounded to are what he meant to show: 4.0 and 4.1 differ, and so do 0.001 and 0.002.
    """
    return number.unit <= coarsest * max(1.0, size) and (number.in_tensor or number.unit <= _DIGITS * size)
