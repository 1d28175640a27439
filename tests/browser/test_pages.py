"""What holds on every page: it asks no one else, complains of nothing, fits the screen, and can be read by all."""

import gzip
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import pytest
from axe_playwright_python.sync_playwright import Axe

from .visits import Scheme, Visits

SEED = "01-tensors/matrix-multiplication/"
PAGES = ["", SEED, "01-tensors/broadcasting/", "contributing/"]
SCHEMES: list[Scheme] = ["light", "dark"]
NARROW, WIDE = 390, 1280
STANDARD = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # all of these, and of what is in order no more than its rules: places take seconds
}

everywhere = pytest.mark.parametrize(
    ("path", "scheme", "width"),
    list(product(PAGES, SCHEMES, [NARROW, WIDE])),
    ids=lambda value: (value or "home") if isinstance(value, str) else str(value),
)


@everywhere
def test_nothing_is_asked_of_others(visits: Visits, path: str, scheme: Scheme, width: int) -> None:
    """Every request goes to the site's own host, and is answered."""
    visit = visits.to(path, scheme=scheme, width=width)
    assert len(visit.asked) > 3
    assert [url for url in visit.asked if not url.startswith((visits.home, "data:", "blob:"))] == []
    assert visit.complaints == []


@everywhere
def test_a_page_fits_the_screen(visits: Visits, path: str, scheme: Scheme, width: int) -> None:
    """No page has to be pushed sideways; long lines scroll in their own box."""
    page = visits.to(path, scheme=scheme, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking_out = """nodes => nodes.filter(node => node.getBoundingClientRect().right > innerWidth + 1)
        .map(node => node.outerHTML.slice(0, 80))"""
    assert page.locator(".wk-code, .wk-out, .wk-out svg, table").evaluate_all(sticking_out) == []


@everywhere
def test_the_scheme_is_the_readers(visits: Visits, path: str, scheme: Scheme, width: int) -> None:
    """A page is light or dark as the reader's system is."""
    body = visits.to(path, scheme=scheme, width=width).page.locator("body")
    assert body.get_attribute("data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]


@everywhere
def test_a_page_can_be_read_by_all(visits: Visits, path: str, scheme: Scheme, width: int) -> None:
    """Axe finds no violation of WCAG 2.1, levels A and AA."""
    # Colours are the same at every width, and measuring those of a thousand words of code takes seconds: once will do.
    options = STANDARD if width == WIDE else {**STANDARD, "rules": {"color-contrast": {"enabled": False}}}
    found = Axe().run(visits.to(path, scheme=scheme, width=width).page, options=options).response
    assert len(found["passes"]) > 10
    assert [describe(violation) for violation in found["violations"]] == []


def describe(violation: dict[str, Any]) -> str:
    """Say what is violated, and where."""
    places = [f"{node['target']} {node['html'][:120]} {node['failureSummary']}" for node in violation["nodes"]]
    return "\n  ".join([f"{violation['id']}: {violation['help']}", *places])


def test_the_seed_page_is_light(site: Path) -> None:
    """The HTML of the seed page is under 40 KB on the wire."""
    assert len(gzip.compress((site / SEED / "index.html").read_bytes())) < 40_000


class Asked(HTMLParser):
    """What a page would load, and the styles that stand in it."""

    LOADING: ClassVar = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "use": "href"}
    LOADED_LINKS: ClassVar = {
        "stylesheet",
        "icon",
        "preload",
        "preconnect",
        "dns-prefetch",
        "prefetch",
        "modulepreload",
    }

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.addresses: list[str] = []
        self.styles: list[str] = []
        self.in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element loads."""
        values = dict(attributes)
        self.in_style = tag == "style"
        if tag != "link" or self.LOADED_LINKS & set((values.get("rel") or "").split()):
            self.addresses += filter(None, [values.get(self.LOADING.get(tag, ""))])

    def handle_data(self, data: str) -> None:
        """Note a style's text."""
        if self.in_style:
            self.styles.append(data)
            self.in_style = False


def is_foreign(address: str) -> bool:
    """Whether an address leads to another host."""
    return re.match(r"(?:[a-z+.-]+:)?//", address.strip(), re.IGNORECASE) is not None


def test_no_file_names_a_foreign_source(site: Path) -> None:
    """No page loads from another host, and neither does a style sheet."""
    loads = {
        f"{path.relative_to(site)}: {address}"
        for path in site.rglob("*.html")
        for address in Asked(path.read_text("utf-8")).addresses
        if is_foreign(address)
    }
    for path in site.rglob("*.css"):
        named = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", path.read_text("utf-8"))
        loads |= {f"{path.relative_to(site)}: {address}" for address in named if is_foreign(address)}
    assert loads == set()


def test_styles_are_shared_and_not_repeated(site: Path) -> None:
    """What two pages have in common is in a file: no style is written into both."""
    pages = [Asked(path.read_text("utf-8")).styles for path in site.rglob("*.html")]
    assert len(pages) >= len(PAGES)
    count = Counter(style.strip() for styles in pages for style in set(styles))
    assert [style[:200] for style, pages_with in count.items() if pages_with > 1] == []
    assert max(sum(map(len, styles)) for styles in pages) < 4_000
