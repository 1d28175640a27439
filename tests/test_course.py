"""The course itself: what every page of it has to keep to."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sites import PYTEST

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NOTEBOOKS = sorted(path for path in DOCS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_notebooks_are_committed_without_outputs(notebook: Path) -> None:
    """A notebook has no output and no execution count: what it shows is what it showed when the site was built."""
    cells = [cell for cell in json.loads(notebook.read_bytes())["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert [cell["outputs"] for cell in cells] == [[]] * len(cells)
    assert [cell["execution_count"] for cell in cells] == [None] * len(cells)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """`mkdocs build --strict` has nothing to say: no broken link or anchor, no page outside the navigation."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert (tmp_path / "site" / "01-tensors" / "matrix-multiplication" / "index.html").is_file()


def copied(folder: Path) -> Path:
    """A copy of what the tests of the pages need, with what was accepted of them."""
    for name in ("mkdocs.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(DOCS, folder / "docs")
    return folder


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a copy of the project, with the options that the project's pyproject.toml gives it."""
    command = [*PYTEST, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)


def test_a_changed_output_fails_the_tests_with_page_and_line(tmp_path: Path) -> None:
    """Outputs that were accepted are compared in every test run, without anyone asking for it."""
    copied(tmp_path)
    accepted = DOCS / "01-tensors" / ".outputs" / "broadcasting.md.cpu.json"
    text = accepted.read_text("utf-8")
    assert "[11, 12, 13, 14]" in text
    changed = text.replace("[11, 12, 13, 14]", "[11, 12, 13, 15]", 1)
    (tmp_path / accepted.relative_to(ROOT)).write_text(changed, "utf-8")
    page = "docs/01-tensors/broadcasting.md"
    done = run_pytest(tmp_path, f"{page}::by-hand")
    lines = (ROOT / page).read_text("utf-8").split("\n")
    line = next(number for number, text in enumerate(lines, 1) if 'id="by-hand"' in text) + 1
    assert done.returncode == 1
    assert f"{page}:{line}: cell 2: numbers differ\n    was: tensor([[11, 12, 13, 15]," in done.stdout
    assert "largest deviation 1 " in done.stdout


def test_what_is_accepted_takes_little_room() -> None:
    """What is kept of a lesson is smaller than the lesson, and nothing of the machine that made it is in it."""
    files = sorted(DOCS.rglob(".outputs/*.json"))
    assert len(files) >= 3
    for file in files:
        data = file.read_bytes()
        assert len(data) < 40_000
        assert str(ROOT).encode() not in data
        assert str(Path.home()).encode() not in data
