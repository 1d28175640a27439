"""Displays as HTML: the richest form of a MIME bundle that a page without scripts can show."""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass

from workings.outputs import Display, Json
from workings.rendering.boxes import note, preformatted, scrolling
from workings.rendering.figures import UnfitFigureError, figure_html
from workings.rendering.formulas import formula_html
from workings.rendering.rich_text import is_empty, markdown_html, sanitised
from workings.rendering.text import SURROGATE, escaped

MAGIC = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
"""What the bytes of an image begin with."""
LARGEST = 20_000
"""Pixels that a width or height may say."""
MOST_NAMES = 80


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What an output's rendering needs to know of the cell that showed it."""

    cell: int | str
    """What messages call the cell."""
    name: str
    """The cell's name, for ids within the page."""
    output: int
    """The output's place in the cell, from 1."""
    alt: str = ""
    """What the cell's figures show, if the author said."""
    trusted: bool = False
    """Whether HTML is passed on as it is."""

    @property
    def label(self) -> str:
        """A name for the output that no other on the page has."""
        return f"Output {self.output} of cell {self.cell}"


def display_html(display: Display, frame: Frame) -> str:
    """The display's richest form, or a note where a page can't show any."""
    for kind, render in FORMS:
        if kind in display.data:
            html = render(display, kind, frame)
            if html:
                return html
    kinds = ", ".join(sorted(display.data))
    shown = kinds if len(kinds) <= MOST_NAMES else f"{kinds[:MOST_NAMES]}…"
    return note(f"A page can't show this output ({shown or 'it is empty'}).")


def text_of(display: Display, kind: str) -> str:
    """The text of one form; notebooks may hold it as a list of lines. Empty for anything else."""
    value = display.data[kind]
    lines = value if isinstance(value, list) else [value]
    return SURROGATE.sub("\ufffd", "".join(line for line in lines if isinstance(line, str)))


def facts_of(display: Display, kind: str) -> dict[str, Json]:
    """The metadata of one form over that of the whole display."""
    own = display.metadata.get(kind)
    return {**display.metadata, **own} if isinstance(own, dict) else dict(display.metadata)


def alternative(display: Display, kind: str, frame: Frame) -> str:
    """What an image shows in words, as the author or the display says; empty if neither does."""
    said = facts_of(display, kind).get("alt")
    return frame.alt or (said if isinstance(said, str) else "")


def figure(display: Display, kind: str, frame: Frame) -> str:
    """A figure that the engine drew, inline; empty for any other SVG."""
    own = display.metadata.get(kind)
    if not isinstance(own, dict) or own.get("workings") != "figure":
        return ""
    try:
        prefix = f"{frame.name}-f{frame.output}-"
        return figure_html(text_of(display, kind), prefix=prefix, alt=alternative(display, kind, frame))
    except UnfitFigureError:
        return ""


def vector_image(display: Display, kind: str, frame: Frame) -> str:
    """Any other SVG, as an image: there it can run and request nothing."""
    svg = text_of(display, kind)
    if "<svg" not in svg:
        return ""
    data = b64encode(svg.encode()).decode()
    return image_tag(f"data:{kind};base64,{data}", display, kind, frame)


def pixel_image(display: Display, kind: str, frame: Frame) -> str:
    """An image whose bytes are what its type says."""
    try:
        content = b64decode("".join(text_of(display, kind).split()), validate=True)
    except (Base64Error, ValueError):
        return ""
    if not MAGIC[kind].match(content):
        return ""
    return image_tag(f"data:{kind};base64,{b64encode(content).decode()}", display, kind, frame)


def image_tag(source: str, display: Display, kind: str, frame: Frame) -> str:
    """The image with its text alternative, and its size where one is known."""
    facts = facts_of(display, kind)
    alt = alternative(display, kind, frame) or f"{frame.label}: an image"
    sizes = "".join(f' {side}="{facts[side]}"' for side in ("width", "height") if is_size(facts.get(side)))
    return f'<img src="{source}" alt="{escaped(alt)}"{sizes} loading="lazy" decoding="async">'


def is_size(value: Json) -> bool:
    """Whether this is a number of pixels."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST


def rich_html(display: Display, kind: str, frame: Frame) -> str:
    """HTML, with a keyboard's way to scroll it where it holds a table."""
    html = text_of(display, kind)
    return boxed(html if frame.trusted else sanitised(html), frame)


def markdown_form(display: Display, kind: str, frame: Frame) -> str:
    """Markdown as HTML, or as it is written where it can't be converted."""
    text = text_of(display, kind)
    html = markdown_html(text, trusted=frame.trusted)
    return preformatted(text, css="wk-text", label=frame.label) if html is None else boxed(html, frame)


def boxed(html: str, frame: Frame) -> str:
    """HTML in a box that scrolls sideways; nothing for HTML that shows nothing."""
    if is_empty(html) and not frame.trusted:
        return ""
    scrolls = scrolling(frame.label) if re.search(r"<(?:table|pre)\b", html) else ""
    return f'<div class="wk-rich"{scrolls}>{html}</div>'


def latex_form(display: Display, kind: str, frame: Frame) -> str:
    """A formula of its own."""
    tex = text_of(display, kind)
    return f'<div class="wk-formula"{scrolling(frame.label)}>{formula_html(tex, display=True)}</div>' if tex else ""


def json_form(display: Display, kind: str, frame: Frame) -> str:
    """JSON, indented."""
    try:
        text = json.dumps(display.data[kind], indent=2, ensure_ascii=False)
    except (RecursionError, ValueError, TypeError):
        return ""
    return preformatted(text, css="wk-text", label=frame.label)


def plain_text(display: Display, kind: str, frame: Frame) -> str:
    """Text as a terminal shows it."""
    text = text_of(display, kind)
    return preformatted(text, css="wk-text", label=frame.label) if text.strip() else ""


FORMS: tuple[tuple[str, Callable[[Display, str, Frame], str]], ...] = (
    ("image/svg+xml", figure),
    ("text/html", rich_html),
    ("text/markdown", markdown_form),
    ("text/latex", latex_form),
    ("image/svg+xml", vector_image),
    *((kind, pixel_image) for kind in MAGIC),
    ("application/json", json_form),
    ("text/plain", plain_text),
)
"""The forms that a page can show, the richest first, each with what makes HTML of it; none scripts anything."""
