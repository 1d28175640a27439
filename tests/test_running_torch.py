"""What a notebook can do with torch, processes and the keyboard, a page can do too, or says why not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from runs import both_ways, failure_of, make_page, plain_of, run_one, text_of

from workings.page import Options
from workings.running.line import Launcher
from workings.running.warm import WarmProcess
from workings.settings import Limits

COMPILE = """
import os, torch

@torch.compile
def bend(x):
    return (x.sin() + 1).sum()

bend(torch.zeros(8)).item()
"""


def test_torch_compile_works_and_leaves_nothing(tmp_path: Path) -> None:
    """A compiled function gives what the function gives, and what was compiled is gone with the build."""
    make_page(tmp_path, "a.md", COMPILE)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TORCHINDUCTOR")}
    done = subprocess.run(
        [sys.executable, "-m", "workings", "run", "a.md", "--no-store", "--timeout", "240"],
        cwd=tmp_path,
        env={**environment, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "    8.0\n" in done.stdout
    assert list(temporary.iterdir()) == []


def test_pages_share_what_torch_compiles_for_as_long_as_a_build(tmp_path: Path, warm: WarmProcess) -> None:
    """The caches of the compilers lie in a folder of the warm process, which goes with it."""
    code = "import os\n[os.environ[name] for name in ('TORCHINDUCTOR_CACHE_DIR', 'TRITON_CACHE_DIR')]"
    assert str([f"{warm.home}/inductor", f"{warm.home}/triton"]) in plain_of(
        run_one(make_page(tmp_path, "a.md", code), warm).cells[0]
    )


def test_a_time_out_of_torch_compile_says_what_took_so_long(tmp_path: Path, warm: WarmProcess) -> None:
    """The failure stands at the call that was being compiled, or at its cell, and names torch.compile."""
    page = make_page(tmp_path, "a.md", COMPILE.replace("+ 1", "* 3"))
    failure = failure_of(run_one(page, warm, limits=Limits(cell_seconds=1.5)))
    assert failure.reason == "timeout"
    assert 'timeout="3"); torch.compile was at work' in failure.message


def test_a_missing_compiler_is_named(tmp_path: Path, warm: WarmProcess) -> None:
    """Where there is no compiler, torch.compile says so, and we say what to install."""
    code = COMPILE.replace("\n\n@", "\nos.environ['PATH'] = '/nowhere'\n@").replace("+ 1", "- 2")
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(cell_seconds=120)))
    assert "install g++" in failure.message
    assert "\n" not in failure.message
    assert failure.place.path == "a.md"


FOLDER = Path("/dev/shm")  # noqa: S108 - where the kernel has shared memory

LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.arange(10.0))
loader = DataLoader(data, batch_size=2, num_workers=2, {options})
sum(batch[0].sum().item() for batch in loader)
"""


@pytest.mark.parametrize(
    "options",
    [
        "persistent_workers=False",
        "persistent_workers=True",
        "multiprocessing_context='fork'",
        "multiprocessing_context='spawn'",
        "multiprocessing_context='forkserver', persistent_workers=True",
    ],
)
def test_data_loaders_have_workers(tmp_path: Path, warm: WarmProcess, options: str) -> None:
    """Workers of every kind do their work, and those that persist end with the page, with no word about them."""
    record = run_one(make_page(tmp_path, "a.md", LOADER.format(options=options)), warm)
    assert record.passed, failure_of(record)
    assert plain_of(record.cells[0]) == ["45.0"]
    assert record.warnings == ()


HEARS = """
import multiprocessing, signal, time
def hear(*_):
    raise RuntimeError("a worker is killed")
signal.signal(signal.SIGCHLD, hear)
for _ in range(10):
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,), daemon=True).start()
"""


def test_workers_end_though_the_page_hears_of_their_ends(tmp_path: Path, warm: WarmProcess) -> None:
    """The handler that a DataLoader installs raises when a worker is killed: the others are, all the same."""
    record = run_one(make_page(tmp_path, "a.md", HEARS), warm)
    assert record.passed, failure_of(record)
    assert record.warnings == ()


@pytest.mark.parametrize(
    "code",
    [
        "import torch.multiprocessing as mp\ndef f(rank): pass\n\n\nmp.spawn(f, nprocs=2)",
        "from torch.utils.data import DataLoader, Dataset\nclass D(Dataset):\n    __len__ = lambda self: 2\n"
        "    __getitem__ = lambda self, i: i\nlist(DataLoader(D(), num_workers=1, multiprocessing_context='spawn'))",
        "import multiprocessing, concurrent.futures as futures\ndef f(): pass\n"
        "pool = futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('spawn'))\n\n"
        "pool.submit(f).result()",
    ],
    ids=["torch.multiprocessing.spawn", "DataLoader", "ProcessPoolExecutor"],
)
def test_what_a_cell_defines_cannot_be_spawned(tmp_path: Path, warm: WarmProcess, code: str) -> None:
    """As in a notebook, a spawned process has no cells; the failure says so, and what to do."""
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm))
    assert "knows nothing that a cell defines: use the context `fork`" in failure.message
    assert failure.place.line == 10


def test_processes_share_tensors(tmp_path: Path, warm: WarmProcess) -> None:
    """Functions of a cell run in forked processes, which write into a tensor that all of them share."""
    code = """
import torch, torch.multiprocessing as mp

def fill(rank, x):
    x[rank] = rank + 1

x = torch.zeros(3).share_memory_()
mp.start_processes(fill, args=(x,), nprocs=3, start_method="fork")
x.tolist()
"""
    assert plain_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0]) == ["[1.0, 2.0, 3.0]"]


SHARED = {
    "Python": "from multiprocessing import shared_memory\nx = shared_memory.SharedMemory(create=True, size=99)\n"
    "print(x.name, flush=True)",
    "torch": "import torch, torch.multiprocessing as mp\nmp.set_sharing_strategy('file_system')\nx = torch.zeros(3)\n"
    "print(x.untyped_storage()._share_filename_cpu_()[1].decode().strip('/'), flush=True)",
}


@pytest.mark.parametrize("end", ["1", "while True: pass", "import os\nos._exit(1)"], ids=["end", "loop", "exit"])
@pytest.mark.parametrize("kind", SHARED)
def test_shared_memory_goes_with_the_page(tmp_path: Path, warm: WarmProcess, kind: str, end: str) -> None:
    """A file in shared memory that nobody has removed is gone when the page is, however that ended."""
    record = run_one(make_page(tmp_path, "a.md", SHARED[kind], end), warm, limits=Limits(cell_seconds=3.0))
    name = text_of(record.cells[0]).split()[0]
    assert name
    assert not (FOLDER / name).exists()


@both_ways
def test_shared_memory_goes_however_long_that_takes(tmp_path: Path, warm: Launcher) -> None:
    """On a machine that is busy, Python's own process that removes shared memory is given the time to do it."""
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text("import time\ntime.sleep(1)\n", "utf-8")
    code = f"import os\nos.environ['PYTHONPATH'] = {str(slow)!r}\n{SHARED['Python']}\ndel os.environ['PYTHONPATH']"
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.passed
    assert not (FOLDER / text_of(record.cells[0]).split()[0]).exists()


def test_shared_memory_of_others_stays(tmp_path: Path, warm: WarmProcess) -> None:
    """What was there before the page, and the page only uses, outlives it, when it is ended too."""
    file = FOLDER / f"workings-test-{os.getpid()}"
    file.write_bytes(bytes(4096))
    try:
        use = f"import mmap\nf = open({str(file)!r}, 'r+b')\nm = mmap.mmap(f.fileno(), 4096)\nm[0] = 1\n"
        code = use + "while True: pass"
        failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm, limits=Limits(cell_seconds=1.0)))
        assert failure.reason == "timeout"
        assert file.read_bytes()[0] == 1
    finally:
        file.unlink()


def test_a_process_group_of_one_works(tmp_path: Path, warm: WarmProcess) -> None:
    """The gloo backend starts in the page's own process."""
    code = """
import torch, torch.distributed as dist
dist.init_process_group("gloo", rank=0, world_size=1, store=dist.HashStore())
x = torch.ones(2)
dist.all_reduce(x)
x.tolist()
"""
    assert plain_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0]) == ["[1.0, 1.0]"]


def test_a_process_group_of_two_works(tmp_path: Path, warm: WarmProcess) -> None:
    """Two forked processes find each other, add up, and what they print is the page's."""
    code = """
import tempfile, torch, torch.distributed as dist, torch.multiprocessing as mp
meeting = "file://" + tempfile.mktemp()

def work(rank):
    dist.init_process_group("gloo", rank=rank, world_size=2, init_method=meeting)
    x = torch.full((2,), rank + 1.0)
    dist.all_reduce(x)
    if rank == 0:
        print(x.tolist())
    dist.destroy_process_group()

mp.start_processes(work, nprocs=2, start_method="fork")
"""
    record = run_one(make_page(tmp_path, "a.md", code), warm)
    assert record.passed, failure_of(record)
    assert text_of(record.cells[0]).startswith("[3.0, 3.0]\n")


def test_await_stands_at_the_top(tmp_path: Path, warm: WarmProcess) -> None:
    """`await`, `async for` and `async with` need no function around them, and cells share what they make."""
    codes = (
        "import asyncio\nasync def double(x):\n    await asyncio.sleep(0.01)\n    return 2 * x\nawait double(3)",
        "await asyncio.gather(double(1), double(2))",
        "async with asyncio.timeout(5):\n    y = await double(4)\ny",
        "async def broken():\n    raise ValueError('no')\nawait broken()",
    )
    record = run_one(make_page(tmp_path, "a.md", *codes), warm)
    assert [plain_of(cell) for cell in record.cells] == [["6"], ["[2, 4]"], ["8"], []]
    assert failure_of(record).place.line == 31


PICKLED = {
    "instance": "class A:\n    x = 3\nimport pickle\npickle.loads(pickle.dumps(A())).x",
    "function": "def f(): return 3\nimport pickle\npickle.loads(pickle.dumps(f))()",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
    "import pickle\npickle.loads(pickle.dumps(A(3))).x",
    "copy": "class A:\n    x = 3\nimport copy\ncopy.deepcopy(A()).x",
    "module": "import io, torch\nclass M(torch.nn.Module):\n    x = 3\nfile = io.BytesIO()\n"
    "torch.save(M(), file)\nfile.seek(0)\ntorch.load(file, weights_only=False).x",
    "in a child": "class A:\n    x = 3\nimport multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as pool:\n"
    "    y = pool.map(type, [A()])\ny[0].x",
}


@pytest.mark.parametrize("kind", PICKLED)
def test_what_a_cell_defines_can_be_pickled(tmp_path: Path, warm: WarmProcess, kind: str) -> None:
    """Classes and functions of a cell are found again, as in a notebook, by the cells below too."""
    record = run_one(make_page(tmp_path, "a.md", PICKLED[kind]), warm)
    assert record.passed, failure_of(record)
    assert plain_of(record.cells[0]) == ["3"]


KEYBOARD = {
    "input": ("1\ninput('Name? ')", "input('Name? ') was called"),
    "getpass": ("import getpass\ngetpass.getpass()", "input('Password: ') was called"),
    "imported getpass": ("from getpass import getpass\ngetpass('Token: ')", "input('Token: ') was called"),
    "breakpoint": ("1\nbreakpoint()", "a debugger needs somebody at the keyboard"),
    "pdb": ("import pdb\npdb.set_trace()", "a debugger needs somebody at the keyboard"),
    "IPython's set_trace": (
        "from IPython.core.debugger import set_trace\nset_trace()",
        "a debugger needs somebody at the keyboard",
    ),
    "pdb.run": ("import pdb\npdb.run('1')", "a debugger needs somebody at the keyboard"),
}


@pytest.mark.parametrize("name", KEYBOARD)
def test_what_needs_a_keyboard_says_so(tmp_path: Path, warm: WarmProcess, name: str) -> None:
    """A cell that asks a person fails at once, at its line, and says why."""
    code, said = KEYBOARD[name]
    failure = failure_of(run_one(make_page(tmp_path, "a.md", code), warm))
    assert said in failure.message
    assert failure.place.line == 7


@pytest.mark.parametrize("code", ["%debug", "import pdb; pdb.pm()"])
def test_a_debugger_after_a_failure_says_so(tmp_path: Path, warm: WarmProcess, code: str) -> None:
    """After a failure that was announced, `%debug` would open at its line, if there were a keyboard."""
    page = make_page(tmp_path, "a.md", ("1 / 0", Options(raises="ZeroDivisionError")), code)
    record = run_one(page, warm)
    failure = failure_of(record)
    assert "a debugger needs somebody at the keyboard" in failure.message
    assert "1 / 0" in text_of(record.cells[1])
    assert failure.place.line == 12


def test_standard_input_is_empty(tmp_path: Path, warm: WarmProcess) -> None:
    """Who reads from standard input, the page or a program that it starts, is at its end at once."""
    code = "import subprocess, sys\nsys.stdin.read(), subprocess.run(['cat']).returncode"
    assert plain_of(run_one(make_page(tmp_path, "a.md", code), warm).cells[0]) == ["('', 0)"]
