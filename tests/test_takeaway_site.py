"""What readers take away from a built site: it is there beside its page, and it runs."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from kernels import execute, jupyter_output, merged, shown
from previews import serving
from sites import MATERIAL, build, make_site, notebook
from takeaways import AWAITS, EXERCISE, book, fence
from takeaways import copies as page_copies

from workings.engine import run_pages
from workings.page import Page
from workings.running.warm import WarmProcess
from workings.website.config import load_site
from workings.website.copies import colab_address
from workings.website.sources import load_page

ROOT = Path(__file__).parent.parent
SITE = load_site(ROOT / "mkdocs.yml")
LIBRARIES = {"torch", "matplotlib"}
LIMIT = 180
"""Seconds that a build or a script may take."""

lesson = pytest.mark.parametrize("file", SITE.pages, ids=lambda file: file.relative_to(SITE.docs).as_posix())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own site, as its workflow builds it."""
    folder = tmp_path_factory.mktemp("course") / "site"
    said = {
        "SITE_URL": "https://someone.github.io/lab/",
        "REPO_URL": "https://github.com/someone/lab",
        "COLAB_BRANCH": "notebooks",
        "NO_MKDOCS_2_WARNING": "1",
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **said}, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def page_of(file: Path) -> Page:
    """A page of the course, in which nothing is wrong."""
    page, problems = load_page(file, SITE)
    assert page is not None
    assert problems == []
    return page


def copy_of(file: Path, course: Path, form: str) -> Path:
    """Where a copy of a page is published."""
    folder = file.parent if file.stem == "index" else file.parent / file.stem
    return course / folder.relative_to(SITE.docs) / (file.stem + form)


def imported(code: str) -> set[str]:
    """The modules outside the standard library that some Python imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names


@lesson
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_notebook_runs_in_jupyter(file: Path, course: Path, tmp_path: Path, warm: WarmProcess) -> None:
    """In a real kernel it comes to its end, and shows what the page shows, below exercises too."""
    page = page_of(file)
    if not page.cells:
        assert not copy_of(file, course, ".ipynb").exists()
        return
    made = book(copy_of(file, course, ".ipynb").read_text("utf-8"))
    execute(made, tmp_path)
    outputs = {cell.id: outputs_of(cell) for cell in made.cells if cell.cell_type == "code"}
    record = run_pages([page], settings=SITE.settings, warm=warm).records[page.path]  # that of the build, if it is kept
    for cell, ours in zip(page.cells, record.cells, strict=True):
        apart = cell.skipped or cell.options.role is not None
        assert apart or outputs[cell.name] == shown(ours), cell


def outputs_of(cell: Any) -> list[tuple[object, ...]]:
    """What a cell of a notebook showed, to be compared."""
    return merged([jupyter_output(output) for output in cell.outputs])


EVERYTHING = f"""{EXERCISE}
{fence("1 / 0", 'raises="ZeroDivisionError"')}
{fence("torch.ones(1, device='cuda')", 'backend="cuda"')}
{fence("camera()", 'tags="skip-execution" reason="none here"')}
{fence("%time x = 1")}
{fence(AWAITS)}
1. In a list

    {fence("print(x, y, z)").replace(chr(10), chr(10) + "    ")}
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_notebook_of_every_kind_of_cell_runs_in_jupyter(tmp_path: Path) -> None:
    """What is meant to fail, has no answer yet, or needs another machine ends nothing: the last cell has run."""
    made = book(page_copies(EVERYTHING)[".ipynb"])
    execute(made, tmp_path)
    outputs = {cell.id: outputs_of(cell) for cell in made.cells if cell.cell_type == "code"}
    said = "Not yet. AttributeError: 'NoneType' object has no attribute 'shape'\n"
    assert outputs["row-sums-check"] == [("stdout", said)]
    torch.manual_seed(0)
    assert outputs["cell-5"] == [("stdout", f"[3.0, 3.0] {torch.rand(2).tolist()}\n")]
    assert outputs["cell-6"] == [("error", "ZeroDivisionError", "division by zero")]
    assert outputs["cell-11"] == [("stdout", "1 [2, 2] 2\n")]


@lesson
def test_every_script_runs_in_plain_python(file: Path, course: Path, tmp_path: Path) -> None:
    """Alone in an empty folder, with torch and matplotlib and nothing else, it comes to its end and leaves nothing."""
    script = copy_of(file, course, ".py")
    if not page_of(file).cells:
        assert not script.exists()
        return
    text = script.read_text("utf-8")
    assert imported(text) <= LIBRARIES
    command = [sys.executable, "-I", str(script)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_offers_its_copies(course: Path) -> None:
    """At its foot stand all three, and Colab, which opens what the workflow publishes; no index knows of them."""
    html = (course / "01-tensors/broadcasting/index.html").read_text("utf-8")
    foot = html.partition('<p class="wk-ran" data-search-exclude>')[2].partition("</p>")[0]
    colab = (
        "https://colab.research.google.com/github/someone/lab/blob/notebooks/01-tensors/broadcasting/broadcasting.ipynb"
    )
    assert re.findall(r'<a href="([^"]*)"( download)?>([^<]*)</a>', foot) == [
        ("broadcasting.ipynb", " download", "notebook"),
        ("broadcasting.py", " download", "Python script"),
        ("broadcasting.md", " download", "Markdown"),
        (colab, "", "Open in Colab"),
    ]
    assert "broadcasting.ipynb" not in (course / "sitemap.xml").read_text("utf-8")
    assert "Take it with you" not in (course / "search/search_index.json").read_text("utf-8")


def test_a_lesson_says_where_it_is_from(course: Path) -> None:
    """Its copies name the page, its address and its licence, and their links lead to the site."""
    text = (course / "01-tensors/broadcasting/broadcasting.md").read_text("utf-8")
    assert "[Torchenstein's Lab](https://someone.github.io/lab/01-tensors/broadcasting/)" in text
    assert "Lessons and drawings: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)" in text
    assert "](https://someone.github.io/lab/01-tensors/matrix-multiplication/)" in text


LINKS = "[other](deep/b.md#x) [plain](c.md) ![p](p.svg) <a href='../c/'>c</a> [up](#u)"
CELL = f"# A\n\n{LINKS}\n\n```python\n1 + 1\n```\n"
PAGES = {"a.md": CELL, "deep/b.md": "# B\n\n[a](../a.md)\n\n```python\n2\n```\n", "c.md": "# C", "p.svg": "<svg/>"}


def copies(site: Path, name: str) -> list[str]:
    """The names of what stands beside a page of a site."""
    return sorted(path.name for path in (site / "site" / name).iterdir() if path.is_file())


def test_a_site_without_an_address_links_copies_with_each_other(tmp_path: Path) -> None:
    """A link leads to the other page's notebook, or to the page, from where the copy is, and a picture is in it."""
    site = make_site(tmp_path, PAGES, theme=MATERIAL)
    build(site)
    first = book((site / "site/a/a.ipynb").read_text("utf-8")).cells[0]
    assert "[other](../deep/b/b.ipynb#x) [plain](../c/index.html) ![p](attachment:picture-1)" in first.source
    assert "<a href='../c/index.html'>c</a> [up](index.html#u)" in first.source
    assert list(first.attachments["picture-1"]) == ["image/svg+xml"]
    assert "(Picture: p)" in (site / "site/a/a.py").read_text("utf-8")
    assert "[a](../../a/a.ipynb)" in (site / "site/deep/b/b.md").read_text("utf-8")
    assert copies(site, "c") == ["index.html"]


def test_copies_stand_beside_pages_of_any_kind(tmp_path: Path) -> None:
    """Where pages are files, so are their copies, but for one whose place a file of the site's own has."""
    site = make_site(tmp_path, {**PAGES, "a.py": "own = 1"}, theme=MATERIAL, use_directory_urls=False)
    build(site)
    assert (site / "site/a.py").read_text("utf-8") == "own = 1"
    assert {"a.html", "a.ipynb", "a.md"} <= set(copies(site, ""))
    html = (site / "site/a.html").read_text("utf-8")
    assert 'href="a.ipynb"' in html
    assert 'href="a.py"' not in html


@pytest.mark.parametrize(
    ("repository", "branch", "there"),
    [
        ("https://github.com/some/thing", "gh-pages", "some/thing/blob/gh-pages/"),
        ("https://github.com/some/thing.git/", "a/b", "some/thing/blob/a/b/"),
        ("https://github.com/some/thing", "", None),
        ("https://gitlab.com/some/thing", "gh-pages", None),
        ("https://github.com.evil.org/some/thing", "gh-pages", None),
        ("", "gh-pages", None),
    ],
)
def test_colab_needs_github_and_a_branch(repository: str, branch: str, there: str | None) -> None:
    """There is an address where Colab can open what it leads to."""
    address = f"https://colab.research.google.com/github/{there}" if there else ""
    assert colab_address(repository, branch) == address


def test_a_notebook_that_is_not_to_be_published_is_not(tmp_path: Path) -> None:
    """Where mkdocs-jupyter is told to leave out the source of notebooks, there is no copy of them and no link."""
    plugins = [{"workings": {"backend": "cpu"}}, {"mkdocs-jupyter": {"include_source": False}}]
    site = make_site(tmp_path, {**PAGES, "n.ipynb": notebook(("code", "1"))}, plugins=plugins)
    build(site)
    assert copies(site, "n") == ["index.html"]
    assert "Take it with you" not in (site / "site/n/index.html").read_text("utf-8")
    assert copies(site, "a") == ["a.ipynb", "a.md", "a.py", "index.html"]


def test_a_preview_makes_a_copy_when_it_is_asked_for(tmp_path: Path) -> None:
    """It is that of the page as it was saved last, and shows what the page shows by then."""
    site = make_site(tmp_path, {**PAGES, "index.md": "# Home"}, theme=MATERIAL)
    with serving(site) as preview:
        preview.wait(lambda html: "Ran on" in html, "/a/")
        assert json.loads(preview.get("/a/a.ipynb"))["cells"][1]["source"] == ["1 + 1"]
        assert "print(1 + 1)" in preview.get("/a/a.py")
        (site / "docs/a.md").write_text(CELL.replace("1 + 1", "1 + 2"), "utf-8")
        preview.wait(lambda html: ">3<" in html, "/a/")
        assert "print(1 + 2)" in preview.get("/a/a.py")
        assert preview.get("/c/c.ipynb") == ""
