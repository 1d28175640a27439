"""The lines of a page that are text: gathered into runs, with the lists that they make."""

from collections.abc import Iterable, Sequence

from workings.takeaway import heads
from workings.takeaway.context import Context
from workings.takeaway.pieces import Break, Line, Piece, Run, blank
from workings.takeaway.texts import indent_of


class Paragraphs:
    """Gathers what is read: text line by line, and what is no text."""

    def __init__(self, lines: Sequence[Line], context: Context, *, prefix: str = "", top: bool = False) -> None:
        """Take the lines; at the `top` of a page, its headings and a notebook's own cells begin new cells."""
        self.lines, self.context, self.prefix, self.top = lines, context, prefix, top
        self.found: list[Piece] = []
        self.at = 0
        self.shift = 0
        """The columns that a list has lost, because a cell in it has split it."""
        self._run: list[Line] = []
        self._items: list[int] = []
        """The columns of the list items that are open."""
        self._counts: dict[int, int] = {}
        """The number of the last item of each numbered list that is open, by its column."""

    def plain(self) -> None:
        """Take a line of text as it is, but for the number of a list's item."""
        line = self.lines[self.at]
        self.leave_lists(line.text)
        text = self._item(line.text)
        if "def_list" in self.context.features and heads.DEFINITION.match(text):
            text = self._definition(text)
        self.at += 1
        if heads.DROPPED.match(text) or ("abbr" in self.context.features and heads.ABBREVIATION.match(text)):
            self.flush()
            return
        if self.top and heads.HEADING.match(text):
            self.break_here()
        self._run.append(Line(line.number, text[min(self.shift, indent_of(text)) :]))

    def flush(self) -> None:
        """End the run of lines."""
        if self._run:
            texts = tuple(line.text for line in self._run)
            self.found.append(Run(lines=texts, prefix=self.prefix, below=self.context.last))
            self._run = []

    def break_here(self) -> None:
        """Begin a new cell with the next line."""
        self.flush()
        self.found.append(Break())

    def verbatim(self, texts: Iterable[str]) -> None:
        """Add code that is only shown."""
        self.flush()
        self.found.append(Run(lines=tuple(texts), prefix=self.prefix, verbatim=True))

    def leave_lists(self, text: str) -> None:
        """Leave the lists that a line does not belong to."""
        column = indent_of(text)
        if not text.strip():
            return
        self.shift = self.shift if column >= self.shift else 0
        if self.blank_above and not heads.ITEM.match(text):
            self._items = [item for item in self._items if column > item]
            self._counts = {item: count for item, count in self._counts.items() if column > item}

    def is_code(self, text: str) -> bool:
        """Whether a line is code by its indentation: deeper than the list that it may stand in."""
        depth = self._items[-1] + 4 if self._items else 0
        return bool(text.strip()) and indent_of(text) >= depth + 4 and self.blank_above

    @property
    def blank_above(self) -> bool:
        """Whether nothing stands in the line above."""
        return self.at == 0 or not self.lines[self.at - 1].text.strip()

    def _item(self, text: str) -> str:
        """A line; an item of a list with the number that it has, as the list may begin anew below a cell."""
        match = heads.ITEM.match(text)
        if match is None or not (self.blank_above or self._items):
            return text
        column = len(match["indent"])
        self._items = [*(other for other in self._items if other < column), column]
        self._counts = {other: count for other, count in self._counts.items() if other <= column}
        if match["number"] is None:
            self._counts.pop(column, None)
            return text
        self._counts[column] = self._counts[column] + 1 if column in self._counts else int(match["number"])
        return f"{match['indent']}{self._counts[column]}.{match['gap']}{text[match.end() :]}"

    def _definition(self, text: str) -> str:
        """A definition, as an item below its terms."""
        first = len(self._run)
        while first and self._run[first - 1].text.strip() and not heads.ITEM.match(self._run[first - 1].text):
            first -= 1
        terms = [Line(line.number, f"**{line.text.strip()}**") for line in self._run[first:]]
        if terms:
            self._run[first:] = terms
            self.flush()
            self.found.append(blank(self.prefix))
        self._items = [0]
        return heads.DEFINITION.sub(r"-\g<gap>", text)
