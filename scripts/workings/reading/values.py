"""Values in prose, `{python} expression`: where they stand in a page, and the cells after which they are computed."""

import ast
import bisect
import html as markup
import re
import warnings
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from workings.errors import SourceError
from workings.page import Cell, Value
from workings.reading import marks
from workings.reading.lines import LineMap
from workings.reading.live import Sight
from workings.reading.source import Source

KIND = "i"
"""The kind of the words that are written beside values, to see where they come out."""
_NO_CELL = "a value in prose is computed after the cells above it, and there is none: move it below the first"
_IN_HEADING = "a value can't stand in a heading, which is a name of the page: write it into the text below"
_EMPTY = "a value in prose needs an expression, as in `{python} C.shape`"


class Shown(Struct, frozen=True, kw_only=True):
    """A value as it stands in the page."""

    cell: int
    """The number of the cell after which it is computed."""
    index: int
    """Its place among the values of that cell."""
    expression: str


class Values:
    """The values of one page."""

    def __init__(self, source: Source, lines: LineMap, *, nonce: str, sight: Sight) -> None:
        """Take the page, and what a reader sees of it."""
        self._source, self._lines, self._nonce = source, lines, nonce
        self._seen = marks.words(nonce, KIND, "".join(text for text, _ in sight.inline))
        self._headed = marks.words(nonce, KIND, "".join(text for text, in_heading in sight.inline if in_heading))
        self._code = re.compile(rf"<code[^>]*>\{{python\}}{nonce}{KIND}(\d+)e(?:\s(.*?))?</code>", re.DOTALL)
        self.problems: list[SourceError] = []
        self.shown: list[Shown] = []

    def take(self, html: str, cells: Sequence[Cell], at: Mapping[int, int]) -> tuple[list[Cell], str]:
        """The cells with the values that follow them, and the HTML with a mark at each; `at` has the cells' lines."""
        going_on = [cell for cell in cells if not (cell.skipped or cell.runs_apart)]
        begins = [at[cell.number] for cell in going_on]
        taken: dict[int, list[Value]] = {}

        def put(match: re.Match[str]) -> str:
            line = int(match[1])
            above = bisect.bisect_left(begins, line)
            value = self._value(line, match[2] or "", cell=going_on[above - 1] if above else None)
            if value is None:
                return match[0]
            values = taken.setdefault(going_on[above - 1].number, [])
            values.append(value)
            shown = Shown(cell=going_on[above - 1].number, index=len(values) - 1, expression=value.expression)
            self.shown.append(shown)
            return marks.inline(self._nonce, len(self.shown) - 1)

        html = self._code.sub(put, html)
        return [structs.replace(cell, values=tuple(taken.get(cell.number, ()))) for cell in cells], html

    def _value(self, line: int, text: str, *, cell: Cell | None) -> Value | None:
        """The value on a line, unless it can't be one; what is wrong with it is noted."""
        if line not in self._seen:
            return None
        expression = " ".join(markup.unescape(re.sub(r"<[^>]*>", "", text)).split())
        trouble = _IN_HEADING if line in self._headed else _NO_CELL if cell is None else _fault(expression)
        problem = self._source.problem(self._lines.line(line), trouble or "")
        if trouble:
            self.problems.append(problem)
            return None
        return Value(expression=expression, place=problem.place, where=problem.message)


def _fault(expression: str) -> str | None:
    """Why this is no expression, if it is none."""
    if not expression:
        return _EMPTY
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(expression, mode="eval")
    except SyntaxError as error:
        return f"the value `{{python}} {expression}` is no expression: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return f"the value `{{python}} {expression}` is no expression that can be read"
    return None
