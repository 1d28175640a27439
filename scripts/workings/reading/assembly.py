"""Makes a page of the fences that superfences took: those that a reader sees and that hold code are its cells."""

import html
from collections.abc import Iterator

from markdown.util import STX
from msgspec import Struct, field

from workings.errors import SourceError
from workings.page import Cell, Page
from workings.reading import marks
from workings.reading.cell_fences import CellFences, Fence
from workings.reading.exercises import exercise_problems, named
from workings.reading.front_matter import FrontMatter
from workings.reading.lines import LineMap
from workings.reading.live import Sight
from workings.reading.options import check_options
from workings.reading.page_quizzes import PageQuizzes
from workings.reading.quizzes import Quiz
from workings.reading.source import Source
from workings.reading.values import Shown, Values

NOTEBOOK_CELL = "notebook_cell"
"""The option by which a notebook's fence names its cell."""


class Found(Struct, frozen=True, kw_only=True):
    """What a conversion brought to light."""

    page: Page
    problems: tuple[SourceError, ...] = ()
    """What is wrong, in the order of the page."""
    code: dict[int, str] = field(default_factory=dict)
    """The highlighted code of each cell, by its number."""
    values: tuple[Shown, ...] = ()
    """The values in its prose; the third stands in the HTML as `<span data-workings="NONCE-v2"></span>`."""
    quizzes: tuple[Quiz, ...] = ()
    nonce: str
    """In the page's HTML each cell stands as `<div data-workings="NONCE-3"></div>`."""


class Assembly:
    """The cells of one page, numbered in the order of its source."""

    def __init__(
        self,
        source: Source,
        front: FrontMatter,
        fences: CellFences,
        *,
        lines: LineMap,
        sight: Sight,
        quizzes: PageQuizzes,
    ) -> None:
        """Take what was written, what superfences made of it, and what a reader gets to see."""
        self.source, self.front, self.fences, self.lines, self.sight = source, front, fences, lines, sight
        self.quizzes = quizzes.quizzes
        self.cells: list[Cell] = []
        self.begins: dict[int, int] = {}
        """The line of each cell's header, by the cell's number."""
        self.code: dict[int, str] = {}
        self.problems = [self.source.problem(line, message) for line, message in front.problems]
        self.replacements: dict[str, str] = {}
        """What stands in the HTML for each mark of a fence."""
        for index, fence in enumerate(fences.fences):
            name = f"f{index}"
            self.replacements[name] = self.take(fence) if self.seen(name) else self.hidden(fence)
        troubles = list(self.troubles())
        self.values = Values(source, lines, nonce=fences.nonce, sight=sight)
        self.cells = named(self.cells)
        self.problems += [*(troubles or self.lost_cells()), *self.twice()]
        self.problems += exercise_problems(self.cells)
        self.problems += quizzes.problems

    def seen(self, name: str) -> bool:
        """Whether a reader meets the mark of this name."""
        return f"{self.fences.nonce}-{name}" in self.sight.marks

    def with_values(self, html: str) -> str:
        """The HTML with marks for the values in its prose, which the cells above them have from now on."""
        if not self.front.execute:
            return html
        self.cells, html = self.values.take(html, self.cells, self.begins)
        self.problems += self.values.problems
        return html

    def found(self) -> Found:
        """The page."""
        page = Page(path=self.source.path, root=self.source.root, cells=tuple(self.cells), backend=self.front.backend)
        problems = self.problems
        if self.source.cells is None:
            problems = sorted(problems, key=lambda problem: problem.place.line)
        return Found(
            page=page,
            problems=(*self.source.problems, *problems),
            code=self.code,
            values=tuple(self.values.shown),
            quizzes=self.quizzes,
            nonce=self.fences.nonce,
        )

    def replacement(self, name: str) -> str:
        """What stands in the HTML for the mark of this name: nothing, where it only marked a trouble."""
        return self.replacements.get(name, "")

    def hidden(self, fence: Fence) -> str:
        """A fence in a comment or a text area, as it was written there."""
        return html.escape("\n".join(self.fences.seen[fence.start : fence.stop + 1]).strip(), quote=False)

    def take(self, fence: Fence) -> str:
        """What stands in the HTML for a fence: the mark of a cell, or code that is only shown."""
        cell = self.notebook_cell(fence) if self.source.cells is not None else self.markdown_cell(fence)
        if cell is None or not self.front.execute:
            return self.plain(fence.html)
        self.cells.append(cell)
        self.begins[cell.number] = fence.start
        self.code[cell.number] = self.plain(fence.html)
        return marks.element(self.fences.nonce, str(cell.number))

    def plain(self, code: str) -> str:
        """Highlighted code, with what superfences stashed away: a title that is HTML."""
        return self.fences.md.postprocessors["raw_html"].run(code) if STX in code else code

    def notebook_cell(self, fence: Fence) -> Cell | None:
        """The cell of a notebook that this fence stands for, or None for a fence in its Markdown."""
        number = fence.header.options.get(NOTEBOOK_CELL, "")
        known = {str(cell.number): cell for cell in self.source.cells or () if cell not in self.cells}
        if cell := known.get(number):
            self.problems += [SourceError(cell.place, problem) for problem in fence.header.problems]
        return cell

    def markdown_cell(self, fence: Fence) -> Cell | None:
        """The cell of a fence, or None for an empty one, which is shown and nothing else."""
        options, problems = check_options(fence.header.options)
        header = self.lines.line(fence.start)
        self.problems += [self.source.problem(header, text) for text in (*fence.header.problems, *problems)]
        if not fence.code.strip():
            return None
        place = self.source.place(self.lines.line(fence.start + 1))
        return Cell(number=len(self.cells) + 1, code=self.exact(fence), place=place, options=options)

    def exact(self, fence: Fence) -> str:
        """The code as its author wrote it, with tabs; where something has changed a line, as superfences has it."""
        raw = [self.lines.raw(index) for index in range(fence.start + 1, fence.stop)]
        if None in raw:
            return fence.code.rstrip("\n")
        return "\n".join(self.fences.undent(line or "", fence.indent) for line in raw).rstrip("\n")

    def lost_cells(self) -> Iterator[SourceError]:
        """The first cell of a notebook that did not come out of Markdown."""
        if self.front.execute:
            found = {cell.number for cell in self.cells}
            for cell in self.source.cells or ():
                if cell.number not in found:
                    yield SourceError(
                        cell.place,
                        "this cell is not in the page: the Markdown above leaves a comment, a fence or an element open",
                    )
                    return

    def troubles(self) -> Iterator[SourceError]:
        """What superfences passed over, up to the first thing that makes the rest of the page unsure."""
        visible = marks.words(self.fences.nonce, "w", "".join(self.sight.texts))
        troubles = [trouble for number, trouble in enumerate(self.fences.written) if number in visible]
        troubles += [trouble for number, trouble in enumerate(self.fences.marked) if self.seen(f"t{number}")]
        for trouble in sorted(troubles, key=lambda trouble: trouble.line):
            known = trouble.other is not None and self.source.cells is None
            other = f" (line {self.lines.line(trouble.other or 0)})" if known else ""
            yield self.source.problem(self.lines.line(trouble.line), trouble.message + other)
            if trouble.breaks:
                return

    def twice(self) -> Iterator[SourceError]:
        """Ids that would make a link ambiguous."""
        first: dict[str, Cell] = {}
        for cell in self.cells:
            name = cell.options.id
            if name in first:
                yield SourceError(cell.place, f"id '{name}' is that of the cell at {first[name]} too: choose another")
            elif name in self.sight.ids:
                yield SourceError(cell.place, f"id '{name}' is that of a heading or an element too: choose another")
            if name is not None:
                first.setdefault(name, cell)
