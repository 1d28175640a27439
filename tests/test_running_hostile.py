"""What a page does to the processes around it costs that page alone, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest
from runs import both_ways, failure_of, gone, make_page, plain_of, run_all, run_one, text_of
from stores import within

from workings.engine import run_pages
from workings.outputs import Provenance
from workings.running.frames import Done, Started, pack
from workings.running.line import Launcher
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

QUICK = Limits(cell_seconds=1.0, page_seconds=4.0)


def test_a_stopped_supervisor_hangs_nothing(tmp_path: Path, warm: WarmProcess) -> None:
    """A page that stops the process which watches over it is ended, and that process too."""
    code = "import os, signal\nprint(os.getppid(), flush=True)\nos.kill(os.getppid(), signal.SIGSTOP)\n"
    ends = {"done.md": "1", "loops.md": "while True: pass"}
    pages = [make_page(tmp_path, name, code + end) for name, end in ends.items()]
    with within(25):
        records = run_all(pages, warm, limits=QUICK, jobs=2)
    assert not records["loops.md"].passed
    for record in records.values():
        assert gone(int(text_of(record.cells[0]).split()[0]))


def test_what_a_page_detached_is_ended_when_its_supervisor_is_killed(tmp_path: Path, warm: WarmProcess) -> None:
    """A daemon whose page has killed the supervisor is found by the warm process, and ended."""
    code = """
import os, subprocess
print(subprocess.Popen(["sleep", "1234567"], start_new_session=True).pid, flush=True)
os.kill(os.getppid(), 9)
while True: pass
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=QUICK)
    assert failure_of(record).reason == "crash"
    assert gone(int(text_of(record.cells[0])))


@pytest.mark.parametrize(
    "message",
    [Started(index=99), Started(index=-1), Started(index=0), Done(provenance=Provenance(backend="cpu"))],
    ids=["no such cell", "below none", "again", "complete"],
)
def test_a_forged_message_is_a_crash_of_its_page(tmp_path: Path, warm: WarmProcess, message: msgspec.Struct) -> None:
    """Messages of the right form at the wrong time end the page, and no other."""
    write = f"try: os.write(d, {pack(message)!r})\n    except OSError: pass\n"
    forge = f"import os, time\nfor d in range(3, 1000):\n    {write}"
    bad = make_page(tmp_path, "bad.md", forge + "time.sleep(1)", "2")
    records = run_all([bad, make_page(tmp_path, "good.md", "'fine'")], warm, limits=QUICK)
    assert failure_of(records["bad.md"]).reason in ("crash", "timeout")
    assert plain_of(records["good.md"].cells[0]) == ["'fine'"]


def test_a_message_without_end_is_a_crash_of_its_page(tmp_path: Path, warm: WarmProcess) -> None:
    """Nobody waits for, or keeps, the rest of a message that is said to be longer than any can be."""
    code = "import os, time\nfor d in range(600, 610):\n    try: os.write(d, b'\\xff' * 99)\n    except OSError: pass\n"
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code + "time.sleep(60)"), warm, limits=QUICK))
    assert (failure.reason, failure.name) == ("crash", "ProtocolError")


def test_what_a_page_does_while_it_is_stopped_comes_too_late(tmp_path: Path, warm: WarmProcess) -> None:
    """A cell that comes to its end when it is asked for its stack has passed its limit all the same."""
    code = "import signal, time\nasked = []\nsignal.signal(signal.SIGUSR1, lambda *_: asked.append(1))\n"
    record = run_one(make_page(tmp_path, "a.md", code + "while not asked: time.sleep(0.01)"), warm, limits=QUICK)
    assert failure_of(record).reason == "timeout"


def test_dev_stdout_can_be_written(tmp_path: Path, warm: WarmProcess) -> None:
    """Opening /dev/stdout cuts the file behind it, and no text is lost for that."""
    code = "import os\nprint('before')\nos.system('echo hello > /dev/stdout')\nprint('after')"
    record = run_one(make_page(tmp_path, "a.md", "print('x' * 99)", code), warm)
    assert text_of(record.cells[1]) == "before\nhello\nafter\n"


def test_a_crash_of_a_child_is_not_the_page_s(tmp_path: Path, warm: WarmProcess) -> None:
    """When a page's own child has crashed, a later time-out still names the cell that ran too long."""
    crash = "import os, ctypes\npid = os.fork()\nif pid == 0: ctypes.string_at(0)\nos.waitpid(pid, 0);"
    failure = failure_of(run_one(make_page(tmp_path, "a.md", crash, "while True: pass"), warm, limits=QUICK))
    assert failure.reason == "timeout"
    assert failure.place.line == 15
    assert "Segmentation" not in failure.traceback


def test_live_displays_count_once(tmp_path: Path, warm: WarmProcess) -> None:
    """A display that replaces itself a thousand times, or is taken back, is one display."""
    codes = (
        "from IPython.display import clear_output\nfor i in range(500):\n    clear_output(wait=True)\n    display(i)",
        "h = display('start', display_id=True)\nfor i in range(500): h.update(i)",
        "for i in range(500):\n    clear_output(wait=True)\n    print('x' * 10_000)",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert record.passed, failure_of(record)
    assert [plain_of(cell) for cell in record.cells[:2]] == [["499"], ["499"]]
    assert text_of(record.cells[2]) == "x" * 10_000 + "\n"


@pytest.mark.parametrize("leave", ["exit()", "quit"])
def test_exit_is_an_exception(tmp_path: Path, warm: WarmProcess, leave: str) -> None:
    """`exit()` and `quit` end a cell as `sys.exit()` does."""
    failure = failure_of(run_one(make_page(tmp_path, "a.md", leave), warm))
    assert (failure.name, failure.reason) == ("SystemExit", "exception")


@both_ways
def test_helpers_that_end_by_themselves_are_not_left(tmp_path: Path, warm: Launcher) -> None:
    """Python's resource tracker, which outlives a page by a moment, is no process left running."""
    code = """
from multiprocessing import shared_memory
block = shared_memory.SharedMemory(create=True, size=10)
block.close(); block.unlink()
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.passed
    assert record.warnings == ()


def test_the_memory_of_children_counts(tmp_path: Path, warm: WarmProcess) -> None:
    """The limit is the page's: what its children take is part of it."""
    code = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        x = bytearray(300 * 2**20)
        time.sleep(20)
time.sleep(20)
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(memory=700 * 2**20))
    assert failure_of(record).reason == "memory"


def test_temporary_files_go_with_the_page(tmp_path: Path, warm: WarmProcess) -> None:
    """What a page makes with `tempfile`, and the file that its text is caught in, are gone when it is done."""
    code = "import os, tempfile\nfolder = tempfile.mkdtemp()\nopen(folder + '/x', 'w').write('x')\n"
    code += "print(folder, os.path.dirname(os.readlink('/proc/self/fd/1')))"
    folders = text_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0]).split()
    assert len(folders) == 2
    assert not any(Path(folder).exists() for folder in folders)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_killed_build_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """When the process that waits for pages is ended, pages, helpers and temporary folders go as well."""
    make_page(tmp_path, "a.md", "import time\nprint('x', flush=True)\ntime.sleep(60)")
    code = "from workings.command_line import main; main(['run', 'a.md', '--no-store'])"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as build:
        below = wait_for_page(tmp_path, build.pid)
        build.send_signal(number)
        build.wait(timeout=20)
    assert all(gone(pid) for pid in below)
    assert not list(tmp_path.glob("workings-*"))


def wait_for_page(folder: Path, pid: int) -> list[int]:
    """The processes below a build, once its page has printed something."""
    for _ in range(600):
        if any(file.stat().st_size for file in folder.glob("workings-page-*/stdout")):
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        time.sleep(0.1)
    pytest.fail("the page did not start")


@pytest.mark.parametrize(
    ("code", "file"),
    [
        ("try:\n    import absent\n    print('there')\nexcept ImportError:\n    print('absent')", "absent.py"),
        (
            "print(open('script.py').read() if __import__('os').path.exists('script.py') else '')\n%run script.py",
            "script.py",
        ),
    ],
    ids=["absent module", "script"],
)
def test_what_was_looked_for_counts(tmp_path: Path, warm: WarmProcess, code: str, file: str) -> None:
    """A module that was not there when it was imported, and a script that is run, are part of what a record needs."""
    settings = Settings(backend="cpu", store=tmp_path / "store")
    page = make_page(tmp_path, "a.md", code)
    if file == "script.py":
        (tmp_path / file).write_text("print('one')\n")
    time.sleep(0.05)
    first = run_pages([page], settings=settings, warm=warm).records["a.md"]
    (tmp_path / file).write_text("print('two')\n")
    time.sleep(0.05)
    second = run_pages([page], settings=settings, warm=warm).records["a.md"]
    assert text_of(first.cells[0]) != text_of(second.cells[0])
