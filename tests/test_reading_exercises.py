"""The parts of exercises: all there, together, in order, and each with a name of its own."""

# ruff: noqa: E501 - a case of a table is one line, however long

import json
from pathlib import Path

import pytest

from workings.exercise import exercises_of
from workings.page import Page
from workings.reading import Source, find_cells, load_source

PARTS = {
    "e": '```python exercise="a"\n1\n```\n',
    "c": '```python check="a"\n2\n```\n',
    "w": '```python wrong="a"\n3\n```\n',
    "s": '```python solution="a"\n4\n```\n',
    "E": '```python exercise="b"\n1\n```\n',
    "C": '```python check="b"\n2\n```\n',
    "S": '```python solution="b"\n4\n```\n',
    "x": "```python\nx\n```\n",
    "p": "Prose.\n\n\n",
}
"""Parts of two exercises, a cell of none and some prose, three lines each."""


def read(parts: str) -> tuple[Page, list[str]]:
    """A page of these parts, and what is wrong with it."""
    found = find_cells(Source(path="a.md", root=Path(), text="".join(PARTS[part] for part in parts)))
    return found.page, [str(problem) for problem in found.problems]


@pytest.mark.parametrize("parts", ["ecs", "ecwws", "pepcpwpsp", "xecwsxECSx", "ecsECS", "x"])
def test_exercises_that_are_whole(parts: str) -> None:
    """Prose may stand between the parts of an exercise, cells of the page may not."""
    assert read(parts)[1] == []


@pytest.mark.parametrize(
    ("parts", "problems"),
    [
        ("cs", ["a.md:2: exercise 'a' does not say what the reader starts from: add a cell with exercise=\"a\""]),
        ("es", ["a.md:2: exercise 'a' does not say how an answer is checked: add a cell with check=\"a\""]),
        ("xecw", ["a.md:5: exercise 'a' does not say a right answer: add a cell with solution=\"a\""]),
        ("ecxs", ["a.md:11: the cells of exercise 'a' follow each other, and another cell stands between this one and that at a.md:5: move it, or give this exercise a name of its own"]),
        ("eccs", ["a.md:8: exercise 'a' has a second 'check': remove one", "a.md:8: id 'a-check' is that of the cell at a.md:5 too: choose another"]),
        ("cews", ["a.md:5: 'exercise' of exercise 'a' stands below 'check': the order is exercise, check, wrong, solution"]),
        ("ecsw", ["a.md:11: 'wrong' of exercise 'a' stands below 'solution': the order is exercise, check, wrong, solution"]),
        ("ecECSs", ["a.md:17: the cells of exercise 'a' follow each other"]),
    ],
)  # fmt: skip
def test_exercises_that_are_not(parts: str, problems: list[str]) -> None:
    """What is missing, twice there, apart or in another order is an error with its line and what to do."""
    found = sorted(read(parts)[1])
    assert [text[: len(start)] for text, start in zip(found, sorted(problems), strict=True)] == sorted(problems)


def test_parts_are_called_after_their_exercise() -> None:
    """Their names are link targets and test ids, unless an author chose one."""
    page, _ = read("xecwws")
    assert [cell.name for cell in page.cells] == ["cell-1", "a", "a-check", "a-wrong-1", "a-wrong-2", "a-solution"]


def test_what_no_reader_sees_has_no_number() -> None:
    """Prompts, names and messages count the cells that a reader sees; a wrong answer is called by its name."""
    page, _ = read("xecwwsx")
    assert [cell.known_as for cell in page.cells] == [1, 2, 3, "a-wrong-1", "a-wrong-2", 4, 5]
    assert page.cells[-1].name == "cell-5"


def test_the_exercises_of_a_page() -> None:
    """Each has its cells by what they are."""
    page, _ = read("xecwwsECS")
    first, second = exercises_of(page)
    assert (first.name, first.starter, first.check, first.solution) == ("a", *page.cells[1:3], page.cells[5])
    assert first.wrong == page.cells[3:5]
    assert (second.name, second.wrong, second.solution) == ("b", (), page.cells[-1])


def test_a_notebook_has_exercises_too(tmp_path: Path) -> None:
    """Tags of a notebook's cells say the same as headers of fences do."""
    cells = [("1", "exercise=a"), ("2", "check=a"), ("3", "wrong=a"), ("4", "solution=a")]
    made = [
        {
            "id": f"c{n}",
            "cell_type": "code",
            "metadata": {"tags": [tag]},
            "source": code,
            "outputs": [],
            "execution_count": None,
        }
        for n, (code, tag) in enumerate(cells)
    ]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})
    (tmp_path / "a.ipynb").write_text(text, "utf-8")
    found = find_cells(load_source(tmp_path / "a.ipynb", tmp_path))
    assert found.problems == ()
    assert [cell.name for cell in found.page.cells] == ["a", "a-check", "a-wrong-1", "a-solution"]
    addresses = ["a.ipynb:cell 1:1", "a.ipynb:cell 2:1", "a.ipynb:cell a-wrong-1:1", "a.ipynb:cell 3:1"]
    assert [str(cell) for cell in found.page.cells] == addresses
