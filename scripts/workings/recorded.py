"""Outputs of cells that need a backend which most machines do not have, kept beside their pages and shown elsewhere.

`docs/lesson.md` has them in `docs/.recorded/lesson.md.json`, which is committed: MkDocs leaves hidden folders alone.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from workings.beside import UNUSABLE, file_beside, read_beside, write_beside
from workings.counterparts import counterparts
from workings.errors import SourceError
from workings.outputs import CellRecord, Provenance, Record
from workings.page import Cell, Page
from workings.place import Place

FOLDER = ".recorded"


class Kept(Struct, frozen=True, kw_only=True):
    """What a cell showed on the backend that it needs."""

    code: str
    """The SHA-256 of its code: a cell that was edited since has nothing recorded."""
    shown: CellRecord
    ran: Provenance


def file_of(page: Page) -> Path:
    """Where a page's recorded outputs lie."""
    return file_beside(page, FOLDER)


def keep(page: Page, record: Record) -> list[Cell]:
    """Write down what those cells showed that name their backend and passed on it; say which they are."""
    needy = [
        (cell, shown)
        for cell, shown in zip(page.cells, record.cells, strict=True)
        if page.needs(cell) == record.provenance.backend and shown.outcome == "passed"
    ]
    kept = {
        cell.name: Kept(code=_digest(cell), shown=_steady(shown), ran=_steady_run(record.provenance))
        for cell, shown in needy
    }
    if kept:
        names = {cell.name for cell in page.cells}
        whole = {name: value for name, value in (_known(page) | kept).items() if name in names}
        text = msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=1)
        write_beside(file_of(page), text + b"\n")
    return [cell for cell, _ in needy]


def load(page: Page) -> dict[str, Kept]:
    """What is recorded of a page by the names of its cells; raises SourceError when the file holds no such thing."""
    file = file_of(page)
    try:
        data = read_beside(file)
        return {} if data is None else msgspec.json.decode(data, type=dict[str, Kept])
    except UNUSABLE as error:
        again = f"python -m workings run --backend {_needed(page)} --record {page.path}"
        message = f"it holds no recorded outputs ({error}): delete it, and make it again with `{again}`"
        raise SourceError(Place(path=file.relative_to(page.root).as_posix(), line=1), message) from error


def with_recorded(page: Page, record: Record) -> Record:
    """The record, with recorded outputs at the cells that need another backend, where their code is still the same."""
    if all(page.needs(cell) in (None, record.provenance.backend) for cell in page.cells):
        return record
    try:
        kept = load(page)
    except SourceError as error:
        return structs.replace(record, warnings=(*record.warnings, str(error)))
    was = {name: each.code for name, each in kept.items()}
    names = counterparts({cell.name: _digest(cell) for cell in page.cells}, was)
    cells = tuple(
        _recorded(kept.get(names.get(cell.name, "")), cell) or shown
        if shown.outcome == "not-run" and page.needs(cell)
        else shown
        for cell, shown in zip(page.cells, record.cells, strict=True)
    )
    return structs.replace(record, cells=cells)


def _needed(page: Page) -> str:
    """A backend that the page's cells need."""
    return next(filter(None, map(page.needs, page.cells)), "auto")


def _known(page: Page) -> dict[str, Kept]:
    """What is recorded of a page that is being recorded: nothing of a file that is damaged."""
    with suppress(SourceError):
        return load(page)
    return {}


def _recorded(kept: Kept | None, cell: Cell) -> CellRecord | None:
    if kept is None or kept.code != _digest(cell):
        return None
    ran = kept.ran
    why = f"on {ran.device or ran.backend} ({ran.backend}, torch {ran.torch.partition('+')[0]})"
    return structs.replace(kept.shown, outcome="recorded", why=why)


def _digest(cell: Cell) -> str:
    return hashlib.sha256(cell.code.encode("utf-8", "surrogatepass")).hexdigest()


def _steady(shown: CellRecord) -> CellRecord:
    """Without what differs from run to run, so that a file changes when an output does."""
    return structs.replace(shown, seconds=0.0, memory=0)


def _steady_run(ran: Provenance) -> Provenance:
    return structs.replace(ran, seconds=0.0, memory=0, date="")
