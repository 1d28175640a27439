"""Where nothing can be forked, a page runs in a fresh interpreter, and nobody can tell by its record.

Tests in other files that are marked `both_ways` or `also_spawned` run pages both ways too: those of what is done by
other code then. Only forks are tested where the code is the same (what cells show, how limits are told), where
it is that of forks (the warm process, checkpoints, descriptors sent over sockets), and where Linux alone keeps
the promise: orphans in sessions of their own count against `processes` while their page runs.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil
import pytest
from runs import both_ways, failure_of, gone, make_page, run_all, run_one, text_of

from workings.engine import Running, run_pages
from workings.outputs import Record
from workings.page import Options, Page
from workings.running.launching import launcher
from workings.running.line import Launcher
from workings.running.spares import Spares
from workings.running.warm import WarmProcess
from workings.settings import Limits, Settings

T = TypeVar("T")
CODES = (
    "import os, sys, subprocess\nprint('one'); print('two', file=sys.stderr); os.write(1, b'three\\n')\n"
    "subprocess.run(['echo', 'four']); print('five')\nopen('table.csv').read()",
    "import torch, random, numpy as np\ntorch.rand(3), random.random(), np.random.rand(), {*'abcdefghij'}, hash('x')",
    "import matplotlib.pyplot as plt\nplt.plot(np.random.rand(9), label='$x^2$')\nplt.legend();",
    "from IPython.display import HTML, clear_output, display\nh = display(HTML('<b>1</b>'), display_id='named')\n"
    "print('gone')\nclear_output(wait=True)\ndisplay({'application/json': {'a': float('nan')}}, raw=True)",
    "import helper, yaml\nclass A:\n    x = helper.x\nimport pickle, asyncio\n"
    "pickle.loads(pickle.dumps(A())).x, await asyncio.sleep(0, 'awaited'), __name__, _2 is Out[2]",
    "import warnings\nwarnings.warn('careful')",
    ("def f(x):\n    return 1 / x\n\nf(0)", Options(raises="ArithmeticError")),
    "%%bash\necho from the shell",
)

STATE = (
    "import os, resource, signal, sys, threading, numpy as np, torch\n"
    "(sorted(os.environ), oct(os.umask(0o22)), os.getcwd() == sys.path[0], os.getsid(0) == os.getpid(), os.read(0, 9),"
    " torch.get_num_threads(), threading.active_count(), len(os.listdir('/proc/self/task')),"
    " [signal.getsignal(n) for n in (2, 13, 15, 17)],"
    " resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE), np.seterr())"
)


def lesson(root: Path) -> Page:
    """A page that shows all kinds of things and reads files, in a folder that has them."""
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "helper.py").write_text("x = 3\n")
    (root / "docs" / "table.csv").write_text("1,2\n")
    page = make_page(root, "docs/a.md", *CODES)
    time.sleep(0.05)  # no store keeps what depends on a file that has just changed
    return page


def seen(record: Record) -> object:
    """What of a record a reader may see, without what no two runs have in common: time, and memory."""
    ran = record.provenance
    return shown(record), record.warnings, (ran.backend, ran.device, ran.torch, ran.python, ran.seed)


def shown(record: Record) -> object:
    """What the cells of a page have shown."""
    return [(cell.outcome, cell.outputs, cell.why) for cell in record.cells]


def test_a_record_by_spawn_is_that_by_fork(tmp_path: Path, forked: WarmProcess, spawned: Spares) -> None:
    """Every output, every failure and every place is the same, and so is what the record depends on."""
    page, stored, records = lesson(tmp_path), [], []
    for name, warm in (("forked", forked), ("spawned", spawned)):
        settings = Settings(backend="cpu", store=tmp_path / name)
        records.append(run_pages([page], settings=settings, warm=warm).records[page.path])
        stored.append(sorted(file.name for file in (tmp_path / name).rglob("*.json")))
    assert records[0].passed, records[0].failures()
    assert seen(records[0]) == seen(records[1])
    assert stored[0] == stored[1]
    assert len(stored[0]) > 1


FAULTS = {
    "leaves.md": "import os\nos._exit(3)",
    "loops.md": "while True: pass",
    "crashes.md": "import ctypes\nctypes.string_at(0)",
    "grows.md": "x = bytearray(2**30)",
    "writes.md": "open('big', 'wb').write(bytes(2**23))",
    "closes.md": "import os\nos.closerange(3, 1000)",
}
STRICT = Limits(cell_seconds=1.0, memory=512 * 2**20, output=20_000, file_size=2**22)


def test_faults_and_the_state_of_a_page_are_the_same(tmp_path: Path, forked: WarmProcess, spawned: Spares) -> None:
    """Failures, crashes and limits are told in the same words, and a cell finds its process in the same state."""
    pages = [make_page(tmp_path, name, f"print('seen')\n{code}", "never = 1") for name, code in FAULTS.items()]
    pages.append(make_page(tmp_path, "state.md", STATE))
    one, other = (run_all(pages, warm, limits=STRICT, jobs=2) for warm in (forked, spawned))
    assert all(record.passed is (path == "state.md") for path, record in one.items())
    for path in one:
        assert (path, seen(one[path])) == (path, seen(other[path]))


def spares_of(spares: Spares, module: str = "spare") -> list[psutil.Process]:
    """The interpreters that wait for a page, or the processes that watch over them."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if f"workings.running.{module}" in each.cmdline() and each.environ()["IPYTHONDIR"].startswith(spares.home):
                found.append(each)
    return found


def test_a_page_has_an_interpreter_of_its_own(tmp_path: Path) -> None:
    """A spare runs one page, once; the next is prepared meanwhile, and all end with what holds them."""
    spares, settings = Spares(1), Settings(backend="cpu", store=None)
    code = "import os\nprint(os.getpid(), 'known' in dir())\nknown = 1"
    try:
        with Running(settings=settings, warm=spares, checkpoints=2**30) as running:
            told = []
            for more in ("1", "2"):  # an edit of a cell, which on a fork would go on from a state before it
                running.add(make_page(tmp_path, "a.md", code, more))
                told.append(text_of(running.record("a.md").cells[0]).split())
            assert running._workers is not None
            assert running._workers._chains is None
        assert told[0][0] != told[1][0]
        assert [known for _, known in told] == ["False", "False"]
        home, left = spares.home, within(30, lambda: spares_of(spares))
        assert len(left) == 1
        assert str(left[0].pid) not in {told[0][0], told[1][0]}
    finally:
        spares.stop()
    assert all(gone(process.pid) for process in left)
    assert not Path(home).exists()


def test_a_spare_may_wait_for_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was prepared in time is not late because nobody has asked for it since."""
    waiting = Spares(1)
    waiting.start()
    try:
        assert select.select([waiting._idle[0]._frames], [], [], 60)[0]
        monkeypatch.setattr("workings.running.spares.START_SECONDS", 0.0)
        assert waiting.ready()
    finally:
        waiting.stop()


@both_ways
def test_a_page_that_is_stopped_is_gone(tmp_path: Path, warm: Launcher) -> None:
    """The process of a page that has passed its limit does not go on when nobody listens to it any more."""
    code = "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(os.getpid())\nwhile True: pass"
    record = run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(cell_seconds=1.0))
    assert failure_of(record).reason == "timeout"
    assert gone(int(text_of(record.cells[0])))


def test_a_spare_that_dies_is_replaced(tmp_path: Path) -> None:
    """Pages run although the interpreter that waited for one was killed, or the process that watches over it."""
    spares = Spares(1)
    try:
        for module in ("spare", "guard"):
            spares.start()
            within(30, lambda module=module: spares_of(spares, module))[0].kill()
            assert run_one(make_page(tmp_path, f"{module}.md", "1"), spares).passed
    finally:
        spares.stop()


STRANGE = f"""#!{sys.executable} -P
import asyncio, faulthandler, os, pathlib, psutil, runpy, signal, socket, subprocess, sys

def refuse_proc(event, arguments, frame=sys._getframe):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc"):
        above = frame()
        while above and "/psutil/" not in above.f_code.co_filename:
            above = above.f_back
        if not above:
            raise FileNotFoundError(str(arguments[0]))

for place, names in (
    (os, "fork forkpty getsid killpg pidfd_open pread sched_getaffinity setsid waitid O_ACCMODE"),
    (signal, "SIGCHLD SIGPIPE SIGUSR1 SIGXFSZ"),
    (socket, "recv_fds send_fds"),
    (faulthandler, "register"),
):
    for name in names.split():
        delattr(place, name)
sys.modules["fcntl"] = sys.modules["resource"] = None
sys.addaudithook(refuse_proc)
import workings.running.table
workings.running.table.PROC = pathlib.Path("/nowhere")
sys.executable = __file__
sys.argv = sys.argv[3:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
STRANGE_RUN = """
from pathlib import Path
import msgspec
from workings.engine import run_pages
from workings.page import Page
from workings.running.frames import job_decoder
from workings.settings import Limits, Settings
pages = msgspec.json.decode(Path("pages.json").read_bytes(), type=list[Page], dec_hook=lambda kind, value: kind(value))
settings = Settings(backend="cpu", store=None, jobs=2, limits=Limits(cell_seconds=3.0, memory=700 * 2**20))
Path("records.json").write_bytes(msgspec.json.encode(run_pages(pages, settings=settings).records))
"""


def test_pages_run_on_a_machine_that_lacks_all_that_linux_has(tmp_path: Path, forked: WarmProcess) -> None:
    """No fork, /proc, resource limits, fcntl, sessions, SIGUSR1: the same records, but for the line of a time-out."""
    python = tmp_path / "python"
    python.write_text(STRANGE)
    python.chmod(0o700)
    (tmp_path / "strange.py").write_text(STRANGE_RUN)
    pages = [
        lesson(tmp_path),
        make_page(tmp_path, "slow.md", "print('seen')\nimport time\ntime.sleep(60)", "never = 1"),
        make_page(tmp_path, "large.md", "x = []\nwhile True: x.append(bytearray(2**22)); x[-1][::4096] = b'x' * 1024"),
        make_page(tmp_path, "leaves.md", "import subprocess\nprint(subprocess.Popen(['sleep', '1000']).pid)"),
    ]
    (tmp_path / "pages.json").write_bytes(msgspec.json.encode(pages, enc_hook=str))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [str(python), "-P", "-m", "strange"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    records = msgspec.json.decode((tmp_path / "records.json").read_bytes(), type=dict[str, Record])
    assert shown(records["docs/a.md"]) == shown(run_one(pages[0], forked))
    assert failure_of(records["slow.md"]).reason == "timeout"
    assert text_of(records["slow.md"].cells[0]) == "seen\n"
    assert failure_of(records["large.md"]).reason == "memory"
    assert gone(int(text_of(records["leaves.md"].cells[0])))
    assert "left 1 process" in records["leaves.md"].warnings[0]


def test_fork_is_chosen_where_it_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux forks; a system that can't fork, or can't watch over what it forked, spawns."""
    assert isinstance(launcher(0), WarmProcess)
    monkeypatch.delattr(os, "pidfd_open")
    assert isinstance(launcher(0), Spares)


def test_a_killed_build_leaves_no_spare(tmp_path: Path) -> None:
    """When the process that waits for pages is killed, spares, pages and what they have started go as well."""
    make_page(tmp_path, "a.md", "import subprocess\nsubprocess.run(['sleep', '1000'])")
    code = "import os; del os.pidfd_open; from workings.command_line import main; main(['run', 'a.md', '--no-store'])"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, start_new_session=True) as build:
        below = within(60, lambda: page_of(build.pid))
        build.send_signal(signal.SIGKILL)
        build.wait(timeout=20)
    assert all(gone(process.pid) for process in below)
    assert not list(tmp_path.glob("workings-*"))


def page_of(pid: int) -> list[psutil.Process]:
    """The processes below a build, once its page has started a program."""
    below = psutil.Process(pid).children(recursive=True)
    return below if any(process.name() == "sleep" for process in below) else []


def within(seconds: float, look: Callable[[], list[T]]) -> list[T]:
    """What there is to be seen, when there is something at last."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"nothing to be seen in {seconds:g} s")


def test_a_killed_guard_takes_its_page_along(tmp_path: Path, spawned: Launcher) -> None:
    """A page that kills the process which watches over it is ended, with what it has detached."""
    code = (
        "import os, subprocess\nprint(os.getpid(), subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)\n"
    )
    page = make_page(tmp_path, "a.md", code + "os.kill(os.getppid(), 9)\nwhile True: pass")
    record = run_one(page, spawned, limits=Limits(cell_seconds=1.0))
    assert failure_of(record).reason == "crash"
    run_one(make_page(tmp_path, "next.md", "1"), spawned)
    assert all(gone(int(pid)) for pid in text_of(record.cells[0]).split())
