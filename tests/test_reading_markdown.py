"""Cells are found in Markdown pages wherever they are, on their exact lines, and nothing else is taken for one."""

# ruff: noqa: E501 - a case of a table is one line, however long

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown import Markdown

from workings.errors import SourceError
from workings.reading import CellFinder, Found, Source, find_cells, load_source
from workings.reading.fences import body

EVERYWHERE = Path(__file__).parent / "pages" / "everywhere.md"
EXTENSIONS = [
    "toc",
    "tables",
    "fenced_code",
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "pymdownx.blocks.tab",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.inlinehilite",
    "pymdownx.superfences",
    "pymdownx.tabbed",
]
CONFIGS = {
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.highlight": {"anchor_linenums": True, "line_spans": "__span", "pygments_lang_class": True},
}


def page(text: str) -> Source:
    """A page of that text."""
    return Source(path="docs/a.md", root=Path("/nowhere"), text=text)


def find(text: str) -> Found:
    """What is found in a page of that text."""
    return find_cells(page(text), extensions=EXTENSIONS, configs=CONFIGS)


def convert(source: Source, *, extensions: list[str] | None = None, before: bool = False) -> tuple[str, Found]:
    """The HTML of a page, as a site makes it, and what is found in it."""
    md = Markdown(extensions=[] if before else extensions or EXTENSIONS, extension_configs=CONFIGS)
    finder = CellFinder(source)
    finder.install(md)
    if before:
        md.registerExtensions(extensions or EXTENSIONS, CONFIGS)
    html = md.convert(body(source.text, finder.front.lines).lstrip("\n"))
    return html, finder.found()


def said(text: str) -> list[str]:
    """The problems of a page, without its path."""
    return [str(problem).removeprefix("docs/a.md:") for problem in find(text).problems]


def test_cells_are_found_everywhere() -> None:
    """Cells in admonitions, tabs, lists, quotes, notes and HTML are found in the order of the page, and no decoy is."""
    found = find_cells(load_source(EVERYWHERE, EVERYWHERE.parent), extensions=EXTENSIONS, configs=CONFIGS)
    assert found.problems == ()
    assert [cell.number for cell in found.page.cells] == list(range(1, 16))
    assert [cell.code.split("\n")[0] for cell in found.page.cells] == [
        'cell = """' if number == 14 else f"cell = {number}" for number in range(1, 16)
    ]
    assert not any("decoy" in cell.code for cell in found.page.cells)


def test_cells_stand_on_their_lines() -> None:
    """The place of a cell is the line of the file on which its code begins, in every kind of nesting."""
    found = find_cells(load_source(EVERYWHERE, EVERYWHERE.parent), extensions=EXTENSIONS, configs=CONFIGS)
    lines = EVERYWHERE.read_text().split("\n")
    for cell in found.page.cells:
        for step, code in enumerate(cell.code.split("\n")):
            assert lines[cell.place.line - 1 + step].removeprefix(">").strip(" >") == code.strip()
            assert lines[cell.place.line - 1 + step].endswith(code.rstrip())


def test_code_is_dedented() -> None:
    """Code keeps its own indentation and loses that of its surroundings."""
    cells = find_cells(load_source(EVERYWHERE, EVERYWHERE.parent), extensions=EXTENSIONS, configs=CONFIGS).page.cells
    assert cells[0].code == 'cell = 1\n\nafter = "blank line"'
    assert cells[1].code == 'cell = 2\nif cell:\n    after = "indented"'
    assert cells[7].code == "cell = 8\n\nafter = 8"
    assert cells[8].code == "cell = 9\n\nafter = 9"
    assert cells[13].code == 'cell = """\n```python\n"""'


def test_options_are_read_from_headers() -> None:
    """Options come from words and from braces, ids from the sign # as well."""
    cells = find_cells(load_source(EVERYWHERE, EVERYWHERE.parent), extensions=EXTENSIONS, configs=CONFIGS).page.cells
    assert [cell.name for cell in cells if cell.options.id] == ["top", "braces", "both"]
    assert cells[0].options.tags == ("hide-input", "scroll-output")
    assert cells[6].options.timeout == 2.5


def test_site_and_tests_find_the_same() -> None:
    """A conversion with highlighting finds what the quick one finds."""
    source = load_source(EVERYWHERE, EVERYWHERE.parent)
    _, found = convert(source)
    assert found.page == find_cells(source, extensions=EXTENSIONS, configs=CONFIGS).page
    assert found.page.backend == "cpu"


def test_html_has_one_mark_for_each_cell() -> None:
    """In the HTML each cell is an empty element, and nothing of ours stands anywhere else."""
    html, found = convert(load_source(EVERYWHERE, EVERYWHERE.parent))
    for cell in found.page.cells:
        assert html.count(f'<div data-workings="{found.nonce}-{cell.number}"></div>') == 1
    assert html.count(found.nonce) == len(found.page.cells)
    assert "<p><div" not in html


def test_hidden_fences_stay_as_written() -> None:
    """A cell in a comment or a text area remains the text that it was."""
    html, _ = convert(load_source(EVERYWHERE, EVERYWHERE.parent))
    assert '<!--\n```python\ndecoy = "comment"\n```\n-->' in html
    assert '<textarea>\n```python\ndecoy = "text area"\n```\n</textarea>' in html


def test_code_is_highlighted_as_everywhere() -> None:
    """The highlighted code has the title, the lines and the attributes that its header asks for."""
    _, found = convert(load_source(EVERYWHERE, EVERYWHERE.parent))
    assert found.code[1].startswith('<div class="language-python highlight"')
    assert '<span class="filename">a.py</span>' in found.code[1]
    assert found.code[1].count('class="hll"') == 2
    assert 'data-kind="x"' in found.code[11]
    assert "linenos" in found.code[5]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("extensions", [["fenced_code"], ["pymdownx.superfences"], ["toc"], EXTENSIONS[::-1]])
def test_order_of_extensions_is_free(extensions: list[str], *, before: bool) -> None:
    """Cells are found with superfences before or after us, with Markdown's own fences, and with neither."""
    html, found = convert(page("Text\n\n```python\nx\n```\n"), extensions=extensions, before=before)
    assert [str(cell) for cell in found.page.cells] == ["docs/a.md:4"]
    assert f"{found.nonce}-1" in html


def test_a_markdown_serves_many_pages() -> None:
    """One Markdown converts one page after the other, and nothing of the last stays."""
    md = Markdown(extensions=EXTENSIONS)
    for text in ["```python\na\n```\n\n```python\nb\n```\n", "```python\nc\n```\n"]:
        finder = CellFinder(page(text))
        finder.install(md)
        md.reset().convert(text)
        assert "\n".join(cell.code for cell in finder.found().page.cells) in ("a\nb", "c")
        assert len(finder.found().code) == text.count("```python")


def test_an_html_title_survives() -> None:
    """A title in HTML, which superfences stashes away, stands in the code."""
    _, found = convert(page('```python title="<b>x</b>" title_mode="html"\nx\n```\n'))
    assert "<b>x</b>" in found.code[1]


def test_tabs_are_kept() -> None:
    """Code runs with the tabs that its author wrote, though Markdown shows spaces."""
    _, found = convert(page('- a\n\n\t```python\n\tif 1:\n\t\tx = "a\tb"\n\t```\n\n```python\n\tif\n```\n'))
    assert [cell.code for cell in found.page.cells] == ['if 1:\n\tx = "a\tb"', "\tif"]
    assert found.page.cells[0].place.line == 4


def test_preserved_tabs_are_no_trouble() -> None:
    """Superfences' own way to keep tabs finds the same cells."""
    md = Markdown(extensions=EXTENSIONS, extension_configs={"pymdownx.superfences": {"preserve_tabs": True}})
    finder = CellFinder(
        page('x\n\n```python id="a" title="t"\nif 1:\n\tx\n```\n\n!!! note\n    ```python\n    y\n    ```\n')
    )
    finder.install(md)
    md.convert(finder.source.text)
    assert [(str(c), c.code, c.name) for c in finder.found().page.cells] == [
        ("docs/a.md:4", "if 1:\n\tx", "a"),
        ("docs/a.md:10", "y", "cell-2"),
    ]


def test_unusual_line_ends_are_counted_as_editors_do(tmp_path: Path) -> None:
    """Windows line ends, a byte order mark, form feeds and Unicode's separators leave the lines as editors count them."""
    file = tmp_path / "a.md"
    file.write_bytes(
        "\ufeff---\r\ntitle: x\r\n---\r\n\r\n\r\na\u2028b\x0cc\x85d\r\n\r\n```python\r\nx\u2028 = 1\r\n```\r\n".encode()
    )
    _, found = convert(load_source(file, tmp_path))
    assert [(str(cell), cell.code) for cell in found.page.cells] == [("a.md:9", "x\u2028 = 1")]


@pytest.mark.parametrize("blank", range(4))
def test_stripped_front_matter_moves_no_line(blank: int) -> None:
    """Lines are right whether or not somebody has cut off the front matter and the empty lines after it."""
    text = "---\ntitle: x\n---\n" + "\n" * blank + "# a\n\n```python\nx\n```\n"
    line = text.split("\n").index("x") + 1
    for given_text in (text, text.split("---\n")[2], text.split("---\n")[2].lstrip("\n"), text.strip()):
        md = Markdown(extensions=EXTENSIONS)
        finder = CellFinder(page(text))
        finder.install(md)
        md.convert(given_text)
        assert [cell.place.line for cell in finder.found().page.cells] == [line]


def test_included_cells_belong_to_the_line_that_includes(tmp_path: Path) -> None:
    """A cell from an included file has the line of the inclusion, and those after it have their own."""
    (tmp_path / "part.md").write_text("Words\n\n```python\nincluded = 1\n\nmore\n```\n\nWords\n")
    (tmp_path / "code.py").write_text("whole = 1\n")
    text = '---\nt: 1\n---\n\n```python\na\n```\n\n--8<-- "part.md"\n\n```python\nb\n```\n\n```python\n--8<-- "code.py"\n```\n\n```python\nc\n```\n'
    configs = {"pymdownx.snippets": {"base_path": [str(tmp_path)]}}
    found = find_cells(page(text), extensions=[*EXTENSIONS, "pymdownx.snippets"], configs=configs)
    assert found.problems == ()
    assert [(cell.place.line, cell.code.split("\n")[0]) for cell in found.page.cells] == [
        (6, "a"), (9, "included = 1"), (12, "b"), (16, "whole = 1"), (20, "c"),
    ]  # fmt: skip


def test_other_plugins_may_change_the_text() -> None:
    """A line that another plugin put before or between the cells moves none of them."""
    text = "# a\n\n```python\nx\n```\n\nDate: {{ date }}\n\n```python\ny\n```\n"
    md = Markdown(extensions=EXTENSIONS)
    finder = CellFinder(page(text))
    finder.install(md)
    md.convert("!!! note\n    put here\n\n" + text.replace("{{ date }}", "today\nand\n\ntomorrow"))
    assert [cell.place.line for cell in finder.found().page.cells] == [4, 10]


def test_a_page_can_opt_out() -> None:
    """With `execute: false` python fences are ordinary code, and options of pymdownx work."""
    html, found = convert(page('---\nexecute: false\n---\n```python title="t.py"\nx = 1\n```\n\n`{python} x`\n'))
    assert found.page.cells == ()
    assert found.problems == ()
    assert 'class="filename">t.py' in html
    assert "wk-code" not in html


def test_an_empty_fence_is_no_cell() -> None:
    """A fence with nothing in it is shown and takes no number."""
    _, found = convert(page("```python\n\n```\n\n```python\nx\n```\n"))
    assert [(cell.number, cell.place.line) for cell in found.page.cells] == [(1, 6)]


@pytest.mark.parametrize("text", ["", "\n", "---\ntitle: x\n---\n", "words\n"])
def test_pages_without_cells_are_fine(text: str) -> None:
    """An empty page, and one with words only, have no cells and no problems."""
    found = find(text)
    assert (found.page.cells, found.problems) == ((), ())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a\n\n```python tgas="x"\nx\n```\n', 3, "unknown option 'tgas' (did you mean 'tags'?)"),
        ('```python tags="hide_input"\nx\n```\n', 1, "unknown tag 'hide_input' (did you mean 'hide-input'?)"),
        ("a\n\n```python id=noquotes\nx\n```\n", 3, 'can\'t read \'id=noquotes\' in the header of this fence: an option is written id="noquotes"'),
        ("a\n\n```python id\nx\n```\n", 3, "can't read 'id'"),
        ("```python hide-input\nx\n```\n", 1, "'hide-input' is a tag: write tags=\"hide-input\""),
        ("``` {.python id}\nx\n```\n", 1, "can't read 'id'"),
        ('```python id="a" id="b"\nx\n```\n', 1, "option 'id' stands here twice"),
        ('``` {.python #a #b}\nx\n```\n', 1, "option 'id' stands here twice"),
        ('```python hl_lines="one"\nx\n```\n', 1, "hl_lines 'one' is not line numbers"),
        ('```python linenums="' + "9" * 5000 + '"\nx\n```\n', 1, "linenums '9999999999"),
        ('```python proves="a"\nx\n```\n', 1, "proves 'a' is not the label of a formula"),
        ('```python notebook_cell="1"\nx\n```\n', 1, "unknown option 'notebook_cell'"),
        ('!!! note\n\n    ```python id="cell-1"\n    x\n    ```\n', 3, "id 'cell-1' is what a cell without an id is called"),
        ("a\n\n```python\nx\n", 3, "this fence is never closed"),
        ("a\n\n```text\nx\n", 3, "this fence is never closed"),
        ("!!! a\n\n    ```python\n    x\n  y\n    ```\n", 3, "this fence holds a line that is indented less than its header, so it is no code: close it, or indent (line 5)"),
        ("```python\nx = 1\n\nwords, words\n\n```python\ny\n```\n", 1, "another fence begins inside this one: close it first, or give it one backtick more to show the other (line 6)"),
        ("```text\nx\n\n```python\ny\n```\n", 1, "another fence begins inside this one"),
        ("```{python}\nx\n```\n", 1, "this header is another tool's: write ```python for a cell"),
        ("```{code-cell} ipython3\nx\n```\n", 1, "this header is another tool's"),
        ("words\n\n- ```python\n  x\n  ```\n", 3, "a fence can't begin on the line of a list marker"),
        ("a\n\nb\nC is `{python} C.shape` big\n", 4, "a value in prose is computed after the cells above it, and there is none"),
        ("| a |\n|---|\n| `{python} x` |\n", 3, "a value in prose is computed after"),
        ("```python\nx\n```\n\n## Of `{python} x`\n", 5, "a value can't stand in a heading"),
        ("```python\nx\n```\n\nIt is `{python} x +` y\n", 5, "the value `{python} x +` is no expression: invalid syntax"),
        ("```python\nx\n```\n\nIt is `{python} x = 1`\n", 5, "the value `{python} x = 1` is no expression"),
        ("```python\nx\n```\n\nIt is `{python} ` y\n", 5, "a value in prose needs an expression"),
        ("---\na: [\n---\n", 3, "the front matter is not valid YAML"),
        ("---\na: 1\n\tb: 2\n---\n", 3, "the front matter is not valid YAML"),
        ("---\na: 2001-99-99\n---\n", 1, "the front matter is not valid YAML"),
        ("---\na: " + "[" * 3000 + "\n---\n", 1, "the front matter is not valid YAML: it has more than 300"),
        ("---\n" + "- " * 3000 + "\n---\n", 1, "the front matter is not valid YAML: it has more than 300"),
        ("---\ntitle: a\nbackend: gpu\n---\n", 3, "backend is cpu, cuda or any, not 'gpu'"),
        ("---\nbackend: [cpu]\n---\n", 2, "backend is cpu, cuda or any"),
        ("---\nexecute: no thanks\n---\n", 2, "execute is true or false, not 'no thanks'"),
    ],
)  # fmt: skip
def test_problems_name_line_and_remedy(text: str, line: int, words: str) -> None:
    """What an author gets wrong is one error, on its line."""
    problems = said(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{line}: {words}")
    assert "\n" not in problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n```python\nx\n-->\n",
        "<!--\n\n- ```python\n\n-->\n",
        "    ```python\n    x\n\nwords\n",
        "    ```python id=x\n    x\n    ```\n",
        "    - ```python\n",
        "    `{python} x`\n",
        "<!-- `{python} x` -->\n",
        r"\`{python} x` and `{python}`" + "\n",
        "<!--\n\n!!! quiz\n    a\n\n-->\n",
        "<!--\n```{python}\nx\n```\n-->\n",
        '<!--\n```python id="?"\nx\n```\n-->\n',
        "````text\n```python\nx\n````\n",
        "````markdown\n```python id=x\n!!! quiz\n`{python} x`\n```\n````\n",
        "---\n\nwords between two rules\n\n---\n",
        '```python\ntext = """\n```text\n"""\n```\n',
        "```yaml\na: 1\n```\n",
    ],
)
def test_what_no_reader_sees_is_no_problem(text: str) -> None:
    """Comments and shown code may hold anything."""
    assert said(text) == []


def test_nothing_of_ours_stays_in_the_html_of_a_faulty_page() -> None:
    """The words by which troubles are found are gone from the page."""
    source = page(
        "`{python} x`\n\n- ```python\n  x\n\n    ```python id=x\n    y\n    ```\n\n```{python}\nz\n```\n\n```python\n"
    )
    html, found = convert(source)
    assert found.problems
    assert re.sub(r'<div data-workings="\w+-\d+"></div>', "", html).count(found.nonce) == 0


def test_the_first_open_fence_is_the_one_reported() -> None:
    """After a fence that is not closed the rest of the page is unsure, so nothing that follows from it is reported."""
    assert said("a\n\n!!! b\n\n    ```python\n    x\n\n```python\ny\n```\n\nwords\n\n```python\nz\n```\n") == [
        "5: this fence holds a line that is indented less than its header, so it is no code: close it, or indent (line 8)"
    ]


def test_duplicate_ids_name_both_cells() -> None:
    """Two cells with one id are an error at the second, which names the first."""
    text = '```python id="a"\nx\n```\n\n```python id="a"\ny\n```\n'
    assert said(text) == ["6: id 'a' is that of the cell at docs/a.md:2 too: choose another"]


def test_an_id_differs_from_those_of_headings() -> None:
    """A cell's id that is a heading's too would make a link ambiguous."""
    assert said('# Attention\n\n```python id="attention"\nx\n```\n') == [
        "4: id 'attention' is that of a heading or an element too: choose another"
    ]


def test_finding_cells_runs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a site that has our own Markdown extension, cells are found and not run."""
    monkeypatch.chdir(tmp_path)
    text = "```python\nopen('ran', 'w').close()\n```\n"
    found = find_cells(page(text), extensions=["workings", "workings.markdown_extension", *EXTENSIONS])
    assert (len(found.page.cells), found.problems, list(tmp_path.iterdir())) == (1, (), [])


def test_a_faulty_extension_is_a_problem_of_its_page() -> None:
    """An inclusion that does not exist is an error of the page, and nothing worse."""
    configs = {"pymdownx.snippets": {"check_paths": True}}
    found = find_cells(page('--8<-- "absent.md"\n'), extensions=["pymdownx.snippets"], configs=configs)
    assert [str(problem)[:50] for problem in found.problems] == ["docs/a.md:1: Markdown can't convert this page: Sni"]


def test_problems_come_in_the_order_of_the_page() -> None:
    """All errors of a page are reported, from top to bottom."""
    problems = said(
        '---\nbackend: x\n---\n```python a="1"\nx\n```\n\n`{python} x +`\n\n```python id="?" tags="y"\nx\n```\n'
    )
    assert [problem.split(":")[0] for problem in problems] == ["2", "4", "8", "10", "10"]


PIECES = st.sampled_from(
    ["```", "~~~", "````", "python", "{", "}", ".python", "#a", ' id="a"', " tags=\"x\"", "`{python} a`", "\n", "\n\n",
     "    ", "> ", "- ", "1. ", "\t", "<!--", "-->", "!!! quiz\n", "!!! quiz \"a\"\n", "    - [x] a: b\n", "- [ ]", "=== \"a\"\n", "---\n", "<div markdown>", "</div>",
     "<textarea>", "<script>", "\u2028", "\x0c", "\x02", "\x03", "\x02wzxhzdk:0\x03", "&", "\\", "[^1]", "$", "x = 1"]
)  # fmt: skip


@settings(max_examples=100, deadline=10_000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_mutated_pages_are_read_or_refused(data: st.DataObject) -> None:
    """Whatever is cut from a page or put into it, reading ends, and every cell stands on its line."""
    text = EVERYWHERE.read_text()
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 4, 40, 400])))
        text = text[:start] + "".join(data.draw(st.lists(PIECES, max_size=4))) + text[stop:]
    found = find(text)
    assert not any("can't convert" in problem.message for problem in found.problems)
    lines = text.split("\n")
    for cell in found.page.cells:
        first = cell.code.split("\n")[0]
        assert first.replace("\x02", "").replace("\x03", "").strip() in lines[cell.place.line - 1].replace(
            "\x02", ""
        ).replace("\x03", "")


@settings(max_examples=100, deadline=10_000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(pieces=st.lists(PIECES, max_size=40))
def test_random_pages_are_read_or_refused(pieces: list[str]) -> None:
    """A page of random pieces of Markdown is read to its end."""
    found = find("".join(pieces))
    assert all(isinstance(problem, SourceError) for problem in found.problems)


def test_reading_imports_nothing_that_runs_cells(tmp_path: Path) -> None:
    """Reading pages and notebooks imports neither torch nor IPython nor matplotlib."""
    (tmp_path / "a.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    code = f"""
import sys
from pathlib import Path
from workings.reading import find_cells, load_source
assert "nbformat" not in sys.modules
find_cells(load_source(Path({str(EVERYWHERE)!r}), Path({str(EVERYWHERE.parent)!r})), extensions={EXTENSIONS!r})
load_source(Path({str(tmp_path / "a.ipynb")!r}), Path({str(tmp_path)!r}))
assert "nbformat" in sys.modules
print([name for name in ("torch", "IPython", "matplotlib", "jupyter_client", "mkdocs") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
