"""Standalone texts on a site: beside each cell that needs one, kept from build to build, and never trusted."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sites import build, make_site

from workings.website import standalone
from workings.website.config import load_site
from workings.website.sources import read_page
from workings.website.standalone import FILE, StandaloneTexts

PAGE = '# Page\n\n```python id="begin"\nx = 41\n```\n\n```python id="next"\nx + 1\n```\n'
TEXT = re.compile(r'data-clipboard-text="([^"]*)"')


def texts(site: Path) -> list[str]:
    """What can be copied from the home page."""
    return [html.unescape(text) for text in TEXT.findall((site / "site" / "index.html").read_text("utf-8"))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was built, whose address and licence are known."""
    options = {"license": "MIT"}
    folder = make_site(
        tmp_path_factory.mktemp("site"), {"index.md": PAGE}, options=options, site_url="https://a.example/b/"
    )
    build(folder)
    return folder


def test_a_text_stands_beside_its_cell(site: Path) -> None:
    """A text begins with the address of its cell and the licence; a cell that needs nothing has none."""
    assert texts(site) == ["# From https://a.example/b/#next (MIT)\nx = 41\n\nx + 1\n"]


def test_without_address_and_licence_a_text_says_less(tmp_path: Path) -> None:
    """A site that knows neither says where in it the page is."""
    site = make_site(tmp_path, {"index.md": "# Home\n", "a.md": PAGE})
    build(site)
    page = (site / "site" / "a" / "index.html").read_text("utf-8")
    assert html.unescape(TEXT.findall(page)[0]).startswith("# From a/#next\nx = 41\n")


def test_texts_are_made_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier build has made is taken from the store's folder; an edited page is looked at again."""
    made: list[str] = []
    monkeypatch.setattr(standalone, "_made", lambda page: made.append(page.path) or {})
    page = read_page(site / "docs" / "index.md", load_site(site / "mkdocs.yml")).page
    assert StandaloneTexts(site / ".workings").of(page) == {2: "x = 41\n\nx + 1"}
    assert made == []
    assert StandaloneTexts(site / ".workings").of(page.first(1)) == {}
    assert made == ["docs/index.md"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"x + 1", b"x + 2"),
        lambda data: b"\xff" + data,
        lambda _: b'{"sha256": "", "body": {}}',
    ],
    ids=["empty", "cut", "changed", "no text", "another's"],
)
def test_a_damaged_file_is_none(tmp_path: Path, site: Path, damage: Callable[[bytes], bytes]) -> None:
    """Whatever happens to the file, the texts are the same, and the next build writes it anew."""
    page = read_page(site / "docs" / "index.md", load_site(site / "mkdocs.yml")).page
    good = (site / ".workings" / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(damage(good))
    found = StandaloneTexts(tmp_path)
    assert found.of(page) == {2: "x = 41\n\nx + 1"}
    found.keep()
    assert (tmp_path / FILE).read_bytes() == good


def test_a_store_that_can_t_be_written_costs_nothing_else(tmp_path: Path, site: Path) -> None:
    """Without a store, or with a file in its place, texts are made at each build."""
    page = read_page(site / "docs" / "index.md", load_site(site / "mkdocs.yml")).page
    (tmp_path / "file").write_text("here", "utf-8")
    for store in (None, tmp_path / "file"):
        found = StandaloneTexts(store)
        assert found.of(page) == {2: "x = 41\n\nx + 1"}
        found.keep()
    assert (tmp_path / "file").read_text("utf-8") == "here"
