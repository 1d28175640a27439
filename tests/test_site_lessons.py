"""What a lesson says of itself stands below its title."""

import re
from pathlib import Path

from sites import build, make_site, mkdocs, notebook

BROADCASTING = "---\nlevel: beginner\nminutes: 20\n---\n\n# How shapes meet\n\nText.\n"
PRODUCT = "---\nlevel: intermediate\nminutes: 25\nneeds: [broadcasting]\n---\n\n# Products\n\n```python\n6 * 7\n```\n"
LINE = re.compile(r'</h1>\s*<p class="wk-lesson" data-search-exclude>(.*?)</p>')


def line_of(folder: Path, page: str) -> str:
    """The line below a built page's title."""
    found = LINE.search((folder / "site" / page / "index.html").read_text("utf-8"))
    return found[1] if found else ""


def test_a_lesson_says_for_whom_it_is_and_what_to_read_first(tmp_path: Path) -> None:
    """Its level, its minutes and links to the lessons that it needs, by their titles, wherever they stand."""
    build(make_site(tmp_path, {"one/broadcasting.md": BROADCASTING, "two/product.md": PRODUCT}))
    assert line_of(tmp_path, "one/broadcasting") == "Beginner · 20 minutes"
    before = '<a href="../../one/broadcasting/">How shapes meet</a>'
    assert line_of(tmp_path, "two/product") == f"Intermediate · 25 minutes · read first: {before}"


def test_a_notebook_says_it_in_its_first_cell(tmp_path: Path) -> None:
    """A notebook is a lesson as a Markdown page is."""
    raw = notebook(("raw", "---\nlevel: advanced\nminutes: 120\n---"), ("markdown", "# A lab"), ("code", "6 * 7"))
    build(make_site(tmp_path, {"lab.ipynb": raw}, plugins=["search", "workings", "mkdocs-jupyter"]))
    assert line_of(tmp_path, "lab") == "Advanced · 2 hours"


def test_a_lesson_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A lesson that asks for a page that the site does not have is told like a broken link, with the nearest name."""
    needs = PRODUCT.replace("[broadcasting]", "[brodcasting]")
    make_site(tmp_path, {"broadcasting.md": BROADCASTING, "product.md": needs})
    done = mkdocs(tmp_path, "build", "--strict")
    assert done.returncode == 1
    said = "Doc file 'product.md' needs 'brodcasting' in its front matter, and no page has that name: did you mean"
    assert f"{said} 'broadcasting'?" in done.stderr


def test_other_pages_may_use_these_words(tmp_path: Path) -> None:
    """Front matter whose level is none of a lesson's, or of another kind, is left alone."""
    pages = {
        "index.md": "---\nlevel: 3\nminutes: [1]\nneeds: [nothing]\n---\n\n# Page\n",
        "odd.md": "---\nlevel: beginner\nminutes: soon\nneeds: nothing\n---\n\n# Odd\n",
    }
    assert "WARNING" not in build(make_site(tmp_path, pages), "--strict").stderr
    assert "wk-lesson" not in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert line_of(tmp_path, "odd") == "Beginner"


def test_titles_are_text(tmp_path: Path) -> None:
    """A title with marks of HTML is shown and not read."""
    evil = BROADCASTING.replace("# How shapes meet", "# A &lt;script&gt; & more")
    build(make_site(tmp_path, {"broadcasting.md": evil, "product.md": PRODUCT}))
    assert '/">A &lt;script&gt; &amp; more</a>' in line_of(tmp_path, "product")
