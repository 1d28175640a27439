"""Finds the cells of a page while Markdown converts it: one reader for site, tests and command line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pymdownx.superfences import SuperFencesCodeExtension  # type: ignore[import-untyped]

from workings.errors import SourceError
from workings.page import Page
from workings.reading import marks
from workings.reading.assembly import Assembly, Found
from workings.reading.cell_fences import CellFences
from workings.reading.front_matter import read_front_matter
from workings.reading.lines import LineMap
from workings.reading.live import look
from workings.reading.page_quizzes import page_quizzes
from workings.reading.quiz_markup import QuizTree
from workings.reading.source import Source

FENCES = "fenced_code_block"
"""The name under which superfences, and Markdown's own extension, register their parser."""
NAME = "workings_cells"


class CellFinder:
    """Finds the cells of one page in one conversion: `install`, then `md.convert`, then `found`."""

    def __init__(self, source: Source, *, nonce: str | None = None, highlighting: bool = True) -> None:
        """Take the page; without `highlighting` its HTML is good for nothing but finding cells, in half the time."""
        self.source = source
        self.nonce = nonce or marks.make_nonce(source.path, source.text)
        self.highlighting = highlighting
        self.front = read_front_matter(source.text)
        self.quizzes = QuizTree(self.nonce)
        self.is_whole = False
        """Whether what comes next is the page, and not a heading for the table of contents."""
        self._found: Found | None = None

    def install(self, md: Markdown) -> None:
        """Prepare a Markdown for this page, in place of the last; before or after extensions is the same."""
        if FENCES not in md.preprocessors:
            md.preprocessors.register(_Nothing(md), FENCES, 25)
        self.quizzes.install(md)
        md.preprocessors.register(_Early(md, self), NAME, 1000)
        md.treeprocessors.register(_Between(md, self), NAME, -1000)
        md.postprocessors.register(_Late(md, self), NAME, -1000)

    def found(self) -> Found:
        """What the conversion found; nothing in an empty page, which Markdown does not look at."""
        if self._found is not None:
            return self._found
        page = Page(path=self.source.path, root=self.source.root, backend=self.front.backend)
        problems = [self.source.problem(line, message) for line, message in self.front.problems]
        return Found(page=page, problems=(*self.source.problems, *problems), nonce=self.nonce)

    def begin(self, md: Markdown) -> CellFences:
        """Put our parser in the place of superfences', once all extensions are there."""
        self._found, self.is_whole = None, False
        fences = adopt(md)
        fences.nonce, fences.highlighting = self.nonce, self.highlighting
        return fences

    def finish(self, html: str, md: Markdown) -> str:
        """See which cells came out where a reader sees them; in the HTML only their marks remain."""
        if not self.is_whole:
            return marks.without_words(self.nonce, html)
        fences = adopt(md)
        source = self.source.text.split("\n")
        lines = LineMap(source, fences.seen, front=self.front.lines, tab_length=md.tab_length)
        sight = look(html, marks.ATTRIBUTE)
        quizzes = page_quizzes(self.quizzes.drafts, source=self.source, fences=fences, lines=lines, sight=sight)
        assembly = Assembly(self.source, self.front, fences, lines=lines, sight=sight, quizzes=quizzes)
        html = assembly.with_values(html)
        self._found = assembly.found()
        return marks.replace(html, self.nonce, assembly.replacement)


def adopt(md: Markdown) -> CellFences:
    """Our parser, which takes the place of the one that superfences registered, if it has not yet."""
    present = md.preprocessors[FENCES]
    if isinstance(present, CellFences):
        return present
    fences = CellFences(md, superfences(md))
    md.preprocessors.register(fences, FENCES, 25)
    # This conversion has chosen its preprocessors already, the old one among them.
    present.run = fences.run  # type: ignore[method-assign]
    return fences


def superfences(md: Markdown) -> SuperFencesCodeExtension:
    """Superfences as the site has set it up, or with its defaults where the site has it not."""
    if not any(isinstance(extension, SuperFencesCodeExtension) for extension in md.registeredExtensions):
        md.registerExtensions(["pymdownx.superfences"], {})
    return [one for one in md.registeredExtensions if isinstance(one, SuperFencesCodeExtension)][-1]


class _Nothing(Preprocessor):
    """Holds the place of superfences until the conversion begins."""

    def run(self, lines: list[str]) -> list[str]:
        """Leave the lines as they are."""
        return lines


class _Early(Preprocessor):
    """The first to see a page."""

    def __init__(self, md: Markdown, finder: CellFinder) -> None:
        """Take the finder to tell."""
        super().__init__(md)
        self.finder = finder

    def run(self, lines: list[str]) -> list[str]:
        """Say that a conversion begins."""
        self.finder.begin(self.md)
        return lines


class _Between(Treeprocessor):
    """The last to see the page's elements, before they are HTML."""

    def __init__(self, md: Markdown, finder: CellFinder) -> None:
        """Take the finder to tell."""
        super().__init__(md)
        self.finder = finder

    def run(self, root: ElementTree.Element) -> None:  # noqa: ARG002 - Markdown's signature
        """Say that the whole page comes next."""
        self.finder.is_whole = True


class _Late(Postprocessor):
    """The last to see a page."""

    def __init__(self, md: Markdown, finder: CellFinder) -> None:
        """Take the finder to tell."""
        super().__init__(md)
        self.finder = finder

    def run(self, text: str) -> str:
        """Show the finished HTML."""
        return self.finder.finish(text, self.md)


def find_cells(
    source: Source, *, extensions: Sequence[str | Extension] = (), configs: Mapping[str, dict[str, Any]] | None = None
) -> Found:
    """Find the cells of a page with the Markdown extensions of its site, and make no page of it."""
    finder = CellFinder(source, highlighting=False)
    try:
        # Our own extension would run the cells.
        known = [one for one in extensions if not (isinstance(one, str) and re.match(r"workings\b", one))]
        md = Markdown(extensions=known, extension_configs=dict(configs or {}))
        finder.install(md)
        if "indent-highlight" in md.treeprocessors:
            md.treeprocessors.deregister("indent-highlight")
        md.convert(body(source.text, finder.front.lines))
    except Exception as error:  # noqa: BLE001 - an extension of the site may raise anything, and other pages go on
        found = finder.found()
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        problem = SourceError(source.place(1), f"Markdown can't convert this page: {reason}")
        return Found(page=found.page, problems=(*found.problems, problem), nonce=finder.nonce)
    return finder.found()


def body(text: str, front: int) -> str:
    """The text without its front matter."""
    return "\n".join(text.split("\n")[front:])
