"""Which line of a page's source a line is that Markdown sees: front matter goes, inclusions come, tabs expand."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from markdown.util import ETX, STX


class LineMap:
    """The lines that Markdown sees, each with the line of the source that it was made from."""

    def __init__(self, source: Sequence[str], seen: Sequence[str], *, front: int = 0, tab_length: int = 4) -> None:
        """Compare the lines of the source, of which `front` are front matter, with those that Markdown sees."""
        self.source = source
        keys = [key(line, tab_length) for line in source]
        wanted = [key(line, tab_length) for line in seen]
        if keys[:1] == wanted[:1]:
            front = 0  # the front matter is still there
        self.exact: dict[int, int] = {}
        self.near: dict[int, int] = {}
        for tag, low, high, first, last in align(keys[front:], wanted):
            for step in range(last - first):
                if tag == "equal":
                    self.exact[first + step] = front + low + step
                else:  # lines that an inclusion made belong to the line that asked for them
                    self.near[first + step] = front + min(low, max(high - 1, 0), len(keys) - front - 1)

    def line(self, index: int) -> int:
        """The line of the source, from 1, for an index of a line that Markdown sees."""
        return max(self.exact.get(index, self.near.get(index, 0)), 0) + 1

    def raw(self, index: int) -> str | None:
        """The line as the author wrote it, with its tabs; None when something has changed it."""
        return self.source[self.exact[index]] if index in self.exact else None


def key(line: str, tab_length: int) -> str:
    """What is left of a line when Markdown has made its white space uniform."""
    return line.replace(STX, "").replace(ETX, "").expandtabs(tab_length).rstrip()


Step = tuple[str, int, int, int, int]


def align(old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    """How the new lines follow from the old: steps like difflib's, quick where both are mostly the same."""
    first, skipped = leading_blanks(new), leading_blanks(old)
    last, end = len(new) - leading_blanks(new[::-1]), len(old) - leading_blanks(old[::-1])
    while first < last and skipped < end and old[skipped] == new[first]:
        yield "equal", skipped, skipped + 1, first, first + 1
        first, skipped = first + 1, skipped + 1
    while first < last and skipped < end and old[end - 1] == new[last - 1]:
        last, end = last - 1, end - 1
        yield "equal", end, end + 1, last, last + 1
    # An empty line says nothing of where a text belongs, so none is matched but beside a match.
    middle = SequenceMatcher(lambda line: not line, old[skipped:end], new[first:last], autojunk=False)
    for tag, low, high, start, stop in middle.get_opcodes():
        yield tag, skipped + low, skipped + high, first + start, first + stop


def leading_blanks(lines: Sequence[str]) -> int:
    """How many empty lines stand at the beginning."""
    return next((count for count, line in enumerate(lines) if line), len(lines))
