"""`python -m workings run` runs pages without a site, and `store verify` looks at what is kept."""

import subprocess
import sys
from pathlib import Path

import pytest
from sites import tree


def workings(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    command = [sys.executable, "-m", "workings", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def page(folder: Path, text: str, name: str = "page.md") -> Path:
    """Write a page."""
    file = folder / name
    file.write_text(text)
    return file


def test_it_prints_what_cells_show(tmp_path: Path) -> None:
    """Text, values and announced failures are printed under the cells' addresses; exit status 0."""
    page(tmp_path, "```python\nprint('hello')\n6 * 7\n```\n\n```python raises='ZeroDivisionError'\n1 / 0\n```\n")
    done = workings(tmp_path, "run", "page.md", "--backend", "cpu", "--no-store")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0].startswith("page.md (cpu, torch 2.")
    assert lines[1:] == [
        "[1] page.md:2",
        "    hello",
        "    42",
        "[2] page.md:7",
        "    ZeroDivisionError: division by zero",
        "",
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "page.md"]


def test_a_failed_cell_is_exit_status_1(tmp_path: Path) -> None:
    """Failures go to stderr, one clickable line each with the traceback, and a count."""
    page(tmp_path, "```python\n1 / 0\n```\n")
    page(tmp_path, "```python\nimport os\nos._exit(0)\n```\n", "other.md")
    done = workings(tmp_path, "run", "page.md", "other.md", "--no-store")
    assert done.returncode == 1
    assert "page.md:2: cell 1 failed: ZeroDivisionError: division by zero\n" in done.stderr
    assert "other.md:2: cell 1 ended its process with exit status 0" in done.stderr
    assert done.stderr.endswith("2 errors\n")


def test_limits_and_jobs_can_be_given(tmp_path: Path) -> None:
    """`--timeout` is the limit for a cell; `--jobs` takes a number."""
    page(tmp_path, "```python\nwhile True: pass\n```\n")
    done = workings(tmp_path, "run", "page.md", "--timeout", "0.5", "--jobs", "1", "--no-store")
    assert done.returncode == 1
    assert "page.md:2: cell 1 stopped after 0.5 s" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "missing.md"], "missing.md"),
        (["run", "page.md", "--backend", "mps"], "backend 'mps' was asked for"),
        (["run", "page.md", "--timeout", "-1"], "--timeout"),
        (["run", "page.md", "--jobs", "x"], "--jobs"),
        (["run", "bad.md"], "bad.md:1: "),
        (["run"], "PAGE"),
        ([], "COMMAND"),
    ],
)
def test_what_cannot_be_tried_is_exit_status_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A mistake in the command or a page that can't be read is said in a line, without a traceback."""
    page(tmp_path, "```python\n1\n```\n")
    page(tmp_path, "```python taggs='x'\n1\n```\n", "bad.md")
    done = workings(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_site_s_settings_apply(tmp_path: Path) -> None:
    """The mkdocs.yml above a page gives root, limits and store."""
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nplugins: [{workings: {timeout: 0.5, store: kept}}]\n")
    docs = tmp_path / "docs"
    docs.mkdir()
    page(docs, "```python\nimport time\ntime.sleep(5)\n```\n")
    page(docs, "```python\n1\n```\n", "good.md")
    done = workings(docs, "run", "page.md", "good.md")
    assert "docs/page.md:3: cell 1 stopped after 0.5 s" in done.stderr
    assert "docs/good.md (cpu" in done.stdout
    assert (tmp_path / "kept").is_dir()


def test_a_sound_store_is_said_to_be(tmp_path: Path) -> None:
    """The store is that of the mkdocs.yml here or above; every file of it is counted, and none is changed."""
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nplugins: [{workings: {store: kept}}]\n")
    docs = tmp_path / "docs"
    docs.mkdir()
    page(docs, "```python\n1\n```\n")
    assert workings(docs, "run", "page.md").returncode == 0
    before = tree(tmp_path / "kept")
    done = workings(docs, "store", "verify")
    assert (done.returncode, done.stderr) == (0, f"{tmp_path / 'kept'}: 2 files, 0 damaged\n")
    assert tree(tmp_path / "kept") == before


def test_a_damaged_store_is_exit_status_1(tmp_path: Path) -> None:
    """Each file that is damaged has its line, with what is wrong."""
    page(tmp_path, "```python\n1\n```\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nplugins: [workings]\n")
    (tmp_path / "docs").mkdir()
    workings(tmp_path, "run", "page.md")
    (entry,) = (tmp_path / ".workings").glob("??/*.json")
    entry.write_bytes(entry.read_bytes().replace(b"passed", b"pissed"))
    done = workings(tmp_path, "store", "verify")
    assert done.returncode == 1
    first, last = done.stderr.splitlines()
    assert first.startswith(f"{entry}: ")
    assert last.endswith("2 files, 1 damaged")


@pytest.mark.parametrize(
    ("settings", "said"),
    [("{workings: {store: false}}", "keeps no records"), ("workings", "0 files, 0 damaged")],
)
def test_no_store_is_no_fault(tmp_path: Path, settings: str, said: str) -> None:
    """Where nothing is kept, nothing is damaged, and verifying makes no store."""
    (tmp_path / "mkdocs.yml").write_text(f"site_name: x\nplugins: [{settings}]\n")
    (tmp_path / "docs").mkdir()
    done = workings(tmp_path, "store", "verify")
    assert done.returncode == 0
    assert said in done.stderr
    assert not (tmp_path / ".workings").exists()
