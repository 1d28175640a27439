"""`python -m workings run --save` keeps what a run showed, and `diff` says what two runs show differently."""

import shutil
from pathlib import Path

import pytest
from test_command_line import page, workings

SITE = "site_name: x\nplugins: [{workings: {backend: cpu}}]\n"

RANDOM = """# Random

```python id="same"
import torch
torch.arange(3)
```

```python id="drawn"
torch.rand(2)
```
"""

TYPED = """# Types

```python id="typed"
import torch
torch.ones(2).dtype
```

```python id="third"
torch.tensor(1.0) / 3
```

```python id="refused"
assert torch.ones(1).nbytes == 4
```

```python id="below"
1
```
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a page of random numbers and one of types, of which one run is kept in `a`."""
    folder = tmp_path_factory.mktemp("compared") / "site"
    (folder / "docs").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(SITE)
    page(folder / "docs", RANDOM, "random.md")
    page(folder / "docs", TYPED, "typed.md")
    assert saved(folder, "a") == 0
    return folder


@pytest.fixture
def site(once: Path, tmp_path: Path) -> Path:
    """A copy of that site with its store, for a test that begins with the run that is kept."""
    return Path(shutil.copytree(once, tmp_path / "site"))


def saved(site: Path, name: str, *arguments: str) -> int:
    """Keep a run of all pages; give its exit status."""
    done = workings(site, "run", "--save", name, *arguments)
    assert f"{name}: what 2 pages show is kept here\n" in done.stderr
    assert done.stdout == ""
    return done.returncode


def test_the_same_run_twice_has_no_differences(site: Path) -> None:
    """Exit status 0, and all cells were compared."""
    assert saved(site, "b", "--no-store") == 0
    done = workings(site, "diff", "a", "b")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("0 of 6 cells on 2 pages show something else\n")


def test_another_seed_changes_what_is_random(site: Path) -> None:
    """Exit status 1; the cell that shows random numbers is told, with its line, and no other."""
    saved(site, "b", "--seed", "1")
    done = workings(site, "diff", "a", "b")
    assert done.returncode == 1
    lines = done.stdout.split("\n")
    assert lines[0].endswith("seed 0, float32")
    assert lines[1].endswith("seed 1, float32")
    assert lines[3:5] == ["docs/random.md: 1 of 2 cells", "  docs/random.md:9 drawn: numbers differ"]
    assert lines[-2] == "1 of 6 cells on 2 pages show something else"


def test_another_type_changes_what_shows_types(site: Path) -> None:
    """The default type of torch is another from the first cell on: types, failures and random streams differ."""
    assert saved(site, "b", "--dtype", "float64") == 1
    done = workings(site, "diff", "a", "b")
    found = [line.strip() for line in done.stdout.split("\n") if line.startswith("  docs/")]
    assert found == [
        "docs/random.md:9 drawn: numbers differ",
        "docs/typed.md:4 typed: the text differs",
        "docs/typed.md:13 refused: it fails",
    ]
    assert "1 can't be compared" in done.stdout
    assert "is:  torch.float64" in done.stdout


def test_a_record_of_another_type_is_not_taken(site: Path) -> None:
    """Seed and type are part of what a record is kept under."""
    saved(site, "b", "--dtype", "float64")
    done = workings(site, "run", "docs/typed.md")
    assert "torch.float32" in done.stdout


def test_pages_can_be_named(site: Path) -> None:
    """Then these alone are run and kept."""
    assert workings(site, "run", "docs/random.md", "--save", "one").returncode == 0
    assert [file.name for file in (site / "one").rglob("*.json")] == ["random.md.outputs.json"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff", "a", "nowhere"], "nowhere: no run is kept here; make one with"),
        (["diff", "damaged", "a"], "damaged/docs/x.md.outputs.json: it does not hold what a page showed"),
        (["run", "--save", "a"], "a: something is there already"),
        (["run", "--save", "mkdocs.yml"], "mkdocs.yml: something is there already"),
        (["run", "--dtype", "int8"], "--dtype"),
        (["run", "--seed", "-1"], "--seed"),
        (["diff", "a"], "B"),
    ],
)
def test_what_cannot_be_tried_is_exit_status_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A folder that holds no run, or one that holds something, is said in a line without a traceback."""
    (tmp_path / "mkdocs.yml").write_text(SITE)
    (tmp_path / "docs").mkdir()
    page(tmp_path / "docs", "```python\n1\n```\n")
    for name, text in (("a", '{"ran": {"backend": "cpu"}, "cells": {}}'), ("damaged", "{")):
        folder = tmp_path / name / "docs"
        folder.mkdir(parents=True)
        (folder / "x.md.outputs.json").write_text(text)
    done = workings(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
