"""What is known of a page while its lines are read: where its cells are, and the footnotes that were found."""

import re

from workings.reading import Found, Source
from workings.takeaway.pieces import Run

NOTEBOOK_CELL = re.compile(r"""(?<!\S)notebook_cell=["'](\d{1,9})["']""")


class Context:
    """One page on its way."""

    def __init__(self, source: Source, found: Found, features: frozenset[str]) -> None:
        """Take the page's source, what is in it, and the names of its site's Markdown extensions."""
        cells = found.page.cells
        self.quizzes = {quiz.first: quiz for quiz in found.quizzes}
        """By the lines where they begin."""
        self.is_notebook = source.cells is not None
        self.features = features
        self.starts = frozenset(source.starts)
        self.footnotes: dict[str, list[Run]] = {}
        """The text of each footnote, in the order of the page."""
        self.last = 0
        """The number of the last cell that was met."""
        self._cells: dict[int, list[int]] = {}
        self._numbers = {cell.number for cell in cells}
        for cell in () if self.is_notebook else cells:
            self._cells.setdefault(cell.place.line - 1, []).append(cell.number)

    def is_cell(self, line: int) -> bool:
        """Whether a cell of a Markdown page begins at this line of the source."""
        return line in self._cells

    def take(self, line: int, header: str) -> list[int]:
        """The numbers of the cells whose fence begins at this line, after those above them that no line was found for.

        A text that another extension has put into the page has no lines of its own.
        """
        match = NOTEBOOK_CELL.search(header) if self.is_notebook else None
        found = [int(match[1])] if match else self._cells.pop(line, [])
        last = max((number for number in found if number in self._numbers), default=0)
        known = sorted(number for number in self._numbers if number <= last)
        self._numbers -= set(known)
        self.last = max(self.last, last)
        return known

    @property
    def rest(self) -> list[int]:
        """The cells below the last one that a line was found for."""
        return sorted(self._numbers)
