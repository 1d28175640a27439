"""A page and its cells, as every later stage sees them: frozen, whether they came from Markdown or a notebook."""

import re
from pathlib import Path
from typing import Literal

from msgspec import Struct

from workings.place import Place

Role = Literal["exercise", "check", "wrong", "solution"]
"""What a cell is in an exercise: what the reader starts from, how an answer is checked, a wrong answer, a right one."""


OWN_NAME = re.compile(r"cell-\d+", re.ASCII)
"""What a cell without an id is called; it is another cell that is called so when one is put in above."""


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an author said of a cell in its fence header or its notebook tags (see `docs/contributing.md`)."""

    id: str | None = None
    """A stable name: link target and test id."""
    tags: tuple[str, ...] = ()
    """Jupyter Book's words, sorted: `hide-input`, `remove-output`, `raises-exception` and so on."""
    reason: str | None = None
    """Why a cell with `skip-execution` is not run."""
    raises: str | None = None
    """The name of the exception that this cell must raise."""
    backend: str | None = None
    """The backend that this cell needs; elsewhere it is not run."""
    timeout: float | None = None
    """Seconds, instead of the site's limit for a cell."""
    alt: str | None = None
    """What the cell's figures show, for those who can't see them."""
    proves: tuple[str, ...] = ()
    """The labels of the formulas that this cell checks numerically: `eq:name`."""
    role: Role | None = None
    """What the cell is in an exercise, if it belongs to one."""
    exercise: str | None = None
    """The name of that exercise."""


class Value(Struct, frozen=True, kw_only=True):
    """An expression in prose, whose value is shown in its place."""

    expression: str
    place: Place
    """The line that it stands on."""
    where: str = ""
    """What a message about it begins with: of a notebook, the cell and the line in it."""


class Cell(Struct, frozen=True, kw_only=True):
    """One executable piece of code of a page."""

    number: int
    """Its place among the page's cells, from 1."""
    unseen: int = 0
    """How many wrong answers stand above it: no reader sees them, so they don't count."""
    code: str
    """The source, dedented, without a final newline."""
    place: Place
    """The first line of the code."""
    options: Options = Options()
    values: tuple[Value, ...] = ()
    """The values in the prose below it, above the next cell."""

    def __str__(self) -> str:
        """The cell's address, for logs and errors."""
        return str(self.place)

    @property
    def prompt(self) -> int:
        """Its number for whoever reads the page: the n of `In [n]`."""
        return self.number - self.unseen

    @property
    def name(self) -> str:
        """The name that tests and links use: the author's id, or `cell-3`."""
        return self.options.id or f"cell-{self.prompt}"

    @property
    def known_as(self) -> int | str:
        """What messages call it: its number, and a wrong answer, which no reader sees, by its name."""
        return self.name if self.options.role == "wrong" else self.prompt

    @property
    def must_fail(self) -> bool:
        """Whether the author announced a failure, which then has to happen."""
        return self.options.raises is not None or "raises-exception" in self.options.tags

    @property
    def runs_apart(self) -> bool:
        """Whether it is tried in a copy of the page's namespace, and leaves nothing to the cells below."""
        return self.options.role in ("exercise", "check", "wrong")

    @property
    def skipped(self) -> bool:
        """Whether the author asked that this cell be shown and not run."""
        return "skip-execution" in self.options.tags


class Page(Struct, frozen=True, kw_only=True):
    """A Markdown or notebook file under the docs folder, with its cells in order."""

    path: str
    """Relative to the project's root, with forward slashes: `docs/01-tensors/broadcasting.md`."""
    root: Path
    """The project's root: what `path` is relative to."""
    cells: tuple[Cell, ...] = ()
    backend: str | None = None
    """The backend that the page's front matter asks for, if any."""
    independent: bool = False
    """Whether each of its cells begins as if it were the first, and knows nothing of those above it."""

    @property
    def folder(self) -> Path:
        """The folder that its cells run in: the page's own."""
        return (self.root / self.path).parent

    def needs(self, cell: Cell) -> str | None:
        """The backend that a cell of this page needs: its own, else its page's; None if any will do."""
        return cell.options.backend or self.backend

    def first(self, count: int) -> "Page":
        """The same page with only so many of its cells."""
        return Page(path=self.path, root=self.root, cells=self.cells[:count], backend=self.backend)

    def until(self, number: int) -> "Page":
        """The same page, ending with the cell of that number."""
        cells = tuple(cell for cell in self.cells if cell.number <= number)
        return Page(path=self.path, root=self.root, cells=cells, backend=self.backend)
