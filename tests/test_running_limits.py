"""What a page may use has limits: passing one ends that page with its line, and says how to raise it."""

import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from runs import also_spawned, both_ways, failure_of, make_page, plain_of, run_all, run_one, text_of

from workings.outputs import Display
from workings.running.frames import STOP
from workings.running.line import Launcher
from workings.running.warm import WarmProcess
from workings.running.watching import Ending, watch
from workings.settings import Limits

FEW = Limits(processes=24, cell_seconds=60.0)
MARK = "86421.97531"
"""Seconds that nothing else sleeps for: a process that does is one of ours."""

BOMBS = {
    "subprocesses": f"import subprocess\nall = [subprocess.Popen(['sleep', '{MARK}']) for _ in range(200)]",
    "forks": f"import os, time\nfor _ in range(200):\n    if os.fork() == 0: os.execlp('sleep', 'sleep', '{MARK}')",
    "forks that fork": f"import os\nfor _ in range(8): os.fork()\nos.execlp('sleep', 'sleep', '{MARK}')",
    "sessions of their own": (
        f"import subprocess\nall = [subprocess.Popen(['sleep', '{MARK}'], start_new_session=True) for _ in range(200)]"
    ),
    "orphans": f"import os\nfor _ in range(200): os.system('setsid sleep {MARK} &')",
    "a shell's children": f"import os\nos.system('for i in $(seq 200); do sleep {MARK} & done; wait')",
    "a shell that doubles": (
        f"import os\nos.system('f() {{ [ $1 = 0 ] && exec sleep {MARK}; f $(($1 - 1)) & f $(($1 - 1)) & wait; }}; f 7')"
    ),
    "a shell's sessions": f"import os\nos.system('for i in $(seq 200); do setsid sleep {MARK} & done; wait')",
    "multiprocessing": (
        "import multiprocessing, time\nmake = multiprocessing.get_context('fork').Process\n"
        f"for _ in range(200): make(target=time.sleep, args=({MARK},)).start()"
    ),
}


@also_spawned("bomb", BOMBS, "forks that fork")
def test_a_bomb_ends_its_page_alone(tmp_path: Path, warm: Launcher, bomb: str) -> None:
    """A page that starts too many processes fails at the line that does, beside a healthy page, and leaves none."""
    bad = make_page(tmp_path, "bad.md", "print('seen')\n" + BOMBS[bomb], "never = 1")
    good = make_page(tmp_path, "good.md", "import time\ntime.sleep(0.3)\n'fine'")
    records = run_all([bad, good], warm, limits=FEW)
    assert plain_of(records["good.md"].cells[0]) == ["'fine'"]
    failure = failure_of(records["bad.md"])
    assert (failure.reason, failure.name) == ("processes", "ProcessLimit")
    assert "24 processes" in failure.message
    assert "`processes`" in failure.message
    assert failure.place.line in (8, 9)
    assert text_of(records["bad.md"].cells[0]).startswith("seen\n")
    assert records["bad.md"].cells[1].outcome == "not-run"
    assert left() == []


def left() -> list[int]:
    """The processes of a bomb that are still there; what is no more than a corpse is not."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if MARK in " ".join(process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


class Stopped(NamedTuple):
    """A page that was told to stop, and a process that it has started."""

    pid: int
    other: int

    def wait(self, control: socket.socket) -> bool:
        """The order has come."""
        return not control

    def started(self) -> set[int]:
        """What it has started."""
        return {self.other}

    def end(self) -> Ending:
        """Wait until the other process stands still."""
        deadline = time.monotonic() + 5
        while psutil.Process(self.other).status() != psutil.STATUS_STOPPED:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return Ending(0, 0, set())


def test_what_a_bomb_has_started_stands_still_while_its_page_is_stopped(tmp_path: Path) -> None:
    """While a page leaves its stack, which takes a moment, nothing that it has started can start more."""
    ours, theirs = socket.socketpair()
    ours.send(STOP)
    page, other = (subprocess.Popen(["sleep", MARK]) for _ in range(2))
    try:
        watch(Stopped(page.pid, other.pid), scratch=str(tmp_path), control=theirs)
    finally:
        for process in (page, other):
            process.kill()
            process.wait()
        ours.close()
        theirs.close()


@both_ways
def test_python_is_refused_the_one_too_many(tmp_path: Path, warm: Launcher) -> None:
    """What Python starts is counted before it starts; a cell that catches the exception has failed all the same."""
    code = f"""
import subprocess
all = []
try:
    for _ in range(60): all.append(subprocess.Popen(["sleep", "{MARK}"]))
except BlockingIOError:
    print(len(all))
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=FEW)
    assert text_of(record.cells[0]) == "23\n"
    failure = failure_of(record)
    assert failure.reason == "processes"
    assert failure.place.line == 10
    assert left() == []


def test_processes_below_the_limit_are_no_bomb(tmp_path: Path, warm: WarmProcess) -> None:
    """A page may start as many processes as it likes, one after the other, and have as many at once as the limit."""
    one_by_one = (
        "import os\nfor _ in range(60):\n    pid = os.fork()\n    if not pid: os._exit(0)\n    os.waitpid(pid, 0);"
    )
    at_once = "import subprocess\nall = [subprocess.Popen(['cat'], stdin=subprocess.PIPE) for _ in range(20)]\n"
    orphans = "for _ in range(60): os.system('true & true &')"
    page = make_page(tmp_path, "a.md", one_by_one, at_once + "for one in all: one.communicate();", orphans)
    record = run_one(page, warm, limits=FEW)
    assert record.passed, failure_of(record)
    assert record.warnings == ()


def test_a_copy_of_the_page_ends_with_the_cell(tmp_path: Path, warm: WarmProcess) -> None:
    """A process that a cell forks and that comes to the cell's end runs none of the cells below."""
    codes = (
        "import os\nos.fork();",
        "open('ran', 'a').write('x');",
        "import time\ntime.sleep(0.3)\nopen('ran').read()",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert plain_of(record.cells[2]) == ["'x'"]


def test_memory_that_processes_share_counts_once(tmp_path: Path, warm: WarmProcess) -> None:
    """Forked processes that only look at what their page has take no more than it."""
    code = """
import os, time
x = bytearray(100 * 2**20)
for _ in range(8):
    if os.fork() == 0:
        time.sleep(1.5)
        os._exit(0)
for _ in range(8): os.wait()
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(memory=600 * 2**20))
    assert record.passed, failure_of(record)


@pytest.mark.parametrize("leave", ["", "os.setsid()"])
def test_shared_memory_counts(tmp_path: Path, warm: WarmProcess, leave: str) -> None:
    """Tensors in shared memory are part of what a page takes, in processes that have left its session too."""
    code = f"""
import os, time, torch
if os.fork() == 0:
    {leave}
    all = [torch.ones(100 * 2**18).share_memory_() for _ in range(7)]
    time.sleep(20)
time.sleep(20)
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(memory=600 * 2**20))
    assert failure_of(record).reason == "memory"


SMALL = Limits(file_size=4 * 2**20, output=2**16)


@pytest.mark.parametrize(
    "write",
    [
        "open('big', 'wb').write(bytes(5 * 2**20))",
        "import torch\ntorch.save(torch.zeros(2**21), 'big')",
        "import numpy as np\nnp.save('big.npy', np.zeros(2**20))",
        "import numpy as np\nnp.zeros(2**20).tofile('big')",
        "import os\nos.truncate(os.open('big', os.O_RDWR | os.O_CREAT), 2**24)",
        "import torch\ntorch.zeros(2**21).share_memory_()",
        "import signal\n_ = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nopen('big', 'wb').write(bytes(5 * 2**20))",
    ],
    ids=["write", "torch.save", "numpy.save", "tofile", "truncate", "shared memory", "no signal"],
)
def test_a_file_has_a_limit(tmp_path: Path, warm: WarmProcess, write: str) -> None:
    """A file that grows too large fails its cell at its line, and the message names the setting."""
    failure = failure_of(run_one(make_page(tmp_path, "a.md", "print('seen')\n" + write), warm, limits=SMALL))
    assert failure.reason == "file-size", failure
    assert "4 MiB" in failure.message
    assert "`file_size`" in failure.message
    assert failure.place.line == 7 + write.count("\n")


def test_another_program_s_file_has_the_limit_too(tmp_path: Path, warm: WarmProcess) -> None:
    """A program that writes too much is ended by SIGXFSZ, which Python reports, and the page goes on."""
    code = "import subprocess\nsubprocess.run(['dd', 'if=/dev/zero', 'of=big', 'bs=1M', 'count=9']).returncode"
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=SMALL)
    assert plain_of(record.cells[0]) == ["-25"]
    assert (tmp_path / "big").stat().st_size == 2**22


def test_captured_text_keeps_its_own_limit(tmp_path: Path, warm: WarmProcess) -> None:
    """Cells that print, each less than it may, never meet the limit of files, however small that is."""
    limits = Limits(file_size=1000, output=10_000)
    record = run_one(make_page(tmp_path, "a.md", *["print('x' * 9000)"] * 20), warm, limits=limits)
    assert record.passed, failure_of(record)
    flood = run_one(make_page(tmp_path, "b.md", "print('x' * 5_000_000)"), warm, limits=limits)
    assert failure_of(flood).name == "OutputLimit"


HUGE = {
    "open at the end": ("plt.figure(figsize=(1000, 1000));", None),
    "displayed": ("figure = plt.figure(figsize=(1000, 1000))\ndisplay(figure)", 9),
    "the result": ("plt.figure(figsize=(2000, 500))", None),
    "shown": ("plt.figure(figsize=(1000, 1000))\nplt.show()", 9),
    "many points": ("plt.figure(figsize=(50, 50))\nx = torch.arange(9e4)\nplt.plot(x, torch.rand(90000), ',');", None),
    "text far away": (
        "plt.plot([0, 1])\nplt.text(900, 900, 'x')\nplt.plot(torch.rand(90000), ',');",
        None,
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_figure_is_refused_before_it_is_drawn(tmp_path: Path, warm: WarmProcess, name: str) -> None:
    """A figure of too many pixels fails its cell, whichever way it would be shown, and no time goes into it."""
    code, line = HUGE[name]
    page = make_page(tmp_path, "a.md", "print('seen')\nimport torch, matplotlib.pyplot as plt\n" + code)
    record = run_one(page, warm)
    failure = failure_of(record)
    assert (failure.reason, failure.name) == ("output", "OutputLimit")
    assert "pixels" in failure.message
    assert "`pixels`" in failure.message
    assert line is None or failure.place.line == line
    assert not any(isinstance(output, Display) for output in record.cells[0].outputs)


@pytest.mark.parametrize("figure", ["plt.figure", "matplotlib.figure.Figure"])
def test_saving_a_huge_figure_is_refused(tmp_path: Path, warm: WarmProcess, figure: str) -> None:
    """`savefig` of a figure that is too large raises where it is called."""
    code = f"import matplotlib.figure, matplotlib.pyplot as plt\n{figure}(figsize=(300, 300)).savefig('x.png')"
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm))
    assert "pixels" in failure.message
    assert failure.place.line == 7
    assert not (tmp_path / "x.png").exists() or (tmp_path / "x.png").stat().st_size == 0


IMAGE = """
import struct, zlib
from IPython.display import Image
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", {width}, 30000, 8, 0, 0, 0, 0))
jpeg = b"\\xff\\xd8\\xff\\xe0\\0\\x06abcd\\xff\\xff\\xc0\\0\\x11\\x08" + struct.pack(">HH", 30000, {width}) + bytes(99)
gif = b"GIF89a" + struct.pack("<HH", {width}, 30000) + bytes(99)
Image({kind}, format="{kind}")
"""


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif"])
def test_a_huge_image_is_refused(tmp_path: Path, warm: WarmProcess, kind: str) -> None:
    """An image says in its first bytes how large it is, and one that is too large is not shown."""
    codes = [IMAGE.format(kind=kind, width=width) for width in (1000, 30000)]
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert isinstance(record.cells[0].outputs[0], Display)
    failure = failure_of(record)
    assert failure.reason == "output"
    assert "30,000 x 30,000 pixels" in failure.message


DOORS = {
    "metadata": "display({'text/plain': 'x'}, metadata={'k': 'x' * 100_000}, raw=True)",
    "metadata of a form": "display({'text/plain': 'x'}, metadata={'text/plain': {'k': ['x' * 100_000]}}, raw=True)",
    "the name of a form": "display({'text/' + 'x' * 100_000: 'x'}, raw=True)",
    "the name of a display": "display('x', display_id='x' * 100_000);",
    "displays, each small": "for _ in range(9): display('x' * 30_000)",
    "displays of one name": "h = display('', display_id='x')\nfor _ in range(9): h.display('')\nh.update('x' * 30_000)",
    "an update of many": "h = display('', display_id='x')\nfor n in range(9): display(n, display_id=str(n))\n"
    "for n in range(9): update_display('x' * 30_000, display_id=str(n))",
}


@pytest.mark.parametrize("door", DOORS)
def test_displays_have_limits_of_all_kinds(tmp_path: Path, warm: WarmProcess, door: str) -> None:
    """Names, metadata and the sum of what a cell shows count too, and the failure is at the line that shows it."""
    code = "from IPython.display import display, update_display\n" + DOORS[door]
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(display=50_000))
    failure = failure_of(record)
    assert (failure.reason, failure.name, failure.place.line) == ("output", "OutputLimit", 6 + code.count("\n"))
    assert "bytes" in failure.message
    assert len(str(record)) < 300_000


def test_updates_have_a_number(tmp_path: Path, warm: WarmProcess) -> None:
    """A display that is replaced again and again, for as long as its cell may run, ends its cell before that."""
    code = "h = display('', display_id='x')\nfor n in range(20_000): h.update('')"
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(cell_seconds=100.0)))
    assert (failure.reason, failure.place.line) == ("output", 7)


def test_displays_of_other_cells_are_counted_when_they_are_replaced(tmp_path: Path, warm: WarmProcess) -> None:
    """An update is as large as all the displays that it replaces, wherever on the page they are."""
    codes = ["display('', display_id='x')"] * 9 + [
        "from IPython.display import update_display\nupdate_display('x' * 30_000, display_id='x')"
    ]
    record = run_one(make_page(tmp_path, "a.md", *codes), warm, limits=Limits(display=50_000))
    assert [cell.outcome for cell in record.cells] == ["passed"] * 9 + ["failed"]


def test_displays_that_are_taken_back_count_no_more(tmp_path: Path, warm: WarmProcess) -> None:
    """An animation shows a picture at a time: what it, or another cell, has shown before is not added to it."""
    codes = (
        "from IPython.display import clear_output\nfor _ in range(50):\n    clear_output(wait=True)\n"
        "    display('x' * 30_000, display_id='x')",
        "h = display('', display_id='y')\nfor _ in range(50): h.update('y' * 30_000)",
        "display('z' * 30_000)",
        *(f"display('x' * 30_000, display_id='{number}')" for number in range(9)),
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm, limits=Limits(display=50_000))
    assert record.passed, failure_of(record)


def test_the_name_of_an_exception_has_a_limit(tmp_path: Path, warm: WarmProcess) -> None:
    """Of a class with an endless name, and of a message without end, the beginning is kept."""
    code = "raise type('x' * 100_000, (Exception,), {})('m' * 100_000)"
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm))
    assert failure.name.startswith("xxx")
    assert failure.message.startswith("mmm")
    assert len(failure.name) < 300
    assert len(failure.message) + len(failure.traceback) < 50_000
