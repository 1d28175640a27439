"""The pages of one build: each is read, converted, run beside the others, and filled with what its cells showed."""

import os
from collections.abc import Mapping
from html import escape
from pathlib import Path

from mkdocs.structure.pages import Page as SitePage
from msgspec import structs

from workings.engine import Running
from workings.errors import SourceError
from workings.finding import FindCells
from workings.math_extension import MathExtension
from workings.outputs import Record
from workings.page import Page
from workings.proofs import proof_problems
from workings.reading import Found, Source, load_source
from workings.rendering.lesson import Lesson
from workings.rendering.page import Facts, enclosed, fill, fill_enclosed, problems_html
from workings.rendering.quizzes import without_choices
from workings.rendering.standalone import Origin
from workings.report import report
from workings.settings import Settings
from workings.takeaway import FORMS
from workings.website.copies import Copies, Material
from workings.website.lessons import Lessons
from workings.website.standalone import StandaloneTexts


class Pages:
    """What is known of the pages of a build, by the address of their file in the docs folder."""

    def __init__(self, *, running: Running, settings: Settings, root: Path, docs: str) -> None:
        """Begin a build whose pages run there."""
        self.settings = settings
        self.cells = FindCells()
        self.formulas = MathExtension()
        self.texts = StandaloneTexts(settings.store)
        self._running, self._root, self._docs = running, root, Path(docs)
        self._sources: dict[str, Source] = {}
        self._found: dict[str, Found] = {}
        self._pages: dict[str, SitePage] = {}
        self._converted: dict[str, str] = {}
        self._problems: dict[str, list[SourceError]] = {}
        self._numbers: dict[str, dict[str, str]] = {}
        self.copies: Copies | None = None
        """What readers can take away, once it is known what the site has."""
        self.lessons: Lessons | None = None
        """What lessons ask for, from then on."""

    def read(self, page: SitePage) -> str:
        """The text of a page; of one that can't be read, nothing."""
        try:
            source = self._load(page)
        except SourceError as error:
            self._problems[page.file.src_uri] = [error]
            self._found.pop(page.file.src_uri, None)
            return ""
        self._sources[page.file.src_uri] = source
        return source.text

    def expect(self, page: SitePage) -> None:
        """Tell the Markdown extensions that this page is converted next."""
        if source := self._sources.get(page.file.src_uri):
            self.cells.expect(source)
            self.formulas.expect(source)

    def take(self, page: SitePage) -> None:
        """Keep what was found in a page that has just been converted, let links point to its cells, and have it run."""
        uri = page.file.src_uri
        self._converted.pop(uri, None)
        source, found = self._sources.get(uri), self.cells.found
        if source is None or found is None:
            return
        self._found[uri], self._pages[uri], self._numbers[uri] = found, page, self.formulas.numbers
        proofs = proof_problems(found.page, self.formulas.labels, source)
        problems = (*source.problems, *found.problems, *self.formulas.problems, *proofs)
        self._problems[uri] = list({str(problem): problem for problem in problems}.values())
        self.formulas.expect(source)  # a part of the page that another plugin converts again reports nothing
        if page.present_anchor_ids is not None:
            page.present_anchor_ids |= {cell.name for cell in found.page.cells}
        if found.page.cells or found.page.path in self._running.pages:  # what ran before it lost its cells is ended
            self._running.add(found.page)

    def marked(self, page: SitePage) -> str:
        """The page's HTML between marks, to be filled when it stands in its template."""
        uri = page.file.src_uri
        # A preview fills a page again and again; what is filled is the page as other plugins had left it by then.
        html = self._converted.setdefault(uri, page.content or "")
        found = self._found.get(uri)
        if found is None:
            problems = self._problems.get(uri, [])
            title = escape(str(page.title or page.file.name))
            return f"<h1>{title}</h1>\n{problems_html(problems)}" if problems else html
        return enclosed(html, found)

    def filled(self, marked: str, page: SitePage, *, wait: bool) -> str:
        """The same with what its cells showed and what is wrong with it; as far as it is, if not to wait.

        Raises BackendError and ExecutorError when pages can't be run at all.
        """
        found = self._found.get(page.file.src_uri)
        if found is None:
            return marked
        whole = structs.replace(found, problems=tuple(self._problems[page.file.src_uri]))
        record = None
        if found.page.cells:
            record = self._running.record(found.page.path) if wait else self._running.now(found.page.path)
        return fill_enclosed(marked, whole, record, settings=self.settings, facts=self._facts(page, found))

    def _facts(self, page: SitePage, found: Found) -> Facts:
        """What the site knows of a page."""
        return Facts(
            lesson=self.lessons.of(page) if self.lessons is not None else Lesson(),
            copies=self.copies.links(page) if self.copies is not None else (),
            texts=self.texts.of(found.page),
            origin=Origin(page.canonical_url or page.url, self.settings.license),
        )

    def has_run(self, page: SitePage) -> bool:
        """Whether nobody has to wait for what the page's cells show."""
        found = self._found.get(page.file.src_uri)
        return found is None or not found.page.cells or self._running.has(found.page.path)

    def without_outputs(self, page: SitePage) -> str:
        """The HTML of a page that was filled, without what its cells showed and what its quizzes let choose."""
        html, found = self._converted.get(page.file.src_uri), self._found.get(page.file.src_uri)
        if html is None or found is None:
            return page.content or ""
        return fill(without_choices(html), structs.replace(found, problems=()), None, settings=self.settings)

    def at(self, path: str) -> SitePage | None:
        """The page of the site whose cells are those of the page with that path."""
        uri = next((uri for uri, found in list(self._found.items()) if found.page.path == path), None)
        return None if uri is None else self._pages.get(uri)

    def look(self, address: str) -> None:
        """Someone looks at what is published there: have a page ready for its first edit, and write a page's copy."""
        for uri, page in list(self._pages.items()):
            found = self._found.get(uri)
            if page.file.dest_uri == address and found is not None:
                self._running.rehearse(found.page.path)
            elif address.endswith(FORMS) and self.has_cells(page) and self.copies is not None:
                self.copies.write(page, self._material(page, wait=False), only=address)

    def has_cells(self, page: SitePage) -> bool:
        """Whether there is anything in a page that runs."""
        found = self._found.get(page.file.src_uri)
        return found is not None and bool(found.page.cells)

    def write_copies(self) -> None:
        """Write what readers can take away of each page."""
        for page in self._pages.values():
            if self.copies is not None and self.has_cells(page):
                self.copies.write(page, self._material(page, wait=True))

    @property
    def running(self) -> list[Page]:
        """The pages that have cells."""
        return [found.page for found in self._found.values() if found.page.cells]

    def doubt(self) -> None:
        """Have the pages that are on their way run anew in the next build."""
        self._running.doubt()

    def problems(self, page: SitePage) -> list[str]:
        """What is wrong with the source of a page, an entry each."""
        return report([], {}, self._problems.get(page.file.src_uri, []))

    def wrong(self, records: Mapping[str, Record]) -> list[str]:
        """What is wrong with the pages, an entry each."""
        return report(self.running, records, [problem for found in self._problems.values() for problem in found])

    def _material(self, page: SitePage, *, wait: bool) -> Material:
        """What a copy of a page that has cells is made of."""
        uri = page.file.src_uri
        found = self._found[uri]
        record = self._running.record(found.page.path) if wait else self._running.now(found.page.path)
        return Material(source=self._sources[uri], found=found, numbers=self._numbers[uri], record=record)

    def _load(self, page: SitePage) -> Source:
        """A page's source: its file, or the text that a plugin gave it."""
        file = page.file
        if file.abs_src_path is not None and file.generated_by is None:
            return load_source(Path(file.abs_src_path), self._root)
        path = os.path.relpath(self._docs / file.src_uri, self._root)
        return Source(path=Path(path).as_posix(), root=self._root, text=file.content_string)
