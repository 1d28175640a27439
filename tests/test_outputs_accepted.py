"""`pytest --outputs` compares what cells show with what was accepted; `--accept-outputs` accepts it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from sites import PYTEST, WITHOUT, notebook

SITE = """
site_name: A site
theme: mkdocs
plugins:
  - workings: {backend: cpu, timeout: 20}
  - mkdocs-jupyter
"""

PAGE = """# A page

```python id="rows"
import torch

rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
rows
```

```python id="said"
print("three", 1 / 3)
```

```python id="refused" raises="ZeroDivisionError"
1 / 0
```
"""


def pages(folder: Path) -> None:
    """Write a site with a page of three cells and a notebook of one."""
    (folder / "mkdocs.yml").write_text(SITE)
    (folder / "docs").mkdir()
    (folder / "docs" / "page.md").write_text(PAGE)
    (folder / "docs" / "book.ipynb").write_text(notebook(("code", "6 * 7")))


@pytest.fixture
def new(pytester: pytest.Pytester) -> pytest.Pytester:
    """The site as it is written: nothing has run yet."""
    pages(pytester.path)
    return pytester


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after its outputs were accepted once for all tests that begin there: they copy it, store and all."""
    folder = tmp_path_factory.mktemp("accepted") / "site"
    folder.mkdir()
    pages(folder)
    command = [*PYTEST, "--accept-outputs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    return folder


@pytest.fixture
def site(pytester: pytest.Pytester, once: Path) -> pytest.Pytester:
    """The site with its outputs accepted, and the records of its pages in its store."""
    shutil.copytree(once, pytester.path, dirs_exist_ok=True)
    return pytester


def run(site: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, as a contributor does."""
    return site.runpytest_subprocess(*WITHOUT, *arguments, timeout=120)


def accepted(site: pytest.Pytester, page: str = "page.md") -> Path:
    """The file of what is accepted of a page on the processor."""
    return site.path / "docs" / ".outputs" / f"{page}.cpu.json"


def edit(file: Path, old: str, new: str) -> None:
    """Replace what stands in a file once."""
    text = file.read_text()
    assert text.count(old) == 1, text
    file.write_text(text.replace(old, new))


def test_what_is_accepted_passes_and_runs_nothing(new: pytest.Pytester) -> None:
    """Accepting writes a file beside each page; it and comparing take the records that there are."""
    run(new).assert_outcomes(passed=4)
    done = run(new, "--accept-outputs")
    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines_random(
        [
            "workings: 0 pages ran, 2 came from the store",
            "workings: docs/page.md: 3 cells accepted, 3 new",
            "workings: docs/book.ipynb: 1 cell accepted, 1 new",
        ]
    )
    compared = run(new, "--outputs")
    compared.assert_outcomes(passed=4)
    compared.stdout.fnmatch_lines("workings: 0 pages ran, 2 came from the store")
    assert {file.name for file in accepted(new).parent.iterdir()} == {"page.md.cpu.json", "book.ipynb.cpu.json"}


def test_nothing_accepted_fails_and_says_how(site: pytest.Pytester) -> None:
    """Without a file each cell fails at its line, with the command to accept it."""
    shutil.rmtree(accepted(site).parent)
    result = run(site, "--outputs", "docs/page.md")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "docs/page.md:4: cell 1: nothing is accepted yet of what this page shows",
            "*if that is right, accept it: pytest --accept-outputs docs/page.md::rows",
        ]
    )
    run(site, "docs/page.md").assert_outcomes(passed=3)


def test_a_changed_output_is_shown_as_a_reader_would_see_it(site: pytest.Pytester) -> None:
    """Page, line and cell, what was, what is, how far that is, and that the cell was edited."""
    edit(site.path / "docs" / "page.md", "[3.0, 4.0]", "[3.0, 4.5]")
    result = run(site, "--outputs", "docs/page.md")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "docs/page.md:4: cell 1: numbers differ (the cell was edited since its outputs were accepted)",
            "    was: tensor(?[[]1., 2.],",
            "*[[]3., 4.]])",
            "    is:  tensor(?[[]1.0000, 2.0000],",
            "*[[]3.0000, 4.5000]])",
            "    largest deviation 0.5 (0.11 of the number), allowed * (float32)",
            "    if that is right, accept it: pytest --accept-outputs docs/page.md::rows",
        ]
    )
    result.stdout.no_fnmatch_line("*site-packages*")


def test_a_changed_file_is_a_failure(site: pytest.Pytester) -> None:
    """Whoever changes what was accepted by hand is told what the cell really shows."""
    edit(accepted(site), "three 0.333", "three 0.334")
    result = run(site, "--outputs")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        ["docs/page.md:11: cell 2: numbers differ", "    was: three 0.334*", "    is:  three 0.333*"]
    )


def test_a_difference_in_a_notebook_names_its_cell(site: pytest.Pytester) -> None:
    """Notebooks are compared as pages are."""
    (site.path / "docs" / "book.ipynb").write_text(notebook(("code", "6 * 8")))
    result = run(site, "--outputs", "docs/book.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["docs/book.ipynb:cell 1:1: numbers differ *", "    was: 42", "    is:  48"])


def test_accepting_again_writes_what_changed_alone(site: pytest.Pytester) -> None:
    """The same outputs leave the file as it was; an edit changes its line, and a cell that is gone loses its line."""
    before = accepted(site).read_text().split("\n")
    again = run(site, "--accept-outputs", "--rerun")
    again.stdout.fnmatch_lines("workings: docs/page.md: 3 cells accepted, none changed")
    assert accepted(site).read_text().split("\n") == before
    page = site.path / "docs" / "page.md"
    edit(page, '"three", 1 / 3', '"four", 1 / 4')
    edit(page, '```python id="refused" raises="ZeroDivisionError"\n1 / 0\n```\n', "")
    done = run(site, "--accept-outputs", "docs/page.md")
    done.stdout.fnmatch_lines("workings: docs/page.md: 2 cells accepted, 1 changed: said; 1 gone: refused")
    after = accepted(site).read_text().split("\n")
    assert after[2] == before[2]
    assert '"four 0.25"' in after[3]
    assert "refused" not in "".join(after)


def test_some_cells_can_be_accepted(site: pytest.Pytester) -> None:
    """The others stay as they were accepted."""
    page = site.path / "docs" / "page.md"
    edit(page, "[3.0, 4.0]", "[3.0, 5.0]")
    edit(page, '"three"', '"drei"')
    run(site, "--accept-outputs", "docs/page.md::said").assert_outcomes(passed=1)
    result = run(site, "--outputs", "docs/page.md")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines("docs/page.md:4: cell 1: numbers differ *")


def test_a_page_with_a_failure_is_not_accepted(site: pytest.Pytester) -> None:
    """And its file stays; the other pages are."""
    before = accepted(site).read_bytes()
    page = site.path / "docs" / "page.md"
    edit(page, '"three"', '"drei"')
    edit(page, "1 / 0", "1 / 1")
    (site.path / "docs" / "book.ipynb").write_text(notebook(("code", "6 * 8")))
    done = run(site, "--accept-outputs")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines_random(
        [
            "workings: docs/page.md: nothing is accepted, as not all of its selected cells passed",
            "workings: docs/book.ipynb: 1 cell accepted, 1 changed: cell-1",
        ]
    )
    assert accepted(site).read_bytes() == before


def test_it_works_under_xdist(site: pytest.Pytester) -> None:
    """Workers that share the cells of a page write one file, the same as one process does."""
    alone = [accepted(site, name).read_bytes() for name in ("page.md", "book.ipynb")]
    for more in ((), ("--dist", "loadgroup")):
        shutil.rmtree(accepted(site).parent)
        run(site, "--accept-outputs", "-n", "2", *more).assert_outcomes(passed=4)
        assert [accepted(site, name).read_bytes() for name in ("page.md", "book.ipynb")] == alone
        run(site, "--outputs", "-n", "2", *more).assert_outcomes(passed=4)
    edit(accepted(site), "three 0.333", "three 0.334")
    run(site, "--outputs", "-n", "2").assert_outcomes(passed=3, failed=1)


@pytest.mark.parametrize("text", ["{", '{"ran": 3}', "<<<<<<< HEAD\n"])
def test_a_damaged_file_is_named(site: pytest.Pytester, text: str) -> None:
    """A file that holds no accepted outputs fails each cell, says what to do, and is not written over."""
    accepted(site).write_text(text)
    result = run(site, "--outputs", "docs/page.md")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines("docs/.outputs/page.md.cpu.json:1: it holds no accepted outputs (*): delete it, and *")
    again = run(site, "--accept-outputs", "docs/page.md")
    assert again.ret == pytest.ExitCode.TESTS_FAILED
    again.stdout.fnmatch_lines("workings: docs/page.md: nothing is accepted: docs/.outputs/page.md.cpu.json:1: *")
    assert accepted(site).read_text() == text


def test_the_file_is_the_same_for_every_run(site: pytest.Pytester) -> None:
    """What is accepted has no time, no path and no address in it, and no line that an edit of prose moves."""
    page = site.path / "docs" / "page.md"
    edit(
        page, 'print("three", 1 / 3)', 'import os, time\nprint(os.getcwd() + "/x.pt", object(), f"{time.time():.1f} s")'
    )
    run(site, "--accept-outputs")
    before = accepted(site).read_bytes()
    shown = json.loads(before)["cells"]["said"]["shows"]
    assert shown == [["text", "stdout", "<folder>/x.pt <object object at <address>> <time>", ""]]
    accepted(site).unlink()
    edit(page, "# A page\n", "# A page\n\nMore prose.\n")
    run(site, "--accept-outputs", "--rerun")
    assert accepted(site).read_bytes() == before
