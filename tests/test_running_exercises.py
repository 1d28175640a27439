"""Exercises: starter and wrong answers fail their check, the solution passes it, and none of it changes the page."""

# ruff: noqa: E501 - a case of a table is one line, however long

from pathlib import Path

import pytest
from msgspec import structs
from runs import Code, both_ways, failure_of, make_page, plain_of, run_one, text_of

from workings.outputs import Record
from workings.page import Options
from workings.place import Place
from workings.rendering.cells import cell_html
from workings.report import line
from workings.running.line import Launcher
from workings.settings import Limits

BEGIN = "import torch\nscale = torch.tensor([1.0, 2.0])"
STARTER = "def double(x):\n    ..."
CHECK = "got = double(scale)\nassert torch.equal(got, torch.tensor([2.0, 4.0])), f'got {got}'"
WRONG = "def double(x):\n    return x"
SOLUTION = "def double(x):\n    return 2 * x"
THREAD = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
"""What keeps a page from being forked, so that answers are tried in its own process."""


def part(role: str, code: str, raises: str | None = None) -> Code:
    """A cell of the exercise `double`."""
    return code, Options(role=role, exercise="double", raises=raises)  # type: ignore[arg-type]


def exercise(
    *,
    starter: str = STARTER,
    check: str = CHECK,
    wrong: tuple[Code, ...] = (part("wrong", WRONG),),
    solution: str = SOLUTION,
) -> list[Code]:
    """The cells of an exercise, sound but for what is given."""
    return [part("exercise", starter), part("check", check), *wrong, part("solution", solution)]


def ran(tmp_path: Path, warm: Launcher, *codes: Code, seconds: float = 20.0) -> Record:
    """The record of a page of these cells."""
    return run_one(make_page(tmp_path, "a.md", *codes), warm, limits=Limits(cell_seconds=seconds))


def said(tmp_path: Path, warm: Launcher, *codes: Code, seconds: float = 20.0) -> str:
    """The line that tells of the page's one failure."""
    page = make_page(tmp_path, "a.md", *codes)
    record = run_one(page, warm, limits=Limits(cell_seconds=seconds))
    ((index, failure),) = record.failures()
    return line(page.cells[index], failure)


@both_ways
@pytest.mark.parametrize("before", [(), (THREAD,)], ids=["forked", "copied"])
def test_a_sound_exercise_passes_and_its_solution_stays(
    tmp_path: Path, warm: Launcher, before: tuple[str, ...]
) -> None:
    """All parts pass, and the cells below have what the solution has made, and nothing of the check or a wrong answer."""
    shows = "double(3), 'got' in globals(), scale"
    record = ran(tmp_path, warm, BEGIN, *before, *exercise(), shows)
    assert [cell.outcome for cell in record.cells] == ["passed"] * len(record.cells)
    assert plain_of(record.cells[-1]) == ["(6, False, tensor([1., 2.]))"]


@pytest.mark.parametrize("before", [(), (THREAD,)], ids=["forked", "copied"])
def test_what_is_tried_leaves_no_trace(tmp_path: Path, warm: Launcher, before: tuple[str, ...]) -> None:
    """A trial changes no value of the page and no random stream, and what it prints and draws is not shown."""
    noise = (
        "import random, numpy, matplotlib.pyplot as plt\nscale.add_(7)\ntorch.rand(3)\nrandom.random()\n"
        "numpy.random.rand()\nplt.plot([1, 2])\nprint('noise')\nimport os; os.system('echo more')\ndisplay(scale)\n"
        + WRONG
    )
    streams = "import random, numpy, torch\nrandom.random(), numpy.random.rand(), torch.rand(1).item()"
    record = ran(tmp_path, warm, BEGIN, *before, *exercise(wrong=(part("wrong", noise),)), "scale", streams)
    alone = ran(tmp_path, warm, BEGIN, streams)
    assert record.passed
    assert plain_of(record.cells[-2]) == ["tensor([1., 2.])"]
    assert plain_of(record.cells[-1]) == plain_of(alone.cells[-1])
    assert "noise" not in "".join(map(text_of, record.cells))
    assert [cell.outputs for cell in record.cells[len(before) + 1 : -2]] == [()] * 4


@both_ways
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (exercise(starter=SOLUTION), "a.md:20: exercise 'double': the starter passes the check: nothing is left for the reader"),
        (exercise(check="double"), "a.md:20: exercise 'double': the starter passes the check"),
        (exercise(starter="x = nothing"), "a.md:13: exercise 'double': the starter fails by itself, before it is checked: NameError: name 'nothing' is not defined; mend it"),
        (exercise(check="assert double(scale) is not None"), "a.md:26: exercise 'double': wrong answer 1 passes the check: the check is too weak"),
        (exercise(wrong=(part("wrong", WRONG), part("wrong", "1 / 0"))), "a.md:34: exercise 'double': wrong answer 2 fails by itself, before it is checked: ZeroDivisionError: division by zero; mend it, or write raises=\"ZeroDivisionError\""),
        (exercise(wrong=(part("wrong", WRONG, raises="ValueError"),)), "a.md:27: exercise 'double': wrong answer 1 fails by itself, before it is checked: NothingRaised"),
        (exercise(wrong=(part("wrong", "import ctypes\nctypes.string_at(0)"),)), "a.md:27: exercise 'double': wrong answer 1 fails by itself, before it is checked: ended its process: SIGSEGV"),
        (exercise(solution=WRONG), "a.md:34: exercise 'double': the solution fails the check at a.md:21: AssertionError: got tensor([1., 2.])"),
        (exercise(solution="1 / 0"), "a.md:34: cell 4 failed: ZeroDivisionError: division by zero"),
        (exercise(check="assert ("), "a.md:33: exercise 'double': the solution fails the check at a.md:20: SyntaxError"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named(tmp_path: Path, warm: Launcher, changed: list[Code], words: str) -> None:
    """Each promise that an exercise breaks is told with its line: which answer, and what came of it."""
    assert said(tmp_path, warm, BEGIN, *changed)[: len(words)] == words


def test_a_wrong_answer_may_be_refused_by_python(tmp_path: Path, warm: Launcher) -> None:
    """A typical mistake may raise before it is checked, where the author says so."""
    wrong = part("wrong", "torch.ones(2) @ torch.ones(3)", raises="RuntimeError")
    assert ran(tmp_path, warm, BEGIN, *exercise(wrong=(wrong,))).passed


def test_an_answer_without_end_is_stopped(tmp_path: Path, warm: Launcher) -> None:
    """A trial has the time of its cell, and what it starts ends with it."""
    wrong = part("wrong", "def double(x):\n    while True: pass")
    found = said(tmp_path, warm, BEGIN, *exercise(wrong=(wrong,)), seconds=1.0)
    assert found.startswith("a.md:27: cell double-wrong-1 stopped after 1 s")


def test_cells_know_their_numbers_on_the_page(tmp_path: Path, warm: Launcher) -> None:
    """What IPython keeps of a cell below a wrong answer has the number that the page shows, and so has a message."""
    page = make_page(tmp_path, "a.md", BEGIN, *exercise(), "6 * 7", "_5, Out[5]", "1 / 0", "1")
    record = run_one(page, warm)
    assert plain_of(record.cells[-3]) == ["(42, 42)"]
    assert record.cells[-1].why == "cell 7 failed before it"
    assert line(page.cells[-2], failure_of(record)).startswith("a.md:53: cell 7 failed: ZeroDivisionError")
    code = '<div class="highlight wk-code" id="cell-5" data-n="5"'
    assert cell_html(page.cells[-4], "", record.cells[-4]).startswith(code)


def test_a_wrong_answer_of_a_notebook_is_called_by_its_name(tmp_path: Path, warm: Launcher) -> None:
    """Its address and its traceback say which answer it is, as it has no number."""
    page = make_page(tmp_path, "a.md", BEGIN, *exercise(wrong=(part("wrong", "1 / 0"),)))
    cells = tuple(structs.replace(cell, place=Place(path="a.ipynb", cell=cell.known_as)) for cell in page.cells)
    failure = failure_of(run_one(structs.replace(page, path="a.ipynb", cells=cells), warm))
    assert str(failure.place) == "a.ipynb:cell double-wrong-1:1"
    assert 'File "a.ipynb", cell double-wrong-1, line 1' in failure.traceback


def test_a_failed_exercise_stops_its_page(tmp_path: Path, warm: Launcher) -> None:
    """What comes below was to go on from the solution."""
    record = ran(tmp_path, warm, BEGIN, *exercise(solution=WRONG), "double(1)")
    assert failure_of(record).reason == "exercise"
    assert record.cells[-1].outcome == "not-run"
