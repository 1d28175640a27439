"""Copies of small pages, for tests."""

from pathlib import Path
from typing import Any

import nbformat

from workings.math_extension import MathExtension
from workings.outputs import CellRecord, Display, Provenance, Record
from workings.reading import Found, Source, find_cells
from workings.reading.notebook import read_notebook
from workings.takeaway import Home, take_away

EXTENSIONS = (
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "tables",
    "pymdownx.blocks.admonition",
    "pymdownx.blocks.tab",
    "pymdownx.details",
    "pymdownx.superfences",
    "pymdownx.tabbed",
)
ROOT = Path("/nowhere")


AWAITS = """import asyncio
x = await asyncio.sleep(0, 1)
async def f(): return 2
async with asyncio.Lock() as lock:
    y = [await f() for _ in range(2)]
for z in y: pass
class A: w = x
await f()"""
EXERCISE = """Text.

```python
import torch
A = torch.ones(2, 3)  # (2, 3)
```

```python exercise="row-sums"
def row_sums(x):
    ...
```

```python check="row-sums"
A, error = torch.rand(2, 3), None
assert row_sums(A).shape == (2,), "one sum for each row"
```

```python wrong="row-sums"
def row_sums(x):
    return x.sum(0)
```

```python solution="row-sums"
def row_sums(x):
    return x.sum(1)
```

After.

```python
print(row_sums(A).tolist(), torch.rand(2).tolist())
```
"""


def fence(code: str, options: str = "") -> str:
    """A cell of a Markdown page."""
    return f"```python {options}\n{code}\n```\n"


def read(text: str, **settings: object) -> tuple[Source, Found, Home]:
    """A Markdown page as its site reads it, and what its copy has to know."""
    return known(Source(path="docs/a.md", root=ROOT, text=text), **settings)


def read_book(text: str, **settings: object) -> tuple[Source, Found, Home]:
    """The same for a notebook."""
    return known(read_notebook(text, "docs/a.ipynb", root=ROOT), **settings)


def known(source: Source, **settings: object) -> tuple[Source, Found, Home]:
    """What is known of a page of a site."""
    formulas = MathExtension()
    formulas.expect(source)
    found = find_cells(source, extensions=(*EXTENSIONS, formulas))
    home = Home(**{"title": "A page", "numbers": formulas.numbers, **settings})  # type: ignore[arg-type]
    return source, found, home


def copies(text: str, record: Record | None = None, **settings: object) -> dict[str, str]:
    """The copies of a Markdown page."""
    return take_away(*read(text, **settings), record)


def cells(text: str, **settings: object) -> list[Any]:
    """The cells of the notebook that a Markdown page becomes."""
    return book(copies(text, **settings)[".ipynb"]).cells


def book(text: str) -> Any:
    """A notebook that Jupyter finds nothing wrong with."""
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    return notebook


def prose(text: str, **settings: object) -> str:
    """The texts of that notebook, all but the title that every copy has."""
    texts = [cell.source for cell in cells(text, **settings) if cell.cell_type == "markdown"]
    return "\n\n".join(texts).removeprefix("# A page").strip()


def showing(*values: bool) -> Record:
    """A record of cells, each of which shows the value of its last expression or does not."""
    outputs = [(Display(data={"text/plain": "1"}, result=True),) if value else () for value in values]
    shown = tuple(CellRecord(outcome="passed", outputs=output) for output in outputs)
    return Record(cells=shown, provenance=Provenance(backend="cpu"))
