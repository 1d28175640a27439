"""Sites as `mkdocs build` makes them, with what their pages' cells showed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sites import MATERIAL, build, foreign, loads, make_site, notebook, tree, write_page

PAGE = """---
title: A page
---


# Sums

Look at [the sum](#the-sum) and at [the other page](other.md#cell-1).

```python id="the-sum"
print("the sum is", 20 + 22)
```

!!! note

    ```python
    6 * 7 * 10
    ```
"""
OTHER = "# Other\n\n$$\\label{def:e} e = mc^2$$\n\n```python\n'from the ' + 'other'\n```\n"
QUIZ = (
    '# Quiz\n\n!!! quiz "Is this asked?"\n    - [ ] chosen: explained.\n    - [x] taken: made clear.\n\nWhat follows.\n'
)
JUPYTER = ["search", {"workings": {"backend": "cpu"}}, "mkdocs-jupyter"]


def html(site: Path, page: str = "") -> str:
    """The HTML of a built page."""
    return (site / "site" / page / "index.html").read_text("utf-8")


THEMES = {"material": MATERIAL, "mkdocs": "mkdocs", "readthedocs": "readthedocs"}
RAW = "print('{{ config.site_name }} **bold** [x](y.md) :smile: <b>b</b>')"


@pytest.fixture(scope="module", params=THEMES)
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of someone else, built strictly, with `plugins: [search, workings]` and a theme of its own."""
    pages = {"index.md": PAGE, "other.md": OTHER, "raw.md": f"# Raw\n\n```python\n{RAW}\n```\n"}
    pages |= {"quiz.md": QUIZ, "own.css": ""}
    site = make_site(
        tmp_path_factory.mktemp(request.param),
        pages,
        plugins=["search", "workings"],
        theme=THEMES[request.param],
        markdown_extensions=["admonition"],
        extra_css=["own.css"],
        repo_url="https://github.com/someone/something",
    )
    assert "WARNING -" not in build(site, "--strict").stderr
    return site


def test_a_site_needs_nothing_but_the_plugin(plain: Path) -> None:
    """In any theme and without a setting, cells run, wherever they are nested, and formulas are drawn."""
    assert "the sum is 42" in html(plain)
    assert ">420<" in html(plain)
    assert "from the other" in html(plain, "other")
    assert "<math" in html(plain, "other")
    assert "data-workings" not in html(plain)


def test_a_search_finds_what_a_quiz_asks_and_nothing_to_choose(plain: Path) -> None:
    """In any theme a quiz is on its page, and what is wrong in it is never found as if it were said there."""
    assert '<summary>chosen</summary>\n<p class="wk-why"><strong>Not this one:</strong> explained.</p>' in html(
        plain, "quiz"
    )
    index = (plain / "site" / "search" / "search_index.json").read_text("utf-8")
    assert "Is this asked?" in index
    assert "What follows." in index
    assert [word for word in ("chosen", "explained", "taken", "made clear") if word in index] == []


def test_a_page_loads_nothing_foreign(plain: Path) -> None:
    """No script, style, font or image of a page comes from another host, and no repository is asked for its facts."""
    assert foreign(plain / "site") == []
    assert 'data-md-component="source"' not in html(plain)
    assert "github.com/someone/something" in html(plain)


def test_every_page_links_our_styles_before_the_sites_own(plain: Path) -> None:
    """What a site says of its looks wins over what we say."""
    sheets = [address for address in loads(html(plain)).addresses if re.search(r"workings/|own", address)]
    assert sheets[-1] == "own.css"
    assert "assets/workings/cells.css" in sheets
    assert all((plain / "site" / sheet).is_file() for sheet in sheets)


def test_outputs_are_never_templates_or_markdown(plain: Path) -> None:
    """What a cell prints is what the reader sees, whatever it looks like."""
    assert "{{ config.site_name }} **bold** [x](y.md) :smile: &lt;b&gt;b&lt;/b&gt;" in html(plain, "raw")


def test_a_notebook_is_a_page_like_any_other(tmp_path: Path) -> None:
    """Its Markdown has admonitions and links, its cells run, and what it showed when it was saved is not shown."""
    text = notebook(
        ("markdown", "# Of a notebook\n\n!!! tip\n\n    See [the page](index.md#the-sum)."),
        ("code", "x = 20\nx + 22"),
        ("code", "print('again', x)"),
        ran=True,
    )
    pages = {"index.md": PAGE + "\n[nb](book.ipynb#cell-2)\n", "other.md": OTHER, "book.ipynb": text}
    site = make_site(tmp_path, pages, theme=MATERIAL, plugins=JUPYTER, markdown_extensions=["admonition"])
    build(site, "--strict")
    page = html(site, "book")
    assert '<div class="admonition tip">' in page
    assert re.search(r'<a href="\.\./?#the-sum">the page', page)
    assert ">42<" in page
    assert "again 20" in page
    assert "stale output" not in page
    assert "<title>Of a notebook" in page
    assert "jp-" not in page


def test_a_notebook_is_published_without_outputs(tmp_path: Path) -> None:
    """Beside its page stands what it was made of, as if it had never run."""
    pages = {"index.md": "# Home", "deep/book.ipynb": notebook(("code", "1 + 1"), ran=True)}
    site = make_site(tmp_path, pages, plugins=JUPYTER)
    build(site)
    published = json.loads((site / "site/deep/book/book.ipynb").read_text("utf-8"))
    assert published["cells"][1]["source"] == ["1 + 1"]
    assert published["cells"][1]["outputs"] == []
    assert published["cells"][1]["execution_count"] is None


def test_of_the_files_that_mkdocs_jupyter_knows_only_notebooks_are_its(tmp_path: Path) -> None:
    """A Python file stays a file, a Markdown page with a kernel our page, and what the site ignores none."""
    header = "---\nkernelspec: {name: python3, language: python, display_name: P}\n---\n"
    cells = notebook(("code", "1"))
    pages = {"index.md": header + OTHER, "a.py": "print()", "a.ipynb": cells, "draft.ipynb": cells}
    plugins = [
        {"workings": {"backend": "cpu"}},
        {"mkdocs-jupyter": {"ignore": ["draft.ipynb"], "include_source": False}},
    ]
    site = make_site(tmp_path, pages, plugins=plugins)
    build(site)
    assert (site / "site/a.py").is_file()
    assert "from the other" in html(site)
    assert (site / "site/draft.ipynb").is_file()
    assert sorted(path.name for path in (site / "site/a").iterdir()) == ["index.html"]


def test_a_sites_own_extensions_keep_their_options(tmp_path: Path) -> None:
    """Line numbers that are links, and fences of the site's own, are as without the plugin."""
    fence = {"name": "mermaid", "class": "mermaid"}
    extensions = [
        {"pymdownx.highlight": {"anchor_linenums": True, "linenums": True, "line_anchors": "mine"}},
        {"pymdownx.superfences": {"custom_fences": [fence]}},
    ]
    text = OTHER + "\n```mermaid\ngraph LR\n```\n\n```text\nshown\n```\n"
    site = make_site(tmp_path, {"index.md": text}, markdown_extensions=extensions)
    build(site)
    assert '<pre class="mermaid"><code>graph LR' in html(site)
    assert 'id="mine-0-1"' in html(site)
    assert "from the other" in html(site)


def test_a_link_to_a_cell_that_is_not_there_is_found(tmp_path: Path) -> None:
    """MkDocs knows the cells of each page: a wrong link to one is a warning, a right one is none."""
    link = "# Home\n\n[wrong](other.md#cell-2) [right](other.md#cell-1) [formula](other.md#def:e)\n"
    validation = {"links": {"anchors": "warn"}}
    site = make_site(tmp_path, {"index.md": link, "other.md": OTHER}, validation=validation)
    warnings = [line for line in build(site).stderr.splitlines() if "WARNING -" in line]
    assert len(warnings) == 1
    assert "#cell-2" in warnings[0]


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever is cached, and however many pages run at once, a site is the same."""
    pages = {"index.md": PAGE, "other.md": OTHER, "book.ipynb": notebook(("code", "{'a', 'b'}"), ("code", "1"))}
    site = make_site(tmp_path, pages, theme=MATERIAL, plugins=JUPYTER, markdown_extensions=["admonition"])
    day = {"SOURCE_DATE_EPOCH": "1700000000"}
    build(site, PYTHONHASHSEED="1", **day)
    first = tree(site / "site")
    build(site, PYTHONHASHSEED="2", **day)
    assert tree(site / "site") == first
    plugins = [{"workings": {"backend": "cpu", "jobs": 1, "store": False}}, "mkdocs-jupyter", "search"]
    make_site(site, {}, theme=MATERIAL, plugins=plugins, markdown_extensions=["admonition"])
    build(site, PYTHONHASHSEED="3", **day)
    assert tree(site / "site") == first


def test_an_unchanged_build_does_not_import_what_runs_cells(tmp_path: Path) -> None:
    """When every record is in the store, torch, IPython and matplotlib stay where they are, and prose may change."""
    pages = {"index.md": PAGE, "other.md": OTHER, "book.ipynb": notebook(("code", "1"))}
    site = make_site(tmp_path, pages, theme=MATERIAL, plugins=JUPYTER, markdown_extensions=["admonition"])
    assert "3 ran, 0 from the store" in build(site).stderr
    write_page(site, "other.md", "One more word.\n\n" + OTHER)
    program = (
        "import sys, mkdocs.__main__ as m; m.cli(['build'], standalone_mode=False); print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site, capture_output=True, text=True, check=True, timeout=60
    )
    assert "0 ran, 3 from the store" in done.stderr
    assert not {"torch", "IPython", "matplotlib"} & set(done.stdout.split("\n"))
    assert "One more word." in html(site, "other")


def test_a_page_that_a_hook_makes_runs_too(tmp_path: Path) -> None:
    """A page without a file, made during the build, has cells like any other."""
    hook = (
        "from mkdocs.structure.files import File\n"
        "def on_files(files, config):\n"
        "    files.append(File.generated(config, 'made.md', content='```python\\n\"made \" * 2\\n```'))\n"
    )
    site = make_site(tmp_path, {"index.md": "# Home"}, hooks=["hook.py"])
    (site / "hook.py").write_text(hook)
    build(site)
    assert "made made" in html(site, "made")


def test_the_docs_folder_may_lie_elsewhere(tmp_path: Path) -> None:
    """A site whose docs folder is not below its mkdocs.yml is built all the same."""
    write_page(tmp_path, "index.md", OTHER)
    site = make_site(tmp_path / "conf", {}, docs_dir="../docs")
    build(site)
    assert "from the other" in html(site)


def test_a_dirty_build_writes_what_changed(tmp_path: Path) -> None:
    """`mkdocs build --dirty` keeps the pages that have not changed and renders those that have."""
    site = make_site(tmp_path, {"index.md": "# Home", "other.md": OTHER})
    build(site)
    kept = (site / "site/index.html").stat().st_mtime_ns
    write_page(site, "other.md", OTHER.replace("from the", "changed in the"))
    build(site, "--dirty")
    assert "changed in the other" in html(site, "other")
    assert (site / "site/index.html").stat().st_mtime_ns == kept


LOOKS = """
def on_page_context(context, page, **_):
    print("CONTEXT", page.content.count("the sum is 42"))
    return context
def on_post_page(output, **_):
    print("OUTPUT", output.count("the sum is 42"))
    return output
"""


def test_other_plugins_see_what_cells_showed(tmp_path: Path) -> None:
    """Whoever looks at a page before its template or after it finds it filled."""
    site = make_site(
        tmp_path, {"index.md": "# Sums\n\n```python\nprint('the sum is', 20 + 22)\n```\n"}, hooks=["hook.py"]
    )
    (site / "hook.py").write_text(LOOKS)
    assert re.findall(r"(?:CONTEXT|OUTPUT) (\d)", build(site).stdout) == ["1", "1"]


SHOWN = "---\ntitle: The title\n---\n\n```python\nfrom IPython.display import HTML\nHTML('<h1>Shown</h1>')\n```\n"


def test_pages_that_are_written_before_they_have_run_are_filled(tmp_path: Path) -> None:
    """Where nobody else looks, templates do not wait for cells; no mark is left, and no shown heading is a title."""
    pages = {f"p{n}.md": f"```python\nimport time; time.sleep(.5)\nprint('sum', {n} + 22)\n```\n" for n in range(4)}
    site = make_site(tmp_path, {"index.md": "# Home", "shown.md": SHOWN, **pages}, theme=MATERIAL)
    build(site)
    for number in range(4):
        text = html(site, f"p{number}")
        assert f"sum {number + 22}" in text
        assert "data-workings" not in text
        assert "<!--workings" not in text
    assert "<h1>The title</h1>" in html(site, "shown")


GOES = """
from pathlib import Path
def on_page_context(context, page, **_):
    if page.file.src_uri == "book.ipynb":
        Path(page.file.abs_src_path).unlink()
    return context
"""


def test_a_notebook_that_goes_away_while_it_is_built_is_no_end(tmp_path: Path) -> None:
    """Whoever renames a notebook at that moment has the page as it was read, and its copies too."""
    book = notebook(("code", "print('the sum is', 20 + 22)"))
    site = make_site(tmp_path, {"index.md": "# Home", "book.ipynb": book}, plugins=JUPYTER, hooks=["hook.py"])
    (site / "hook.py").write_text(GOES)
    assert build(site).returncode == 0
    assert "the sum is 42" in html(site, "book")
    assert "20 + 22" in (site / "site/book/book.ipynb").read_text("utf-8")
