"""Lines that look like cells and are none: what superfences passes over in silence, and what an author should know."""

import ast
import re
import warnings

from msgspec import Struct

PREFIX = r"[ \t>]*"
OPENS = re.compile(PREFIX + r"(?:`{3,}|~{3,})[ \t]*(?:\{[ \t]*)?\.?python(?=[ \t}]|$)")
"""The header of a cell."""
IN_LIST = re.compile(PREFIX + r"(?:[-*+]|\d+[.)])[ \t]+(?:`{3,}|~{3,})[ \t]*(?:\{[ \t]*)?\.?python(?=[ \t}]|$)")
"""The header of a cell behind the marker of a list item."""
FOREIGN = re.compile(r"(?:`{3,}|~{3,})[ \t]*\{+[ \t]*(?:python|code-cell)(?=[ \t},])")
"""The header of a cell as other tools write it."""
INLINE = re.compile(r"`\{python\}(?=[ \t]|$)")
"""The head of a value in prose."""

NEVER_CLOSED = "this fence is never closed: end it with a line of as many backticks, indented alike"
LESS_INDENTED = "this fence holds a line that is indented less than its header, so it is no code: close it, or indent"
SWALLOWS = "another fence begins inside this one: close it first, or give it one backtick more to show the other"
FOREIGN_HEADER = "this header is another tool's: write ```python for a cell"
BEHIND_LIST_MARKER = "a fence can't begin on the line of a list marker: put it on its own line, indented by four spaces"


class Trouble(Struct, frozen=True, kw_only=True):
    """Something that superfences passes over, to be told where a reader can see it."""

    line: int
    """An index of the lines that superfences saw."""
    message: str
    other: int | None = None
    """The index of the second line that it is about."""
    breaks: bool = True
    """Whether what follows in the page can't be trusted, because fences may have changed sides."""


def swallowed(code: str, fence: str, *, cell: bool) -> int | None:
    """The index of the line in this code where another fence begins that would need a longer one around it."""
    language = r"\w" if cell else r"python(?=[ \t}]|$)"
    inner = re.search(rf"^{fence[0]}{{{len(fence)},}}[ \t]*(?:\{{[ \t]*)?\.?{language}", code, re.MULTILINE)
    if inner is None or (cell and is_python(code)):
        return None
    return code.count("\n", 0, inner.start())


def is_python(code: str) -> bool:
    """Whether this can be parsed, as code with a fence inside a string can."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
