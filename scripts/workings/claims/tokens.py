"""A text taken apart into words and numbers, so that it can be compared as what it says, not as characters."""

import re
from collections.abc import Iterator

from msgspec import Struct

from workings.claims.tolerance import FLOAT32, Number

_DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_SIGN = rf"(?:(?<![\w.)\]])[-+]|(?<=[\d.])[-+](?={_DIGITS}j))?"
TOKEN = re.compile(
    rf"(?P<number>{_SIGN}(?<![\w.])(?:{_DIGITS}|inf|nan))(?P<unit>j?)(?!\w|\.\d)"
    r"|(?P<blank>[^\S\n]+)|(?P<line>\n)|(?P<word>\w+(?:\.\w+)*|[^\w\s])"
)
_TENSOR = re.compile(r"\b(?:tensor|array)\(")
_DTYPE = re.compile(r"\bdtype=(?:torch\.)?['\"]?(\w+)")


_EXACT = 15
"""Digits up to which a whole number is one that can be computed with here; a longer one is a word."""


class Token(Struct, frozen=True):
    """A word, a sign, a space that matters, or a number."""

    word: str
    """Its characters; of a number only what its value does not say: `1`, `1.`, `1j` are a whole number and others."""
    at: int
    """Where it begins in the text."""
    end: int
    number: Number | None = None


class Tensor(Struct, frozen=True):
    """Where in a text a tensor or an array was printed, and the type of its entries."""

    start: int
    end: int
    dtype: str


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text.

    Inside a printed tensor white space says nothing, and beside a number it is how columns are aligned: both are left
    out. Everywhere else it counts.
    """
    tensors = list(_tensors(text))
    found: list[Token] = []
    pending: Token | None = None
    for match in TOKEN.finditer(text):
        where = _around(tensors, match.start())
        if match["blank"] or match["line"]:
            keep = where is None and not (match["blank"] and found and found[-1].number is not None)
            pending = Token(match[0], match.start(), match.end()) if keep else None
            if match["line"] and pending is not None:
                found.append(pending)
                pending = None
            continue
        token = _token(match, where)
        if pending is not None and token.number is None:
            found.append(pending)
        pending = None
        found.append(token)
    return found


def _token(match: re.Match[str], where: Tensor | None) -> Token:
    """A word, or a number with what it is worth."""
    text = match["number"]
    if text is None:
        return Token(match[0], match.start(), match.end())
    if len(text) > _EXACT and text.lstrip("+-").isdigit():
        return Token(match[0], match.start(), match.end())
    kind = f"{'0' if text.lstrip('+-').isdigit() else '0.'}{match['unit']}"
    dtype = FLOAT32 if where is None else where.dtype
    number = Number(float(text), _unit(text), dtype, where is not None)
    return Token(kind, match.start(), match.end(), number)


def _unit(text: str) -> float:
    """What the last digit that was shown stands for; a number without digits after its point is whole."""
    digits, _, power = text.lower().partition("e")
    _, _, after = digits.partition(".")
    if not after and not power:
        return 0.0
    return float(f"1e{int(power or 0) - len(after)}")


def _tensors(text: str) -> Iterator[Tensor]:
    """Where tensors were printed, from the name to the closing bracket."""
    end = 0
    for match in _TENSOR.finditer(text):
        if match.start() < end:
            continue
        end = _closing(text, match.end())
        dtype = _DTYPE.search(text, match.end(), end)
        yield Tensor(match.start(), end, FLOAT32 if dtype is None else dtype[1])


def _closing(text: str, start: int) -> int:
    """The end of what stands in brackets that were opened before; the end of the text if they are not closed."""
    depth = 1
    for match in re.compile(r"[()]").finditer(text, start):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end()
    return len(text)


def _around(tensors: list[Tensor], at: int) -> Tensor | None:
    """The tensor that a place in the text is part of; those that end before it are forgotten."""
    while tensors and tensors[0].end <= at:
        tensors.pop(0)
    return tensors[0] if tensors and tensors[0].start <= at else None
