"""Displays are shown in their richest form that is safe, and hostile ones as harmless as any other."""

import base64
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from workings.outputs import Display, Json
from workings.rendering.formulas import formula_html
from workings.rendering.mime import Frame, display_html
from workings.rendering.rich_text import MOST_BRACKETS, markdown_html, sanitised

FRAME = Frame(cell=3, name="scores", output=1)
TRUSTED = Frame(cell=3, name="scores", output=1, trusted=True)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\x00" * 20).decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class Seen(HTMLParser):
    """All elements and attributes of some HTML, as a browser reads it."""

    def __init__(self, html: str) -> None:
        """Read it."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is there."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def dangers(html: str) -> Iterator[str]:
    """What could run, request or restyle anything."""
    seen = Seen(html)
    bad = {"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg", "template"}
    yield from bad & set(seen.tags)
    for name, value in seen.attributes:
        if name.startswith("on") or (name in {"href", "src"} and not value.startswith(("https://", "data:image/"))):
            yield f"{name}={value}"
        if (name == "style" and not value.startswith("text-align:")) or name in {
            "id",
            "srcdoc",
            "srcset",
            "formaction",
        }:
            yield f"{name}={value}"
        if name == "class" and not value.startswith(("wk-", "arithmatex")):
            yield f"{name}={value}"


def show(frame: Frame = FRAME, metadata: dict[str, Json] | None = None, **data: Json) -> str:
    """A display of these forms; `text__html` is the form text/html."""
    forms = {kind.replace("__", "/").replace("_xml", "+xml"): value for kind, value in data.items()}
    return display_html(Display(data=forms, metadata=metadata or {}), frame)


def test_table() -> None:
    """A table is shown as HTML alone, scrolls within its box, and can be reached by a keyboard."""
    html = show(
        text__html='<table border="1" class="dataframe"><tr style="text-align: right;"><td>1</table>', text__plain="no"
    )
    assert html == (
        '<div class="wk-rich" tabindex="0" role="region" aria-label="Output 1 of cell 3"><table class="wk-table">'
        '<tbody><tr style="text-align:right"><td>1</td></tr></tbody></table></div>'
    )


HOSTILE = [
    "<script>alert(1)</script><b>x</b>",
    "</script><img src=x onerror=alert(1)><b>x</b>",
    "<a href='javascript:alert(1)'>x</a><a href=' java\nscript:alert(1)'>x</a><a href='data:text/html,x'>x</a>",
    "<a href='//evil.example'>x</a><a href='/x'>x</a><a href='vbscript:x'>x</a><a href=\"https://example.org\">x</a>",
    "<img src='https://evil.example/track.png'><img src='data:image/svg+xml;base64,AAAA'><b>x</b>",
    "<svg><script>alert(1)</script><foreignObject><b onclick=x>x</b></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>x",
    "<style>*{display:none}</style><p style='position:fixed;text-align:left;inset:0'>x</p>",
    "<iframe srcdoc='<script>x</script>'></iframe><object data=x></object><form action=x><input name=x></form>x",
    "<div id=wk class='md-header' data-workings='N-1' onmouseover=x>x</div>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>x",
    "<b>x</b><!-- --!><img src=x onerror=alert(1)> -->",
    "<base href='https://evil.example'><meta http-equiv=refresh content=0><link rel=stylesheet href=x>x",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt>x",
    "<xmp><script>x</script></xmp><plaintext>x<script>",
    "<details ontoggle=x open><summary>x</summary></details><marquee onstart=x>x</marquee>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html(html: str) -> None:
    """HTML that a cell made can't run, request or restyle anything, as HTML and within Markdown."""
    assert not list(dangers(show(text__html=html)))
    assert not list(dangers(show(text__markdown=f"# x\n\n{html}\n")))
    assert "x" in show(text__html=html)


def test_trusted_html() -> None:
    """Where the site trusts HTML it is passed on unchanged, once."""
    html = "<script>let x = '<div data-workings=\"N-1\"></div>';</script>"
    assert show(TRUSTED, text__html=html) == f'<div class="wk-rich">{html}</div>'


def test_sanitised_is_repeatable() -> None:
    """The same HTML gives the same bytes, and what is clean stays as it is."""
    html = "<img src='data:image/png;base64,AAAA' width=5 height=6 title=a><a href='https://x.org' title=b>c</a>"
    first = sanitised(html)
    assert {sanitised(html) for _ in range(50)} == {first}
    assert first.startswith('<img alt="" decoding="async" loading="lazy" src="data:image/png;base64,AAAA"')
    assert 'rel="noopener noreferrer"' in first


def test_image_keeps_its_alternative() -> None:
    """An image's own text alternative is kept."""
    assert sanitised('<img src="data:image/gif;base64,AA" alt="a > b">').count("alt=") == 1
    assert 'alt="a &gt; b"' in sanitised('<img src="data:image/gif;base64,AA" alt="a > b">')


def test_markdown() -> None:
    """Markdown has tables, code and formulas."""
    html = show(text__markdown="# T\n\n|a|b|\n|-|-|\n|1|2|\n\n```python\nx < 1\n```\n\n$x^2$ {{ jinja }} `` ` ``")
    assert "<h1>T</h1>" in html
    assert '<table class="wk-table">' in html
    assert "x &lt; 1" in html
    assert "<math><msup><mi>x</mi><mn>2</mn></msup></math>" in html
    assert "{{ jinja }} <code>`</code>" in html


@pytest.mark.parametrize("text", ["[" * 50_000, "![[" * 10_000, "\\(" * 10_000, "a" * 1_000_000])
def test_hostile_markdown(text: str) -> None:
    """Markdown that its parser would take minutes for is shown as it is written."""
    assert len(text) ** 2 > MOST_BRACKETS
    assert markdown_html(text) is None
    assert show(text__markdown=text).startswith('<pre class="wk-text')


@pytest.mark.parametrize("text", ["> " * 20_000, "*" * 50_000, "<div>" * 10_000, "`" * 50_000, "_a " * 16_000])
def test_deep_markdown(text: str) -> None:
    """Markdown of any depth is converted or shown as it is written, and fails nothing."""
    assert show(text__markdown=text + "\n\nx")


def test_latex() -> None:
    """LaTeX becomes a displayed formula; what can't be read is shown as it is written."""
    assert '<math display="block"><mfrac>' in show(text__latex=r"$\frac{1}{2}$")
    assert '<code class="wk-tex">\\frac{&lt;script&gt;</code>' in show(text__latex=r"\frac{<script>")
    assert "<script" not in show(text__latex=r"\text{<script>alert(1)</script>}")


@pytest.mark.parametrize(
    "tex", ["{" * 100_000 + "}" * 100_000, r"\sqrt" * 100_000, r"\frac{" * 30_000, r"\left(" * 9_000]
)
def test_deep_latex(tex: str) -> None:
    """A formula that would exhaust the converter's stack is shown as it is written."""
    assert formula_html(tex).startswith('<code class="wk-tex">')


def test_latex_takes_no_number() -> None:
    """A formula in an output has no number: those belong to the formulas of the page."""
    assert "(1)" not in formula_html(r"\begin{align}a &= b\end{align}")
    assert formula_html(r"\label{eq:a} x").startswith("<code")


def test_images() -> None:
    """An image has its bytes, its alternative and its size, and is loaded when it is seen."""
    html = show(
        image__png=PNG[:10] + "\n" + PNG[10:], metadata={"image/png": {"width": 40, "height": 30, "alt": '"a"'}}
    )
    rest = 'alt="&quot;a&quot;" width="40" height="30" loading="lazy" decoding="async">'
    assert html == f'<img src="data:image/png;base64,{PNG}" {rest}'
    assert 'alt="Output 1 of cell 3: an image"' in show(image__png=PNG)


def test_author_alternative() -> None:
    """What the author says of a cell's figures stands above what the display says."""
    frame = Frame(cell=1, name="a", output=1, alt="said")
    assert 'alt="said"' in show(frame, image__png=PNG, metadata={"alt": "other"})


@pytest.mark.parametrize("width", ["40", True, -1, 1e9, 10**9, None, [1], {"a": 1}, '1" onload="x'])
def test_wrong_size(width: Json) -> None:
    """A size that is no number of pixels is left out."""
    assert "width" not in show(image__png=PNG, metadata={"image/png": {"width": width}})


@pytest.mark.parametrize("metadata", [{"image/png": 5}, {"image/png": [1]}, {"image/png": {"alt": 7}}, {"alt": {}}])
def test_wrong_metadata(metadata: dict[str, Json]) -> None:
    """Metadata of any type leaves the image as it is."""
    assert 'alt="Output 1 of cell 3: an image"' in show(image__png=PNG, metadata=metadata)


@pytest.mark.parametrize(
    "data", ["not base64!", base64.b64encode(b"<svg onload=x>").decode(), "", 7, None, {"a": 1}, "é", "A"]
)
def test_wrong_image(data: Json) -> None:
    """Bytes that are not an image of their type are not shown as one."""
    html = show(image__png=data, text__plain="<Figure>")
    assert html == '<pre class="wk-text">&lt;Figure&gt;</pre>'


def test_other_svg() -> None:
    """SVG that the engine did not draw is an image, which can't run or request anything."""
    for html in (show(image__svg_xml=SVG), show(image__svg_xml=SVG, metadata={"image/svg+xml": {"workings": "other"}})):
        assert html.startswith('<img src="data:image/svg+xml;base64,')
        assert "<script" not in html
    assert show(image__svg_xml=SVG, metadata={"image/svg+xml": {"workings": "figure"}}).startswith("<img")


def test_json() -> None:
    """JSON is indented and escaped."""
    assert show(application__json={"a": ["</script>", None]}) == (
        '<pre class="wk-text">{\n  "a": [\n    "&lt;/script&gt;",\n    null\n  ]\n}</pre>'
    )


def test_lines() -> None:
    """Text that a notebook keeps as a list of lines is joined; what is no text is left out."""
    assert show(text__plain=["a\n", "b", 5]) == '<pre class="wk-text">a\nb</pre>'


@pytest.mark.parametrize("kind", ["application/javascript", "application/vnd.jupyter.widget-view+json", "x/<script>"])
def test_unknown(kind: str) -> None:
    """A display that a page can't show leaves a note, and text where there is some."""
    note = display_html(Display(data={kind: "alert(1)"}), FRAME)
    assert note.startswith('<p class="wk-note">A page can')
    assert "alert" not in note
    assert "<script" not in note
    assert display_html(Display(data={kind: "x", "text/plain": "told"}), FRAME) == '<pre class="wk-text">told</pre>'


def test_empty() -> None:
    """A display of nothing leaves a note; HTML that was only a script gives way to the text beside it."""
    assert "wk-note" in display_html(Display(data={}), FRAME)
    assert show(text__html="<script>x</script>", text__plain="told") == '<pre class="wk-text">told</pre>'


def test_many_kinds() -> None:
    """The note's length has a limit, however many forms a display has."""
    assert len(display_html(Display(data={f"x/{'y' * 50}{n}": "" for n in range(1000)}), FRAME)) < 200


def test_surrogates() -> None:
    """Half a character in any form or name is replaced, so that the page can be written."""
    forms: dict[str, Json] = {"\ud800": "x"}
    for kind in ("text/html", "text/markdown", "text/latex", "image/svg+xml", "application/json", "text/plain"):
        display_html(Display(data={kind: "<svg>\ud800"}), FRAME).encode()
        display_html(Display(data={kind: "<svg>\ud800"}), TRUSTED).encode()
    display_html(Display(data=forms), FRAME).encode()
    show(image__png=PNG, metadata={"alt": "\ud800"}).encode()
