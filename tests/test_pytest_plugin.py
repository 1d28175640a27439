"""`pytest` runs the cells of a site's pages as tests, in the run that is published."""

import json
from pathlib import Path

import pytest
from sites import WITHOUT

SITE = """
site_name: A site
theme: mkdocs
plugins:
  - workings: {backend: cpu, timeout: 20}
  - mkdocs-jupyter
"""

GOOD = """# Good

```python
x = 1
```

```python id="sum"
x + 1
```
"""

BAD = """# Bad

```python
print("said before")
```

```python id="wrong"
def f():
    print("out loud")
    raise ValueError("on purpose")
f()
```

```python
x = 1
```

```python tags="skip-execution" reason="takes a day"
x = 2
```
"""


@pytest.fixture
def site(pytester: pytest.Pytester) -> pytest.Pytester:
    """A site with a good page and a bad one, and a test of its own."""
    pytester.makefile(".yml", mkdocs=SITE)
    docs = pytester.mkdir("docs")
    (docs / "good.md").write_text(GOOD)
    (docs / "bad.md").write_text(BAD)
    (docs / "notes.txt").write_text("no page")
    (pytester.path / "README.md").write_text("```python\n1 / 0\n```\n")
    return pytester


def run(site: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, as a contributor does."""
    return site.runpytest_subprocess(*WITHOUT, *arguments, timeout=120)


def test_every_cell_is_a_test(site: pytest.Pytester) -> None:
    """Cells pass, fail and are skipped by name, and files that are no pages are left alone."""
    result = run(site, "-v", "-rs")
    result.assert_outcomes(passed=3, failed=1, skipped=2)
    result.stdout.fnmatch_lines_random(
        [
            "docs/good.md::cell-1 PASSED*",
            "docs/good.md::sum PASSED*",
            "docs/bad.md::wrong FAILED*",
            "*docs/bad.md:15*cell 2 failed before it*",
            "*docs/bad.md:19*takes a day*",
        ]
    )
    result.stdout.no_fnmatch_line("*README*")


def test_a_failure_shows_the_page_s_own_lines(site: pytest.Pytester) -> None:
    """The report has the clickable line, a traceback of the page's lines and what was printed, and no engine."""
    result = run(site, "docs/bad.md")
    result.stdout.fnmatch_lines(
        [
            "docs/bad.md:10: cell 2 failed: ValueError: on purpose",
            '*File "docs/bad.md", line 11, in <module>',
            "*f()",
            '*File "docs/bad.md", line 10, in f',
            '*raise ValueError("on purpose")',
            "*Captured stdout*",
            "out loud",
        ]
    )
    result.stdout.no_fnmatch_line("*site-packages*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_selecting_a_cell_runs_what_stands_before_it(site: pytest.Pytester) -> None:
    """One cell by its id, or by `-k`, has the state of the cells above it, and cells below it do not run."""
    run(site, "docs/good.md::sum").assert_outcomes(passed=1)
    run(site, "-k", "sum").assert_outcomes(passed=1, deselected=5)
    run(site, "docs/bad.md::cell-1").assert_outcomes(passed=1)


def test_a_second_run_takes_the_records_of_the_first_unless_asked_to_rerun(site: pytest.Pytester) -> None:
    """Nothing runs again when nothing changed; with `--rerun` every page does, and what it shows is kept."""
    run(site, "docs/good.md").stdout.fnmatch_lines("workings: 1 page ran, 0 came from the store")
    run(site, "docs/good.md").stdout.fnmatch_lines("workings: 0 pages ran, 1 came from the store")
    run(site, "docs/good.md", "--rerun").stdout.fnmatch_lines("workings: 1 page ran, 0 came from the store")
    run(site, "docs/good.md").stdout.fnmatch_lines("workings: 0 pages ran, 1 came from the store")


def test_stopping_at_a_failure_waits_for_no_other_page(site: pytest.Pytester) -> None:
    """With `-x`, a page that still runs is ended."""
    (site.path / "docs/zz.md").write_text("```python\nimport time\ntime.sleep(15)\n```\n")
    result = run(site, "-x", "docs/bad.md", "docs/zz.md")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines("workings: 1 page ran, 0 came from the store")


def test_first_failure_stops_and_last_failed_comes_back(site: pytest.Pytester) -> None:
    """`-x` stops at the failed cell, `--lf` runs it alone."""
    site.runpytest_subprocess("-x", timeout=120).assert_outcomes(passed=1, failed=1)
    site.runpytest_subprocess("--lf", timeout=120).assert_outcomes(failed=1)


def test_it_works_under_xdist(site: pytest.Pytester) -> None:
    """Two workers give the same outcomes, with pages kept together or not."""
    run(site, "-n", "2").assert_outcomes(passed=3, failed=1, skipped=2)
    run(site, "-n", "2", "--dist", "loadgroup").assert_outcomes(passed=3, failed=1, skipped=2)


def test_notebooks_are_pages_too(site: pytest.Pytester) -> None:
    """A notebook's code cells are tests, and their failures name cell and line."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": None},
        {
            "cell_type": "code",
            "metadata": {"tags": ["id=boom"]},
            "source": "x\n1 / 0",
            "outputs": [],
            "execution_count": None,
        },
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (site.path / "docs" / "book.ipynb").write_text(json.dumps(notebook))
    result = run(site, "docs/book.ipynb", "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "docs/book.ipynb::boom FAILED*",
            "docs/book.ipynb:cell 2:2: failed: ZeroDivisionError: division by zero",
        ]
    )


def test_a_broken_source_is_a_failed_item(site: pytest.Pytester) -> None:
    """All that is wrong with a source is listed, a line each, bad TeX included; its cells and others still run."""
    (site.path / "docs" / "bad.md").write_text('```python tag="x"\n1\n```\n\n$\\frac{1}$\n\n```python\n2\n')
    result = run(site, "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["docs/bad.md::source FAILED*"])
    result.stdout.fnmatch_lines_random(["docs/bad.md:1: *tag*tags*", "docs/bad.md:5: *frac*", "docs/bad.md:7: *"])


def test_an_unreadable_page_is_a_failed_item(site: pytest.Pytester) -> None:
    """A page whose bytes are no text fails by itself."""
    (site.path / "docs" / "bad.md").write_bytes(b"# Bad\n\n\xff\n")
    result = run(site)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["docs/bad.md:3: *0xff*"])


def test_a_cell_behind_a_failure_that_nobody_selected_fails(site: pytest.Pytester) -> None:
    """Selecting only a cell that could not run, as one above it failed, is no success: it shows that failure."""
    result = run(site, "docs/bad.md::cell-3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["docs/bad.md:10: cell 2 failed: ValueError: on purpose"])


def test_an_absent_backend_is_said_once_per_cell(site: pytest.Pytester) -> None:
    """`--backend` with a device that is not here fails with what was looked for."""
    result = run(site, "docs/good.md", "--backend", "mps")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines("*backend 'mps' was asked for*finds only: cpu*")


def test_other_projects_see_nothing(pytester: pytest.Pytester) -> None:
    """Without a mkdocs.yml that lists the plugin, no Markdown file is a test."""
    pytester.makefile(".md", page="```python\n1 / 0\n```\n")
    pytester.makefile(".py", test_own="def test_own(): pass\n")
    pytester.runpytest_subprocess(timeout=60).assert_outcomes(passed=1)
    pytester.makefile(".yml", mkdocs="site_name: x\ndocs_dir: .\nsite_dir: /tmp/unused\n")
    assert Path(pytester.path / "page.md").exists()


def test_a_wrong_setting_is_a_usage_error(site: pytest.Pytester) -> None:
    """A mistake in mkdocs.yml is said in a line before anything is collected."""
    site.makefile(".yml", mkdocs=SITE.replace("timeout: 20", "timeout: soon"))
    result = run(site)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: mkdocs.yml: *'timeout'*")


def test_durations_are_those_of_the_cells(site: pytest.Pytester) -> None:
    """`--durations` tells how long each cell ran."""
    (site.path / "docs" / "good.md").write_text("```python id='slow'\nimport time\ntime.sleep(0.7)\n```\n")
    result = run(site, "docs/good.md", "--durations", "1", "-vv")
    result.stdout.re_match_lines(r"0\.[789]\ds call +docs/good\.md::slow")
