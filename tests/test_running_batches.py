"""Pages of one cell that share a process are as they are alone: what goes wrong with one is told of that one."""

import time
from pathlib import Path

import pytest
from runs import gone, make_page, run_one, text_of

from workings.engine import Running
from workings.events import Event
from workings.outputs import Record
from workings.page import Page
from workings.running.batches import in_batches
from workings.running.scheduling import Task
from workings.running.shared_memory import names
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

PARENT = "import os\nprint(os.getppid())"
QUICK = Limits(cell_seconds=2.0)


def pages_of(root: Path, *codes: str) -> list[Page]:
    """A page for each code."""
    return [make_page(root, f"{number}.md", code) for number, code in enumerate(codes)]


def run(pages: list[Page], warm: WarmProcess, *, store: Path | None = None, jobs: int = 1) -> list[Record]:
    """The records of pages that run together."""
    settings = Settings(backend="cpu", store=store, jobs=jobs, limits=QUICK)
    with Running(settings=settings, warm=warm) as running:
        running.add(*pages, together=True)
        return [running.record(page.path) for page in pages]


def told(pages: list[Page], warm: WarmProcess, store: Path) -> list[tuple[str, str]]:
    """What was told of pages that run together and are kept."""
    events: list[Event] = []
    with Running(settings=Settings(backend="cpu", store=store, jobs=1), warm=warm, watch=events.append) as running:
        running.add(*pages, together=True)
        for page in pages:
            running.record(page.path)
    return [(event.what, event.page) for event in events if event.what in ("finished", "stored")]


def test_pages_share_a_process_that_forks_each_of_them(tmp_path: Path, forked: WarmProcess) -> None:
    """Of eight, the last runs in it; each leads its own session, as a page does. The next share another one."""
    codes = [f"{PARENT}\nprint(os.getpid())\nassert os.getsid(0) == os.getpid()"] * 10
    records = run(pages_of(tmp_path, *codes), forked)
    parents, selves = zip(*(text_of(record.cells[0]).split() for record in records), strict=True)
    assert [record.passed for record in records] == [True] * 10
    assert set(parents[:7]) == {selves[7]}
    assert parents[8] == selves[9]
    assert len(set(selves)) == 10


def test_a_record_of_a_batch_is_that_of_a_page(tmp_path: Path, forked: WarmProcess) -> None:
    """Outputs, provenance but for time and memory, and no warning."""
    pages = pages_of(tmp_path, "import torch\nprint(1)\ntorch.rand(2)", "import sys\nprint(2, file=sys.stderr)\nIn")
    for together, alone in zip(run(pages, forked), (run_one(page, forked) for page in pages), strict=True):
        assert [(cell.outcome, cell.outputs) for cell in together.cells] == [
            (cell.outcome, cell.outputs) for cell in alone.cells
        ]
        assert (together.warnings, together.provenance.seed, together.provenance.device) == (
            alone.warnings,
            alone.provenance.seed,
            alone.provenance.device,
        )


ENDS = {
    "its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time; time.sleep(5)",
    "the engine's connection": "import os\nfor number in range(3, 2000):\n    try: os.write(number, b'xxxxxxxxxxxx')\n"
    "    except OSError: pass",
    "itself": "import os\nos._exit(0)",
    "the streams": "import os\nfor number in range(3, 2000):\n    try: os.close(number)\n    except OSError: pass",
}


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("what", ENDS)
def test_a_page_that_ends_more_than_itself_fails_alone(tmp_path: Path, forked: WarmProcess, what: str, at: int) -> None:
    """Whatever it does to the process that it shares or is, the others pass, and it fails as it does alone."""
    codes = ["print('one')", "print('other')"]
    codes.insert(at, ENDS[what])
    pages = pages_of(tmp_path, *codes)
    records = run(pages, forked)
    bad, failed = pages.pop(at), records.pop(at)
    assert [text_of(record.cells[0]) for record in records] == ["one\n", "other\n"]
    alone = run_one(bad, forked).cells[0].failure
    failure = failed.cells[0].failure
    assert failure is not None
    assert alone is not None
    assert (failure.name, failure.message, failure.place) == (alone.name, alone.message, alone.place)


def test_nothing_is_left_when_the_next_begins(tmp_path: Path, forked: WarmProcess) -> None:
    """Shared memory, temporary files and folders, and a process that outlives its page."""
    leaves = """import os, subprocess, tempfile
os.mkdir(os.path.join(tempfile.gettempdir(), 'folder'))
open(os.path.join(tempfile.gettempdir(), 'folder', 'file'), 'w').close()
os.symlink('/', os.path.join(tempfile.gettempdir(), 'link'))
import torch
shared = torch.ones(1000).share_memory_()
print(os.path.basename(shared.untyped_storage()._share_filename_cpu_()[1].decode().lstrip('/')))"""
    looks = "import os, tempfile\nprint(os.listdir(tempfile.gettempdir()))"
    before = names()
    left, looked = run(pages_of(tmp_path, leaves, looks), forked)
    assert left.passed, left
    assert text_of(looked.cells[0]) == "[]\n"
    assert names() == before


def test_workers_that_end_with_their_page_are_not_left(tmp_path: Path, forked: WarmProcess) -> None:
    """What multiprocessing ends with the process that has started it is no reason to run a page alone."""
    daemon = "import multiprocessing, time\nmultiprocessing.Process(target=time.sleep, args=(9,), daemon=True).start()"
    one, other, _ = run(pages_of(tmp_path, f"{daemon}\n{PARENT}", PARENT, "1"), forked)
    assert text_of(one.cells[0]) == text_of(other.cells[0])


def test_a_module_that_pages_import_is_read_by_all(tmp_path: Path, forked: WarmProcess) -> None:
    """What a page of a batch reads is known: an edited module makes its record stale, and no edit does nothing."""
    store, helper = tmp_path / "store", tmp_path / "helper.py"
    helper.write_text("value = 1\n")
    time.sleep(0.2)  # what is written at the moment when a page starts may change unseen: no record of it is kept
    pages = pages_of(tmp_path, "import helper\nprint(helper.value)", "print('apart')")
    assert {what for what, _ in told(pages, forked, store)} == {"finished"}
    assert {what for what, _ in told(pages, forked, store)} == {"stored"}
    helper.write_text("value = 22\n")
    assert ("finished", "0.md") in told(pages, forked, store)
    assert text_of(run(pages, forked, store=store)[0].cells[0]) == "22\n"


def test_nothing_is_believed_of_a_batch_that_has_not_come_to_its_end(tmp_path: Path, forked: WarmProcess) -> None:
    """Nobody knows what its pages have read: they run again, and are stale when that changes."""
    store, helper = tmp_path / "store", tmp_path / "helper.py"
    helper.write_text("value = 1\n")
    time.sleep(0.2)
    pages = pages_of(tmp_path, "import helper\nprint(helper.value)", ENDS["its parent"], "print('apart')")
    assert ("finished", "0.md") in told(pages, forked, store)
    helper.write_text("value = 22\n")
    assert ("finished", "0.md") in told(pages, forked, store)


def test_the_last_of_a_batch_is_named_if_it_leaves_something(tmp_path: Path, forked: WarmProcess) -> None:
    """It has run in the process that all of them shared, and what that leaves might be anyone's."""
    leaves = "import subprocess\nprint(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)"
    one, last = run(pages_of(tmp_path, "1", leaves), forked)
    assert (one.warnings, last.warnings) == ((), ("1.md: left 1 process running, which was ended",))
    assert gone(int(text_of(last.cells[0])))


def test_what_is_given_up_ends(tmp_path: Path, forked: WarmProcess) -> None:
    """Closing ends the page that runs, the process that it shares, and what it has started."""
    note = tmp_path / "pids"
    waits = f"""import os, subprocess, time
child = subprocess.Popen(['sleep', '1000'], start_new_session=True)
open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} {{child.pid}}\\n')
time.sleep(1000)"""
    settings = Settings(backend="cpu", store=None, jobs=1)
    with Running(settings=settings, warm=forked) as running:
        running.add(*pages_of(tmp_path, waits, "1"), together=True)
        while not (note.exists() and note.read_text().endswith("\n")):
            assert running.fault is None
    assert all(gone(int(pid)) for pid in note.read_text().split())


def test_only_pages_that_are_alike_share_a_process(tmp_path: Path) -> None:
    """Of one folder, on the processor, with one seed and one cell; eight at most, in their order."""
    one, two = Settings(backend="cpu").seed, 7
    alike = [Task(page=page, key="", backend="cpu", seed=one, expected=1.0) for page in pages_of(tmp_path, *"1" * 10)]
    others = [
        Task(page=make_page(tmp_path, "sub/a.md", "1"), key="", backend="cpu", seed=one, expected=1.0),
        Task(page=make_page(tmp_path, "b.md", "1"), key="", backend="cpu", seed=two, expected=1.0),
        Task(page=make_page(tmp_path, "c.md", "1"), key="", backend="cuda", seed=one, expected=1.0),
        Task(page=make_page(tmp_path, "d.md", "1", "2"), key="", backend="cpu", seed=one, expected=1.0),
    ]
    first, second, *alone = in_batches([*alike[:5], *others, *alike[5:]])
    assert (first.parts, second.parts, alone) == (tuple(alike[:8]), tuple(alike[8:]), others)
    assert (first.expected, first.page.independent, len(first.page.cells)) == (8.0, True, 8)
