"""What a notebook's check says to a reader who works on an exercise, in the order in which readers run cells."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
import pytest
from kernels import execute, jupyter_output, merged
from takeaways import book, copies, fence

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ALL, MINE = "run all", "run the starter's cell with the solution in the starter's place"


def exercise(starter: str, check: str, solution: str) -> str:
    """A page with one exercise, called `it`."""
    parts = {"exercise": starter, "check": check, "solution": solution}
    return "".join(fence(code, f'{role}="it"') + "\n" for role, code in parts.items())


DOUBLE = exercise("def double(x):\n    ...", "assert double(2) == 4, 'not 4'", "def double(x):\n    return 2 * x")


def said(text: str, folder: Path, *steps: str) -> list[str]:
    """What the page's notebook says after each step: `ALL`, `MINE`, a cell by its id, or code that a reader pastes."""
    made = book(copies(text)[".ipynb"])
    ran = [cells_of(made, step) for step in steps]
    session = nbformat.v4.new_notebook(cells=[cell for cells in ran for cell in cells], metadata=made.metadata)
    execute(session, folder, errors=True)
    return [words(cells[-1]) for cells in ran]


def words(cell: Any) -> str:
    """What a cell printed, or the name of the error that it ended with."""
    outputs = merged([jupyter_output(each) for each in cell.outputs])
    return "".join(str(output[1]) for output in outputs).strip()


def cells_of(made: Any, step: str) -> list[Any]:
    """The cells that a step runs."""
    code = {cell.id: cell.source for cell in made.cells if cell.cell_type == "code"}
    sources = [*code.values()] if step == ALL else [answered(code) if step == MINE else code.get(step, step)]
    return [nbformat.v4.new_code_cell(source) for source in sources]


def answered(code: dict[str, str]) -> str:
    """The starter's cell with the solution as the reader's answer, above what the cell ends with, if anything."""
    kept = [line for line in code["it"].split("\n") if line.startswith("it_given")]
    return "\n".join([dedent("\n".join(code["it-solution"].split("\n")[2:-1])), *kept])


def test_a_check_says_the_notes_of_an_exception_too(tmp_path: Path) -> None:
    """A check that adds to an exception where it arose is heard, line by line."""
    check = "try:\n    double(2)[0]\nexcept TypeError as why:\n    why.add_note('for x = 2\\nand no other')\n    raise"
    text = exercise("def double(x):\n    ...", check, "def double(x):\n    return [x]")
    raised = "Not yet. TypeError: 'NoneType' object is not subscriptable"
    assert said(text, tmp_path, "it", "it-check")[-1] == f"{raised}\nfor x = 2\nand no other"


RUN_IT = "\nRun the cell above first, and mend what it complains about."
MISSING = f"Not yet. NameError: name 'double' is not defined{RUN_IT}"


def test_a_check_asks_for_a_cell_that_was_not_run(tmp_path: Path) -> None:
    """A check that finds no answer says what to do, where the reader's cell was left out and where it is no Python."""
    no_python, mistyped = "def double(x:\n    return 2 * x", "def double(x):\n    return twice(x)"
    steps = "it-check", no_python, "it-check", mistyped, "it-check"
    found = said(DOUBLE, tmp_path, *steps)
    assert found == [MISSING, "SyntaxError", MISSING, "", "Not yet. NameError: name 'twice' is not defined"]


OBJECTS = {
    "function": DOUBLE,
    "functions": exercise(
        "def f(): ...\ndef g(): ...",
        "for n in range(3):\n    assert [f(n) for n in [n]] == [n], g()",
        "import math\ndef f(n):\n    return 1 + f(n - 1) if n else g()\ndef g():\n    return math.floor(0.5)",
    ),
    "class": exercise("class A: ...", "assert A().x == 1", "class A:\n    x = 1"),
    "list": exercise("x = None", "assert x == [1], x", "x = [1]"),
}
VALUES = {
    "number": exercise("x = ...", "assert x == 1", "x = 1"),
    "tensor": exercise(
        "import torch\nx = torch.zeros(2)", "assert x.sum() == 2, x.shape", "import torch\nx = torch.ones(2)"
    ),
    "values": exercise("x, y = 0, ''", "assert x == 3 and y == 'b'", "for x in range(4):\n    y = 'b'"),
    "function and value": exercise("def f(): ...\nn = 0", "assert f() == n == 1", "def f(): return n\nn = 1"),
}
STILL = f" still the solution's{RUN_IT}"


@pytest.mark.parametrize("kind", [*OBJECTS, *VALUES])
def test_a_solution_is_not_taken_for_the_readers_answer(kind: str, tmp_path: Path) -> None:
    """When all cells have run and nothing has changed, the check says so, until the reader's cell has run again."""
    steps = ALL, "it-check", "it-check", "it", "it-check", MINE, "it-check", "it-solution", "it-check"
    _, again, twice, _, new, _, mine, _, still = said((OBJECTS | VALUES)[kind], tmp_path, *steps)
    assert again.startswith("Not yet. NameError: ")
    assert again.endswith(STILL)
    assert twice == again if kind in OBJECTS else twice.startswith("Not yet. NameError: name ")
    assert twice.endswith(RUN_IT)
    assert new.startswith("Not yet. ")
    assert not new.endswith(RUN_IT)
    assert mine == still == "Right!"


@pytest.mark.parametrize("kind", [*OBJECTS, *VALUES])
def test_an_answer_that_says_the_same_as_the_solution_counts(kind: str, tmp_path: Path) -> None:
    """It counts at once after all cells have run; a cell that fails brings no answer, and the solution is none."""
    steps = ALL, MINE, "it-check", "it", "it-check", "it-solution", "1 / 0", "it-check"
    _, _, mine, _, new, _, _, failed = said((OBJECTS | VALUES)[kind], tmp_path, *steps)
    assert mine == "Right!"
    assert new.startswith("Not yet. ")
    assert failed.endswith(STILL)


def test_a_value_is_asked_for_once_more_where_the_line_is_lost(tmp_path: Path) -> None:
    """A reader who has pasted over the whole cell has to run it again, as nothing tells who has made a number."""
    steps = ALL, "x = 1", "it-check", "x = 1", "it-check"
    _, _, first, _, second = said(VALUES["number"], tmp_path, *steps)
    assert (first, second) == (f"Not yet. NameError: x is{STILL}", "Right!")


def test_what_follows_goes_on_from_the_readers_answer(tmp_path: Path) -> None:
    """The solution takes its place only as long as the check has not passed."""
    mine, whose = "def double(x, *, mine=True):\n    return x + x", "print(double.__kwdefaults__)"
    steps = [ALL, whose, mine, "it-check", "it-solution", whose, "it", "it-check", "it-solution", whose]
    found = said(DOUBLE, tmp_path, *steps)
    assert [found[at] for at in (1, 5, 9)] == ["None", "{'mine': True}", "None"]
