"""A page as it is taken away: its texts and its code in turn, of which each kind of copy is written."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, count
from typing import Literal

from msgspec import Struct

from workings.takeaway.home import Picture


class Part(Struct, frozen=True, kw_only=True):
    """A cell of the notebook."""

    name: str
    """Its id, and no other part's."""
    kind: Literal["markdown", "code"]
    text: str
    pictures: Mapping[str, Picture] = {}
    """What a text carries with it, by name."""
    tags: tuple[str, ...] = ()
    may_raise: str = ""
    """The exception that this code may end with, and the rest goes on: a name, or `Exception` for whichever."""
    why: str = ""
    """Why it may, or what it is for: a sentence for the reader of a script."""
    shows: bool = False
    """Whether its last expression has a value that the page shows."""


def unused(*wanted: str, code: str) -> str:
    """The first of these names that some code doesn't use, or one like it."""
    longer = (f"{wanted[0]}_{number}" for number in count(2))
    return next(name for name in chain(wanted, longer) if name not in _names(code))


@lru_cache(maxsize=8)
def _names(code: str) -> frozenset[str]:
    """All words of some code."""
    return frozenset(re.findall(r"\w+", code))
