r"""Where a page's formulas stand in its element tree: marks that arithmatex and two patterns of ours leave there."""

import html
import re
from xml.etree import ElementTree

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString
from pymdownx.arithmatex import (  # type: ignore[import-untyped]
    ArithmatexExtension,
    BlockArithmatexProcessor,
    InlineArithmatexPattern,
)

from workings.errors import SourceError
from workings.place import Place
from workings.rendering.math_places import Lines
from workings.rendering.mathml import Formula, Reference

FORMULA = "arithmatex"
REFERENCE = "wk-ref"
NAMED = r"\\((?:eq)?ref)\{([^{}\n$]+)\}"
ALONE = rf"\$\s*{NAMED}\s*\$"
_OPAQUE = {"code", "pre", "script", "style"}


class DisplayInText(InlineProcessor):
    """A `$$...$$` that touches a line of text: arithmatex sees only those with empty lines around them."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the name that Markdown calls
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002 - Markdown passes it
    ) -> tuple[ElementTree.Element, int, int]:
        """Leave the mark that arithmatex leaves for a formula of its own."""
        found = ElementTree.Element("span", {"class": FORMULA})
        found.text = AtomicString(f"\\[{html.escape(m[1])}\\]")
        return found, m.start(), m.end()


class ReferenceInText(InlineProcessor):
    r"""An `\\eqref{label}` outside a formula or alone in one: the number follows when the whole page is known."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the name that Markdown calls
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002 - Markdown passes it
    ) -> tuple[ElementTree.Element, int, int]:
        """Leave a link that still shows its TeX."""
        found = ElementTree.Element("a", {"class": REFERENCE, "href": f"#{m[2]}"})
        found.text = AtomicString(m[0].strip("$ \t\n"))
        return found, m.start(), m.end()


def register(md: Markdown) -> None:
    """Have formulas and references marked; arithmatex is added where a site has none."""
    if "arithmatex-inline" not in md.inlinePatterns:
        ArithmatexExtension(generic=True).extendMarkdown(md)
    # Before arithmatex' own pattern (189.9), after code (190); before backslashes are taken away (180).
    md.inlinePatterns.register(DisplayInText(r"\$\$((?:\\.|[^\\$])+?)\$\$", md), "workings-math-display", 189.95)
    md.inlinePatterns.register(ReferenceInText(rf"(?<![\w$}}]){ALONE}(?![\w$\\])", md), "workings-math-alone", 189.96)
    md.inlinePatterns.register(ReferenceInText(NAMED, md), "workings-math-ref", 185)


def plain_marks(md: Markdown) -> None:
    """Have arithmatex leave TeX in elements, however a site has set it up for a script."""
    inline, block = md.inlinePatterns["arithmatex-inline"], md.parser.blockprocessors["arithmatex-block"]
    if isinstance(inline, InlineArithmatexPattern):
        inline.generic, inline.wrap = True, r"\({}\)"
    if isinstance(block, BlockArithmatexProcessor):
        block.generic, block.wrap = True, r"\[{}\]"


def formula_in(element: ElementTree.Element, lines: Lines, path: str) -> Formula:
    r"""The formula of a mark: `\\(...\\)`, or `\\[...\\]` with the signs of HTML escaped."""
    text = element.text or ""
    display = text.startswith(r"\[")
    tex = html.unescape(text[2:-2]) if display else text[2:-2]
    return Formula(tex=tex, display=display, place=Place(path=path, line=lines.take(tex)))


def reference_in(element: ElementTree.Element, lines: Lines, path: str) -> Reference:
    """The reference of a mark."""
    label = element.get("href", "#").removeprefix("#")
    return Reference(label=label, place=Place(path=path, line=lines.take(element.text or "")))


def stray_dollars(root: ElementTree.Element, lines: Lines, path: str) -> list[SourceError]:
    """Each `$$` that is still text: a formula that is never closed, or has an empty line in it."""
    texts = [el.text for el in root.iter() if el.tag not in _OPAQUE and not isinstance(el.text, AtomicString)]
    count = sum((text or "").count("$$") for text in [*texts, *(el.tail for el in root.iter())])
    places = [Place(path=path, line=lines.take("$$")) for _ in range(count)]
    hint = "close it, leave no empty line in it, or write \\$\\$ for two dollars"
    return [SourceError(place, f"this $$ does not make a formula: {hint}") for place in places[::2]]
