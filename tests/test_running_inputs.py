"""Stale is impossible: what a page has read, by whichever of these ways, it runs again when that has changed."""

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import Code, make_page, text_of

from workings.engine import Running, run_pages
from workings.outputs import Record
from workings.page import Options, Page
from workings.running.warm import WarmProcess
from workings.settings import Settings

Change = Callable[[Path, str], object]


class Site:
    """A project with one page, run as often as asked."""

    def __init__(self, folder: Path, warm: WarmProcess, *codes: Code) -> None:
        """Write the page."""
        self.folder, self._warm = folder, warm
        self.page: Page = make_page(folder, "a.md", *codes)
        (folder / "data").mkdir(exist_ok=True)
        self._settings = Settings(backend="cpu", store=folder.parent / f"{folder.name}-store")

    def build(self) -> tuple[str, Record]:
        """Run the page, or not: whether it was `finished` or `stored`, and its record."""
        time.sleep(0.05)  # or what was edited last was edited during the run, as far as the kernel's clock can tell
        heard: list[str] = []
        results = run_pages(
            [self.page], settings=self._settings, warm=self._warm, watch=lambda event: heard.append(event.what)
        )
        record = results.records["a.md"]
        assert record.passed, record
        (what,) = (what for what in heard if what in ("finished", "stored"))
        return what, record


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder for a project, with room beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(name: str) -> Change:
    """What writes a text into a file below a folder."""
    return lambda folder, text: (folder / name).write_text(text)


def add(name: str) -> Change:
    """What adds an empty file whose name has a text."""
    return lambda folder, text: (folder / name.format(text)).write_text("")


def script(folder: Path, text: str) -> None:
    """Write a script that prints a text."""
    (folder / "data" / "a.py").write_text(f"print({text!r})")


def link(folder: Path, text: str) -> None:
    """Let a link lead to another file."""
    (folder / f"{text}.txt").write_text(text)
    (folder / "link").unlink(missing_ok=True)
    (folder / "link").symlink_to(f"{text}.txt")


def link_folder(folder: Path, text: str) -> None:
    """Let a link lead to another folder, outside the project."""
    outside = folder.parent / text
    outside.mkdir(exist_ok=True)
    (outside / "a.txt").write_text(text)
    (folder / "link").unlink(missing_ok=True)
    (folder / "link").symlink_to(outside)


def link_here(folder: Path, text: str) -> None:
    """Let a link that lies elsewhere lead to the project."""
    (folder / "data" / "a.txt").write_text(text)
    if not (folder.parent / "into").is_symlink():
        (folder.parent / "into").symlink_to(folder)


def insert(folder: Path, text: str) -> None:
    """Put a text into a database."""
    with sqlite3.connect(folder / "base") as base:
        base.execute("create table if not exists t (x)")
        base.execute("delete from t")
        base.execute("insert into t values (?)", (text,))
    base.close()


FORKS = "import os\nif os.fork() == 0:\n    print(open('data/a.txt').read(), flush=True)\n    os._exit(0)\nos.wait();"
LOADS = """
from torch.utils.data import DataLoader, Dataset
class D(Dataset):
    def __len__(self): return 4
    def __getitem__(self, index): return open("data/a.txt").read()
print(list(DataLoader(D(), num_workers=2, persistent_workers=True)))
"""
POOLS = """
import multiprocessing
def f(name): return open(name).read()
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(f, ["data/a.txt"]))
"""
READ = write("data/a.txt")
WAYS: dict[str, tuple[Change, str]] = {
    "a forked process": (READ, FORKS),
    "a process that closed all": (READ, FORKS.replace("    print", "    os.closerange(3, 999); print")),
    "workers of a DataLoader": (READ, LOADS),
    "workers of a pool": (READ, POOLS),
    "a shell's command": (READ, "!cat data/a.txt"),
    "a command with a value": (READ, "name = 'a'\ndef f(folder):\n    !cat {folder}/{name}.txt\nf('data')"),
    "a command's output": (READ, "x = !cat 'data/a.txt'\nprint(x)"),
    "a cell of bash": (READ, "%%bash\ncat data/a.txt"),
    "a program": (READ, "import subprocess\nprint(subprocess.check_output(['cat', 'data/a.txt'], text=True))"),
    "a program elsewhere": (READ, "import subprocess\nprint(subprocess.getoutput('cat < data/a.txt'))"),
    "a program in a folder": (
        READ,
        "import subprocess\nprint(subprocess.run(['cat', 'a.txt'], cwd='data', capture_output=True, text=True).stdout)",
    ),
    "os.system": (READ, "import os\nos.system('cat <data/a.txt');"),
    "a program in its place": (
        READ,
        "import os\nif os.fork() == 0: os.execlp('cat', 'cat', 'data/a.txt')\nos.wait();",
    ),
    "os.posix_spawn": (
        READ,
        "import os\nos.waitpid(os.posix_spawnp('cat', ['cat', 'data/a.txt'], os.environ), 0);",
    ),
    "a name with a space": (write("data/a b.txt"), "!cat 'data/a b.txt'"),
    "a script": (script, "!python data/a.py"),
    "a listing": (add("data/{}.csv"), "import os\nprint(sorted(os.listdir('data')))"),
    "a walk": (add("data/{}.csv"), "import os\nprint([sorted(names) for _, _, names in os.walk('data')])"),
    "a listing of here": (add("{}.csv"), "import os\nprint(sorted(os.listdir()))"),
    "a folder's paths": (
        add("data/{}.csv"),
        "from pathlib import Path\nprint(sorted(p.name for p in Path('data').iterdir()))",
    ),
    "a pattern": (
        write("data/a.csv"),
        "from pathlib import Path\nprint([p.read_text() for p in Path('data').glob('*.csv')])",
    ),
    "names by a pattern": (add("data/{}.csv"), "import glob\nprint(sorted(glob.glob('**/*.csv', recursive=True)))"),
    "a listing in a process": (add("data/{}.csv"), FORKS.replace("open('data/a.txt').read()", "os.listdir('data')")),
    "a pattern of the shell's": (READ, "!cat data/*.txt"),
    "a program that lists": (add("data/{}.csv"), "!ls data"),
    "a link": (link, "print(open('link').read())"),
    "a linked folder": (link_folder, "print(open('link/a.txt').read())"),
    "a link from elsewhere": (link_here, "print(open('../into/data/a.txt').read())"),
    "a database": (insert, "import sqlite3\nprint(sqlite3.connect('base').execute('select x from t').fetchall())"),
    "a database by its address": (
        insert,
        "import sqlite3\nbase = sqlite3.connect('file:base?mode=ro', uri=True)\n"
        "print(base.execute('select x from t').fetchall())",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_edit_is_seen_whichever_way_it_was_read(project: Path, warm: WarmProcess, way: str) -> None:
    """A page runs again when what it read, listed, or gave to another process to read, has changed; and only then."""
    change, code = WAYS[way]
    site = Site(project, warm, code)
    change(project, "one")
    first, one = site.build()
    again, same = site.build()
    change(project, "two")
    last, two = site.build()
    assert (first, again, last) == ("finished", "stored", "finished")
    assert text_of(one.cells[0]) == text_of(same.cells[0]) != text_of(two.cells[0])


@pytest.mark.parametrize(
    "code",
    [
        "import os\nprint(os.listdir('data'))\nopen('data/made', 'w').write('x');",
        "import os, shutil\nshutil.rmtree('data')\nos.mkdir('data')\nopen('data/made', 'w').write('x');",
        "import os, tempfile\nprint(os.listdir('data'))\nwith tempfile.TemporaryDirectory(dir='data'): pass",
        "!echo x > data/made; cat data/made",
        "import sqlite3, os\nbase = sqlite3.connect('data/made')\nbase.execute('create table if not exists t (x)');",
        "import sqlite3\nwith sqlite3.connect('data/made') as base:\n"
        "    base.execute('create table if not exists t (x)'); base.execute('insert into t values (1)')",
    ],
)
def test_what_a_page_makes_is_no_input_for_ever(project: Path, warm: WarmProcess, code: str) -> None:
    """A page that changes a folder that it has listed, or a file that it has made, runs again once at most."""
    site = Site(project, warm, code)
    assert [site.build()[0] for _ in range(3)][0::2] == ["finished", "stored"]


def test_a_listing_is_that_which_the_page_saw(project: Path, warm: WarmProcess) -> None:
    """A file that came into a folder after the page had listed it, while it still ran, is missing in what it says."""
    code = "import os, time\nprint(os.listdir('data'), flush=True)\nos.close(os.open('data/late', os.O_CREAT))"
    site = Site(project, warm, code)
    assert [site.build()[0] for _ in range(3)] == ["finished", "finished", "stored"]


def test_a_file_that_changes_after_it_was_read_is_read_again(project: Path, warm: WarmProcess) -> None:
    """What is shown is of the file as it was, so that a record of it is no record of the file as it is."""
    site = Site(project, warm, "print(open('data/a.txt').read())\nopen('data/a.txt', 'w').write('new');")
    (project / "data" / "a.txt").write_text("old")
    built = [site.build() for _ in range(2)]
    assert [(what, text_of(record.cells[0])) for what, record in built] == [
        ("finished", "old\n"),
        ("finished", "new\n"),
    ]


def test_bytecode_is_no_part_of_a_listing(project: Path, warm: WarmProcess) -> None:
    """Python writes its bytecode where it likes to: a listing that says nothing else is the same."""
    site = Site(project, warm, "import os\nprint(os.listdir('data'))")
    assert site.build()[0] == "finished"
    (project / "data" / "__pycache__").mkdir()
    assert site.build()[0] == "stored"


def test_a_page_that_imports_lists_nothing(project: Path, warm: WarmProcess) -> None:
    """Looking for modules is no listing: a new file beside a page does not make it run again."""
    (project / "helper.py").write_text("x = 1\n")
    site = Site(project, warm, "import helper, importlib.metadata\nprint(importlib.metadata.version('numpy'))")
    assert site.build()[0] == "finished"
    (project / "beside.txt").write_text("")
    assert site.build()[0] == "stored"


SEARCHED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
try: import nothing_yet
except ImportError: pass
from workings.running.reads import Reads
reads = Reads(Path(sys.argv[1]), scratch=sys.argv[2])
try: import absent
except ImportError: pass
print(*sorted(Path(file).name for file in reads.files() if "absent" in file))
"""


def test_a_folder_that_was_searched_before_is_searched_anew(project: Path) -> None:
    """Where Python has looked into the project before a page begins, what the page looks for there counts as well."""
    command = [sys.executable, "-c", SEARCHED, str(project), str(project.parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["__init__.py", "absent.py"]


def test_temporary_files_are_no_inputs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page keeps in the folder for temporary files is its own, where that lies in the project too."""
    (project / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(project / "tmp"))
    code = "import os, tempfile\nfolder = tempfile.mkdtemp()\nopen(f'{folder}/a', 'w').close()\nos.listdir(folder)"
    own = WarmProcess()
    try:
        site = Site(project, own, code + "\nos.system(f'ls {folder} {tempfile.gettempdir()}/*');")
        assert [site.build()[0] for _ in range(2)] == ["finished", "stored"]
    finally:
        own.stop()


def test_only_a_shell_knows_patterns(project: Path, warm: WarmProcess) -> None:
    """A star in a program's argument is no pattern: what stands beside the page is no input of it."""
    site = Site(project, warm, "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(2 * 3)']);")
    assert site.build()[0] == "finished"
    (project / "beside.txt").write_text("")
    (project / "a.md").write_text("Prose.\n")
    assert site.build()[0] == "stored"


def test_a_folder_that_is_gone_is_no_fault_of_the_watch(project: Path, warm: WarmProcess) -> None:
    """Where there is no current folder, all that works without one works."""
    code = "import os, sqlite3\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    code += "sqlite3.connect(':memory:'); os.system('true'); os.listdir('/'); open('/dev/null').read()"
    assert Site(project, warm, code).build()[0] == "finished"


def answers(wrong: str) -> list[Code]:
    """An exercise with that wrong answer."""
    parts = {"exercise": "one = 0", "check": "assert one == 1", "wrong": wrong, "solution": "one = 1"}
    return [(code, Options(role=role, exercise="one")) for role, code in parts.items()]  # type: ignore[arg-type]


FORKED = "import os\nif os.fork() == 0:\n    import lent\n    os._exit(0)\n_ = os.wait()"


@pytest.mark.parametrize(
    "codes", [["import lent"], [FORKED], answers("import lent; one = 0")], ids=["here", "fork", "answer"]
)
def test_an_upgrade_is_seen_of_what_any_process_of_the_page_imports(
    project: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch, codes: list[Code]
) -> None:
    """A page runs again when a package is upgraded that only a process that it forks imports, as answers are tried."""
    packages = project.parent / "packages"
    facts = packages / "lent-1.0.dist-info" / "METADATA"
    facts.parent.mkdir(parents=True)
    (packages / "lent.py").write_text("")
    monkeypatch.syspath_prepend(packages)
    site = Site(project, warm, f"import sys; sys.path.insert(0, {str(packages)!r})", *codes)
    seen = []
    for version in ("1.0", "1.0", "1.1"):
        facts.write_text(f"Metadata-Version: 2.1\nName: lent\nVersion: {version}\n")
        seen.append(site.build()[0])
    assert seen == ["finished", "stored", "finished"]


def test_what_children_read_before_a_checkpoint_counts_after_it(project: Path, warm: WarmProcess) -> None:
    """A page that goes on from a checkpoint depends on what processes of the cells before and after it have read."""
    (project / "data").mkdir()
    settings = Settings(backend="cpu", store=project.parent / "store")
    forks = FORKS.replace("a.txt", "{}.txt")

    def save(last: str) -> str:
        time.sleep(0.05)
        running.add(make_page(project, "a.md", forks.format("a"), last))
        return "".join(map(text_of, running.record("a.md").cells))

    with Running(settings=settings, warm=warm, checkpoints=2**30) as running:
        for name in "ab":
            (project / "data" / f"{name}.txt").write_text("old")
        save("1")
        assert save(forks.format("b")) == "old\nold\n"
        for name in "ab":
            (project / "data" / f"{name}.txt").write_text(f"new {name}")
            assert f"new {name}\n" in save(forks.format("b"))
