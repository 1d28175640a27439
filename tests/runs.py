"""Pages made for a test, and their runs."""

from collections.abc import Sequence
from pathlib import Path

from workings.engine import run_pages
from workings.outputs import CellRecord, Display, Failure, Record, Stream
from workings.page import Cell, Options, Page
from workings.place import Place
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

Code = str | tuple[str, Options]


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
    return Page(path=path, root=root, cells=tuple(cells))


def run_all(
    pages: Sequence[Page], warm: WarmProcess, *, limits: Limits | None = None, **settings: object
) -> dict[str, Record]:
    """Run pages without a store."""
    made = Settings(backend="cpu", store=None, limits=limits or Limits(), **settings)  # type: ignore[arg-type]
    return run_pages(pages, settings=made, warm=warm).records


def run_one(page: Page, warm: WarmProcess, *, limits: Limits | None = None) -> Record:
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
