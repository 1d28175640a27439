"""The commands in scripts/, in a small project of its own: what they install, run, pass on, and say."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "small"
version = "1"
"""

# What the programs of the small project do: say where they run, as what, and with which arguments, one a line.
PROGRAM = """\
import os, sys
def run():
    print(os.getcwd(), os.path.basename(sys.argv[0]), *sys.argv[1:], sep="\\n")
    sys.exit(int(os.environ.get("STATUS", 0)))
"""

# A whole build backend, so that pip needs no network.
BACKEND = """\
import os, time, zipfile

DATA = "small-1.dist-info"
FILES = {
    "program.py": open("program.txt").read(),
    "workings/__init__.py": "",
    "workings/__main__.py": "import os, sys; sys.exit(os.environ.get('DAMAGED') and ' '.join(sys.argv[1:]))",
    f"{DATA}/METADATA": "Metadata-Version: 2.1\\nName: small\\nVersion: 1\\nProvides-Extra: dev\\n",
    f"{DATA}/WHEEL": "Wheel-Version: 1.0\\nGenerator: small\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{DATA}/entry_points.txt": "[console_scripts]\\nmkdocs = program:run\\npytest = program:run\\n"
    "ruff = program:run\\nmypy = program:run\\n",
    f"{DATA}/RECORD": "",
}

def build_editable(folder, settings=None, metadata=None):
    with open("installs", "a") as counted:
        counted.write("1")
    time.sleep(float(os.environ.get("SLOW", 0)))
    with zipfile.ZipFile(os.path.join(folder, "small-1-py3-none-any.whl"), "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
    return "small-1-py3-none-any.whl"

build_wheel = build_editable
"""


class Project(NamedTuple):
    """A small project that has the real commands."""

    folder: Path

    def start(self, command: str, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start a command from another folder, with an index that pip must not ask."""
        scratch = self.folder / "scratch"  # what pip leaves behind when it is killed
        scratch.mkdir(exist_ok=True)
        fixed = {"PATH": os.defpath, "HOME": str(scratch), "TMPDIR": str(scratch)}
        fixed |= {"PYTHON": sys.executable, "PIP_NO_INDEX": "1"}
        return subprocess.Popen(
            ["sh", str(self.folder / command), *arguments],
            cwd="/",
            env={name: value for name, value in {**fixed, **variables}.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str, *arguments: str, **variables: str) -> "Ended":
        """Run a command to its end."""
        return Ended.of(self.start(command, *arguments, **variables))

    @property
    def installs(self) -> int:
        """How often it was installed."""
        counted = self.folder / "installs"
        return len(counted.read_text("utf-8")) if counted.exists() else 0

    def change(self) -> None:
        """Change what is to be installed."""
        with (self.folder / "constraints.txt").open("a", encoding="utf-8") as constraints:
            constraints.write("other==2\n")


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: list[str]
    err: str

    @classmethod
    def of(cls, process: "subprocess.Popen[str]") -> "Ended":
        """Wait for a command that was started."""
        out, err = process.communicate(timeout=120)
        return cls(process.returncode, out.splitlines(), err)


def lay_out(folder: Path) -> Project:
    """Make a small project, without an environment."""
    leave_out = shutil.ignore_patterns("workings", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=leave_out)
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    for name, text in {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "program.txt": PROGRAM}.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "constraints.txt").write_text("small==1\n", "utf-8")
    return Project(folder)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ended]:
    """A project in which a command ran for the first time, and how that ended."""
    project = lay_out(tmp_path_factory.mktemp("commands") / "a folder's name")
    return project, project.run("scripts/test")


@pytest.fixture
def project(first: tuple[Project, Ended]) -> Project:
    """A project whose environment is made; a test that changes it leaves it in order."""
    assert first[1].status == 0, first[1].err
    return first[0]


def python_that(folder: Path, does: str) -> Path:
    """Make an interpreter that does something first, in shell."""
    folder.mkdir(exist_ok=True)
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{does}\nexec '{sys.executable}' \"$@\"\n", "utf-8")
    path.chmod(0o755)
    return path


OLD = """\
[ "$1" != --version ] || { echo Python 3.9.2; exit; }
set -- -c "import sys; sys.version, sys.version_info = '3.9.2', (3, 9, 2); $2\""""


def test_a_first_run_makes_the_environment(first: tuple[Project, Ended]) -> None:
    """The first command on a new machine says what it does, installs, and goes on to its own work."""
    project, ended = first
    assert ended.status == 0
    assert ended.err.startswith("test: making .venv with Python 3.")
    assert ended.out == [str(project.folder), "pytest"]
    assert project.installs == 1


def test_a_second_run_is_quick_and_quiet(project: Project) -> None:
    """Nothing is installed, and nothing said, when nothing changed."""
    before, begun = project.installs, time.monotonic()
    ended = project.run("scripts/test", PYTHON="")
    assert (ended.status, ended.err, project.installs) == (0, "", before)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("command", "program"), [("serve", ["mkdocs", "serve"]), ("build", ["mkdocs", "build"]), ("test", ["pytest"])]
)
def test_arguments_are_passed_as_they_are(project: Project, command: str, program: list[str]) -> None:
    """Spaces, quotes, patterns and empty arguments reach the program unchanged."""
    arguments = ["two  words", "", "it's", "$HOME", "*", "-k", 'say "so"', "back\\slash"]
    assert project.run(f"scripts/{command}", *arguments).out == [str(project.folder), *program, *arguments]


@pytest.mark.parametrize("command", ["serve", "build", "test"])
def test_the_status_is_the_programs_own(project: Project, command: str) -> None:
    """A command ends as its program ended."""
    assert project.run(f"scripts/{command}", STATUS="5").status == 5


def test_a_check_does_not_stop_at_the_first_finding(project: Project) -> None:
    """Style, layout and types are all checked, and one finding is enough to fail."""
    ended = project.run("scripts/check", "--fix", STATUS="3")
    assert [line for line in ended.out if line != str(project.folder)] == [
        *("ruff", "check", "--fix"),
        *("ruff", "format", "--check"),
        "mypy",
    ]
    assert ended.status == 3


def test_a_changed_list_of_packages_is_installed(project: Project) -> None:
    """An environment that is in order is brought up to date and not made anew."""
    before = project.installs
    project.change()
    ended = project.run("scripts/test")
    assert ended.err == "test: installing what changed in .venv\n"
    assert project.installs == before + 1


def test_an_install_that_was_killed_is_mended(project: Project) -> None:
    """What a kill in the middle of an install left is thrown away."""
    before = project.installs
    project.change()
    process = project.start("scripts/test", SLOW="100")
    while project.installs == before:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    ended = project.run("scripts/test")
    assert ended.err.startswith("test: making .venv")
    assert ended.out == [str(project.folder), "pytest"]


def test_an_interpreter_that_went_away_is_replaced(project: Project) -> None:
    """An environment whose Python was uninstalled is made anew."""
    python = project.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    ended = project.run("scripts/test")
    assert ended.err.startswith("test: making .venv")
    assert ended.out == [str(project.folder), "pytest"]


def test_a_folder_that_was_moved_gets_its_own_environment(project: Project, tmp_path: Path) -> None:
    """A copied project does not run the programs of the one that it was copied from."""
    copy = Project(tmp_path / "copy")
    shutil.copytree(project.folder, copy.folder, symlinks=True)
    ended = copy.run("scripts/test")
    assert ended.err.startswith("test: making .venv")
    assert ended.out == [str(copy.folder), "pytest"]


def test_two_commands_at_once_install_once(project: Project) -> None:
    """The second waits for the first, and finds its work done."""
    before = project.installs
    project.change()
    started = [project.start(f"scripts/{command}", SLOW="2") for command in ("test", "build")]
    ended = [Ended.of(process) for process in started]
    assert [each.status for each in ended] == [0, 0]
    assert project.installs == before + 1
    assert "waiting for another command" in "".join(each.err for each in ended)


def test_an_install_that_fails_says_what_to_do(project: Project) -> None:
    """The command ends there, and the next one tries again."""
    project.change()
    ended = project.run("scripts/test", SLOW="no number")
    assert (ended.status, ended.out) == (1, [])
    assert "run the same command again" in ended.err
    assert project.run("scripts/test").status == 0


def test_a_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """The message says what is needed, what was found, and how to name another."""
    ended = lay_out(tmp_path / "new").run("scripts/test", PYTHON=str(python_that(tmp_path, OLD)))
    assert ended.status == 1
    assert ended.err == (
        "test: needs Python 3.11 or newer and found Python 3.9.2: "
        "install one, or name one with PYTHON=/path/to/python\n"
    )


def test_no_python_is_said_so(tmp_path: Path) -> None:
    """A Python that is not there is named."""
    ended = lay_out(tmp_path / "new").run("scripts/test", PYTHON="/nowhere/python")
    assert (ended.status, ended.out) == (1, [])
    assert "found no /nowhere/python" in ended.err


def test_an_old_python3_is_passed_over(project: Project, tmp_path: Path) -> None:
    """Where python3 is too old, a newer one beside it is taken."""
    python_that(tmp_path, OLD)
    (tmp_path / "python3.13").symlink_to(sys.executable)
    project.change()
    ended = project.run("scripts/test", PYTHON="", PATH=f"{tmp_path}:{os.defpath}")
    assert ended.status == 0, ended.err


def test_a_python_without_venv_names_the_package(tmp_path: Path) -> None:
    """Debian's Python comes without ensurepip, and the message names the package that has it."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError", "utf-8")
    python = python_that(tmp_path, f"export PYTHONPATH='{tmp_path}'")
    ended = lay_out(tmp_path / "new").run("scripts/test", PYTHON=str(python))
    assert ended.status == 1
    assert "apt install python3-venv" in ended.err


@pytest.mark.parametrize(("status", "damaged"), [("0", ""), ("1", ""), ("0", "yes")])
def test_a_change_is_checked_and_then_tested(project: Project, tmp_path: Path, status: str, damaged: str) -> None:
    """The gate runs both, ends with what pytest says, and fails if one fails or a record that they kept is damaged."""
    python_that(tmp_path, "exit 1").rename(tmp_path / "chromium")
    ended = project.run(".ci/run", PATH=f"{tmp_path}:{os.defpath}", STATUS=status, DAMAGED=damaged)
    programs = [line for line in ended.out if line in {"ruff", "mypy", "pytest"}]
    assert programs == ["ruff", "ruff", "mypy", "pytest"]
    assert ended.out[-6:] == ["pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    assert ("store verify" in ended.err) == bool(damaged)
    assert ended.status == (1 if damaged else int(status))
