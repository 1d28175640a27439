"""Whatever a page does, its build ends, it is named, what it printed is kept, and its neighbours are untouched."""

import os
import time
from pathlib import Path

import pytest
from runs import both_ways, failure_of, gone, make_page, plain_of, run_all, run_one, text_of

from workings.outputs import Display, Stream
from workings.page import Options
from workings.running.line import Launcher
from workings.running.warm import WarmProcess
from workings.settings import Limits

QUICK = Limits(cell_seconds=1.0, page_seconds=4.0, memory=512 * 2**20, output=20_000, displays=20, display=50_000)

FAULTS = {
    "loops": ("print('seen')\nwhile True: pass", "timeout", "TimeoutError", 7),
    "sleeps": ("print('seen')\nimport time\ntime.sleep(100)", "timeout", "TimeoutError", 8),
    "holds the GIL": ("print('seen')\nsum(range(10**13))", "timeout", "TimeoutError", 7),
    "stops itself": (
        "print('seen')\nimport os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "timeout",
        "TimeoutError",
        8,
    ),
    "ignores signals": (
        "print('seen')\nimport signal\nfor s in (1, 2, 3, 10, 15): signal.signal(s, signal.SIG_IGN)\nwhile True: pass",
        "timeout",
        "TimeoutError",
        None,
    ),
    "text of the exception never ends": (
        "print('seen')\nclass E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "timeout",
        "TimeoutError",
        None,
    ),
    "leaves with status 0": ("print('seen')\nimport os\nos._exit(0)", "crash", "ProcessExit", None),
    "leaves with status 7": ("print('seen')\nimport os\nos._exit(7)", "crash", "ProcessExit", None),
    "segfaults": ("print('seen')\nimport ctypes\nctypes.string_at(0)", "crash", "SIGSEGV", 8),
    "kills itself": ("print('seen')\nimport os\nos.kill(os.getpid(), 9)", "crash", "SIGKILL", None),
    "kills its session": ("print('seen')\nimport os\nos.killpg(0, 9)", "crash", "SIGKILL", None),
    "kills its parent": (
        "print('seen')\nimport os, time\nos.kill(os.getppid(), 9)\ntime.sleep(9)",
        "crash",
        "SIGKILL",
        None,
    ),
    "aborts": ("print('seen')\nimport os\nos.abort()", "crash", "SIGABRT", 8),
    "takes all memory": ("print('seen')\nx = [bytearray(2**20) for _ in range(10**6)]", "memory", "MemoryError", 7),
    "tensor too large": ("print('seen')\nimport torch\ntorch.zeros(2**30)", "memory", "RuntimeError", 8),
    "prints 50 MB": ("print('seen')\nprint('x' * 50_000_000)", "output", "OutputLimit", None),
    "prints without end": ("print('seen')\nwhile True: print('x' * 1000)", "output", "OutputLimit", 7),
    "shows too much": ("print('seen')\nfor i in range(100): display(i)", "output", "OutputLimit", None),
    "shows one huge thing": ("print('seen')\n'x' * 100_000", "output", "OutputLimit", None),
    "exits": ("print('seen')\nimport sys\nsys.exit()", "exception", "SystemExit", 8),
    "is interrupted": ("print('seen')\nraise KeyboardInterrupt", "exception", "KeyboardInterrupt", 7),
    "reads stdin": ("print('seen')\ninput('name? ')", "exception", "StdinNotImplementedError", 7),
    "reads the descriptor": ("print('seen')\nimport os\nassert os.read(0, 9)", "exception", "AssertionError", 8),
    "debugs": ("print('seen')\nbreakpoint()", "exception", "RuntimeError", 7),
    "recurses": ("print('seen')\ndef f(): f()\nf()", "exception", "RecursionError", 7),
    "writes to every descriptor": (
        "print('seen')\nimport os, time\nfor d in range(3, 1000):\n    try: os.write(d, b'\\xff' * 99)\n"
        "    except OSError: pass\ntime.sleep(9)",
        "crash",
        "ProtocolError",
        None,
    ),
    "closes every descriptor": ("print('seen')\nimport os\nos.closerange(3, 1000)", "crash", "ProtocolError", None),
    "forks and returns": (
        "print('seen')\nimport os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nelse: raise ValueError",
        None,
        "",
        None,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_and_costs_its_page_alone(tmp_path: Path, warm: WarmProcess, fault: str) -> None:
    """Each fault ends its page in bounded time, with its name, its line and what it printed, beside a healthy page."""
    code, reason, name, line = FAULTS[fault]
    bad = make_page(tmp_path, "bad.md", code, "never = 1")
    good = make_page(tmp_path, "good.md", "import time\ntime.sleep(0.3)\n'fine'")
    began = time.monotonic()
    records = run_all([bad, good], warm, limits=QUICK)
    assert time.monotonic() - began < QUICK.page_seconds + 8
    assert plain_of(records["good.md"].cells[0]) == ["'fine'"]
    record = records["bad.md"]
    assert text_of(record.cells[0]).startswith("seen\n")
    if reason is None:
        assert record.passed
        return
    failure = failure_of(record)
    assert (failure.reason, failure.name) == (reason, name)
    assert failure.place.path == "bad.md"
    assert line is None or failure.place.line == line
    assert [cell.outcome for cell in record.cells] == ["failed", "not-run"]


def test_a_page_has_a_limit_of_its_own(tmp_path: Path, warm: WarmProcess) -> None:
    """Cells within their limits can still pass the page's, and the message says which setting raises it."""
    page = make_page(tmp_path, "a.md", *["import time\ntime.sleep(0.5)"] * 6)
    failure = failure_of(run_one(page, warm, limits=Limits(cell_seconds=1.0, page_seconds=1.2)))
    assert failure.reason == "timeout"
    assert "page_timeout" in failure.message


def test_a_cell_can_have_more_time(tmp_path: Path, warm: WarmProcess) -> None:
    """`timeout` raises the limit of one cell, and `timeout` below the site's lowers it."""
    longer = make_page(tmp_path, "a.md", ("import time\ntime.sleep(0.8)", Options(timeout=20.0)))
    shorter = make_page(tmp_path, "b.md", ("import time\ntime.sleep(2)", Options(timeout=0.2)))
    records = run_all([longer, shorter], warm, limits=Limits(cell_seconds=0.5))
    assert records["a.md"].passed
    assert 'timeout="0.4"' in failure_of(records["b.md"]).message


def test_a_time_out_ends_within_two_seconds_of_its_limit(tmp_path: Path, warm: WarmProcess) -> None:
    """A loop is stopped close to its limit."""
    run_one(make_page(tmp_path, "a.md", "1"), warm)
    began = time.monotonic()
    run_one(make_page(tmp_path, "b.md", "while True: pass"), warm, limits=QUICK)
    assert time.monotonic() - began < QUICK.cell_seconds + 2


def test_text_over_the_limit_is_cut_and_says_how_much(tmp_path: Path, warm: WarmProcess) -> None:
    """Of a flood exactly the limit is kept, and the rest is counted."""
    record = run_one(make_page(tmp_path, "a.md", "print('x' * 99_999)"), warm, limits=QUICK)
    stream = record.cells[0].outputs[0]
    assert stream == Stream(name="stdout", text="x" * 20_000, cut=80_000)


@both_ways
def test_processes_that_a_page_leaves_are_ended(tmp_path: Path, warm: Launcher) -> None:
    """Children, daemons in sessions of their own and orphans are gone with the page, and the author is told."""
    code = """
import os, subprocess
child = subprocess.Popen(["sleep", "1234567"])
daemon = subprocess.Popen(["sleep", "1234567"], start_new_session=True)
orphan = subprocess.run(["sh", "-c", "setsid sleep 1234567 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True)
print(child.pid, daemon.pid, orphan.stdout)
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.passed
    pids = [int(word) for word in text_of(record.cells[0]).split()]
    assert len(pids) == 3
    assert all(gone(pid) for pid in pids)
    assert "left 3 processes running" in record.warnings[0]


def test_threads_that_a_page_leaves_hold_nothing_up(tmp_path: Path, warm: WarmProcess) -> None:
    """A thread that never ends, an `atexit` and a `__del__` that never return do not hold the page."""
    code = """
import atexit, threading, time
threading.Thread(target=time.sleep, args=(100,)).start()
atexit.register(time.sleep, 100)
class A:
    def __del__(self): time.sleep(100)
a = A()
"""
    began = time.monotonic()
    assert run_one(make_page(tmp_path, "a.md", code), warm).passed
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "close",
    [
        "import sys\nsys.stdout.close()",
        "import os\nos.close(1)",
        "import sys\nsys.stdout = None",
        "import os\nos.dup2(os.open('/dev/null', 1), 1)",
    ],
)
def test_the_next_cell_has_its_streams_back(tmp_path: Path, warm: WarmProcess, close: str) -> None:
    """A cell that closes or replaces stdout silences itself, not the cells after it."""
    record = run_one(make_page(tmp_path, "a.md", close, "print('back')"), warm)
    assert text_of(record.cells[1]) == "back\n"


def test_odd_text_is_shown_faithfully(tmp_path: Path, warm: WarmProcess) -> None:
    """Lone surrogates become U+FFFD; escapes, carriage returns, emoji, tags, backticks and Jinja stay what they are."""
    said = "</script> \x1b[31mred\x1b[0m 50%\r100% 🙂 ``` {{ 7 * 7 }} {% raw %} \x00"
    record = run_one(make_page(tmp_path, "a.md", f"print({said!r})", "print('a\\ud800b')", "'\\udfff'"), warm)
    assert text_of(record.cells[0]) == said + "\n"
    assert text_of(record.cells[1]) == "a�b\n"
    assert record.passed


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path, warm: WarmProcess) -> None:
    """Bytes that are no UTF-8 are shown as U+FFFD, and a character written in two halves is whole."""
    halves = "os.write(1, '€'.encode()[:1])\nprint(end='', flush=True)\nos.write(1, '€'.encode()[1:])\nNone"
    code = f"import os\nos.write(1, b'\\xff\\xfe ')\n{halves}"
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert text_of(record.cells[0]) == "�� €"


def test_pages_do_not_influence_each_other(tmp_path: Path, warm: WarmProcess) -> None:
    """Default type, seeds, folder, environment, umask, patched builtins, style: nothing is left for the next page."""
    dirty = """
import os, sys, builtins, torch, random, matplotlib
torch.set_default_dtype(torch.float64); torch.manual_seed(7); random.seed(7); torch.set_num_threads(2)
os.chdir("/"); os.environ["LEFT"] = "1"; os.umask(0); matplotlib.rcParams["lines.linewidth"] = 9
builtins.sum = lambda x: 0; sys.path.insert(0, "/nowhere")
x = 1
"""
    clean = """
import os, random, sys, torch, matplotlib
(torch.get_default_dtype(), torch.initial_seed(), round(random.random(), 6), torch.get_num_threads(),
 os.environ.get("LEFT"),
 os.getcwd() == sys.path[0], oct(os.umask(0)), matplotlib.rcParams["lines.linewidth"], sum([4]), "x" in globals())
"""
    alone = run_one(make_page(tmp_path, "alone.md", clean), warm)
    records = run_all([make_page(tmp_path, "dirty.md", dirty), make_page(tmp_path, "after.md", clean)], warm, jobs=1)
    assert records["dirty.md"].passed
    assert records["after.md"].cells[0].outputs == alone.cells[0].outputs
    assert "(torch.float32, 0, 0.844422, 1, None, True, '0o22'" in plain_of(alone.cells[0])[0]


def test_the_output_of_a_page_is_the_same_at_every_run(tmp_path: Path, warm: WarmProcess) -> None:
    """Two runs in other company and order give equal outputs: seeds, hash order, figures, bytes."""
    codes = (
        "import torch, random, numpy as np\ntorch.rand(3), random.random(), np.random.rand()",
        "{*'abcdefghij'}, hash('x')",
        "import matplotlib.pyplot as plt\nplt.plot(np.random.rand(9), label='$x^2$')\nplt.legend();",
        "import numpy\nplt.imshow(numpy.random.rand(4, 4))\nplt.colorbar();",
    )
    pages = [make_page(tmp_path, f"{name}.md", *codes) for name in "ab"]
    first = run_all(pages, warm, jobs=2)
    again = WarmProcess()
    try:
        second = run_all(pages[::-1], again, jobs=1)
    finally:
        again.stop()
    for path in first:
        assert [cell.outputs for cell in first[path].cells] == [cell.outputs for cell in second[path].cells]
        assert first[path].passed


def test_a_dead_warm_process_is_restarted(tmp_path: Path) -> None:
    """Pages run although the process they are forked from was killed before, or is killed while it starts."""
    warm = WarmProcess()
    try:
        assert run_one(make_page(tmp_path, "a.md", "1"), warm).passed
        assert warm.pid is not None
        os.kill(warm.pid, 9)
        assert run_one(make_page(tmp_path, "b.md", "2"), warm).passed
    finally:
        warm.stop()


def test_data_loaders_with_workers_run(tmp_path: Path, warm: WarmProcess) -> None:
    """A page may start processes of its own: DataLoader's workers, multiprocessing by fork."""
    code = """
import torch
from torch.utils.data import DataLoader, TensorDataset
sum(batch[0].sum().item() for batch in DataLoader(TensorDataset(torch.arange(10.0)), batch_size=2, num_workers=2))
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert plain_of(record.cells[0]) == ["45.0"]


def test_autograd_and_optimisers_run(tmp_path: Path, warm: WarmProcess) -> None:
    """Backward, an optimiser and a large product work in the forked process: no pool of the parent's hangs them."""
    code = """
import torch
w = torch.randn(300, 300, requires_grad=True)
optimiser = torch.optim.AdamW([w])
for _ in range(3):
    optimiser.zero_grad(); (w @ w).square().mean().backward(); optimiser.step()
w.isfinite().all().item()
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert plain_of(record.cells[0]) == ["True"]


def test_odd_displays_are_kept_as_json(tmp_path: Path, warm: WarmProcess) -> None:
    """Metadata and JSON with values that JSON does not know arrive as text, and break nothing."""
    code = """
from IPython.display import display
display({"application/json": {"a": float("nan"), 3: {1, 2}}, "text/plain": "x"}, metadata={"k": object}, raw=True)
"""
    (shown,) = run_one(make_page(tmp_path, "a.md", code), warm).cells[0].outputs
    assert isinstance(shown, Display)
    assert shown.data["application/json"] == {"a": "NaN", "3": "{1, 2}"}
