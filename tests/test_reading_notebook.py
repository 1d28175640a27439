"""Notebooks become pages as Markdown does: the same cells, options and errors."""

# ruff: noqa: E501 - a case of a table is one line, however long

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from markdown import Markdown

from workings.errors import SourceError
from workings.page import Options
from workings.place import Place
from workings.reading import CellFinder, Found, Source, find_cells, load_source

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
EXTENSIONS = ["toc", "admonition", "attr_list", "pymdownx.highlight", "pymdownx.superfences"]


def code(text: str, *tags: str, **more: object) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "source": text, "metadata": {"tags": list(tags)}, "outputs": [], "execution_count": None} | more  # fmt: skip


def prose(text: str, **more: object) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": text, "metadata": {}} | more


def raw(text: str, kind: str = "") -> dict[str, Any]:
    """A raw cell."""
    return {"cell_type": "raw", "source": text, "metadata": {"format": kind} if kind else {}}


def save(folder: Path, *cells: dict[str, Any], **more: object) -> Path:
    """A notebook of these cells."""
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": list(cells)} | more
    (folder / "a.ipynb").write_text(json.dumps(notebook, indent=1))
    return folder / "a.ipynb"


def read(folder: Path, *cells: dict[str, Any], **more: object) -> Source:
    """The source of a notebook of these cells."""
    return load_source(save(folder, *cells, **more), folder)


def find(source: Source) -> Found:
    """What is found in it."""
    return find_cells(source, extensions=EXTENSIONS)


def test_cells_are_those_of_the_notebook(tmp_path: Path) -> None:
    """Code cells are numbered among themselves, empty ones left out, and their code is exactly the notebook's."""
    text = 'if 1:\n\tx = """\n```python\n~~~~\n````\n"""  \n\n\n\x0cy\u2028\n'
    source = read(tmp_path, prose("# A"), code(text), code(" \n"), raw("raw"), code("z\r\nz"))
    found = find(source)
    assert found.problems == ()
    assert [(str(cell), cell.number, cell.code) for cell in found.page.cells] == [
        ("a.ipynb:cell 1:1", 1, text.rstrip("\n")),
        ("a.ipynb:cell 2:1", 2, "z\nz"),
    ]
    assert found.page.cells == source.cells


def test_source_may_be_lines(tmp_path: Path) -> None:
    """Text kept as a list of lines, as Jupyter saves it, is joined."""
    assert find(read(tmp_path, code("") | {"source": ["a\n", "b"]})).page.cells[0].code == "a\nb"


def test_the_html_has_marks_and_code(tmp_path: Path) -> None:
    """A notebook's page shows its code highlighted, in the place where the cell stands."""
    source = read(tmp_path, prose("One"), code("x = 1", "title=a.py", "hl_lines=1"), prose("Two"))
    md = Markdown(extensions=EXTENSIONS)
    finder = CellFinder(source)
    finder.install(md)
    html = md.convert(source.text)
    assert html.replace(finder.nonce, "NONCE") == '<p>One</p>\n<div data-workings="NONCE-1"></div>\n<p>Two</p>'
    assert '<span class="filename">a.py</span>' in finder.found().code[1]
    assert 'class="hll"' in finder.found().code[1]


def test_tags_are_options(tmp_path: Path) -> None:
    """Tags say what a fence header says; ids and names that tools make up are no names."""
    found = find(
        read(tmp_path, code("x", "id=first", "hide-input", "timeout=3", "alt=a, b", id="ab12", metadata={"tags": ["id=first", "hide-input", "timeout=3", "alt=a, b"], "name": "old"}), code("y", id="cd34"), nbformat_minor=5)
    )  # fmt: skip
    assert found.problems == ()
    assert found.page.cells[0].options == Options(id="first", tags=("hide-input",), timeout=3.0, alt="a, b")
    assert [cell.name for cell in found.page.cells] == ["first", "cell-2"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([code("x"), code("y", "hide_input")], "a.ipynb:cell 2:1: unknown tag 'hide_input' (did you mean 'hide-input'?)"),
        ([code("x", "ids=a")], "a.ipynb:cell 1:1: unknown option 'ids' (did you mean 'id'?)"),
        ([code("x", "id")], "a.ipynb:cell 1:1: tag 'id' needs a value, as in 'id=...'"),
        ([code("x", "notebook_cell=1")], "a.ipynb:cell 1:1: unknown option 'notebook_cell'"),
        ([code("x", "proves=eq")], "a.ipynb:cell 1:1: proves 'eq' is not the label of a formula"),
        ([code("x", "hl_lines=a")], "a.ipynb:cell 1:1: hl_lines 'a' is not line numbers"),
        ([code("x", "id=a"), code("y", "id=a")], "a.ipynb:cell 2:1: id 'a' is that of the cell at a.ipynb:cell 1:1 too: choose another"),
        ([prose("a\n\n```text\nb"), code("x")], "a.ipynb:1: cell 1 of the notebook, counting all, line 3: another fence begins inside this one"),
        ([code("x"), prose("a\n\n```text\nb")], "a.ipynb:1: cell 2 of the notebook, counting all, line 3: this fence is never closed"),
        ([code("x"), prose("a"), prose("b\n\n`{python} x +`")], "a.ipynb:1: cell 3 of the notebook, counting all, line 3: the value `{python} x +` is no expression"),
        ([prose("a\n\n<!-- b"), code("x"), prose("-->")], "a.ipynb:cell 1:1: this cell is not in the page: the Markdown above leaves a comment"),
        ([prose("<textarea>"), code("x"), code("y")], "a.ipynb:cell 1:1: this cell is not in the page"),
        ([prose('```python notebook_cell="1"\nx\n```'), code("x")], "a.ipynb:1: cell 1 of the notebook, counting all: 'notebook_cell' is how"),
        ([prose("![a](attachment:b.png)")], "a.ipynb:1: cell 1 of the notebook, counting all: nothing named 'b.png' is attached"),
        ([raw("---\ntitle: a\n"), code("x")], "a.ipynb:1: cell 1 of the notebook, counting all: front matter ends with a line ---"),
        ([raw("---\ntitle: a\nbackend: x\n---"), code("x")], "a.ipynb:1: cell 1 of the notebook, counting all, line 3: backend is cpu"),
    ],
)  # fmt: skip
def test_problems_name_the_cell(tmp_path: Path, cells: list[dict[str, Any]], message: str) -> None:
    """What an author gets wrong in a notebook is one error, which names the cell."""
    problems = [str(problem) for problem in find(read(tmp_path, *cells)).problems]
    assert len(problems) == 1, problems
    assert problems[0].startswith(message)


def test_fences_in_markdown_cells_are_shown(tmp_path: Path) -> None:
    """A python fence in a Markdown cell is shown and not run, as in Jupyter, whatever its header says."""
    found = find(read(tmp_path, prose('```python ids="a"\nshown\n```'), code("x")))
    assert [cell.code for cell in found.page.cells] == ["x"]
    assert found.problems == ()


def test_markdown_cells_are_apart(tmp_path: Path) -> None:
    """A list in one Markdown cell does not go on in the next."""
    html = Markdown().convert(read(tmp_path, prose("- a"), prose("- b"), prose("    c")).text)
    assert html.count("<ul>") == 2
    assert "<pre><code>c" in html


def test_the_first_raw_cell_is_front_matter(tmp_path: Path) -> None:
    """A raw cell at the top that is front matter stands first in the text; nothing else is taken for it."""
    source = read(tmp_path, raw("---\ntitle: x\nbackend: cuda\n---"), prose("# A"), code("x"))
    assert source.text.startswith("---\ntitle: x\n")
    assert find(source).page.backend == "cuda"
    assert read(tmp_path, prose("---\n\nbackend: cuda\n\n---\n")).text.startswith("\n---")
    assert read(tmp_path, prose("Note: this is prose")).text == "\nNote: this is prose\n\n"


def test_a_notebook_can_opt_out(tmp_path: Path) -> None:
    """With `execute: false` a notebook's code is shown and none of it is a cell."""
    found = find(read(tmp_path, raw("---\nexecute: false\n---"), code("x")))
    assert (found.page.cells, found.problems) == ((), ())


def test_raw_cells_are_left_out_unless_they_are_text(tmp_path: Path) -> None:
    """Raw cells are for other tools, but for those in Markdown or HTML."""
    text = read(tmp_path, raw("latex"), raw("*md*", "text/markdown"), raw("<b>h</b>", "text/html"), raw("rst", "text/x-rst")).text  # fmt: skip
    assert "*md*" in text
    assert "<b>h</b>" in text
    assert "latex" not in text
    assert "rst" not in text


def test_attachments_are_in_the_page(tmp_path: Path) -> None:
    """An image that is attached to a cell is a data address, also with spaces in its name and in HTML."""
    attachments = {"a b.png": {"image/png": PIXEL}}
    cell = prose(
        '![x](attachment:a%20b.png) <img src="attachment:a%20b.png"> attachment:words', attachments=attachments
    )
    source = read(tmp_path, cell | {"source": str(cell["source"]).replace(" attachment:words", "")})
    assert source.problems == ()
    assert Markdown().convert(source.text).count(f'src="data:image/png;base64,{PIXEL}"') == 2


def test_a_large_attachment_takes_no_time(tmp_path: Path) -> None:
    """An attached picture of a megabyte is no hindrance to Markdown."""
    cell = prose("![x](attachment:a.png)", attachments={"a.png": {"image/png": "A" * 2**20}})
    assert len(Markdown(extensions=EXTENSIONS).convert(read(tmp_path, cell).text)) > 2**20


def test_stored_outputs_are_ignored(tmp_path: Path) -> None:
    """Outputs in the file, right or broken, leave no trace in the source."""
    clean = read(tmp_path, code("x"))
    stored = [{"output_type": "stream", "name": "stdout", "text": "SECRET"}]
    assert read(tmp_path, code("x", outputs=stored, execution_count=7)) == clean
    assert read(tmp_path, code("x", outputs="broken", execution_count="seven")) == clean


def test_version_3_is_read(tmp_path: Path) -> None:
    """A notebook of version 3, with its worksheets, headings and inputs, is a page too."""
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old", "metadata": {}},
        {"cell_type": "code", "input": ["a = 1\n", "a"], "language": "python", "outputs": [{"output_type": "pyout"}], "metadata": {"tags": ["id=old"]}, "prompt_number": 3},
        {"cell_type": "markdown", "source": "words", "metadata": {}},
    ]  # fmt: skip
    (tmp_path / "a.ipynb").write_text(
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "x"}, "worksheets": [{"cells": cells}]})
    )
    source = load_source(tmp_path / "a.ipynb", tmp_path)
    assert source.text.startswith("\n## Old\n")
    assert [(cell.code, cell.name) for cell in find(source).page.cells] == [("a = 1\na", "old")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.ipynb:1: this is not a notebook but broken JSON: Expecting value at column 1"),
        ('{\n "cells": [\n  {"a": }\n', "a.ipynb:3: this is not a notebook but broken JSON: Expecting value at column 9"),
        ('{\n "cells": [\n  {"a": "b', "a.ipynb:3: this is not a notebook but broken JSON: Unterminated string"),
        ('{"a":\u2028 "b" "c"}', "a.ipynb:1: this is not a notebook but broken JSON"),
        ("[" * 100_000, "a.ipynb:1: this JSON can't be a notebook"),
        ('{"nbformat": ' + "9" * 5000 + "}", "a.ipynb:1: this JSON can't be a notebook"),
        ("[]", "a.ipynb:1: this JSON is not a notebook"),
        ("{}", "a.ipynb:1: notebooks of version None are unknown"),
        ('{"nbformat": 5}', "a.ipynb:1: notebooks of version 5 are unknown"),
        ('{"nbformat": 2, "worksheets": []}', "a.ipynb:1: notebooks of version 2 are unknown"),
        ('{"nbformat": "4"}', "a.ipynb:1: notebooks of version '4' are unknown"),
        ('{"nbformat": true}', "a.ipynb:1: notebooks of version True are unknown"),
        ('{"nbformat": 4}', "a.ipynb:1: this is not a notebook that Jupyter can open"),
        ('{"nbformat": 4, "nbformat_minor": "x", "metadata": {}, "cells": []}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": {}}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [1]}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": [], "cells": []}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "code"}]}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "x", "source": "", "metadata": {}}]}', "a.ipynb:1: this is not a notebook that"),
        ('{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": 3}', "a.ipynb:1: this is not a notebook that"),
    ],
)  # fmt: skip
def test_broken_notebooks_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    """A file that is no notebook is one error that says why, and nothing is printed."""
    (tmp_path / "a.ipynb").write_text(text)
    with caplog.at_level(logging.ERROR), pytest.raises(SourceError) as caught:
        load_source(tmp_path / "a.ipynb", tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert capsys.readouterr() == ("", "")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    """A notebook that was cut off anywhere is an error with the line of the cut, and never a page."""
    whole = save(tmp_path, prose("# A"), code("x = 1", "id=a")).read_text()
    for length in range(len(whole)):
        (tmp_path / "a.ipynb").write_text(whole[:length])
        with pytest.raises(SourceError) as caught:
            load_source(tmp_path / "a.ipynb", tmp_path)
        assert caught.value.place.line <= whole[:length].count("\n") + 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"language_info": {"name": "julia"}},
        {"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}},
    ],
)
def test_other_languages_are_refused(tmp_path: Path, metadata: dict[str, Any]) -> None:
    """A notebook of another language says so, instead of failing in Python."""
    with pytest.raises(SourceError, match=r"^a\.ipynb:1: this notebook is in '(R|julia|julia-1\.9)', and pages run"):
        read(tmp_path, code("x"), metadata=metadata)


def test_a_language_is_named_in_characters_that_can_be_seen(tmp_path: Path) -> None:
    """What a notebook says of itself can't move a terminal's cursor."""
    with pytest.raises(SourceError, match=r"in '\\x85\\x1b\[2J', and pages run Python"):
        read(tmp_path, code("x"), metadata={"language_info": {"name": "\x85\x1b[2J"}})


@pytest.mark.parametrize(
    "metadata",
    [{}, {"kernelspec": {"name": "my-env", "display_name": "Mine", "language": "python"}}, {"language_info": {"name": "python"}}, {"kernelspec": {"name": "my-env", "display_name": "Mine"}}],
)  # fmt: skip
def test_python_has_many_names(tmp_path: Path, metadata: dict[str, Any]) -> None:
    """A notebook in Python is read, whatever its kernel is called."""
    assert len(find(read(tmp_path, code("x"), metadata=metadata)).page.cells) == 1


@pytest.mark.parametrize("text", ["a\0", "a\ud800"])
def test_characters_that_are_no_text_are_refused(tmp_path: Path, text: str) -> None:
    """NUL and halves of characters, which JSON can hold and no text, are an error that names the cell."""
    with pytest.raises(SourceError, match="cell 2 of the notebook, counting all: it holds a NUL"):
        read(tmp_path, prose("a"), code(text))


def test_a_problem_in_prose_has_the_place_of_the_notebook(tmp_path: Path) -> None:
    """An error about a notebook's prose stands at the file, and its message names cell and line."""
    problem = find(read(tmp_path, prose("a"), prose("`{python} x`"))).problems[0]
    assert problem.place == Place(path="a.ipynb")
    assert problem.message.startswith("cell 2 of the notebook, counting all, line 1:")
