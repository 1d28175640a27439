"""What a notebook's check says to a reader who works on an exercise, in the order in which readers run cells."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from kernels import execute, jupyter_output, merged
from takeaways import book, copies, fence

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
ALL = "run all"


def exercise(starter: str, check: str, solution: str) -> str:
    """A page with one exercise, called `it`."""
    parts = {"exercise": starter, "check": check, "solution": solution}
    return "".join(fence(code, f'{role}="it"') + "\n" for role, code in parts.items())


DOUBLE = exercise("def double(x):\n    ...", "assert double(2) == 4, 'not 4'", "def double(x):\n    return 2 * x")


def said(text: str, folder: Path, *steps: str) -> list[str]:
    """What the page's notebook said at the last step: `ALL` cells, one by its id, or the starter with this code."""
    made = book(copies(text)[".ipynb"])
    ran = [cell for step in steps for cell in cells_of(made, step)]
    session = nbformat.v4.new_notebook(cells=ran, metadata=made.metadata)
    execute(session, folder, errors=True)
    last = session.cells[-1]
    return "".join(str(output[1]) for output in merged([jupyter_output(each) for each in last.outputs])).splitlines()


def cells_of(made: Any, step: str) -> list[Any]:
    """Copies of the cells that a step runs."""
    code = {cell.id: cell for cell in made.cells if cell.cell_type == "code"}
    if step == ALL:
        return [nbformat.v4.new_code_cell(cell.source) for cell in code.values()]
    return [nbformat.v4.new_code_cell(code[step].source if step in code else step)]


def test_a_check_says_the_notes_of_an_exception_too(tmp_path: Path) -> None:
    """A check that adds to an exception where it arose is heard, line by line."""
    check = "try:\n    double(2)[0]\nexcept TypeError as why:\n    why.add_note('for x = 2\\nand no other')\n    raise"
    text = exercise("def double(x):\n    ...", check, "def double(x):\n    return [x]")
    assert said(text, tmp_path, "it", "it-check") == [
        "Not yet. TypeError: 'NoneType' object is not subscriptable",
        "for x = 2",
        "and no other",
    ]
