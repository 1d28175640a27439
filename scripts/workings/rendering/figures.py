"""Figures that the engine drew with matplotlib, as inline SVG in the colours of the page.

Only what matplotlib is known to write comes through, everything else refuses the figure: a caller then shows it as
an image, which can't run or request anything.
"""

import re
from xml.parsers import expat

from workings.rendering.figure_names import FigureNames
from workings.rendering.palette import INK, RCPARAMS, SENTINELS
from workings.rendering.text import escaped

__all__ = ["RCPARAMS", "SENTINELS", "UnfitFigureError", "figure_html"]

DEEPEST = 60
NUMBER = r"-?\d{1,12}(?:\.\d{0,12})?(?:e-?\d{1,3})?"
NUMBERS = rf"{NUMBER}(?:[ ,]+{NUMBER}){{0,15}}"
REFERENCE = re.compile(r"#([A-Za-z_][\w.:-]{0,200})", re.ASCII)
IMAGE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*+")
SIZE = re.compile(rf"({NUMBER})pt")
LOCAL = r"url\(#[A-Za-z_][\w.:-]{0,200}\)"
COLOUR = rf"none|#[0-9a-fA-F]{{6}}|{LOCAL}"

ELEMENTS = {"svg", "g", "path", "defs", "clipPath", "use", "text", "tspan", "rect", "image", "pattern", "title", "desc"}
IGNORED = {"metadata", "style"}
"""Elements that are left out with all they hold: matplotlib's own facts and a style for the whole page."""

ATTRIBUTES = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "d": r"[MLHVCSQTAZmlhvcsqtaz0-9eE+\-.,\s]*+",
        **dict.fromkeys(("x", "y", "width", "height"), NUMBER),
        "transform": rf"(?:(?:translate|rotate|scale|matrix)\({NUMBERS}\)\s*){{0,8}}",
        "viewBox": NUMBERS,
        "clip-path": LOCAL,
        "fill": COLOUR,
        "patternUnits": "userSpaceOnUse",
        "preserveAspectRatio": "none",
    }.items()
}
DROPPED = {"xmlns", "xmlns:xlink", "version", "type"}
PROPERTIES = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        **dict.fromkeys(("fill", "stroke"), COLOUR),
        **dict.fromkeys(("opacity", "fill-opacity", "stroke-opacity", "stroke-miterlimit"), NUMBER),
        **dict.fromkeys(("stroke-width", "font-size"), rf"{NUMBER}(?:px)?"),
        "stroke-linejoin": "miter|round|bevel",
        "stroke-linecap": "butt|round|square",
        "stroke-dasharray": rf"none|{NUMBERS}",
        "stroke-dashoffset": NUMBER,
        "font-style": "normal|italic|oblique",
        "font-weight": r"\d{1,4}|normal|bold",
        "font-variant": "normal|small-caps",
        "font-stretch": "[a-z-]{1,20}",
        "font-family": r"[\w ,'\"-]*+",
        "text-anchor": "start|middle|end",
        "image-rendering": "[a-z-]{1,20}",
    }.items()
}


class UnfitFigureError(ValueError):
    """The SVG has something that matplotlib is not known to write."""


def figure_html(svg: str, *, prefix: str, alt: str = "") -> str:
    """The figure as inline SVG with the ids of this prefix; UnfitFigureError if it is not wholly understood."""
    drawing = Drawing(svg, prefix)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = drawing.start
    parser.EndElementHandler = drawing.end
    parser.CharacterDataHandler = drawing.text
    parser.StartDoctypeDeclHandler = drawing.doctype
    parser.ProcessingInstructionHandler = drawing.refuse
    try:
        parser.Parse(svg, True)  # noqa: FBT003 - positional only
    except (expat.ExpatError, UnicodeError) as error:
        raise UnfitFigureError(str(error)) from error
    label = alt.strip() or drawing.names.label()
    return drawing.root(label) + "".join(drawing.written) + "</svg>"


class Drawing:
    """A figure being read from its first element to its last and written as it goes."""

    def __init__(self, svg: str, prefix: str) -> None:
        """Take the SVG, to know which ids it refers to, and the prefix that makes them the page's own."""
        self.written: list[str] = []
        self.names = FigureNames()
        self.size: dict[str, str] = {}
        self.open: list[str] = []
        self._ignored = 0
        self._prefix = re.sub(r"[^\w-]", "-", prefix, flags=re.ASCII)
        self._referred = set(REFERENCE.findall(svg))

    def doctype(self, _name: str, _system: str | None, _public: str | None, internal: bool) -> None:  # noqa: FBT001 - called by expat
        """Accept a document type that only names SVG: one with declarations could define entities."""
        if internal:
            self.refuse("a document type of its own")

    def refuse(self, what: str, *_: object) -> None:
        """Stop reading."""
        raise UnfitFigureError(f"{what} is not in figures that matplotlib draws")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Write the start of an element."""
        self.open.append(tag)
        if self._ignored or tag in IGNORED:
            self._ignored += 1
            return
        if tag not in ELEMENTS or len(self.open) > DEEPEST or (tag == "svg") != (len(self.open) == 1):
            self.refuse(f"<{tag}>")
        self.names.start(tag, attributes)
        kept = "".join(self._attribute(tag, name, value) for name, value in attributes.items())
        if tag != "svg":
            self.written.append(f"<{tag}{kept}>")

    def end(self, tag: str) -> None:
        """Write the end of an element, or join it with its start when nothing is between them."""
        self.open.pop()
        if self._ignored:
            self._ignored -= 1
            return
        self.names.end(tag)
        if tag != "svg":
            self.written.append(f"</{tag}>")

    def text(self, text: str) -> None:
        """Write the characters of a text; elsewhere they are white space."""
        if self._ignored or not self.open or ("\n" in text and not text.strip()):
            return
        if self.open[-1] in {"text", "tspan", "title", "desc"}:
            self.names.text(text)
            self.written.append(escaped(text))
        elif text.strip():
            self.refuse("text outside <text>")

    def root(self, label: str) -> str:
        """The start of the whole figure: as wide as it was drawn where there is room, and named for who can't see."""
        width, height, box = (self.size.get(name, "") for name in ("width", "height", "viewBox"))
        if not (width and height and box):
            self.refuse("<svg> without a size")
        return (
            f'<svg class="wk-figure" role="img" aria-label="{escaped(label)}" viewBox="{box}"'
            f' width="{pixels(width)}" height="{pixels(height)}" stroke-linejoin="round" stroke-linecap="butt">'
        )

    def _attribute(self, tag: str, name: str, value: str) -> str:
        """One attribute with the space before it; nothing for those that a page has no use for."""
        if tag == "svg" and name in {"width", "height", "viewBox"}:
            fits = ATTRIBUTES["viewBox"].fullmatch(value) if name == "viewBox" else SIZE.fullmatch(value)
            self.size[name] = value if fits else ""
            return ""
        if name == "id":
            return f' id="{self._prefix}{value}"' if value in self._referred else ""
        if name == "style":
            return self._style(tag, value)
        if name in {"xlink:href", "href"}:
            return f' href="{self._target(tag, value)}"'
        if name in DROPPED or value.startswith("rotate(-0 "):
            return ""
        if name not in ATTRIBUTES or not ATTRIBUTES[name].fullmatch(value):
            self.refuse(f"{name} of <{tag}>")
        shown = self._colour(tag, value) if name == "fill" else self._reference(" ".join(value.split()))
        return f' {name}="{shown}"'

    def _target(self, tag: str, value: str) -> str:
        """What a `use` repeats, or the pixels of an image; nothing else refers to anything."""
        if tag == "use" and REFERENCE.fullmatch(value):
            return f"#{self._prefix}{value[1:]}"
        if tag != "image" or not IMAGE.fullmatch(value):
            self.refuse(f"a link of <{tag}>")
        return "".join(value.split())

    def _reference(self, value: str) -> str:
        """The value with an id of this figure in it, if it refers to one."""
        return f"url(#{self._prefix}{value[5:-1]})" if value.startswith("url(") else value

    def _colour(self, tag: str, value: str) -> str:
        """A colour, or the pattern that is drawn instead of one."""
        if value.startswith("#"):
            return page_colour(value.lower(), shape=tag not in {"text", "tspan"})
        return self._reference(value)

    def _style(self, tag: str, style: str) -> str:
        """The style attribute with known properties only."""
        kept = []
        for declaration in filter(str.strip, style.split(";")):
            name, _, value = (part.strip() for part in declaration.partition(":"))
            if name not in PROPERTIES or not PROPERTIES[name].fullmatch(value):
                self.refuse(f"the style {name!r} of <{tag}>")
            kept.append(self._property(tag, name, value))
        joined = ";".join(filter(None, kept))
        return f' style="{joined}"' if joined else ""

    def _property(self, tag: str, name: str, value: str) -> str:
        if name == "font-family":
            return font(value)
        if name in {"fill", "stroke"}:
            return f"{name}:{self._colour(tag, value)}"
        return f"{name}:{value}"


def page_colour(colour: str, *, shape: bool) -> str:
    """The colour as the page's own where it stands for one; black shapes are ink, so that they show on a dark page.

    Black text stays: an author who asks for it writes on something bright.
    """
    if colour == "#000000" and shape:
        colour = INK
    variable = SENTINELS.get(colour)
    return f"var({variable},{colour})" if variable else colour


def font(families: str) -> str:
    """A font that the page has in place of one that matplotlib measured with; its text font needs no word."""
    first = families.split(",", maxsplit=1)[0].strip(" '\"").lower()
    if "mono" in first:
        return "font-family:var(--md-code-font-family,monospace)"
    if first.startswith(("stix", "cm", "times", "serif", "dejavu serif")):
        return "font-family:STIX Two Math,STIXGeneral,serif"
    return ""


def pixels(points: str) -> int:
    """A length in points as whole pixels."""
    return max(1, round(float(points.removesuffix("pt")) * 4 / 3))
