"""What is accepted of pages lies beside them, and is no part of the site."""

from pathlib import Path

from sites import build, make_site, tree, write_page
from test_site_preview import Edits, files, page, serving, settled, wait_until

from workings.accepted import file_of
from workings.page import Page
from workings.website.preview.activity import Activity


def accepted(site: Path, text: str) -> Path:
    """Accept something of the page `docs/p1.md`."""
    file = file_of(Page(path="docs/p1.md", root=site), "cpu")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_nothing_of_it_is_published(tmp_path: Path) -> None:
    """A built site has neither the folder nor the files."""
    site = make_site(tmp_path, {"index.md": page("Home"), "p1.md": page("First")})
    accepted(site, '{"secret": "of the repository"}')
    build(site, "--strict")
    built = tree(site / "site")
    assert "p1/index.html" in built
    assert not any("outputs" in path or b"of the repository" in data for path, data in built.items())


def test_accepting_is_no_edit(tmp_path: Path) -> None:
    """A preview looks at what it watches and sees no change in it."""
    (tmp_path / "docs").mkdir()
    edits = Edits(lambda: [str(tmp_path)], Activity())
    for count in range(3):
        accepted(tmp_path, "a" * count)
        assert edits.look() == frozenset()
    style = tmp_path / "docs" / "own.css"
    style.write_text("a")
    assert edits.look() == {str(style)}


def test_accepting_builds_nothing(tmp_path: Path) -> None:
    """While a preview runs, outputs can be accepted: what is served stays as it is until something is edited."""
    pages = {"index.md": page("Home"), "p1.md": page("First"), "p2.md": page("Second")}
    site = make_site(tmp_path, pages)
    with serving(site) as preview:
        before = settled(preview)
        accepted(site, "{}")
        accepted(site, "{ }")
        assert settled(preview) == before
        write_page(site, "p1.md", page("First", 2))
        preview.wait(lambda text: "value 2" in text, "/p1/")
        wait_until(lambda: {path: file.stat().st_mtime_ns for path, file in files(preview).items()} != before)
