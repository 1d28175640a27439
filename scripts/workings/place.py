"""Where something stands in a page's source, in the words an editor and a terminal understand."""

from msgspec import Struct


class Place(Struct, frozen=True, kw_only=True):
    """A line of a page: `docs/a.md:12`, or `docs/a.ipynb:cell 3:2` for the second line of the cell `In [3]`."""

    path: str
    """Path of the page as the author types it: relative to the project's root, with forward slashes."""
    line: int = 1
    """Line number from 1, in the file for Markdown, in the cell for a notebook."""
    cell: int | str | None = None
    """The notebook's code cell: its number on the page, the name of a wrong answer; None in a Markdown page."""

    def __str__(self) -> str:
        """The address in the form that terminals and editors make a link of."""
        if self.cell is None:
            return f"{self.path}:{self.line}"
        return f"{self.path}:cell {self.cell}:{self.line}"

    def moved(self, lines: int) -> "Place":
        """The same place, so many lines further down."""
        return Place(path=self.path, line=self.line + lines, cell=self.cell)
