"""A page's run as lines of plain text: what a terminal can show of it."""

from collections.abc import Iterator

from workings.outputs import CellRecord, Display, Failure, Output, Record, Stream
from workings.page import Cell, Page


def transcript(page: Page, record: Record) -> Iterator[str]:
    """The page's name, then each cell that has something to say."""
    ran = record.provenance
    where = f" ({ran.backend}, torch {ran.torch}, seed {ran.seed}, {ran.seconds:.1f} s)" if ran.torch else ""
    yield f"{page.path}{where}"
    for cell, shown in zip(page.cells, record.cells, strict=True):
        yield from _cell(cell, shown)


def _cell(cell: Cell, record: CellRecord) -> Iterator[str]:
    why = f" {record.outcome.replace('-', ' ')}: {record.why}" if record.why else ""
    lines = [line for output in record.outputs for line in _output(output)]
    if lines or why:
        yield f"[{cell.known_as}] {cell}{why}"
        yield from (f"    {line}" for line in lines)


def _output(output: Output) -> list[str]:
    match output:
        case Stream(text=text, cut=cut):
            more = [f"… {cut:,} more bytes"] if cut else []
            return text.replace("\r\n", "\n").removesuffix("\n").split("\n") + more
        case Display(data=data):
            plain = data.get("text/plain")
            return str(plain).split("\n") if plain is not None else [f"<{', '.join(sorted(data))}>"]
        case Failure(name=name, message=message):
            return f"{name}: {message}".split("\n")
