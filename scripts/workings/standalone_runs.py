"""Standalone copies of cells, run as pages of their own: what a reader copies runs by itself and shows the same."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import structs

from workings.claims import Difference, Shown, difference, part_like, shown_by, told_difference
from workings.engine import Running
from workings.outputs import CellRecord, Record
from workings.page import Cell, Page
from workings.place import Place
from workings.standalone import standalone_texts

_SEED = re.compile(r"\b(manual_seed|manual_seed_all|seed|default_rng|RandomState)\(([^()\n]+)\)")
"""What sets where random numbers begin."""


def standalone_cells(page: Page) -> Iterator[Cell]:
    """The cells of a page that a reader can copy and run: not those of which only an answer makes sense."""
    for cell in page.cells:
        if not cell.skipped and cell.options.role not in ("check", "wrong"):
            yield cell


def standalone_pages(page: Page) -> dict[str, Page]:
    """A page for the copy of each cell, by the cell's name; lines of its failures are those of the copied text."""
    texts = standalone_texts(page)
    return {cell.name: _copy(page, cell, texts) for cell in standalone_cells(page)}


def _copy(page: Page, cell: Cell, texts: Mapping[int, str]) -> Page:
    place = Place(path=f"{page.path}#{cell.name}")
    options = structs.replace(cell.options, id=None, role=None, exercise=None, proves=())
    copy = Cell(number=1, code=texts.get(cell.number, cell.code), place=place, options=options)
    return Page(path=place.path, root=page.root, cells=(copy,), backend=page.backend)


class Judged(NamedTuple):
    """A copy that has run."""

    copy: Page
    own: CellRecord
    """What its cell shows."""
    found: CellRecord
    other: Difference | None
    """What its cell shows and it does not, if it came to its end."""


class StandaloneRuns:
    """The copies of the cells of some pages, on their way to their records."""

    def __init__(self, running: Running, *, seed: int) -> None:
        """Have them run there, where the pages do; `seed` is that of the pages."""
        self._running, self._other_seed = running, seed + 1
        self._copies: dict[str, dict[str, Page]] = {}
        self._judged: dict[str, dict[str, Judged]] = {}

    def add(self, page: Page) -> None:
        """Run the copies of a page's cells, if they do not run yet."""
        if page.path not in self._copies:
            copies = standalone_pages(page)
            self._copies[page.path] = {name: copy for name, copy in copies.items() if not _has_run(name, copy, page)}
            self._running.add(*self._copies[page.path].values(), together=True)

    def fault(self, page: Page, cell: Cell, record: Record) -> str | None:
        """What is wrong with the copy of a cell that has passed: it fails, or shows something else for no reason.

        Other random numbers are a reason: a copy that shows others with another seed need not show those of the page.
        Raises what `Running.record` raises.
        """
        if page.path not in self._judged:
            self._judged[page.path] = self._judge(page, record)
        judged = self._judged[page.path].get(cell.name)
        if judged is None:
            return None
        copy, _, found, other = judged
        if found.outcome == "failed" and found.failure is not None:
            failure = found.failure
            said = f"{failure.place}: {failure.name}: {failure.message}"
            return f"the standalone copy of this cell fails at {said}\n{copy.cells[0].code}"
        if other is None or self._is_random(judged):
            return None
        return f"the standalone copy of this cell shows something else\n{told_difference(other)}\n{copy.cells[0].code}"

    def _judge(self, page: Page, record: Record) -> dict[str, Judged]:
        """Compare the copies with the cells that have passed; what shows something else runs anew with other seeds."""
        judged = {}
        for cell, own in zip(page.cells, record.cells, strict=False):  # the page may have run as far as was asked
            copy = self._copies[page.path].get(cell.name)
            if copy is not None and own.outcome == "passed":
                found = self._running.record(copy.path).cells[0]
                other = None if cell.options.role == "exercise" else _other(copy, own, found)
                judged[cell.name] = Judged(copy, own, found, other)
                if other is not None:
                    self._running.add(_with_other_seeds(copy), seed=self._other_seed)
        return judged

    def _is_random(self, judged: Judged) -> bool:
        """Whether a copy shows something else with other seeds."""
        again, shown = self._running.record(judged.copy.path).cells[0], _shown(judged.copy, judged.own)
        ours, theirs = (part_like(_shown(judged.copy, record), shown) for record in (judged.found, again))
        return again.outcome == "failed" or difference(ours, theirs) is not None


def _has_run(name: str, copy: Page, page: Page) -> bool:
    """Whether it is the copy of the first cell, as that stands: the page runs it in a process that has run nothing."""
    first = page.cells[0]
    return name == first.name and not first.runs_apart and copy.cells[0].code == first.code


def _other(copy: Page, own: CellRecord, found: CellRecord) -> Difference | None:
    """What a cell shows that its copy does not, which may show more: what the statements show that the cell needs."""
    if found.outcome == "failed" or found.outputs == own.outputs:
        return None
    shown = _shown(copy, own)
    return difference(shown, part_like(_shown(copy, found), shown))


def _with_other_seeds(copy: Page) -> Page:
    """The copy with other numbers in the place of the seeds that it sets."""
    (cell,) = copy.cells
    code = _SEED.sub(lambda match: f"{match[1]}({match[2]} + 1)", cell.code)
    return structs.replace(copy, cells=(structs.replace(cell, code=code),))


def _shown(copy: Page, record: CellRecord) -> Shown:
    """What a record claims, without the values in the prose below its cell, which no copy has."""
    return shown_by(copy.cells[0], structs.replace(record, values=()))
