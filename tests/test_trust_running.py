"""The promises of running, at their edges: ends, named failures, pages apart, nothing left behind, a warm process."""

import ast
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import also_spawned, both_ways, failure_of, gone, make_page, plain_of, run_all, run_one, text_of
from stores import within

from workings.engine import run_pages
from workings.errors import ExecutorError
from workings.events import Event
from workings.running import warm as warming
from workings.running import workers
from workings.running.line import Launcher
from workings.running.spares import Spares
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

QUICK = Limits(cell_seconds=1.0, page_seconds=9.0)

ENDLESS = {
    "ignores.md": "import signal as s\nfor n in (1, 2, 3, 10, 12, 14, 15): s.signal(n, s.SIG_IGN)\nwhile True: pass",
    "stops.md": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "regex.md": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "repr.md": "class A:\n    def __repr__(self):\n        while True: pass\nA()",
    "html.md": "class A:\n    def _repr_html_(self):\n        while True: pass\ndisplay(A())",
    "figure.md": "import matplotlib.pyplot as plt\nfrom matplotlib.lines import Line2D\nclass L(Line2D):\n"
    "    def draw(self, renderer):\n        while True: pass\nplt.gca().add_line(L([0], [0]));",
    "text.md": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    "finally.md": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "alarm.md": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)\n"
    "signal.signal(signal.SIGALRM, lambda *_: None)\nwhile True: pass",
    "child.md": "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\nos.wait()",
}


def test_whatever_holds_a_cell_its_limit_ends_it(tmp_path: Path, warm: WarmProcess) -> None:
    """Ten ways never to end, at once, each end as time-outs of their cell within two seconds of its limit."""
    run_one(make_page(tmp_path, "first.md", "1"), warm)
    pages = [make_page(tmp_path, name, f"print('seen')\n{code}") for name, code in ENDLESS.items()]
    good = make_page(tmp_path, "good.md", "'fine'")
    with within(30):
        records = run_all([*pages, good], warm, limits=QUICK, jobs=len(pages) + 1)
    assert plain_of(records["good.md"].cells[0]) == ["'fine'"]
    for page in pages:
        failure = failure_of(records[page.path])
        assert (page.path, failure.name) == (page.path, "TimeoutError")
        assert failure.message.startswith("stopped after 1 s (limit 1 s")
        assert text_of(records[page.path].cells[0]) == "seen\n"
        assert records[page.path].provenance.seconds < QUICK.cell_seconds + 2


LEAVING = {
    "os._exit(0)": "import os\nos._exit(0)",
    "os._exit(0) in a text": "import os\nclass E(Exception):\n    def __str__(self): os._exit(0)\nraise E",
    "os._exit(0) in a thread": "import os, time, threading as t\nt.Timer(0.05, os._exit, [0]).start()\ntime.sleep(5)",
    "exec of another program": "import os\nos.execvp('true', ['true'])",
    "a text that exits": "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E",
    "exit in a class": "class M(type):\n    __mro__ = property(exit)\nclass E(Exception, metaclass=M): 1\nraise E",
    "no more builtins": "import builtins\nbuiltins.len = builtins.isinstance = builtins.str = builtins.open = None",
    "no more functions": "import os, time, json\nos.write = os.fstat = os.dup2 = time.perf_counter = json.dumps = None",
    "BaseException": "class B(BaseException): pass\nraise B",
    "GeneratorExit": "raise GeneratorExit",
    "StopIteration": "raise StopIteration",
    "half a syntax": "for i in",
    "no such magic": "%nosuch",
    "a program's status": "%%bash\nexit 3",
    "a timed error": "%time 1 / 0",
}


@pytest.mark.parametrize("way", LEAVING)
def test_no_way_out_is_success(tmp_path: Path, warm: WarmProcess, way: str) -> None:
    """However a cell leaves, unless it comes to its end, it is marked failed, and the cells after it are not run."""
    record = run_one(make_page(tmp_path, "a.md", LEAVING[way], "1"), warm, limits=QUICK)
    assert [cell.outcome for cell in record.cells] == ["failed", "not-run"]
    assert failure_of(record).place.path == "a.md"


CHANGE = """
import builtins, decimal, locale, logging, os, resource, signal, sys, threading, warnings
import matplotlib as mpl, numpy as np, torch
for name in ("C", "C.UTF-8", "POSIX"): locale.setlocale(locale.LC_NUMERIC, name)
locale.setlocale = os.getcwd = torch.ones = np.ones = None
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGUSR2, signal.SIG_IGN)
warnings.simplefilter("error"); logging.disable(50); decimal.getcontext().prec = 3; sys.setrecursionlimit(123)
np.set_printoptions(precision=1); np.seterr(all="raise"); torch.set_printoptions(precision=1)
torch.use_deterministic_algorithms(True); torch.set_grad_enabled(False); torch.set_default_device("meta")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); resource.setrlimit(resource.RLIMIT_CPU, (60, 60)); os.nice(3)
sys.modules["made_up"] = sys; mpl.use("svg"); get_ipython().colors = "linux"; builtins.made_up = 1
sys.settrace(lambda *_: None); threading.settrace(lambda *_: None); sys.displayhook = print;
"""
LOOK = """
import decimal, locale, logging, os, resource, signal, sys, warnings
import matplotlib as mpl, numpy as np, torch
(locale.setlocale(locale.LC_ALL), signal.getsignal(15), signal.getsignal(12), len(warnings.filters),
 logging.root.manager.disable, decimal.getcontext().prec, sys.getrecursionlimit(), np.get_printoptions()["precision"],
 np.geterr(), torch.tensor(1 / 3), torch.are_deterministic_algorithms_enabled(), torch.is_grad_enabled(),
 torch.ones(1).device, resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CPU), os.nice(0),
 "made_up" in sys.modules, mpl.get_backend(), get_ipython().colors, "made_up" in dir(__builtins__), sys.gettrace())
"""


def test_no_state_of_a_process_goes_from_page_to_page(tmp_path: Path, warm: WarmProcess) -> None:
    """Locale, signals, limits, priority, printing, error handling, grad mode, hooks, modules: each page begins anew."""
    alone = run_one(make_page(tmp_path, "alone.md", LOOK), warm)
    pages = [make_page(tmp_path, f"{n}.md", code) for n, code in enumerate([CHANGE, LOOK, CHANGE, LOOK])]
    records = run_all(pages, warm, jobs=1)
    assert all(records[page.path].passed for page in pages)
    assert plain_of(alone.cells[0]) == plain_of(records["1.md"].cells[0]) == plain_of(records["3.md"].cells[0])


def test_hooks_of_a_cell_end_with_it(tmp_path: Path, warm: WarmProcess) -> None:
    """A trace or a profile that a cell sets is not there in the next cell."""
    hook = "import sys, threading\nf = lambda *_: None\nfor at in (sys, threading): at.settrace(f); at.setprofile(f)"
    record = run_one(make_page(tmp_path, "a.md", hook, "sys.gettrace(), sys.getprofile(), threading.gettrace()"), warm)
    assert plain_of(record.cells[1]) == ["(None, None, None)"]


@both_ways
def test_a_page_has_nothing_of_the_engine_s_in_its_hands(tmp_path: Path, warm: Launcher) -> None:
    """One socket is open to a page, for its messages; nothing is on its stdin, and it leaves no core file."""
    code = """
import os, resource
links = [os.path.realpath(f"/proc/self/fd/{d}") for d in os.listdir("/proc/self/fd")]
sum("socket:" in link or "pipe:" in link for link in links), os.read(0, 9), resource.getrlimit(resource.RLIMIT_CORE)
"""
    assert plain_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0]) == ["(1, b'', (0, 0))"]


@both_ways
def test_a_page_hears_signals_as_any_python_does(tmp_path: Path, warm: Launcher) -> None:
    """What the engine ignores or handles in its own processes is not so in a page: Ctrl-C is an exception there."""
    names = ("SIGTERM", "SIGCHLD", "SIGPIPE", "SIGHUP", "SIGALRM")
    code = f"import os, signal\n[signal.getsignal(getattr(signal, name)).name for name in {names}]"
    record = run_one(make_page(tmp_path, "a.md", code, "os.kill(os.getpid(), signal.SIGINT)"), warm)
    assert plain_of(record.cells[0]) == ["['SIG_DFL', 'SIG_DFL', 'SIG_IGN', 'SIG_DFL', 'SIG_DFL']"]
    assert failure_of(record).name == "KeyboardInterrupt"


MANY = """
import os, socket, time
server = socket.create_server(("127.0.0.1", 0))
read, write = os.pipe()
for number in range(20):
    if os.fork() == 0:
        if number % 2: os.setsid()
        if number % 4 == 0 or os.fork() == 0:
            os.write(write, b"%d " % os.getpid())
            time.sleep(1000)
        os._exit(0)
pids = b""
while pids.count(b" ") < 20: pids += os.read(read, 999)
print(server.getsockname()[1], pids.decode())
"""


@also_spawned("end", ["None", "os.kill(os.getpid(), 9)"], "os.kill(os.getpid(), 9)")
def test_a_crowd_of_children_is_gone_with_its_page(tmp_path: Path, warm: Launcher, end: str) -> None:
    """Of twenty children, orphans and daemons that hold a port nothing is left, however the page ends."""
    record = run_one(make_page(tmp_path, "a.md", MANY, end), warm)
    port, *pids = text_of(record.cells[0]).split()
    assert len(pids) == 20
    assert [pid for pid in pids if not gone(int(pid))] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


SHARES = """
from multiprocessing import shared_memory
kept = shared_memory.SharedMemory(create=True, size=1000)
print(kept.name)
"""


@also_spawned("end", ["None", "1 / 0", "import os\nos._exit(0)", "while True: pass"], "while True: pass")
def test_shared_memory_goes_with_its_page(tmp_path: Path, warm: Launcher, end: str) -> None:
    """Shared memory that a page has not given back is gone when the page is."""
    record = run_one(make_page(tmp_path, "a.md", SHARES, end), warm, limits=QUICK)
    name = text_of(record.cells[0]).split()[0]
    assert name.startswith("psm_")
    assert not Path("/dev/shm", name).exists()  # noqa: S108 - where the system keeps it


def test_what_python_says_of_it_names_no_folder(tmp_path: Path, warm: WarmProcess) -> None:
    """Python warns of shared memory that a page which left has not given back, without the builder's own folders."""
    said = text_of(run_one(make_page(tmp_path, "a.md", SHARES, "import os\nos._exit(0)"), warm).cells[1])
    assert said.startswith("multiprocessing/resource_tracker.py:")
    assert "1 leaked shared_memory" in said


HELD = """
import os, time
from multiprocessing import shared_memory
kept = shared_memory.SharedMemory(create=True, size=1000)
print(kept.name, flush=True)
if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
    os._exit(0)
"""


@pytest.mark.parametrize("end", ["None", "while True: pass", "os.kill(os.getpid(), 9)"])
def test_shared_memory_is_gone_though_children_hold_it(tmp_path: Path, warm: WarmProcess, end: str) -> None:
    """Shared memory is given back when a page is ended, and when its children outlive it."""
    record = run_one(make_page(tmp_path, "a.md", HELD, end), warm, limits=QUICK)
    name = text_of(record.cells[0]).split()[0]
    assert name.startswith("psm_")
    assert not Path("/dev/shm", name).exists()  # noqa: S108 - as above


@pytest.mark.parametrize("end", ["None", "while True: pass"])
def test_shared_memory_that_torch_left_half_made_is_gone(tmp_path: Path, warm: WarmProcess, end: str) -> None:
    """What torch names after a process, and takes the name from at once, is gone when it could not come so far."""
    code = "import os\npath = f'/dev/shm/torch_{os.getpid()}_1_0'\nopen(path, 'w').close()\nprint(path)"
    path = text_of(run_one(make_page(tmp_path, "a.md", code, end), warm, limits=QUICK).cells[0]).strip()
    assert "torch_" in path
    assert not Path(path).exists()


def test_a_child_that_comes_back_says_nothing(tmp_path: Path, warm: WarmProcess) -> None:
    """Of a process that a cell has forked, and that runs on to the end of the page, nothing is heard but its text."""
    code = "import os, time\nif os.fork() == 0:\n    print('child')\n    1 / 0\nos.wait(); print('parent')"
    record = run_one(make_page(tmp_path, "a.md", code, "os.getpid() == os.getsid(0)"), warm)
    assert [cell.outcome for cell in record.cells] == ["passed", "passed"]
    assert text_of(record.cells[0]) == "child\nparent\n"
    assert plain_of(record.cells[1]) == ["True"]


@pytest.mark.parametrize("code", ["1 / 0", "while True: pass", "import os\nos._exit(0)", "print('x' * 10**6)"])
def test_what_failed_is_run_again(tmp_path: Path, warm: WarmProcess, code: str) -> None:
    """Though nothing has changed since, a page that failed, or that a limit or a crash ended, is never stored."""
    page, heard = make_page(tmp_path, "a.md", code), list[Event]()
    limits = Limits(cell_seconds=0.5, output=20_000)
    settings = Settings(backend="cpu", store=tmp_path / "store", limits=limits)
    for _ in range(2):
        assert not run_pages([page], settings=settings, warm=warm, watch=heard.append).records["a.md"].passed
    assert [event.what for event in heard if event.what in ("finished", "stored")] == ["finished", "finished"]


def test_the_warm_process_has_computed_nothing(tmp_path: Path, warm: WarmProcess) -> None:
    """It has one thread, however many its pages start, and what it holds is out of the collector's reach."""
    code = "import torch, gc\ntorch.set_num_threads(2)\nx = torch.rand(500, 500)\nx @ x\ngc.get_freeze_count()"
    (frozen,) = plain_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0])
    assert int(frozen) > 100_000
    assert len(list(Path(f"/proc/{warm.pid}/task").iterdir())) == 1


HUGE = """
import os
from pathlib import Path
def huge():
    (line,) = (line for line in Path("/proc/self/smaps_rollup").read_text().splitlines() if "AnonHugePages" in line)
    return int(line.split()[1])
before = huge()
data = bytearray(64 * 2**20)
print(huge() - before > 2**14, os.getenv("GLIBC_TUNABLES"))
"""


def test_a_page_has_huge_pages_only_where_everybody_has(tmp_path: Path, warm: WarmProcess) -> None:
    """The process that pages are forked from asks for them; what a page allocates is as in any other Python."""
    shown = text_of(run_one(make_page(tmp_path, "a.md", HUGE), warm).cells[0])
    alone = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, timeout=30, check=True)
    assert shown == alone.stdout


def interpreter(folder: Path, program: str) -> str:
    """A stand-in for Python that runs a program first."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable} -P\nimport os, sys\n{program}\n")
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize("make", [WarmProcess, lambda: Spares(1)], ids=["forked", "spawned"])
def test_a_process_that_can_t_live_is_no_endless_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], Launcher]
) -> None:
    """One that dies at each start is started so often and no more, and the error holds its last words."""
    count = tmp_path / "count"
    program = f"open({str(count)!r}, 'a').write('x')\nsys.exit('no such library')"
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path, program))
    own = make()
    with within(60), pytest.raises(ExecutorError, match=r"died 4 times; the last it said: no such library"):
        run_one(make_page(tmp_path, "a.md", "1"), own)
    own.stop()
    assert count.read_text() == "x" * warming.STARTS


def test_a_fault_of_the_engine_s_own_ends_the_run(
    tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for a page hears of what no one has thought of, and does not wait for ever."""

    def fail(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(workers, "next_task", fail)
    with within(60), pytest.raises(ExecutorError, match=r"a fault of the engine: ZeroDivisionError"):
        run_one(make_page(tmp_path, "a.md", "1"), warm)


def test_what_an_import_has_said_is_no_page_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python or C had not written out when the imports were done, no page writes out that is forked then."""
    program = (
        "import ctypes, runpy\nsys.kept = sys.stdout\nsys.kept.write('said by an import')\n"
        "ctypes.CDLL(None).printf(b'said by a library')\nsys.argv = sys.argv[3:]\n"
        "runpy.run_module('workings.running.zygote', run_name='__main__', alter_sys=True)"
    )
    code = "import ctypes, sys\nlibc = ctypes.CDLL(None)\nsys.kept.write('own ')\nsys.kept.flush()\n"
    page = make_page(tmp_path, "a.md", code + "libc.printf(b'C\\n')\nlibc.fflush(None);")
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path, program))
    own = WarmProcess()
    try:
        record = run_one(page, own)
    finally:
        own.stop()
    assert text_of(record.cells[0]) == "own C\n"


def test_a_warm_process_with_two_threads_forks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock of another thread would hang the page, so nothing is forked, and the error says how many there are."""
    program = (
        "import runpy, threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "sys.argv = sys.argv[3:]\nrunpy.run_module('workings.running.zygote', run_name='__main__', alter_sys=True)"
    )
    monkeypatch.setattr(sys, "executable", interpreter(tmp_path, program))
    monkeypatch.setattr(warming, "STARTS", 1)
    own = WarmProcess()
    with within(60), pytest.raises(ExecutorError, match="2 threads"):
        run_one(make_page(tmp_path, "a.md", "1"), own)
    assert own.pid is None


def test_pages_have_a_supervisor_one_after_the_other(tmp_path: Path) -> None:
    """The process above a page has the next page too, which finds nothing of the last, and is replaced when it dies."""
    code = "import gc, os\nstate = gc.get_count(), len(os.listdir('/proc/self/fd')), os.getsid(0) == os.getpid()"
    ends, seen, warm = {"b.md": "os.kill(os.getppid(), 9)\nimport time; time.sleep(9)"}, [], WarmProcess()
    for path in ("a.md", "b.md", "c.md", "d.md"):
        page = make_page(tmp_path, path, f"{code}\nstate, os.getppid()", ends.get(path, "1"))
        record = run_all([page], warm, jobs=1)[path]
        assert record.passed == (path not in ends)
        seen.append(ast.literal_eval(plain_of(record.cells[0])[0]))
    warm.stop()
    (state, first), *others = seen
    assert [found for found, _ in others] == [state] * 3
    (second, third, fourth) = (number for _, number in others)
    assert first == second != third == fourth
