"""HTML that a cell made, cut down to what shows something: no script, no style, no frame, no request."""

import re
from html import unescape

import markdown
import nh3

from workings.rendering.formulas import formula_html

TAGS = {
    *("a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "img", "ins", "kbd", "mark", "q"),
    *("rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "blockquote", "div", "hr", "ul", "ol", "li", "dl", "dt", "dd"),
    *("details", "summary", "figure", "figcaption"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    "*": {"title", "lang", "dir", "style"},
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "scope", "headers"},
    "time": {"datetime"},
}
IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
LINK = re.compile(r"https?://", re.IGNORECASE)
CLASSES = {"span": "arithmatex", "div": "arithmatex", "table": "wk-table"}
NUMBER = re.compile(r"[0-9]{1,4}")
NUMBERS = {"width", "height", "colspan", "rowspan", "span", "start"}
MATH = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
EXTENSIONS = ["tables", "fenced_code", "sane_lists", "pymdownx.arithmatex"]
CONFIGS = {"pymdownx.arithmatex": {"generic": True}}
MOST_MARKDOWN = 50_000
"""Characters of Markdown that are converted: the parser is slower than linear, so more is shown as it is written."""

MOST_BRACKETS = 10_000_000
"""Brackets and backslashes times characters that are converted: for each the parser may look at all that follows."""


def allowed(tag: str, attribute: str, value: str) -> str | None:
    """The attribute's value if it may stay: links to the web, images within the page, small numbers."""
    if attribute == "href":
        return value if LINK.match(value) else None
    if attribute == "src":
        return value if IMAGE.fullmatch(value) else None
    if attribute in NUMBERS:
        return value if NUMBER.fullmatch(value) else None
    if attribute == "class":
        return value if value == CLASSES.get(tag) else None
    return value


CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"script", "style", "template", "title", "iframe", "object", "noscript", "textarea", "select"},
    attributes=ATTRIBUTES | {"span": {"class"}, "div": {"class"}},
    attribute_filter=allowed,
    set_tag_attribute_values={"table": {"class": "wk-table"}},  # with a class, themes leave it alone
    filter_style_properties={"text-align"},
    url_schemes={"http", "https", "data"},
    link_rel="noopener noreferrer",
)


def sanitised(html: str) -> str:
    """The HTML with allowed elements and attributes only; an image without a text alternative is decoration."""
    clean = CLEANER.clean(html.replace("\x00", ""))
    return re.sub(r"<img( alt=| (?=[^>]* alt=)|(?=[ >]))", image_start, clean)


def image_start(found: re.Match[str]) -> str:
    """The start of an image's tag, loaded when it is seen; one without a text alternative is decoration."""
    alternative = "" if found[1] else ' alt=""'
    return f'<img{alternative} decoding="async" loading="lazy"{found[1]}'


def is_empty(html: str) -> bool:
    """Whether nothing of it would be seen: no text, image, rule or table."""
    return not re.search(r"<(?:img|hr|table)\b", html) and not unescape(re.sub(r"<[^>]*>", "", html)).strip()


def markdown_html(text: str, *, trusted: bool = False) -> str | None:
    """Markdown as HTML, sanitised like any other; None if it is too long or too deep to convert."""
    if len(text) > MOST_MARKDOWN or len(text) * (text.count("[") + text.count("\\")) > MOST_BRACKETS:
        return None
    try:
        html = markdown.markdown(text, extensions=EXTENSIONS, extension_configs=CONFIGS)
    except RecursionError:
        return None
    clean = html if trusted else sanitised(html)
    return MATH.sub(lambda found: formula_html(unescape(found[2])), clean)
