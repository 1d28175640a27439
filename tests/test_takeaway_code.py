"""What a page's cells become in the notebook, the script and the text that a reader takes away."""

import json
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
from sites import notebook
from takeaways import AWAITS, EXERCISE, book, cells, copies, fence, read_book, showing

from workings.reading import Source, find_cells
from workings.takeaway import Home, take_away
from workings.takeaway.scopes import fits_function
from workings.takeaway.statements import awaited, guarded, plain_python, printing

EVERYWHERE = Path(__file__).parent / "pages" / "everywhere.md"
LIMIT = 60


def script(text: str, shown: str = "") -> str:
    """The script of a page, of which the cells with an x show a value."""
    return copies(text, showing(*(sign == "x" for sign in shown)))[".py"]


def ran(text: str, folder: Path) -> str:
    """What a script prints when plain Python runs it in an empty folder."""
    (folder / "page.py").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "page.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_notebook_has_names_and_nothing_that_ran() -> None:
    """Its cells are called as on the page, it opens with Python 3, and two of them are the same bytes."""
    text = fence("x = 1", 'id="first"') + "\nText.\n\n" + fence("x", f'id="{"long" * 20}"')
    made = copies(text, address="https://lab.org/a/")
    found = book(made[".ipynb"])
    assert [cell.id for cell in found.cells[:3]] == ["text-1", "first", "text-2"]
    assert len(found.cells[3].id) == 64
    assert all(cell.outputs == [] and cell.execution_count is None for cell in found.cells if "outputs" in cell)
    assert found.metadata.kernelspec.name == "python3"
    assert (found.metadata.title, found.metadata.page) == ("A page", "https://lab.org/a/")
    assert copies(text, address="https://lab.org/a/") == made


TAGS = {
    "hide-input": {"jupyter": {"source_hidden": True}, "cellView": "form"},
    "remove-input": {"jupyter": {"source_hidden": True}, "cellView": "form"},
    "hide-output": {"jupyter": {"outputs_hidden": True}},
    "remove-output": {"jupyter": {"outputs_hidden": True}},
    "hide-cell": {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "cellView": "form"},
    "remove-cell": {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "cellView": "form"},
    "scroll-output": {"scrolled": True},
    "raises-exception": {},
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_said_in_jupyters_words(tag: str) -> None:
    """What is folded or removed on the page is folded in Jupyter and in Colab, and runs all the same."""
    found = cells(fence("x = 1", f'tags="{tag}"'))[1]
    assert found.metadata == {"tags": [tag], **TAGS[tag]}


def test_a_title_is_a_comment_unless_a_magic_has_to_come_first() -> None:
    """The title of a fence stands above its code."""
    text = fence("x = 1", 'title="a.py"') + fence("%%time\nx = 2", 'title="b.py"')
    assert [cell.source for cell in cells(text)[1:]] == ["# a.py\nx = 1", "%%time\nx = 2"]


def test_a_cell_that_is_not_run_is_text() -> None:
    """What the page only shows, the notebook only shows, and says why."""
    found = cells(fence("camera()", 'tags="skip-execution" reason="needs a camera."'))
    assert found[1].cell_type == "markdown"
    assert found[1].source == "```python\ncamera()\n```\n\n*Not run: needs a camera.*"


def test_random_numbers_begin_as_on_the_page() -> None:
    """What the page imports of what makes random numbers is seeded before the first cell, in every copy."""
    text = "Text.\n\n" + fence("import torch as t, random\n") + fence("import numpy as np")
    found = cells(text, seed=3)[1]
    assert found.source.split("\n", 1)[1] == (
        "import random\nimport numpy\nimport torch\n\nrandom.seed(3)\nnumpy.random.seed(3)\ntorch.manual_seed(3);"
    )
    assert not any("seed" in cell.source for cell in cells(fence("x = 1")))


def test_a_cell_for_another_device_may_fail() -> None:
    """It says what it needs, and where there is none the rest goes on; what is there is used."""
    found = cells(fence("x = 1", 'backend="cuda"'))
    assert 'torch.set_default_device("cuda")' in found[1].source
    assert ";" not in found[1].source  # which only the last line of a cell needs
    assert found[2].source == "# This cell needs an NVIDIA GPU (CUDA).\nx = 1"
    assert found[2].metadata.tags == ["raises-exception"]


def test_a_failure_that_is_meant_does_not_end_the_script(tmp_path: Path) -> None:
    """It is announced, caught and printed; a name of the page is not lost by that."""
    text = fence("error = 'mine'") + fence("x = 1\n1 / 0", 'raises="ZeroDivisionError"') + fence("print(error, x)")
    made = copies(text)
    assert book(made[".ipynb"]).cells[2].metadata.tags == ["raises-exception"]
    assert "# This is meant to fail.\ntry:\n    x = 1\n    1 / 0\nexcept ZeroDivisionError as problem:\n" in made[".py"]
    assert ran(made[".py"], tmp_path) == "ZeroDivisionError: division by zero\nmine 1\n"


def test_an_exception_of_a_library_and_bad_python_are_caught(tmp_path: Path) -> None:
    """An exception whose name not every program knows is caught as one of any kind, and so is a syntax error."""
    text = fence("import json\njson.loads('{')", 'raises="JSONDecodeError"') + fence("x = = 1", 'raises="SyntaxError"')
    made = script(text)
    assert "except Exception as error:" in made
    assert [line.partition(":")[0] for line in ran(made, tmp_path).splitlines()] == ["JSONDecodeError", "SyntaxError"]


def test_a_string_of_several_lines_is_not_indented(tmp_path: Path) -> None:
    """What is put into a `try` keeps its texts as they are."""
    text = fence('s = """a\nb\n"""\nprint(s, end="")\n1 / 0', 'raises="ZeroDivisionError"')
    assert ran(script(text), tmp_path).startswith("a\nb\nZero")


def test_what_a_cell_waits_for_is_run(tmp_path: Path) -> None:
    """An `await` outside a function is put into one, and what the cell defines is there below."""
    made = script(fence(AWAITS) + fence("print(x, y, z, A.w, lock)"), "x-")
    assert ran(made, tmp_path) == "2\n1 [2, 2] 2 1 None\n"


def test_a_script_shows_what_the_page_shows(tmp_path: Path) -> None:
    """A last expression is printed if the page shows its value: not None, and nothing that a semicolon hides."""
    text = fence("x = 'ä'\nx, 1              # both") + fence("print()") + fence("(\n    x\n    + 'b'\n)") + fence("x;")
    made = script(text, "x-x-")
    assert "x = 'ä'\nprint(x, 1)       # both" in made
    assert ran(made, tmp_path) == "ä 1\n\näb\n"


MAGICS = [
    ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1"),
    ("!ls\nx = 1", "# !ls\nx = 1"),
    ("files = !ls\nx?", "# files = !ls\n# x?"),
    ("%time x = 1", "x = 1  # %time"),
    ("%%time\nx = 1", "# %%time\nx = 1"),
    ("if True:\n    %who\n    x = 1", "if True:\n    pass  # %who\n    x = 1"),
    ("%%bash\nls -l", "# This works in a notebook only:\n# %%bash\n# ls -l"),
    ("x = '''\n%who\n'''", "x = '''\n%who\n'''"),
    ("x = 7\ny = (x\n%3)", "x = 7\ny = (x\n%3)"),
    ("for x in !ls:\n    x", "# This works in a notebook only:\n# for x in !ls:\n#     x"),
]


@pytest.mark.parametrize(("code", "expected"), MAGICS)
def test_magics_are_comments_in_a_script(code: str, expected: str) -> None:
    """A line that only a notebook understands stands there as a comment, and what remains is Python."""
    assert plain_python(code, may_fail=False) == expected
    compile(expected, "page.py", "exec")


@pytest.mark.parametrize("code", ["# nothing", "x = 1", "def f(): pass", "if x:\n    y\nelse:\n    z", "for x in y: x"])
def test_code_without_a_value_or_a_wait_stays(code: str) -> None:
    """Only a last expression is printed, and only a wait outside a function is put into one."""
    assert printing(code) == awaited(code, "f") == code
    compile(guarded(code, "Exception", why="Why.", name="e"), "page.py", "exec")


def test_what_belongs_at_the_top_of_a_file_is_there(tmp_path: Path) -> None:
    """A cell further down may ask for a feature of the future, which a script does in its first line."""
    made = script(
        "Text.\n\n" + fence("x = 1") + fence("from __future__ import annotations  # so\ndef f(a: nothing): ...")
    )
    assert made.partition("# ---\n\n")[2].startswith("# %%\nfrom __future__ import annotations\n\n# %% [markdown]\n")
    assert ran(made, tmp_path) == ""


def test_display_prints_in_a_script(tmp_path: Path) -> None:
    """Where a page uses what notebooks have for showing things, a script prints them."""
    assert ran(script(fence("display(1 + 1)")), tmp_path) == "2\n"


def test_a_script_opens_no_window_and_says_how(tmp_path: Path) -> None:
    """A script that draws ends by itself; a line at its end shows the figures to who wants them."""
    made = script(fence("import matplotlib.pyplot as plt\nfigure, ax = plt.subplots()"))
    assert made.endswith("# %%\n# To see the figures, each in a window:\n# plt.show()\n")
    assert ran(made, tmp_path) == ""


def test_jupytext_reads_both_texts_as_the_notebook() -> None:
    """The script's and the Markdown's cells are those of the notebook, as jupytext finds them."""
    made = copies(EVERYWHERE.read_text("utf-8") + "\n## More\n\nText.\n\n" + fence("x = 1", 'tags="hide-input"'))
    for form in (".py", ".md"):
        again = jupytext.reads(made[form], fmt="py:percent" if form == ".py" else "md")
        wanted = book(made[".ipynb"])
        assert [(cell.cell_type, cell.source) for cell in again.cells] == [
            (cell.cell_type, cell.source) for cell in wanted.cells
        ]
        if form == ".md":
            assert [cell.metadata.get("tags") for cell in again.cells] == [
                cell.metadata.get("tags") for cell in wanted.cells
            ]


def test_an_exercise_is_there_to_be_solved() -> None:
    """Starter and check are cells, no wrong answer is there, and the solution is folded at the end."""
    found = cells(EXERCISE)
    sources = [cell.source for cell in found]
    assert not any("x.sum(0)" in source for source in sources)
    assert sources[3] == "def row_sums(x):\n    ..."
    assert found[3].metadata.tags == ["raises-exception"]
    assert sources[4].startswith("# Run this to check your answer.\ndef check_row_sums():\n    A, error = ")
    assert found[5].metadata.jupyter.source_hidden
    assert found[-1].cell_type == "markdown"
    assert found[-1].source.startswith(
        "## Solutions\n\n<details>\n<summary>Solution of “row sums”</summary>\n\n```python"
    )


def test_the_rest_goes_on_from_the_solution_until_there_is_an_answer(tmp_path: Path) -> None:
    """A check that doesn't pass says so kindly, and the cells below run; an answer that is right is theirs too."""
    made = copies(EXERCISE)[".py"]
    *said, last = ran(made, tmp_path).splitlines()
    assert said == ["Not yet. AttributeError: 'NoneType' object has no attribute 'shape'"]
    assert last.startswith("[3.0, 3.0] ")
    mine = made.replace("    ...", "    print('mine')\n    return x.sum(1)")
    assert ran(mine, tmp_path).splitlines() == ["mine", "Right!", "mine", last]


def test_an_answer_is_written_where_a_function_belongs(tmp_path: Path) -> None:
    """In a script too: what only defines can't fail. An answer that is a statement may, and the rest goes on."""
    assert "# %%\n# Your answer goes here.\ndef row_sums(x):\n    ...\n" in copies(EXERCISE)[".py"]
    parts = {"exercise": "one = ...", "check": "assert one == 1", "solution": "one = 1"}
    made = script("".join(fence(code, f'{role}="one"') for role, code in parts.items()) + fence("print(one)"))
    assert ran(made.replace("one = ...", "one = uno"), tmp_path).startswith("NameError: ")


def test_a_semicolon_is_for_a_notebook() -> None:
    """It hides a value, which a script does not show; one that means something is kept."""
    made = script(fence("import torch\nx = 1; torch.ones(2);") + fence("print(';')") + fence("x  # why;"))
    assert "torch.manual_seed(0)\n" in made
    assert "x = 1; torch.ones(2)\n" in made
    assert "print(';')\n" in made
    assert "x  # why;\n" in made


def test_imports_of_a_cell_that_waits_stay_above(tmp_path: Path) -> None:
    """They are no part of what is run, and none is there twice."""
    made = script(
        fence("import asyncio\nfrom math import pi\n\nx = await asyncio.sleep(0, pi)") + fence("print(x > 3)")
    )
    assert "import asyncio\nfrom math import pi\n\nasync def run_cell_1():\n    global x\n" in made
    assert ran(made, tmp_path) == "True\n"


CHECKS = {
    "x = 1\nassert x": True,
    "found = f(A)\nassert found, [y for y in found]\ndef g(): return 1\nassert g()": True,
    "A = A + 1\nassert A": False,
    "A += 1": False,
    "for x in A: assert x": False,
    "from math import *": False,
    "await f()": False,
    "%time f()": False,
    "assert f(3) == 9": True,
}


@pytest.mark.parametrize("code", CHECKS)
def test_a_check_stands_in_a_function_where_it_means_the_same(code: str) -> None:
    """Its names are its own there; a check that changes a name of the page stands where the page had it."""
    assert fits_function(code) == CHECKS[code]
    text = EXERCISE.replace('assert row_sums(A).shape == (2,), "one sum for each row"', code)
    check = next(cell.source for cell in cells(text) if cell.id == "row-sums-check")
    assert "check_row_sums" in check or not CHECKS[code]


def test_a_notebooks_cells_keep_what_they_say() -> None:
    """Tags of a notebook's cell are those of the cell that is taken away, without the engine's own."""
    tree = json.loads(notebook(("code", "1 / 0"), ("code", "x = 1")))
    tree["cells"][0]["metadata"]["tags"] = ["id=first", "hide-input", "raises=ZeroDivisionError", "title=a.py"]
    source, found, home = read_book(json.dumps(tree))
    first = book(take_away(source, found, home)[".ipynb"]).cells[1]
    assert (first.id, first.source) == ("first", "# a.py\n1 / 0")
    assert first.metadata.tags == ["hide-input", "raises-exception"]


def test_cells_that_are_included_keep_their_place(tmp_path: Path) -> None:
    """A cell of a text that the page takes from another file stands before the cells below it."""
    (tmp_path / "part.md").write_text(fence("x = 1"), "utf-8")
    source = Source(path="a.md", root=tmp_path, text='--8<-- "part.md"\n\n' + fence("x += 1") + '\n--8<-- "part.md"\n')
    snippets = {"pymdownx.snippets": {"base_path": [str(tmp_path)]}}
    found = find_cells(source, extensions=("pymdownx.superfences", "pymdownx.snippets"), configs=snippets)
    made = take_away(source, found, Home(title="A page"))[".ipynb"]
    sources = [cell.source for cell in book(made).cells if cell.cell_type == "code"]
    assert sources == ["x = 1", "x += 1", "x = 1"]
