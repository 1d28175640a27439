"""Cells that need a backend which is not here show what they showed where it was."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from runs import make_page, plain_of
from stores import within

from workings.engine import run_pages
from workings.outputs import CellRecord, Display, Record
from workings.page import Options, Page
from workings.recorded import file_of, keep
from workings.rendering.cells import cell_html
from workings.running import device
from workings.running.warm import WarmProcess
from workings.settings import Settings

ELSEWHERE = "mps" if "cuda" in device.probe().backends else "cuda"
"""A backend that this machine does not have."""


def run(page: Page, warm: WarmProcess) -> Record:
    """Run a page on the processor."""
    return run_pages([page], settings=Settings(backend="cpu", store=None), warm=warm).records[page.path]


def needy(root: Path, code: str = "6 * 7") -> Page:
    """A page with a cell for everyone, and one that needs a backend."""
    return make_page(root, "docs/a.md", "1 + 1", (code, Options(id="fast", backend=ELSEWHERE)))


@pytest.fixture
def recorded(tmp_path: Path, warm: WarmProcess) -> Path:
    """A project whose page was recorded as if this machine had the backend: a run, and the name it would have had."""
    page = needy(tmp_path)
    cells = tuple(structs.replace(cell, options=Options(id=cell.options.id)) for cell in page.cells)
    ran = run(structs.replace(page, cells=cells), warm)
    provenance = structs.replace(ran.provenance, backend=ELSEWHERE, device="A Fast Device", torch="2.13.0+x")
    assert [cell.name for cell in keep(page, structs.replace(ran, provenance=provenance))] == ["fast"]
    return tmp_path


def test_a_recorded_output_is_shown_and_labelled(recorded: Path, warm: WarmProcess) -> None:
    """Elsewhere the cell has its recorded output, with the device that it ran on."""
    page = needy(recorded)
    everyone, fast = run(page, warm).cells
    assert everyone.outcome == "passed"
    assert (fast.outcome, plain_of(fast)) == ("recorded", ["42"])
    html = cell_html(page.cells[1], "", fast)
    assert f"Not run here: recorded on A Fast Device ({ELSEWHERE}, torch 2.13.0)." in html
    assert "42" in html


def test_a_cell_without_a_name_is_known_by_its_code(recorded: Path, warm: WarmProcess) -> None:
    """A cell that is put in above gives it another number, and what was recorded of it stays its own."""
    kept = file_of(needy(recorded))
    kept.write_text(kept.read_text().replace('"fast"', '"cell-2"'))
    page = make_page(recorded, "docs/a.md", "1", "1 + 1", ("6 * 7", Options(backend=ELSEWHERE)))
    assert plain_of(run(page, warm).cells[2]) == ["42"]


def test_an_edited_cell_has_nothing_recorded(recorded: Path, warm: WarmProcess) -> None:
    """What was recorded of other code is not shown."""
    fast = run(needy(recorded, "6 * 8"), warm).cells[1]
    assert (fast.outcome, fast.outputs) == ("not-run", ())
    assert ELSEWHERE in fast.why


def fifo(file: Path) -> None:
    """Put a pipe in the place of a file."""
    file.unlink()
    os.mkfifo(file)


def link(file: Path) -> None:
    """Put a link to a device without end in the place of a file."""
    file.unlink()
    file.symlink_to("/dev/zero")


def folder(file: Path) -> None:
    """Put a folder in the place of a file."""
    file.unlink()
    file.mkdir()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "another value": lambda file: file.write_text('{"fast": 3}'),
    "no JSON": lambda file: file.write_text("<<<<<<< HEAD"),
    "no text": lambda file: file.write_bytes(b"\xff\xfe"),
    "too deep": lambda file: file.write_text('{"fast": {"shown": ' + "[" * 100_000),
    "deep where anything may be": lambda file: file.write_text(
        file.read_text().replace('"text/plain": "42"', '"text/plain": ' + "[" * 5000 + "]" * 5000)
    ),
    "a pipe": fifo,
    "a link": link,
    "a folder": folder,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_as_none_and_told_of(recorded: Path, warm: WarmProcess, damage: str) -> None:
    """A file that is no such file records nothing and holds nothing up; a warning says where, what, and what to do."""
    file = file_of(needy(recorded))
    DAMAGE[damage](file)
    with within(30):
        results = run_pages([needy(recorded)], settings=Settings(backend="cpu", store=None), warm=warm)
    assert results.records["docs/a.md"].cells[1].outcome == "not-run"
    (told,) = results.warnings
    assert told.startswith("docs/.recorded/a.md.json:1: ")
    assert f"python -m workings run --backend {ELSEWHERE} --record docs/a.md" in told


def test_a_damaged_file_is_replaced(recorded: Path, warm: WarmProcess) -> None:
    """Recording again mends it."""
    page = needy(recorded)
    before = file_of(page).read_bytes()
    fifo(file_of(page))
    with within(30):
        ran = run(page, warm)
    provenance = structs.replace(ran.provenance, backend=ELSEWHERE, device="A Fast Device", torch="2.13.0+x")
    shown = CellRecord(outcome="passed", outputs=(Display({"text/plain": "42"}, result=True),))
    with within(30):
        keep(page, Record(cells=(ran.cells[0], shown), provenance=provenance))
    assert file_of(page).read_bytes() == before


def test_the_file_is_the_same_after_another_run(recorded: Path, warm: WarmProcess) -> None:
    """Seconds and memory are left out, so that a committed file changes when an output does."""
    page = needy(recorded)
    before = file_of(page).read_bytes()
    ran = run(page, warm)
    provenance = structs.replace(
        ran.provenance, backend=ELSEWHERE, device="A Fast Device", torch="2.13.0+x", seconds=9.0
    )
    cells = tuple(structs.replace(cell, outcome="passed", why="", seconds=3.0) for cell in ran.cells)
    keep(page, Record(cells=cells, provenance=provenance))
    assert file_of(page).read_bytes() == before


def test_a_page_can_need_a_backend(tmp_path: Path, warm: WarmProcess) -> None:
    """Front matter's `backend` is that of every cell: elsewhere none of them runs."""
    page = structs.replace(make_page(tmp_path, "a.md", "1", "2"), backend=ELSEWHERE)
    assert [cell.outcome for cell in run(page, warm).cells] == ["not-run", "not-run"]


def test_a_page_can_ask_for_the_processor(tmp_path: Path, warm: WarmProcess) -> None:
    """A page with `backend: cpu` runs on the processor whatever the site's backend is."""
    page = structs.replace(make_page(tmp_path, "a.md", "import torch\ntorch.zeros(1).device.type"), backend="cpu")
    record = run_pages([page], settings=Settings(backend="auto", store=None), warm=warm).records["a.md"]
    assert plain_of(record.cells[0]) == ["'cpu'"]
    assert record.provenance.backend == "cpu"
