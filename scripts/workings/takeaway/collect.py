"""From a page as it was read to its parts, in order."""

from collections.abc import Iterator, Sequence
from itertools import count, takewhile

from msgspec.structs import replace

from workings.exercise import exercise_of
from workings.outputs import CellRecord, Record
from workings.page import Cell
from workings.reading import Found, Source
from workings.reading.front_matter import read_front_matter
from workings.takeaway import exercises
from workings.takeaway.blocks import pieces_of
from workings.takeaway.codes import commented, folded_part, plain_cell, setup
from workings.takeaway.context import Context
from workings.takeaway.home import Home
from workings.takeaway.parts import Part
from workings.takeaway.pieces import Break, CellMark, Line, Piece, Run, shows, text_of
from workings.takeaway.spans import Spans
from workings.takeaway.values import values_of


def parts_of(source: Source, found: Found, home: Home, record: Record | None = None) -> tuple[Part, ...]:
    """The parts of a page; the record says of which cells it shows a value."""
    return tuple(_Collector(source, found, home, record).parts())


class _Collector:
    """Puts the parts of one page together."""

    def __init__(self, source: Source, found: Found, home: Home, record: Record | None) -> None:
        self.source, self.home = source, home
        self.page, self.cells = found.page, list(found.page.cells)
        self.backend = found.page.backend
        self.code = "\n".join(cell.code for cell in self.cells)
        self.records = dict(zip((cell.number for cell in self.cells), record.cells if record else (), strict=False))
        self.context = Context(source, found, home.features)
        self.names: set[str] = {cell.name for cell in self.cells}
        self.numbers = count(1)

    def parts(self) -> Iterator[Part]:
        """All of them: the texts and the cells between them, and what was kept for the end."""
        pieces = self.pieces()
        self.notes = {name: number for number, name in enumerate(self.context.footnotes, 1)}
        self.spans = Spans(self.home, self.notes, values_of(self.cells, self.records))
        texts: list[Run] = [*self.opening(pieces)]
        ran = False
        for piece in [*pieces, Break()]:
            if isinstance(piece, Run):
                texts.append(piece)
                continue
            yield from self.text(texts)
            texts = []
            if isinstance(piece, CellMark):
                if not ran:
                    yield from self.setup()
                ran = True
                yield from self.cell(piece)
        yield from self.end()

    def pieces(self) -> list[Piece]:
        """What the source falls into."""
        front = read_front_matter(self.source.text).lines
        lines = [Line(number, text) for number, text in enumerate(self.source.text.expandtabs(4).split("\n"), 1)]
        pieces = pieces_of(lines[front:], self.context, top=True)
        pieces += [CellMark(number=number) for number in self.context.rest]
        return pieces

    def opening(self, pieces: list[Piece]) -> Iterator[Run]:
        """The title, if the text has none, and where the page is at home; below the title that the text begins with."""
        at = next((at for at, piece in enumerate(pieces) if shows(piece)), len(pieces))
        first = pieces[at] if at < len(pieces) else None
        origin = ("", *_origin(self.home), "")
        if isinstance(first, Run) and _is_title(first):
            del pieces[: at + 1]
            yield Run(lines=(first.lines[0], *origin))
            yield Run(lines=first.lines[1:] or ("",))
        elif any(isinstance(piece, Run) and _is_title(piece) for piece in takewhile(_is_text, pieces)):
            yield Run(lines=origin)
        else:
            yield Run(lines=(f"# {self.home.title}", *origin))

    def text(self, runs: Sequence[Run]) -> Iterator[Part]:
        """A text, if there is anything in it."""
        self.spans.pictures = {}
        text = text_of([self.spans.read(run) for run in runs])
        if text:
            yield Part(name=self.name("text"), kind="markdown", text=text, pictures=self.spans.pictures)

    def setup(self) -> Iterator[Part]:
        """The cell from which the others begin as they do on their site."""
        lines = list(setup(self.cells, backend=self.backend, seed=self.home.seed))
        if lines:
            comment = "The seed of the page, for the numbers that it shows."
            yield Part(name=self.name("seed"), kind="code", text=commented("\n".join(lines), [comment]))

    def cell(self, mark: CellMark) -> Iterator[Part]:
        """The cell of a mark."""
        cell = next(cell for cell in self.cells if cell.number == mark.number)
        if exercise := exercise_of(self.page, cell):
            part = exercises.exercise_part(cell, mark.title, exercise, code=self.code)
        else:
            part = plain_cell(cell, mark.title, self.record(cell))
        if part is not None:
            yield folded_part(part) if mark.folded else part

    def record(self, cell: Cell) -> CellRecord | None:
        """What is known of a cell's run."""
        return self.records.get(cell.number)

    def end(self) -> Iterator[Part]:
        """Footnotes and solutions."""
        notes = [line for name, number in self.notes.items() for line in self.note(name, number)]
        yield from self.text([Run(lines=("---", "")), *notes] if notes else [])
        for text in exercises.solutions(self.cells):
            yield Part(name=self.name("solution"), kind="markdown", text=text)

    def note(self, name: str, number: int) -> Iterator[Run]:
        """A footnote, as an item of the list at the end."""
        first, *others = self.context.footnotes[name] or [Run(lines=("",))]
        yield replace(first, lines=(f"{number}. {first.lines[0]}",))
        rest = replace(first, lines=first.lines[1:])
        for run in [rest, *others] if rest.lines else others:
            yield replace(run, prefix=" " * 4 + run.prefix)

    def name(self, kind: str) -> str:
        """The id of a part that is no cell of the page."""
        name = next(name for number in self.numbers if (name := f"{kind}-{number}") not in self.names)
        self.names.add(name)
        return name


def _is_text(piece: Piece) -> bool:
    return not isinstance(piece, CellMark)


def _is_title(run: Run) -> bool:
    """Whether a run of lines begins with the title of the page."""
    return run.lines[0].startswith("# ") and not (run.prefix or run.verbatim)


def _origin(home: Home) -> list[str]:
    """Where the page is from, and what may be done with it."""
    place = home.site or home.address
    said = [f"From [{place}]({home.address})." if home.address else f"From {place}."] if place else []
    line = " ".join([*said, *([home.licence] if home.licence else [])])
    return [f"*{line}*"] if line else []
