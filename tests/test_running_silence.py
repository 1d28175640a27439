"""Nothing fails in silence: where IPython shows a traceback and goes on, the cell has failed."""

from pathlib import Path

import pytest
from runs import failure_of, make_page, plain_of, run_one, text_of

from workings.page import Options
from workings.running.warm import WarmProcess

ODD = "class A:\n    def {name}(self, **_): return 1 / 0\n"
DRAWS = "import matplotlib.pyplot as plt\nplt.gca().set_title(r'$\\frac{1$')\n"
SILENT = {
    "a result's text": (ODD.format(name="__repr__") + "A()", "ZeroDivisionError", 7),
    "a result's HTML": (ODD.format(name="_repr_html_") + "A()", "ZeroDivisionError", 7),
    "a display's bundle": (ODD.format(name="_repr_mimebundle_") + "display(A())", "ZeroDivisionError", 7),
    "a display of its own": (ODD.format(name="_ipython_display_") + "display(A())", "ZeroDivisionError", 7),
    "an update": (
        ODD.format(name="__repr__") + "h = display(1, display_id=True)\nh.update(A())",
        "ZeroDivisionError",
        7,
    ),
    "a helper's value": ("import odd\n\ndisplay(odd.A())", "ZeroDivisionError", 8),
    "a text too deep": ("x = []\nfor _ in range(100_000): x = [x]\nx", "RecursionError", 8),
    "a script": ("\n%run bad.py", "ZeroDivisionError", 7),
    "a script that exits": ("\n%run exits.py", "SystemExit", 7),
    "a script that is no Python": ("\n%run broken.py", "SyntaxError", 7),
    "a cell in a cell": ("x = 1\nget_ipython().run_cell('1 / 0');", "ZeroDivisionError", 7),
    "no syntax in a cell": ("x = 1\nget_ipython().run_cell('1 +');", "SyntaxError", 7),
    "no such magic in a cell": ("get_ipython().run_cell('%nosuch');", "UsageError", 6),
    "captured": ("%%capture\n1 / 0", "ZeroDivisionError", 7),
    "a figure at the end": (DRAWS + "1;", "ValueError", 6),
    "a figure that is shown": (DRAWS + "plt.show()", "ValueError", 8),
    "a figure that is displayed": (DRAWS + "display(plt.gcf())", "ValueError", 8),
    "a figure that can't be closed": (
        "import matplotlib.pyplot as plt\nplt.figure().canvas.manager.destroy = lambda: 1 / 0",
        "ZeroDivisionError",
        7,
    ),
}


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A project with scripts and modules that fail."""
    (tmp_path / "bad.py").write_text("1 / 0\n")
    (tmp_path / "exits.py").write_text("import sys\nsys.exit(3)\n")
    (tmp_path / "broken.py").write_text("1 +\n")
    (tmp_path / "odd.py").write_text(ODD.format(name="__repr__"))
    return tmp_path


@pytest.mark.parametrize("way", SILENT)
def test_no_error_is_passed_over(scripts: Path, warm: WarmProcess, way: str) -> None:
    """A value or figure that can't be shown, and a script that fails, fail their cell at the line that shows them."""
    code, name, line = SILENT[way]
    record = run_one(make_page(scripts, "a.md", code, "1"), warm)
    assert [cell.outcome for cell in record.cells] == ["failed", "not-run"]
    failure = failure_of(record)
    assert (failure.name, failure.reason, str(failure.place)) == (name, "exception", f"a.md:{line}")
    assert str(scripts) not in failure.traceback


def test_the_line_that_shows_it_is_in_the_traceback(scripts: Path, warm: WarmProcess) -> None:
    """Between the page's line and the error of a value of another module stand both."""
    failure = failure_of(run_one(make_page(scripts, "a.md", "import odd\n\ndisplay(odd.A())"), warm))
    above, _, below = failure.traceback.partition('File "odd.py", line 2, in __repr__')
    assert 'File "a.md", line 8, in <module>\n    display(odd.A())' in above
    assert below.endswith("ZeroDivisionError: division by zero")


def test_the_first_error_is_the_failure(tmp_path: Path, warm: WarmProcess) -> None:
    """A value that can't be shown is not made good by the exception that the author announced."""
    code = ODD.format(name="__repr__") + "display(A())\nraise KeyError('announced')"
    record = run_one(make_page(tmp_path, "a.md", (code, Options(raises="KeyError"))), warm)
    assert failure_of(record).name == "ZeroDivisionError"


def test_what_is_passed_over_can_be_announced(tmp_path: Path, warm: WarmProcess) -> None:
    """A page may show how a `__repr__` fails, and goes on; the next cell begins anew."""
    code = (ODD.format(name="__repr__") + "A()", Options(raises="ZeroDivisionError"))
    record = run_one(make_page(tmp_path, "a.md", code, "2", "get_ipython().run_line_magic('tb', '')"), warm)
    assert [cell.outcome for cell in record.cells] == ["passed"] * 3
    assert [cell.failure and cell.failure.name for cell in record.cells] == ["ZeroDivisionError", None, None]


def test_what_a_cell_catches_is_its_own_affair(tmp_path: Path, warm: WarmProcess) -> None:
    """An exception that a cell has handled is no failure, nor is a form that a value does not have."""
    code = """
import sys
class A:
    def _repr_html_(self): raise NotImplementedError
    def _repr_latex_(self): return None
    def __repr__(self): return "shown"
try:
    1 / 0
except ZeroDivisionError as error:
    print(error)
A()
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.passed
    assert (text_of(record.cells[0]), plain_of(record.cells[0])) == ("division by zero\n", ["shown"])
