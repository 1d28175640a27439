"""Hostile outputs in a real browser: nothing runs, nothing is asked for, nothing moves, and the words stay in order."""

import json
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser
from sites import MATERIAL, build, make_site, notebook

from .conftest import QuietHandler
from .visits import Visit, Visits

RUNS = "window.pwned=(window.pwned||0)+1;fetch('http://evil.example/')"
MARKUP = (
    f'</code></pre></div></article><script>{RUNS}</script><img src=x onerror="{RUNS}"><svg onload="{RUNS}"></svg>'
    f'<iframe srcdoc="<script>parent.{RUNS}</script>"></iframe><a href="javascript:{RUNS}">click</a>'
    "<style>*{display:none!important}</style><link rel=stylesheet href=//evil.example/a.css><base href=//evil.example>"
    '<form action=//evil.example><input autofocus></form><meta http-equiv=refresh content="0;url=//evil.example/">'
    '<div style="position:fixed;inset:0;background:url(//evil.example/b)" class="md-header" id="__search">cover</div>'
    f'<math><mtext><img src=x onerror="{RUNS}"></mtext></math><details ontoggle="{RUNS}" open>x</details>'
    f"{{{{ config.site_name }}}} {{% raw %}} ![i](http://evil.example/c.png) [m](javascript:{RUNS}) $\\href{{x}}{{y}}$ "
)
ANSI = f"\x1b]8;;javascript:{RUNS}\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[31m{MARKUP}\x1b[0m \x1b]0;{MARKUP}\x07"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{RUNS}"><script>{RUNS}</script></svg>'
TURNED = "abc \u202e321 \u2066 \u05d0\u05d1"
KINDS = ("text/html", "text/markdown", "text/latex", "text/plain", "application/json", "application/javascript")
CODES = [
    f"print({MARKUP!r})",
    f"import sys\nprint({ANSI!r}, file=sys.stderr)",
    *(f"display({{{kind!r}: {MARKUP!r}, 'text/plain': 'plain'}}, raw=True)" for kind in KINDS),
    f"display({{'image/svg+xml': {SVG!r}}}, raw=True)",
    f"display({{'image/svg+xml': {SVG!r}}}, metadata={{'image/svg+xml': {{'workings': 'figure'}}}}, raw=True)",
    f"display({{'image/png': 'iVBORw0KGgo='}}, metadata={{'alt': {MARKUP!r}, 'width': '9\\' onload=x'}}, raw=True)",
    f"display({{{MARKUP!r}: 'x'}}, raw=True)",
    f"import matplotlib.pyplot as plt\nplt.title({MARKUP[:90]!r}, parse_math=False);",
    f"print({TURNED!r})",
]
FAILS = f"raise type({MARKUP!r}, (Exception,), {{}})({ANSI!r})"
SPOT = "document.querySelector('#the-end').getBoundingClientRect()"


def page(codes: list[str], *, fails: str) -> str:
    """A page of cells, the last of which is announced to fail, with a heading below them."""
    cells = [f"```python\n{code}\n```\n" for code in codes] + [f'```python tags="raises-exception"\n{fails}\n```\n']
    return "# Outputs\n\n" + "\n".join(cells) + "\n## The end {#the-end}\n\nabc 123\n"


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    """A site whose cells show markup in every form that an output can have, and in a notebook's metadata."""
    book = json.loads(notebook(("code", f"print({MARKUP!r})")))
    book["metadata"]["title"] = book["cells"][0]["metadata"]["name"] = MARKUP
    pages = {"index.md": page(CODES, fails=FAILS), "book.ipynb": json.dumps(book)}
    folder = make_site(
        tmp_path_factory.mktemp("hostile"),
        pages,
        plugins=[{"workings": {"backend": "cpu"}}, "mkdocs-jupyter", "search"],
        theme=MATERIAL,
        markdown_extensions=["attr_list"],
    )
    build(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder / "site"))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Visits(browser, f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
        thread.join()


@pytest.fixture(params=["", "book/"])
def visit(hostile: Visits, request: pytest.FixtureRequest) -> Visit:
    """A visit to one of its pages."""
    return hostile.to(request.param)


def test_nothing_runs_and_nothing_is_asked_for(hostile: Visits, visit: Visit) -> None:
    """No script of an output runs, even when all that can be clicked or opened is, and no other host is asked."""
    for link in visit.page.query_selector_all(".wk-out a, .wk-out summary, .wk-out img"):
        link.dispatch_event("click")
    visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("window.pwned") is None
    assert visit.page.url.split("#")[0].startswith(hostile.home)
    assert [url for url in visit.asked if not url.startswith((hostile.home, "data:", "blob:"))] == []
    assert [said for said in visit.complaints if "Content Security" not in said] == []


def test_an_output_has_no_element_that_acts(visit: Visit) -> None:
    """In outputs stand text, tables, images and links, and no attribute that acts, moves or paints."""
    found = visit.page.evaluate("""[...document.querySelectorAll('.wk-out *')].flatMap(e => [
        ...(e.matches('script,style,link,base,meta,iframe,object,embed,form,input,button') ? [e.tagName] : []),
        ...[...e.attributes].filter(a => a.name.startsWith('on') ||
            (['href', 'src', 'data', 'action'].includes(a.name) && /javascript:/i.test(a.value))).map(a => a.name),
        ...(getComputedStyle(e).position === 'fixed' ? ['fixed'] : [])])""")
    assert found == []
    assert visit.page.evaluate("document.querySelectorAll('.wk-out').length") > 0


def test_the_page_around_outputs_is_whole(hostile: Visits) -> None:
    """What follows hostile outputs is in its place: visible, inside the article, below the last output, not covered."""
    page = hostile.to("").page
    assert page.evaluate(f"{SPOT}.height") > 10
    assert page.evaluate("!!document.querySelector('article #the-end') && !document.querySelector('.wk-out #the-end')")
    last = "[...document.querySelectorAll('.wk-out')].at(-1).getBoundingClientRect().bottom"
    assert page.evaluate(f"{SPOT}.top >= {last}")
    page.evaluate("document.querySelector('#the-end').scrollIntoView()")
    page.wait_for_timeout(100)
    top = f"document.elementFromPoint({SPOT}.left + 5, {SPOT}.top + {SPOT}.height / 2)"
    assert page.evaluate(f"document.querySelector('#the-end').contains({top})")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_turned_text_turns_nothing_else(hostile: Visits) -> None:
    """Text that changes its direction is isolated, in what is printed and in what is raised."""
    isolated = hostile.to("").page.evaluate(
        "[...document.querySelectorAll('.wk-out pre, .wk-out bdi')].map(e => getComputedStyle(e).unicodeBidi)"
    )
    assert len(isolated) > 3
    assert hostile.to("").page.query_selector(".wk-what strong > bdi") is not None
    assert hostile.to("").page.query_selector(".wk-what > bdi") is not None
    assert set(isolated) <= {"isolate", "plaintext", "isolate-override"}
