"""Standalone copies are pages of their own: each in a clean process, and what one of them does costs no other."""

from pathlib import Path

import psutil
import pytest
from runs import Code, both_ways, gone, make_page, run_one, text_of

from workings.engine import Running
from workings.events import Event
from workings.outputs import CellRecord
from workings.page import Options, Page
from workings.running.line import Launcher
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings
from workings.standalone_runs import StandaloneRuns, standalone_pages

QUICK = Limits(cell_seconds=1.0, output=20_000)
CHANGES = """import os, random, tempfile
import numpy as np, torch
state = os.environ['SET'] = 'set'
torch.set_default_dtype(torch.float64); torch.set_num_threads(2)
random.seed(7); np.random.seed(7); torch.manual_seed(7)
open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()
os.chdir('/'); os.umask(0)"""
LOOKS = """import os, random, tempfile
import numpy as np, torch
print('SET' in os.environ, 'state' in globals(), os.path.basename(os.getcwd()), oct(os.umask(0o22)))
print(torch.get_default_dtype(), torch.get_num_threads(), os.listdir(tempfile.gettempdir()))
print(random.random(), np.random.rand(), torch.rand(1), In)"""


def copies_of(page: Page) -> list[Page]:
    """The copies of a page's cells, in their order."""
    return list(standalone_pages(page).values())


def ran(pages: list[Page], warm: Launcher, *, store: Path | None = None) -> tuple[list[CellRecord], list[str]]:
    """What copies did that ran one after the other, if they are forked, and what was told of them and their store.

    They run as those of a page do: together, where they can be forked.
    """
    told: list[Event] = []
    settings = Settings(backend="cpu", store=store, jobs=1 if warm.forks else 2, limits=QUICK)
    with Running(settings=settings, warm=warm, watch=told.append) as running:
        running.add(*pages, together=True)
        records = [running.record(page.path).cells[0] for page in pages]
        warnings = list(running.warnings)
    return records, [event.what for event in told if event.what in ("finished", "stored")] + warnings


@both_ways
def test_a_copy_finds_nothing_of_another(tmp_path: Path, warm: Launcher) -> None:
    """State, folder, environment, seeds, default type, threads, temporary files: each copy begins as a page does."""
    looks, changes = copies_of(make_page(tmp_path, "docs/a.md", LOOKS, CHANGES))
    (other,) = copies_of(make_page(tmp_path, "docs/b.md", LOOKS))
    alone = run_one(make_page(tmp_path, "docs/c.md", LOOKS), warm).cells[0]
    (changed, *looked), _ = ran([changes, looks, other], warm)
    assert changed.outcome == "passed"
    assert [text_of(cell) for cell in looked] == [text_of(alone)] * 2
    assert "False False docs 0o22\ntorch.float32 1" in text_of(alone)


FAULTS = {
    "crashes": ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
    "leaves": ("import os\nos._exit(0)", "ProcessExit"),
    "hangs": ("while True: pass", "TimeoutError"),
    "stops": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "TimeoutError"),
    "floods": ("print('x' * 10**6)", "OutputLimit"),
    "fails": ("1 / 0", "ZeroDivisionError"),
}


@both_ways
def test_what_one_copy_does_costs_no_other(tmp_path: Path, warm: Launcher) -> None:
    """A crash, a way out, a hang, a flood: each copy has its own failure with its line, and the others pass."""
    pages = [make_page(tmp_path, f"{name}.md", f"print('seen')\n{code}") for name, (code, _) in FAULTS.items()]
    good = make_page(tmp_path, "good.md", "'fine'")
    (*records, fine), _ = ran([copy for page in (*pages, good) for copy in copies_of(page)], warm)
    assert fine.outcome == "passed"
    for (name, (code, kind)), wrong in zip(FAULTS.items(), records, strict=True):
        failure = wrong.failure
        assert failure is not None
        assert (name, failure.name, wrong.outcome) == (name, kind, "failed")
        assert str(failure.place) in {f"{name}.md#cell-1:{line}" for line in range(1, code.count("\n") + 3)}
        assert text_of(wrong).startswith("seen\n")


@both_ways
def test_what_a_copy_starts_ends_with_it(tmp_path: Path, warm: Launcher) -> None:
    """A program that a copy leaves is gone before the next copy runs, and told with the copy that left it."""
    leaves = "import subprocess\nprint(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)"
    copies = copies_of(make_page(tmp_path, "a.md", leaves, "'fine'"))
    (left, fine), told = ran(copies, warm)
    assert (left.outcome, fine.outcome) == ("passed", "passed")
    assert gone(int(text_of(left)))
    assert [line for line in told if "left 1 process" in line] == [
        "a.md#cell-1: left 1 process running, which was ended"
    ]


def test_copies_show_the_same_however_they_start(tmp_path: Path, forked: Launcher, spawned: Launcher) -> None:
    """Forked or spawned, a copy shows the same outputs, values, failures and places."""
    codes: list[Code] = ["import torch\nx = torch.rand(2, 3)\nx", "x.shape", "print(x.mean())\n1 / 0", CHANGES, LOOKS]
    copies = copies_of(make_page(tmp_path, "a.md", *codes))
    one, other = (ran(copies, warm)[0] for warm in (forked, spawned))
    assert [(cell.outcome, cell.outputs) for cell in one] == [(cell.outcome, cell.outputs) for cell in other]


def test_a_copy_that_has_run_is_in_the_store(tmp_path: Path, forked: WarmProcess) -> None:
    """A second run runs nothing; when one cell is edited, only the copies run again that hold its code."""
    store, codes = tmp_path / "store", ["a = 1", "b = 2", "a + 1", "b + 1"]
    _, first = ran(copies_of(make_page(tmp_path, "a.md", *codes)), forked, store=store)
    _, second = ran(copies_of(make_page(tmp_path, "a.md", *codes)), forked, store=store)
    _, third = ran(copies_of(make_page(tmp_path, "a.md", "a = 3", *codes[1:])), forked, store=store)
    assert (first, second) == (["finished"] * 4, ["stored"] * 4)
    assert sorted(third) == ["finished"] * 2 + ["stored"] * 2


RANDOM = ("import torch\na = torch.rand(2)", "torch.rand(2)", "torch.rand(3)", "40 + 2", "len(Out)")


def test_random_numbers_are_known_by_other_seeds(tmp_path: Path, forked: WarmProcess) -> None:
    """A copy may show other numbers when it does so with every seed; one that shows something else for no reason fails.

    Those runs have a place beside all others: no other process imports what pages need.
    """
    page, settings = make_page(tmp_path, "a.md", *RANDOM), Settings(backend="cpu", store=tmp_path / "s", limits=QUICK)
    told: list[Event] = []
    for _ in range(2):
        before = importers()
        with Running(settings=settings, warm=forked, watch=told.append) as running:
            running.add(page)
            copies = StandaloneRuns(running, seed=settings.seed)
            copies.add(page)
            record = running.record(page.path)
            faults = [copies.fault(page, cell, record) for cell in page.cells]
            assert [fault is None for fault in faults] == [True] * 4 + [False]
            assert [copies.fault(page, cell, record) for cell in page.cells] == faults
            assert importers() == before
    assert [event.what for event in told if event.what in ("finished", "stored")] == ["finished"] * 8 + ["stored"] * 8


def test_a_cell_with_the_code_of_the_first_is_judged_by_what_it_shows_itself(
    tmp_path: Path, forked: WarmProcess
) -> None:
    """The first has run with nothing above it, as its copy would; the third has not, and shows something else."""
    looks = "import sys\n'tabnanny' in sys.modules"
    page, settings = make_page(tmp_path, "a.md", looks, "import tabnanny", looks), Settings(backend="cpu", store=None)
    with Running(settings=settings, warm=forked) as running:
        running.add(page)
        copies = StandaloneRuns(running, seed=settings.seed)
        copies.add(page)
        copies.add(make_page(tmp_path, "prose.md"))
        record = running.record(page.path)
        assert [copy.cells[0].code for copy in copies_of(page)] == [looks, "import tabnanny", looks]
        first, _, third = (copies.fault(page, cell, record) for cell in page.cells)
    assert first is None
    assert third is not None
    assert "shows something else" in third


def importers() -> set[int]:
    """The warm processes that there are below this one."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        try:
            if "workings.running.zygote" in process.cmdline() and process.name() == "wk-warm":
                found.add(process.pid)
        except psutil.Error:  # it has ended since
            continue
    return found


@pytest.mark.parametrize("kind", ["ValueError", "SyntaxError"])
def test_a_copy_of_a_cell_that_fails_as_announced_passes(tmp_path: Path, forked: WarmProcess, kind: str) -> None:
    """A failure that was announced has to happen in the copy too, at its line of the copied text."""
    code = "x = 1\nraise ValueError('no')" if kind == "ValueError" else "x = 1\nfor i in"
    (copy,) = copies_of(make_page(tmp_path, "a.md", (code, Options(raises=kind))))
    (record,), _ = ran([copy], forked)
    assert (record.outcome, record.failure is not None and record.failure.place.line) == ("passed", 2)
