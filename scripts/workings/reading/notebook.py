"""From a notebook to the Markdown of a page, in which each code cell is a fence; stored outputs are ignored."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from workings.errors import SourceError
from workings.page import Cell, Options
from workings.place import Place
from workings.reading.exercises import name_of, wrong_among
from workings.reading.front_matter import FRONT_MATTER
from workings.reading.notebook_json import NotebookCell, parse_notebook
from workings.reading.options import DISPLAY, check_options, tags_to_header
from workings.reading.source import Source

FORGED = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}).*\bnotebook_cell\b", re.MULTILINE)
ATTACHMENT = re.compile(r"""(?<=[("'<\s])attachment:([^)\s"'>]+)""")
APART = "<!-- -->\n\n"
"""Between two Markdown cells, so that a list in the first does not go on in the second."""


def read_notebook(text: str, path: str, *, root: Path) -> Source:
    """Make a page's source of a notebook's JSON."""
    writer = Writer(path)
    for cell in parse_notebook(text, Place(path=path)):
        writer.add(cell)
    return Source(
        path=path,
        root=root,
        text=writer.text,
        cells=tuple(writer.cells),
        problems=tuple(writer.problems),
        starts=tuple(writer.starts),
    )


class Writer:
    """Writes the Markdown of a notebook, cell by cell."""

    def __init__(self, path: str) -> None:
        """Begin with an empty page."""
        self.path = path
        self.text = ""
        self.cells: list[Cell] = []
        self.problems: list[SourceError] = []
        self.starts: list[int] = []
        self.before = ""
        """The kind of the last cell that was written."""

    def add(self, cell: NotebookCell) -> None:
        """Write a cell, if it is one for a page."""
        front = cell.number == 1 and cell.kind == "raw" and cell.text.startswith("---")
        if not (self.text or front):
            self.text = "\n"  # so that nothing in the first cell is taken for front matter
        if cell.kind == "markdown" == self.before and cell.text.strip():
            self.text += APART
        self.starts.append(self.text.count("\n") + 1)
        if front:
            self.write(self.front_matter(cell), kind="raw")
        elif cell.kind == "code":
            self.add_code(cell)
        elif cell.kind == "markdown" or cell.format in ("text/markdown", "text/html"):
            self.write(self.markdown(cell), kind="markdown")

    def write(self, text: str, *, kind: str) -> None:
        """Write what a cell amounts to, with an empty line after it."""
        if text.strip():
            self.text += text.rstrip("\n") + "\n\n"
            self.before = kind

    def complain(self, cell: NotebookCell, message: str) -> None:
        """Note what is wrong in a cell that is no code."""
        place = Place(path=self.path)
        self.problems.append(SourceError(place, f"cell {cell.number} of the notebook, counting all: {message}"))

    def front_matter(self, cell: NotebookCell) -> str:
        """The front matter of the page, which is a raw cell of its own."""
        text = cell.text.rstrip() + "\n"
        if FRONT_MATTER.fullmatch(text) is None:
            self.complain(cell, "front matter ends with a line ---, and with nothing after it: mend it")
        return text

    def markdown(self, cell: NotebookCell) -> str:
        """The text of a Markdown cell, with its attachments in it."""
        if FORGED.search(cell.text):
            self.complain(cell, "'notebook_cell' is how the engine marks code cells: remove it")
        return ATTACHMENT.sub(lambda match: self.attachment(match, cell), cell.text)

    def attachment(self, match: re.Match[str], cell: NotebookCell) -> str:
        """The address of an attached file, which holds all of it."""
        bundle = cell.attachments.get(unquote(match[1])) or cell.attachments.get(match[1])
        if bundle:
            return data_address(bundle)
        self.complain(cell, f"nothing named '{match[1]}' is attached to it: attach it anew, or remove the link")
        return match[0]

    def add_code(self, cell: NotebookCell) -> None:
        """Write a code cell; an empty one is none."""
        if not cell.text.strip():
            return
        header, problems = tags_to_header(cell.tags)
        shown = {name: header.pop(name) for name in DISPLAY if name in header}
        options, more = check_options(header)
        number = len(self.cells) + 1
        place = self.address(options)
        self.problems += [SourceError(place, problem) for problem in (*problems, *more)]
        code = cell.text.rstrip("\n")
        self.cells.append(Cell(number=number, code=code, place=place, options=options))
        self.write(fence(code, {"notebook_cell": str(number), **shown}), kind="code")

    def address(self, options: Options) -> Place:
        """Where a code cell with these options stands: at its number on the page, a wrong answer at its name."""
        number = len(self.cells) - len(wrong_among(self.cells)) + 1
        return Place(path=self.path, cell=name_of(options, self.cells) if options.role == "wrong" else number)


def fence(code: str, options: Mapping[str, str]) -> str:
    """A fence around code, longer than any in it."""
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", code)), 3)
    words = " ".join(f"{name}={quoted(value)}" for name, value in options.items())
    return f"{ticks}python {words}\n{code}\n{ticks}"


def quoted(value: str) -> str:
    """A value as a fence header can hold it."""
    value = " ".join(value.split())
    return f"'{value}'" if '"' in value else f'"{value}"'


def data_address(bundle: Mapping[str, str | list[str]]) -> str:
    """A data address of an attachment's first form."""
    kind, data = next(iter(bundle.items()))
    return f"data:{kind};base64,{''.join(''.join(data).split())}"
