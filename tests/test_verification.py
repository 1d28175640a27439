"""`python -m workings check` counts what is verified, and names with its line what is not."""

from pathlib import Path

import pytest
from test_command_line import workings

from workings.running import device

ELSEWHERE = "mps" if "cuda" in device.probe().backends else "cuda"
SITE = "site_name: A site\ntheme: mkdocs\nplugins:\n  - workings: {backend: cpu}\n  - mkdocs-jupyter\n"
PAGE = """# A page

```python
6 * 7
```

```python id="said"
print("three")
```
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with one page of which nothing is accepted."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(SITE)
    (tmp_path / "docs" / "page.md").write_text(PAGE)
    return tmp_path


def check(site: Path) -> tuple[list[str], list[str]]:
    """The last line of the table, and what is said of the pages, of a check that finds something."""
    done = workings(site, "check")
    assert done.returncode == 1, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("docs/") and " ran in " not in line]
    return done.stdout.splitlines(), told


def test_what_is_not_accepted_is_said_once_for_a_page(site: Path) -> None:
    """With the command that shows it and says how to accept it."""
    table, told = check(site)
    assert table[-1] == "not verified: 2 of 2 outputs accepted"
    what = "nothing is accepted yet of what this page shows: see `pytest --outputs docs/page.md`"
    assert told == [f"docs/page.md:4: cell 1: {what}"]


def test_a_cell_that_shows_something_else_is_named(site: Path) -> None:
    """By its address, its number, and the test that tells more."""
    accepted = site / "docs" / ".outputs" / "page.md.cpu.json"
    accepted.parent.mkdir()
    accepted.write_text('{"ran": {"backend": "cpu"}, "cells": {}}')
    told = check(site)[1]
    assert (
        told[1]
        == "docs/page.md:8: cell 2: what it shows is not accepted yet: see `pytest --outputs docs/page.md::said`"
    )
    accepted.write_text("{")
    told = check(site)[1]
    assert [line.partition(" (")[0] for line in told] == [
        "docs/.outputs/page.md.cpu.json:1: it holds no accepted outputs"
    ]


def test_a_cell_that_cannot_run_here_is_named(site: Path) -> None:
    """With the command that records what it shows where it can."""
    (site / "docs" / "page.md").write_text(f'# A page\n\n```python backend="{ELSEWHERE}"\n1\n```\n')
    table, told = check(site)
    assert table[-1] == "not verified: 1 of 1 cells"
    again = f"python -m workings run --record docs/page.md --backend {ELSEWHERE}"
    assert told == [
        f"docs/page.md:4: cell 1: it was not run, as it needs the backend {ELSEWHERE}: where there is one, `{again}`"
    ]


def test_a_page_that_cannot_be_read_costs_no_other(site: Path) -> None:
    """It is counted and named, and the others are checked."""
    (site / "docs" / "bad.ipynb").write_text("{")
    table, told = check(site)
    assert table[0].split() == ["pages", "1", "of", "2", "50", "%"]
    assert [line.partition(":")[0] for line in told] == ["docs/bad.ipynb", "docs/page.md"]
