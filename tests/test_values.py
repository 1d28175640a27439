"""Values in prose: computed after the cells above them, shown in the author's sentence, and named if they have none."""

from pathlib import Path

import pytest
from markdown import Markdown
from runs import both_ways, make_page
from sites import build, make_site, mkdocs, notebook

from workings.engine import run_pages
from workings.outputs import CellRecord, Outcome, Provenance, Record
from workings.page import Options, Page
from workings.reading import CellFinder, Source, find_cells
from workings.reading.fences import body
from workings.rendering.page import fill
from workings.report import line
from workings.running.line import Launcher
from workings.settings import Limits, Settings

TEXT = """---
title: x
---

# A page

```python
C = [1, 2]
```

There are `{python} len(C)` of them: `{python} str(C)[1:-1]`.

- in a list, `{python} C[0]`
- `{python} {"a": "<b>"}["a"]`, and `C` is code

<!-- `{python} nothing` -->

````text
`{python} nothing`
````

    `{python} nothing`

```python
C.append(3)
```

Now `{python} len(C)`, <code>{python} len(C)</code>.
"""


def page_of(text: str) -> Page:
    """What is read of a page with this text."""
    return find_cells(Source(path="docs/a.md", root=Path(), text=text)).page


def shown(text: str, record: Record | None) -> str:
    """The HTML of a page of this text."""
    source = Source(path="docs/a.md", root=Path(), text=text)
    md, finder = Markdown(extensions=["pymdownx.superfences"]), CellFinder(source)
    finder.install(md)
    html = md.convert(body(text, finder.front.lines))
    return fill(html, finder.found(), record, settings=Settings())


def ran(*cells: tuple[str, ...], outcome: Outcome = "passed") -> Record:
    """A record whose cells have these values."""
    made = tuple(CellRecord(outcome=outcome, values=values) for values in cells)
    return Record(cells=made, provenance=Provenance(backend="cpu"))


def test_values_belong_to_the_cell_above_them() -> None:
    """Each value that a reader sees is found, with its line, in the order of the page."""
    first, second = page_of(TEXT).cells
    assert [(value.expression, value.place.line) for value in first.values] == [
        ("len(C)", 11), ("str(C)[1:-1]", 11), ("C[0]", 13), ('{"a": "<b>"}["a"]', 14),
    ]  # fmt: skip
    assert [(value.expression, str(value.place)) for value in second.values] == [("len(C)", "docs/a.md:28")]


def test_cells_that_go_nowhere_have_no_values() -> None:
    """What follows an answer or a cell that is not run is computed after the last cell that leaves something."""
    parts = ['```python exercise="a"', '```python check="a"', '```python tags="skip-execution" reason="b"']
    text = "```python\nx = 1\n```\n\n" + "".join(f"{part}\ny\n```\n\n" for part in parts) + "It is `{python} x`.\n"
    assert [len(cell.values) for cell in page_of(text).cells] == [1, 0, 0, 0]


def test_a_page_that_runs_nothing_has_no_values() -> None:
    """With `execute: false`, the same words are code."""
    text = TEXT.replace("title: x", "execute: false")
    assert page_of(text).cells == ()
    assert "<code>{python} len(C)</code>" in shown(text, None)


def test_a_value_stands_in_its_sentence() -> None:
    """A value is text, whatever is in it."""
    html = shown(TEXT, ran(("2", "1, 2", "1", "<b>"), ("3",)))
    assert 'There are <span class="wk-value"><bdi>2</bdi></span> of them' in html
    assert "<bdi>&lt;b&gt;</bdi></span>, and <code>C</code> is code" in html
    assert "<code>{python} len(C)</code>." in html
    assert html.count("{python}") == 4
    assert 'data-workings="' not in html


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, '<code class="wk-value-missing">len(C)</code>'),
        (ran((), (), outcome="running"), '<span class="wk-value wk-value-awaited">…</span>'),
        (ran((), (), outcome="not-run"), '<code class="wk-value-missing" title="Not computed">len(C)</code>'),
    ],
)
def test_a_value_that_there_is_not_yet(record: Record | None, words: str) -> None:
    """Where a value is not known, the page says so and shows the expression, or that it is on its way."""
    assert f"There are {words} of them" in shown(TEXT, record)


def with_values(tmp_path: Path, code: str, *expressions: str, options: Options | None = None) -> Page:
    """A page of a cell, with values below it."""
    prose = " ".join(f"`{{python}} {expression}`" for expression in expressions)
    page = make_page(tmp_path, "a.md", (code, options or Options()), "'after'")
    text = (tmp_path / "a.md").read_text("utf-8").replace("```\n\nProse.", f"```\n\nIt is {prose}.", 1)
    found = find_cells(Source(path="a.md", root=tmp_path, text=text)).page
    return Page(path=page.path, root=page.root, cells=found.cells if options is None else page.cells)


def run(page: Page, warm: Launcher, seconds: float = 20.0) -> Record:
    """The record of a page."""
    settings = Settings(backend="cpu", store=None, limits=Limits(cell_seconds=seconds))
    return run_pages([page], settings=settings, warm=warm).records[page.path]


@both_ways
def test_values_are_computed_after_their_cell(tmp_path: Path, warm: Launcher) -> None:
    """A value is what `str` says of it, in the state that the cell has left."""
    page = with_values(
        tmp_path, "import torch\nx = torch.arange(3)", "x.shape", "int(x.sum())", "f'{2/3:.2f}'", "'ü\\ud800'"
    )
    record = run(page, warm)
    assert record.cells[0].values == ("torch.Size([3])", "3", "0.67", "ü\ufffd")
    assert record.passed


@both_ways
@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("y", "a.md:9: the value `{python} y` in the prose: NameError: name 'y' is not defined"),
        ("exit()", "a.md:9: the value `{python} exit()` in the prose: SystemExit"),
        ("'x' * 500", "a.md:9: the value `{python} 'x' * 500` in the prose: its text has 500 characters"),
    ],
)
def test_a_value_that_fails_is_named(tmp_path: Path, warm: Launcher, expression: str, words: str) -> None:
    """An exception in a value ends its page, with line and expression."""
    page = with_values(tmp_path, "x = 1", "x", expression)
    record = run(page, warm)
    ((index, failure),) = record.failures()
    assert line(page.cells[index], failure).startswith(words)
    assert record.cells[0].values == ("1",)
    assert record.cells[1].outcome == "not-run"


def test_a_value_without_end_is_stopped(tmp_path: Path, warm: Launcher) -> None:
    """A value has the time of its cell."""
    record = run(with_values(tmp_path, "x = 1", "[0 for _ in iter(int, 1)]"), warm, seconds=1.0)
    assert record.cells[0].failure is not None
    assert record.cells[0].failure.reason == "timeout"


def test_values_in_a_site(tmp_path: Path) -> None:
    """Pages and notebooks show values; one that fails is told with its line, or its cell of the notebook."""
    markdown = "# A\n\n```python\nx = 6 * 7\n```\n\nIt is `{python} x`.\n"
    pages = {
        "index.md": markdown,
        "b.ipynb": notebook(("code", "x = 4"), ("markdown", "Text.\n\nIt is `{python} x + 1`.")),
    }
    root = make_site(tmp_path, pages, plugins=["search", {"workings": {"backend": "cpu"}}, "mkdocs-jupyter"])
    done = build(root)
    assert 'It is <span class="wk-value"><bdi>42</bdi></span>.' in (root / "site" / "index.html").read_text("utf-8")
    assert "<bdi>5</bdi>" in (root / "site" / "b" / "index.html").read_text("utf-8")
    assert done.returncode == 0
    (root / "docs" / "b.ipynb").write_text(pages["b.ipynb"].replace("x + 1", "y + 1"), "utf-8")
    failed = mkdocs(root, "build")
    assert failed.returncode != 0
    said = "docs/b.ipynb:1: cell 2 of the notebook, counting all, line 3: the value `{python} y + 1` in the prose: Name"
    assert said in failed.stdout + failed.stderr
