"""What a reader does on a lesson: answers a quiz, opens a solution, follows a proof, copies a cell that then runs."""

import json
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from .visits import Visits

LESSON = "01-tensors/broadcasting/"
ATTENTION = "01-tensors/matrix-multiplication/"
SECONDS = 60
"""That a pasted cell may run."""


def copied(page: Page, cell: str) -> str:
    """What is on the clipboard when the second button of a cell was pressed."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('nothing')")
    button = page.locator(f"#{cell}").get_by_role("button", name="Copy standalone")
    button.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied to clipboard")
    return str(page.evaluate("navigator.clipboard.readText()"))


def pasted(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    """The run of a file that holds nothing else."""
    file = tmp_path / "pasted.py"
    file.write_text(text, "utf-8")
    command = [sys.executable, "-I", str(file)]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_a_reader_works_through_a_lesson(visits: Visits, tmp_path: Path) -> None:
    """A quiz says what is right, a solution opens, and a cell from the middle of the page runs in a file of its own."""
    page = visits.fresh(LESSON).page
    choice = page.locator("#quiz-1 details").filter(has_text="(5, 4, 3)").first
    choice.locator("summary").click()
    expect(choice.locator(".wk-why")).to_be_visible()
    solution = page.locator("details.wk-solution").first
    expect(page.locator("#centre-solution")).not_to_be_visible()
    solution.locator("summary").click()
    expect(page.locator("#centre-solution")).to_be_visible()
    text = copied(page, "distances-agree")
    done = pasted(tmp_path, f"{text}\nprint(distances(x, y).shape)\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "torch.Size([20, 15])\n"


def test_a_copied_text_says_where_it_is_from(visits: Visits) -> None:
    """Its first line is a comment with the cell's address and the licence; below it stands code, and no prompt."""
    page = visits.fresh(ATTENTION).page
    first, *rest = copied(page, "attention").split("\n")
    assert (
        first == "# From https://someone.github.io/laboratory/01-tensors/matrix-multiplication/#attention (Apache-2.0)"
    )
    assert rest[0] == "import torch"
    assert "In [" not in "\n".join(rest)


def test_a_cell_that_needs_nothing_has_one_button(visits: Visits) -> None:
    """Where the cell's own code is enough, there is nothing else to copy."""
    page = visits.to(ATTENTION).page
    assert page.locator("#hadamard").get_by_role("button").count() == 1
    assert page.locator("#by-hand").get_by_role("button").count() == 2


def test_a_proof_is_found_from_its_formula_and_back(visits: Visits) -> None:
    """The sign at a formula leads to the cell that proves it, and a link there leads back."""
    page = visits.fresh(ATTENTION).page
    page.get_by_role("link", name="Formula 3 is proved by a cell on this page: go there").click()
    assert page.url.endswith("#transpose")
    page.locator("#transpose .wk-proves a").click()
    assert page.url.endswith("#eq:transpose")


def test_the_search_does_not_give_solutions_away(site: Path) -> None:
    """No answer to an exercise stands in the search's index, neither the right one nor a wrong one."""
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    texts = " ".join(" ".join(str(entry["text"]).split()) for entry in index["docs"])
    assert "Subtract from each column" in texts
    assert "X.mean(dim=0)" not in texts
    assert "back &lt; window" not in texts
    assert "back < window" not in texts
    assert "looks ahead" not in texts
