"""Pages made for a test, and their runs."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil
import pytest

from workings.engine import run_pages
from workings.outputs import CellRecord, Display, Failure, Record, Stream
from workings.page import Cell, Options, Page
from workings.place import Place
from workings.reading.exercises import named
from workings.running.line import Launcher
from workings.settings import Limits, Settings

Code = str | tuple[str, Options]
both_ways = pytest.mark.parametrize("warm", ["forked", "spawned"], indirect=True)
"""Runs a test with pages that are forked, and with pages that are spawned."""


def also_spawned(name: str, values: Iterable[str], *spawned: str) -> pytest.MarkDecorator:
    """Runs a test with pages that are forked for all values of an argument, and with spawned pages for some."""
    cases = [*((value, "forked") for value in values), *((value, "spawned") for value in spawned)]
    return pytest.mark.parametrize((name, "warm"), cases, indirect=["warm"])


def make_page(root: Path, path: str, *codes: Code) -> Page:
    """Write and return a page whose cells stand under each other, each in a fence with a line of prose above it."""
    text, cells = "# A page\n", []
    for number, item in enumerate(codes, 1):
        code, options = item if isinstance(item, tuple) else (item, Options())
        text += "\nProse.\n\n```python\n"
        place = Place(path=path, line=text.count("\n") + 1)
        cells.append(Cell(number=number, code=code, place=place, options=options))
        text += f"{code}\n```\n"
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    return Page(path=path, root=root, cells=tuple(named(cells)))


def run_all(
    pages: Sequence[Page], warm: Launcher, *, limits: Limits | None = None, **settings: object
) -> dict[str, Record]:
    """Run pages without a store."""
    made = Settings(backend="cpu", store=None, limits=limits or Limits(), **settings)  # type: ignore[arg-type]
    return run_pages(pages, settings=made, warm=warm).records


def run_one(page: Page, warm: Launcher, *, limits: Limits | None = None) -> Record:
    """Run one page without a store."""
    return run_all([page], warm, limits=limits)[page.path]


def text_of(cell: CellRecord) -> str:
    """All that a cell wrote to its streams."""
    return "".join(output.text for output in cell.outputs if isinstance(output, Stream))


def plain_of(cell: CellRecord) -> list[str]:
    """The plain texts of a cell's displays."""
    return [str(output.data.get("text/plain")) for output in cell.outputs if isinstance(output, Display)]


def failure_of(record: Record) -> Failure:
    """The one failure of a record."""
    ((_, failure),) = record.failures()
    return failure


def gone(pid: int) -> bool:
    """Whether a process is no more, or no more than a corpse, within a few seconds."""
    for _ in range(60):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False
