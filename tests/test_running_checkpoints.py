"""A page that is edited goes on from the exact state before the cell that changed."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from runs import Code, failure_of, make_page, plain_of, run_one, text_of

from workings.engine import Event, Running, run_pages
from workings.outputs import CellRecord, Record
from workings.page import Options
from workings.running import chains
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

FIRST = "runs = open('runs.log', 'a')\nruns.write('x')\nruns.close()\nimport random, torch\nx = torch.rand(2)"
STATE = "(x.tolist(), torch.rand(2).tolist(), random.random(), __import__('numpy').random.rand())"
PATIENCE = 20


class Editor:
    """A page that is edited again and again."""

    def __init__(self, root: Path, warm: WarmProcess) -> None:
        """Begin with nothing."""
        self.root, self.warm = root, warm
        self.events: list[Event] = []
        limits = Limits(cell_seconds=20)
        settings = Settings(backend="cpu", store=None, limits=limits)
        self.running = Running(settings=settings, warm=warm, watch=self.events.append, checkpoints=2**30)

    def save(self, *codes: Code) -> Record:
        """Save the page with these cells; give its record."""
        self.running.add(make_page(self.root, "a.md", *codes))
        return self.running.record("a.md")

    def fresh(self, *codes: Code) -> Record:
        """The record of the page where nothing is kept; the log of the runs of the first cell stays as it was."""
        log = self.root / "runs.log"
        before = log.read_text() if log.exists() else ""
        record = run_one(make_page(self.root, "a.md", *codes), self.warm)
        log.write_text(before)
        return record

    @property
    def first_runs(self) -> int:
        """How often the first cell has run."""
        return len((self.root / "runs.log").read_text())


@pytest.fixture
def editor(tmp_path: Path, warm: WarmProcess) -> Iterator[Editor]:
    """An editor whose checkpoints end with the test."""
    made = Editor(tmp_path, warm)
    yield made
    made.running.close()
    until(lambda: not checkpoints())


def outputs(record: Record) -> list[object]:
    """What the cells showed, and how they went."""
    return [(cell.outcome, cell.outputs) for cell in record.cells]


def until(holds: Callable[[], bool]) -> None:
    """Wait for something to hold."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def named(name: str) -> list[psutil.Process]:
    """The processes below this one that have a name."""
    return [child for child in psutil.Process().children(recursive=True) if _name(child) == name]


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""


def pages() -> list[psutil.Process]:
    """The processes of pages below this one."""
    below = (child for parent in named("wk-supervisor") for child in _children(parent))
    return [child for child in below if _name(child) not in ("", "wk-checkpoint")]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children())
    except psutil.Error:
        return []


def checkpoints() -> list[psutil.Process]:
    """The checkpoints below this process."""
    return named("wk-checkpoint")


def test_an_edited_cell_runs_from_the_exact_state_before_it(editor: Editor) -> None:
    """Variables, and the random streams of Python, numpy and torch, are what a run from the first cell would have."""
    editor.save(FIRST, STATE, "'last'")
    edited = (FIRST, STATE, f"{STATE} + ('edited',)")
    record = editor.save(*edited)
    assert editor.first_runs == 1
    assert outputs(record) == outputs(editor.fresh(*edited))
    middle = (FIRST, f"{STATE}[::-1]", STATE)
    record = editor.save(*middle)
    assert editor.first_runs == 1
    assert outputs(record) == outputs(editor.fresh(*middle))


def test_an_edit_of_the_first_cell_runs_all(editor: Editor) -> None:
    """Nothing of an older first cell is left in the page."""
    editor.save(FIRST + "\nold = 1", "x.shape")
    record = editor.save(FIRST, "'old' in globals()")
    assert editor.first_runs == 2
    assert plain_of(record.cells[1]) == ["False"]


def test_a_cell_is_added_and_taken_away_at_the_end(editor: Editor) -> None:
    """A page that grows or loses its last cells does not run the others."""
    editor.save(FIRST, "n = 1")
    assert plain_of(editor.save(FIRST, "n = 1", "n += 1\nn").cells[2]) == ["2"]
    assert plain_of(editor.save(FIRST, "n = 1", "n += 5\nn").cells[2]) == ["6"]
    assert len(editor.save(FIRST, "n = 1").cells) == 2
    assert editor.first_runs == 1


def test_a_cell_that_failed_or_died_is_mended(editor: Editor) -> None:
    """After a failure, a crash and a limit, the mended cell runs from the state before it."""
    for code, name in (("1 / 0", "ZeroDivisionError"), ("import os\nos._exit(0)", "ProcessExit")):
        record = editor.save(FIRST, "n = 1", code, "'after'")
        assert failure_of(record).name == name
        assert record.cells[3].outcome == "not-run"
    assert plain_of(editor.save(FIRST, "n = 1", "n", "'after'").cells[2]) == ["1"]
    assert editor.first_runs == 1


def test_streams_that_earlier_cells_keep_go_on(editor: Editor) -> None:
    """A log handler that holds stderr since the first cell still writes into the page, in its order."""
    logs = FIRST + "\nimport logging, sys\nlogging.basicConfig(stream=sys.stderr, format='%(message)s')"
    editor.save(logs, "print('out')\nlogging.warning('one')")
    edited = (logs, "print('out')\nlogging.warning('two')\nprint('more')\nimport os\n_ = os.system('echo child')")
    record = editor.save(*edited)
    assert text_of(record.cells[1]) == "out\ntwo\nmore\nchild\n"
    assert outputs(record) == outputs(editor.fresh(*edited))
    assert editor.first_runs == 1


def test_a_display_of_an_earlier_cell_is_replaced_anew(editor: Editor) -> None:
    """What a later cell put in place of a display is gone with that cell."""
    shows = FIRST + "\nfrom IPython.display import display\nh = display('first', display_id=True)"
    assert plain_of(editor.save(shows, "h.update('second')").cells[0]) == ["'second'"]
    assert plain_of(editor.save(shows, "None").cells[0]) == ["'first'"]
    assert editor.first_runs == 1


@pytest.mark.parametrize(
    "shared",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
        "import subprocess\nchild = subprocess.Popen(['sleep', '98765'])",
        "data = open('data.txt')",
        "t = torch.zeros(3).share_memory_()",
        "import mmap\nm = mmap.mmap(-1, 9)",
        "import signal\n_ = signal.signal(signal.SIGTERM, lambda *_: None)",
        "torch.set_num_threads(2); _ = torch.rand(500, 500) @ torch.rand(500, 500)",
    ],
    ids=["thread", "process", "file", "memory", "mapping", "signal", "pool"],
)
def test_what_a_fork_would_share_is_never_gone_on_from(editor: Editor, shared: str) -> None:
    """With a thread, a process, an open file, shared memory or a handler, the page runs from an earlier state."""
    (editor.root / "data.txt").write_text("one two three")
    time.sleep(0.05)  # nothing goes on from what depends on a file that has just changed
    editor.save(FIRST, shared, "'last'")
    assert kept_by(editor) == [1]
    after = "(data.read(3) if 'data' in globals() else 0, t.add_(1).tolist() if 't' in globals() else 0,"
    after += " (m.write_byte(m[0] + 1), m.seek(0), m[0]) if 'm' in globals() else 0)"
    editor.save(FIRST, shared, after)
    edited = (FIRST, shared, f"{after} + ('edited',)")
    assert outputs(editor.save(*edited)) == outputs(editor.fresh(*edited))


def test_a_cell_after_a_figure_runs_from_its_own_state(editor: Editor) -> None:
    """The fonts that matplotlib has open by then do not stand in the way, and figures are drawn as ever."""
    draws = "from matplotlib import pyplot as plt\nfigure = plt.figure()\nplt.title('Title');"
    editor.save(FIRST, draws, "'last'")
    assert kept_by(editor) == [1, 2, 3]
    edited = (FIRST, draws, f"plt.plot({STATE}[0]); plt.ylabel('y'); figure")
    assert outputs(editor.save(*edited)) == outputs(editor.fresh(*edited))
    assert editor.first_runs == 1


def kept_by(editor: Editor) -> list[int]:
    """The cells before which there are states to go on from, by their index."""
    workers = editor.running._workers
    assert workers is not None
    assert workers._chains is not None
    return [kept.index for kept in workers._chains._kept]


def test_a_module_that_is_edited_runs_the_cells_that_import_it(editor: Editor) -> None:
    """No state is gone on from in which another version of a local module was imported."""
    helper = editor.root / "helper.py"
    helper.write_text("answer = 1\n")
    time.sleep(0.05)
    editor.save(FIRST, "import helper", "helper.answer")
    helper.write_text("answer = 2\n")
    time.sleep(0.05)
    assert plain_of(editor.save(FIRST, "import helper", "helper.answer, 'edited'").cells[2]) == ["(2, 'edited')"]
    assert editor.first_runs == 1


def test_a_state_whose_files_were_changing_is_never_gone_on_from(editor: Editor) -> None:
    """Of a file that changed after a cell had read it nobody knows what the cell read, so that cell runs again."""
    (editor.root / "data.txt").write_text("old")
    time.sleep(0.05)
    reads = "seen = open('data.txt').read()\nwith open('data.txt', 'w') as file: _ = file.write('new')"
    assert plain_of(editor.save(FIRST, reads, "seen").cells[2]) == ["'old'"]
    assert plain_of(editor.save(FIRST, reads, "seen, 'edited'").cells[2]) == ["('new', 'edited')"]


def test_a_temporary_file_is_as_it_was(editor: Editor) -> None:
    """A file that a later cell has changed is not what an earlier state had, so that state is not gone on from."""
    makes = FIRST + "\nimport tempfile, pathlib\np = pathlib.Path(tempfile.gettempdir(), 'f'); _ = p.write_text('a')"
    adds = "_ = p.write_text(p.read_text() + 'b')"
    editor.save(makes, adds, "p.read_text()")
    assert plain_of(editor.save(makes, adds, "p.read_text(), 1").cells[2]) == ["('ab', 1)"]
    assert plain_of(editor.save(makes, adds + "\n", "p.read_text(), 2").cells[2]) == ["('ab', 2)"]


def test_lines_of_earlier_cells_are_true_after_prose_was_added(editor: Editor) -> None:
    """A traceback through a function of an earlier cell names the line where it stands now."""
    defines = FIRST + "\ndef f():\n    raise ValueError('x')"
    editor.save(defines, "1")
    page = make_page(editor.root, "a.md", defines, "f()")
    cells = tuple(type(cell)(number=cell.number, code=cell.code, place=cell.place.moved(7)) for cell in page.cells)
    editor.running.add(type(page)(path=page.path, root=page.root, cells=cells))
    trace = failure_of(editor.running.record("a.md")).traceback
    assert f"line {cells[0].place.line + defines.count(chr(10))}, in f" in trace


def test_the_next_save_ends_a_run_that_goes_on(editor: Editor) -> None:
    """An endless cell is interrupted when the page is saved again, and nothing of it is left."""
    editor.save(FIRST, "1")
    endless = ("print('on', flush=True)\nwhile True: pass", Options(timeout=5 * PATIENCE))
    editor.running.add(make_page(editor.root, "a.md", FIRST, endless))
    until(lambda: editor.running.now("a.md").cells[1].outcome == "running")
    editor.running.add(make_page(editor.root, "a.md", FIRST, "'mended'"))
    until(lambda: plain_of(editor.running.now("a.md").cells[1]) == ["'mended'"])
    assert editor.first_runs == 1
    until(lambda: not pages())


def test_cells_appear_one_by_one(editor: Editor) -> None:
    """While a page runs, what has run is there, what runs and waits is marked, each with what it showed before."""
    editor.save("1", "open('go', 'a').close()\n'old'", "'last'")
    waits = "import os, time\nwhile not os.path.exists('stop'): time.sleep(0.01)\n'new'"
    editor.running.add(make_page(editor.root, "a.md", "1", waits, "'last'"))
    until(lambda: editor.running.now("a.md").cells[1].outcome == "running")
    now = editor.running.now("a.md")
    assert [cell.outcome for cell in now.cells] == ["passed", "running", "waiting"]
    assert [stale_of(cell) for cell in now.cells] == [[], ["'old'"], ["'last'"]]
    (editor.root / "stop").touch()
    record = editor.running.record("a.md")
    assert [plain_of(cell) for cell in record.cells] == [["1"], ["'new'"], ["'last'"]]
    assert [cell.stale for cell in record.cells] == [(), (), ()]


def test_a_failed_cell_keeps_what_it_showed_before(editor: Editor) -> None:
    """A failure has its last good output beside it, and so have the cells after it, until the page is good again."""
    editor.save("'one'", "'two'")
    for failing in ("1 / 0", "1 // 0"):
        record = editor.save(failing, "'two'")
        assert [stale_of(cell) for cell in record.cells] == [["'one'"], ["'two'"]]
    assert [cell.stale for cell in editor.save("'three'", "'two'").cells] == [(), ()]


def test_checkpoints_end_with_what_holds_them(tmp_path: Path, warm: WarmProcess) -> None:
    """A killed checkpoint costs time and no more; closed, none is left, nor a temporary folder of theirs."""
    editor = Editor(tmp_path, warm)
    editor.save(FIRST, "1", "2")
    until(lambda: len(checkpoints()) == 3)  # a moment ago they had another parent
    for checkpoint in checkpoints():
        checkpoint.kill()
    assert plain_of(editor.save(FIRST, "1", "3").cells[2]) == ["3"]
    editor.running.close()
    until(lambda: not checkpoints())
    assert not list(Path(warm.home).glob("tmp-*"))


def test_a_budget_is_kept(tmp_path: Path, warm: WarmProcess) -> None:
    """States that do not fit into the memory that a preview may spend are not kept."""
    settings = Settings(backend="cpu", store=None)
    with Running(settings=settings, warm=warm, checkpoints=1) as running:
        running.add(make_page(tmp_path, "a.md", "1", "2"))
        running.record("a.md")
        until(lambda: not checkpoints())


def test_the_least_recently_used_state_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of states that are too large together, that stays which an edit has gone on from last."""
    ended: list[int] = []
    states = [SimpleNamespace(pid=pid, used=used, close=partial(ended.append, pid)) for pid, used in ((1, 5), (2, 3))]
    monkeypatch.setattr(chains, "shared_size", lambda _: 6)
    kept = chains.Chains(budget=10)
    kept._kept = list(states)  # type: ignore[arg-type]
    kept.trim()
    assert ended == [2]


def stale_of(cell: CellRecord) -> list[str]:
    """The plain texts of what a cell showed before."""
    return plain_of(CellRecord(outcome="passed", outputs=cell.stale))


def test_a_save_lets_the_cells_before_the_edit_go_on(editor: Editor) -> None:
    """Whoever edits a cell while one before it still runs does not have that one run again."""
    waits = FIRST + "\nwhile not __import__('os').path.exists('go'): __import__('time').sleep(.01)\nprint('on')"
    editor.running.add(make_page(editor.root, "a.md", waits, "'old'", "'last'"))
    until((editor.root / "runs.log").exists)
    for code in ("'new'", "'newer'"):
        editor.running.add(make_page(editor.root, "a.md", waits, code))
        until(lambda: [cell.outcome for cell in editor.running.now("a.md").cells] == ["running", "waiting"])
    (editor.root / "go").touch()
    record = editor.running.record("a.md")
    assert outputs(record) == outputs(editor.fresh(waits, "'newer'"))
    assert plain_of(record.cells[1]) == ["'newer'"]
    assert editor.first_runs == 1


def test_a_save_does_not_wait_for_what_nothing_can_go_on_from(editor: Editor) -> None:
    """Where no copy can be made of a page, a save ends its run at once, wherever the edit is."""
    handler = "import signal\n_ = signal.signal(signal.SIGUSR2, signal.SIG_IGN)"
    sleeps = FIRST + "\nimport os, time\nif os.path.exists('first'): time.sleep(600)"
    waits = (sleeps, Options(timeout=5 * PATIENCE))
    (editor.root / "first").touch()
    editor.running.add(make_page(editor.root, "a.md", handler, waits, "'old'"))
    until((editor.root / "runs.log").exists)
    (editor.root / "first").unlink()
    editor.running.add(make_page(editor.root, "a.md", handler, waits, "'new'"))
    until(lambda: plain_of(editor.running.now("a.md").cells[2]) == ["'new'"])


def test_a_save_of_a_module_ends_the_run_that_has_imported_it(editor: Editor) -> None:
    """What comes of it would be of no use, although no cell has changed; the cells above go on from their state."""
    helper = editor.root / "helper.py"
    helper.write_text("import time\ndef answer():\n    time.sleep(600)\n")
    time.sleep(0.05)  # nothing goes on from what depends on a file that has just changed
    asks = ("helper.answer()", Options(timeout=5 * PATIENCE))
    page = make_page(editor.root, "a.md", FIRST, "import helper", asks)
    editor.running.add(page)
    until(lambda: editor.running.now("a.md").cells[2].outcome == "running")
    helper.write_text("def answer():\n    return 'soon'\n")
    time.sleep(0.05)
    editor.running.doubt()
    editor.running.add(page)
    until(lambda: plain_of(editor.running.now("a.md").cells[2]) == ["'soon'"])
    assert editor.first_runs == 1


def test_a_page_is_rehearsed_before_it_is_edited(tmp_path: Path, warm: WarmProcess) -> None:
    """A page whose record is in the store runs for its states alone, so that its first edit goes on from one."""
    settings, events = Settings(backend="cpu", store=tmp_path / "store"), list[Event]()
    run_pages([make_page(tmp_path, "a.md", FIRST, "'last'")], settings=settings, warm=warm)
    log = tmp_path / "runs.log"
    with Running(settings=settings, warm=warm, watch=events.append, checkpoints=2**30) as running:
        running.add(make_page(tmp_path, "a.md", FIRST, "'last'"))
        assert [event.what for event in events] == ["stored"]
        for _ in range(3):
            running.rehearse("a.md")
        until(lambda: [event.what for event in events] == ["stored", "started", "finished"])
        assert plain_of(running.record("a.md").cells[1]) == ["'last'"]
        running.rehearse("a.md")  # which has its states now
        time.sleep(0.3)
        assert [event.what for event in events] == ["stored", "started", "finished"]
        assert all(event.rehearsal for event in events[1:])
        running.add(make_page(tmp_path, "a.md", FIRST, "'edited'"))
        assert plain_of(running.record("a.md").cells[1]) == ["'edited'"]
        running.rehearse("a.md")  # which has run by now
        until(lambda: is_idle(running))
        assert [event.what for event in events if event.rehearsal] == ["started", "finished"]
        assert log.read_text() == "xx"
    until(lambda: not checkpoints())


def is_idle(running: Running) -> bool:
    """Whether no page runs or waits to be run."""
    workers = running._workers
    return workers is None or not (workers._inbox or workers._waiting or workers._running)


def test_an_edit_takes_a_rehearsal_over(tmp_path: Path, warm: WarmProcess) -> None:
    """An edit during the rehearsal waits for the cell before it, and does not run that again."""
    settings = Settings(backend="cpu", store=tmp_path / "store")
    waits = FIRST + "\nwhile not __import__('os').path.exists('go'): __import__('time').sleep(.01)"
    (tmp_path / "go").touch()
    run_pages([make_page(tmp_path, "a.md", waits, "'last'")], settings=settings, warm=warm)
    (tmp_path / "go").unlink()
    with Running(settings=settings, warm=warm, checkpoints=2**30) as running:
        running.add(make_page(tmp_path, "a.md", waits, "'last'"))
        running.rehearse("a.md")
        until(lambda: (tmp_path / "runs.log").read_text() == "xx")
        running.add(make_page(tmp_path, "a.md", waits, "'edited'"))
        until(lambda: [cell.outcome for cell in running.now("a.md").cells] == ["running", "waiting"])
        (tmp_path / "go").touch()
        assert plain_of(running.record("a.md").cells[1]) == ["'edited'"]
    assert (tmp_path / "runs.log").read_text() == "xx"


def test_a_rehearsal_keeps_nobody_waiting(tmp_path: Path, warm: WarmProcess) -> None:
    """With one place, a page that has to run does not wait for the end of another's rehearsal."""
    settings = Settings(backend="cpu", store=tmp_path / "store", jobs=1)
    sleeps = FIRST + "\nwhile not __import__('os').path.exists('go'): __import__('time').sleep(.01)"
    waits = (sleeps, Options(timeout=5 * PATIENCE))
    (tmp_path / "go").touch()
    run_pages([make_page(tmp_path, "a.md", waits)], settings=settings, warm=warm)
    (tmp_path / "go").unlink()
    with Running(settings=settings, warm=warm, checkpoints=2**30) as running:
        running.add(make_page(tmp_path, "a.md", waits))
        running.rehearse("a.md")
        until(lambda: (tmp_path / "runs.log").read_text() == "xx")
        running.add(make_page(tmp_path, "b.md", "'b'"))
        until(lambda: plain_of(running.now("b.md").cells[0]) == ["'b'"])


def test_an_edited_exercise_is_tried_anew(editor: Editor) -> None:
    """An edit of a check or a wrong answer tries all answers that it concerns, and no cell above runs again."""

    def page(check: str, wrong: str) -> list[Code]:
        parts = {"exercise": "answer = None", "check": check, "wrong": wrong, "solution": "answer = 42"}
        return [FIRST, *((code, Options(role=role, exercise="a")) for role, code in parts.items()), "answer"]  # type: ignore[arg-type]

    assert editor.save(*page("assert answer == 42", "answer = 41")).passed
    assert "wrong answer 1 passes" in failure_of(editor.save(*page("assert answer", "answer = 41"))).message
    assert "the starter passes" in failure_of(editor.save(*page("assert True", "answer = 41"))).message
    assert "wrong answer 1 passes" in failure_of(editor.save(*page("assert answer == 42", "answer = 6 * 7"))).message
    assert plain_of(editor.save(*page("assert answer == 42", "answer = 43")).cells[-1]) == ["42"]
    assert editor.first_runs == 1


def test_a_state_is_that_of_its_seed(tmp_path: Path, forked: WarmProcess) -> None:
    """A page that is added with another seed goes on from no state that random numbers of the first have made."""
    settings, draws, shown = Settings(backend="cpu", store=None), "import torch\nx = torch.rand(3)", []
    with Running(settings=settings, warm=forked, checkpoints=2**30) as running:
        for seed, last in ((0, "x"), (1, "x + 0"), (0, "x + 0 + 0")):
            running.add(make_page(tmp_path, "a.md", draws, last), seed=seed)
            shown.append(plain_of(running.record("a.md").cells[1]))
    assert shown[0] == shown[2] != shown[1]
