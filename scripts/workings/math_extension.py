r"""The Markdown extension for formulas: `$...$`, `$$...$$`, and `\\eqref{...}` in prose, as MathML in the page."""

from collections.abc import Mapping
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from workings.errors import SourceError
from workings.reading import Source
from workings.rendering import math_marks as marks
from workings.rendering.math_places import Lines
from workings.rendering.mathml import Drawn, Formula, draw_page
from workings.rendering.proofs import DEFINITION, room

_FOCUS = {"tabindex": "0", "role": "group", "aria-label": "Formula"}
"""What may have to scroll can be reached and scrolled with a keyboard."""


class MathExtension(Extension):
    """Draws a page's formulas; `problems` holds what is wrong with them after each conversion."""

    def __init__(self) -> None:
        """Begin without a page: a conversion then raises the first problem that it meets."""
        super().__init__()
        self.problems: list[SourceError] = []
        self.labels: dict[str, int] = {}
        """The labels of the formulas, with their lines."""
        self.numbers: dict[str, str] = {}
        """The numbers of the formulas that the last conversion met, by their labels."""
        self.source: Source | None = None

    def expect(self, source: Source) -> None:
        """Say which page the next conversion is of: its problems are collected, and not raised."""
        self.source, self.problems, self.labels, self.numbers = source, [], {}, {}

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Add what finds the formulas and what draws them."""
        marks.register(md)
        draw = _Draw(self, md)
        md.preprocessors.register(_Begin(draw, md), "workings-math-begin", 1000)
        # After the inline parts (20), before attributes (8) and the table of contents (5).
        md.treeprocessors.register(draw, "workings-math", 15)


class _Begin(Preprocessor):
    """Keeps the text as the author wrote it, when all extensions of the site are there."""

    def __init__(self, draw: "_Draw", md: Markdown) -> None:
        super().__init__(md)
        self._draw = draw

    def run(self, lines: list[str]) -> list[str]:
        self._draw.text = "\n".join(lines)
        marks.plain_marks(self.md)
        return lines


class _Draw(Treeprocessor):
    """Puts MathML where marks were left."""

    def __init__(self, extension: MathExtension, md: Markdown) -> None:
        super().__init__(md)
        self.text = ""
        self._extension = extension

    def run(self, root: ElementTree.Element) -> None:
        source, self._extension.source = self._extension.source, None
        lines, path = (Lines(source.text), source.path) if source else (Lines(self.text), "page.md")
        found = [element for element in root.iter() if element.get("class") == marks.FORMULA]
        links = [element for element in root.iter() if element.get("class") == marks.REFERENCE]
        formulas = [marks.formula_in(element, lines, path) for element in found]
        uses = [marks.reference_in(element, lines, path) for element in links]
        page = draw_page(formulas, uses)
        self._extension.numbers = page.numbers
        for element, formula, drawn in zip(found, formulas, page.formulas, strict=True):
            self._show(element, formula, drawn, numbers=page.numbers)
        for element, use in zip(links, uses, strict=True):
            number = page.numbers.get(use.label, "?")
            if use.label not in page.numbers:
                element.attrib.pop("href", None)  # or MkDocs would tell of the same mistake, without its line
            element.text = AtomicString(f"({number})" if (element.text or "").startswith(r"\eqref") else number)
        self._extension.labels = page.lines
        self._report([*page.problems, *marks.stray_dollars(root, lines, path)], source)

    def _show(
        self, element: ElementTree.Element, formula: Formula, drawn: Drawn, *, numbers: Mapping[str, str]
    ) -> None:
        """Fill one element of the page with its formula, or with its TeX where that can't be drawn."""
        element.text = None
        element.attrib = {"class": "wk-math wk-math-display" if formula.display else "wk-math"}
        if drawn.mathml is None:
            ElementTree.SubElement(element, "code", {"class": "wk-math-error"}).text = AtomicString(formula.tex.strip())
        elif formula.display:
            self._fill_display(element, drawn)
            self._leave_room(element, {label: numbers[label] for label in drawn.labels if label in numbers})
        else:
            element.text = AtomicString(self.md.htmlStash.store(drawn.mathml))
            element.attrib |= {"class": "wk-math wk-math-wide", **_FOCUS} if drawn.wide else {}

    def _fill_display(self, element: ElementTree.Element, drawn: Drawn) -> None:
        """A display formula: its anchors, a box that scrolls when the formula is wide, and the number beside it."""
        for label in drawn.labels[1:]:
            ElementTree.SubElement(element, "span", {"id": label})
        if drawn.labels:
            element.set("id", drawn.labels[0])
        if drawn.lines:
            element.set("class", "wk-math wk-math-display wk-math-lines")
        focus = _FOCUS if drawn.wide else {}
        box = ElementTree.SubElement(element, "span", {"class": "wk-math-box", **focus})
        box.text = AtomicString(self.md.htmlStash.store(drawn.mathml or ""))
        if drawn.number:
            ElementTree.SubElement(element, "span", {"class": "wk-math-number"}).text = f"({drawn.number})"

    def _leave_room(self, element: ElementTree.Element, numbers: Mapping[str, str]) -> None:
        """Where the signs of proofs will stand, beside the number if there is one; a definition needs none."""
        beside = element.find("span[@class='wk-math-number']")
        for label, number in numbers.items():
            if not label.startswith(DEFINITION):
                ElementTree.SubElement(element if beside is None else beside, "span", room(label, number))

    def _report(self, problems: list[SourceError], source: Source | None) -> None:
        """Hand over the problems; who has not said which page this is would never look at them."""
        ordered = sorted(problems, key=lambda problem: problem.place.line)
        if source is None and ordered:
            raise ordered[0]
        if source is not None:  # which knows how to say where a line of a notebook is
            self._extension.problems = [source.problem(error.place.line, error.message) for error in ordered]
