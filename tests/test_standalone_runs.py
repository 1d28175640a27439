"""Standalone texts run by themselves, in a fresh process, and show what their cells show on the page."""

import re

import pytest
from runs import make_page, run_all
from standalone_lesson_pages import LESSONS
from standalone_pages import PAGES
from standalone_torch_pages import TENSORS

from workings.outputs import CellRecord, Display, Record
from workings.page import Cell, Options, Page
from workings.running.line import Launcher
from workings.standalone import standalone_texts

ALL = {**PAGES, **{f"torch: {name}": codes for name, codes in TENSORS.items()}, **LESSONS}


def value_of(cell: CellRecord) -> str | None:
    """The value of a cell's last expression as text, without addresses of objects."""
    results = [output for output in cell.outputs if isinstance(output, Display) and output.result]
    return re.sub("0x[0-9a-f]+", "0x", str(results[-1].data.get("text/plain"))) if results else None


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory, forked: Launcher) -> dict[str, tuple[Record, dict[int, Record]]]:
    """The record of each page, and of each of its texts as a page of its own; all are run together."""
    root = tmp_path_factory.mktemp("alone")
    pages = {name: make_page(root, f"{number}/page.md", *codes) for number, (name, codes) in enumerate(ALL.items())}
    alone = {name: pages_of_texts(page) for name, page in pages.items()}
    ran = run_all([*pages.values(), *(page for texts in alone.values() for page in texts.values())], forked)
    return {
        name: (ran[pages[name].path], {number: ran[page.path] for number, page in texts.items()})
        for name, texts in alone.items()
    }


def pages_of_texts(page: Page) -> dict[int, Page]:
    """A page for each cell, with its standalone text as the only cell, in a folder of its own: some write files.

    A first cell whose text is its code has none: nothing stood above it when its page ran, so it has run alone there.
    """
    texts, folder = standalone_texts(page), page.folder.name
    return {
        cell.number: make_page(
            page.root, f"{folder}-{cell.number}/page.md", (texts.get(cell.number, cell.code), alone(cell))
        )
        for cell in page.cells
        if cell.options.role not in ("check", "wrong")
        and (cell.number > 1 or texts.get(cell.number, cell.code) != cell.code)
    }


def alone(cell: Cell) -> Options:
    """What still holds of a cell that has no page around it."""
    return Options(raises=cell.options.raises, tags=cell.options.tags)


@pytest.mark.parametrize("name", ALL)
def test_a_text_shows_what_its_cell_shows(name: str, records: dict[str, tuple[Record, dict[int, Record]]]) -> None:
    """Each cell's text runs by itself and has the value that the cell has on its page."""
    whole, alone = records[name]
    assert not list(whole.failures())
    assert {number: list(record.failures()) for number, record in alone.items()} == {number: [] for number in alone}
    shown = {number: value_of(record.cells[0]) for number, record in alone.items()}
    assert shown == {number: value_of(whole.cells[number - 1]) for number in alone}
