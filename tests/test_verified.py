"""Nothing on a page is unverified: what is taken away from a lesson's proofs, checks and solutions fails its tests."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sites import PYTEST

ROOT = Path(__file__).parents[1]
MARKDOWN, NOTEBOOK = "docs/01-tensors/broadcasting.md", "docs/01-tensors/matrix-multiplication.ipynb"
LIMIT = 120
"""Seconds that a run of the lessons' tests may take."""


def run_tests(folder: Path, *pages: str) -> subprocess.CompletedProcess[str]:
    """The tests of a copy's lessons."""
    command = [*PYTEST, "-q", *pages]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course whose lessons have passed their tests."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    done = run_tests(folder, MARKDOWN, NOTEBOOK)
    assert done.returncode == 0, done.stdout
    return folder


def line_of(file: Path, text: str) -> int:
    """The line on which a text begins, which is there once."""
    whole = file.read_text("utf-8")
    assert whole.count(text) == 1, text
    return whole[: whole.index(text)].count("\n") + 1


MUTATIONS = {
    "an assertion of a proof": (
        "torch.testing.assert_close(distances(x, y), torch.cdist(x, y))",
        "distances(x, y), torch.cdist(x, y)",
        "x, y = torch.randn(20, 3), torch.randn(15, 3)",
        "this cell proves 'eq:distances' and asserts nothing",
    ),
    "a proof": (
        ' proves="eq:distances"', "", r"D_{ij} = \lVert", "no cell proves the formula 'eq:distances'",
    ),
    "a formula": (
        r" \label{eq:distances}", "", "x, y = torch.randn(20, 3)",
        "no formula on this page has the label 'eq:distances'",
    ),
    "one side of a formula": (
        "((guess - mean) ** 2).mean() + variance",
        "((guess - mean) ** 2).mean() - variance",
        "torch.testing.assert_close(wrong_loss(guess), right_side)",
        "failed: AssertionError: Scalars are not close!",
    ),
    "what a check asks for": (
        "assert torch.equal(centred, expected), f",
        "assert shape == expected.shape, f",
        "def centre(X: torch.Tensor) -> torch.Tensor:\n    return X - X.mean()\n",
        "exercise 'centre': wrong answer 1 passes the check: the check is too weak",
    ),
    "what is left to do": (
        '    """Return X (N, d) with the mean of each column taken away."""\n    ...\n',
        "    return X - X.mean(dim=0)\n",
        "X = torch.tensor([[1.0, 10, 0], [3",
        "exercise 'centre': the starter passes the check: nothing is left for the reader to do",
    ),
    "a solution": (
        "back = place[:, None] - place  # (T, 1) - (T,) -> (T, T)",
        "back = place[:, None] - place - 1",
        "def window_mask(T: int, window: int) -> torch.Tensor:\n"
        '    """Return a (T, T) table: whether token i may look at token j."""\n    place',
        "exercise 'window': the solution fails the check at ",
    ),
    "a value in prose": (
        '{python} f"{loss:g}"', '{python} f"{lost:g}"', "It is `{python}",
        "the value `{python} f\"{lost:g}\"` in the prose: NameError: name 'lost' is not defined",
    ),
}  # fmt: skip


BOOK_MUTATION = ("assert flops <= 2 * 3 * 5, ", "assert flops >= 0, ")
CHANGED = {what: MARKDOWN.replace(".md", f"-{number}.md") for number, what in enumerate(MUTATIONS)}
"""The changed lessons, which stand beside the one that they were made from."""
CHANGED_BOOK = NOTEBOOK.replace(".ipynb", "-changed.ipynb")


@pytest.fixture(scope="module")
def said(lessons: Path) -> list[str]:
    """What the tests say of all changed lessons, which they run at once: starting takes longer than any of them."""
    for what, page in CHANGED.items():
        change(lessons, MARKDOWN, page, *MUTATIONS[what][:2])
    change(lessons, NOTEBOOK, CHANGED_BOOK, *BOOK_MUTATION)
    done = run_tests(lessons, *CHANGED.values(), CHANGED_BOOK)
    assert done.returncode == 1
    return done.stdout.split("\n")


def change(folder: Path, old_page: str, new_page: str, old: str, new: str) -> None:
    """Make a lesson of another, with a text that is there once replaced."""
    line_of(folder / old_page, old)
    (folder / new_page).write_text((folder / old_page).read_text("utf-8").replace(old, new), "utf-8")


@pytest.mark.parametrize("what", MUTATIONS)
def test_what_is_taken_away_is_missed(lessons: Path, said: list[str], what: str) -> None:
    """Each change of a lesson by which something on it is no longer true fails its tests, at the line to look at."""
    page, (_, _, anchor, words) = CHANGED[what], MUTATIONS[what]
    (line,) = [line for line in said if words in line and line.startswith(f"{page}:")]
    assert line.startswith(f"{page}:{line_of(lessons / page, anchor)}: ")
    assert any(line.startswith(f"FAILED {page}::") for line in said)


def test_a_notebook_is_held_to_the_same(said: list[str]) -> None:
    """A check of a notebook that asks for less lets a wrong answer pass, which its tests tell with the cell."""
    (line,) = [line for line in said if line.startswith(f"{CHANGED_BOOK}:cell ")]
    assert "exercise 'trace': wrong answer 1 passes the check: the check is too weak" in line
    assert any(line.startswith(f"FAILED {CHANGED_BOOK}::") for line in said)
