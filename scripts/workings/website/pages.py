"""The pages of one build: each is read and converted by itself, then all are run together and filled."""

import os
from collections.abc import Callable
from html import escape
from pathlib import Path

from mkdocs.structure.pages import Page as SitePage
from msgspec import structs

from workings.engine import run_pages
from workings.errors import SourceError
from workings.finding import FindCells
from workings.math_extension import MathExtension
from workings.outputs import Record
from workings.progress import progress
from workings.reading import Found, Source, load_source
from workings.rendering.page import fill, problems_html
from workings.report import report
from workings.running.warm import WarmProcess
from workings.settings import Settings

Say = Callable[[str], None]


class Pages:
    """What is known of the pages of a build, by the address of their file in the docs folder."""

    def __init__(self, *, settings: Settings, root: Path, docs: Path) -> None:
        """Begin a build."""
        self.settings = settings
        self.cells = FindCells()
        self.formulas = MathExtension()
        self._root, self._docs = root, docs
        self._sources: dict[str, Source] = {}
        self._found: dict[str, tuple[SitePage, Found]] = {}
        self._problems: dict[str, list[SourceError]] = {}
        self._unreadable: list[SitePage] = []

    def read(self, page: SitePage) -> str:
        """The text of a page; of one that can't be read, nothing."""
        try:
            source = self._load(page)
        except SourceError as error:
            self._problems[page.file.src_uri] = [error]
            self._unreadable.append(page)
            return ""
        self._sources[page.file.src_uri] = source
        return source.text

    def expect(self, page: SitePage) -> None:
        """Tell the Markdown extensions that this page is converted next."""
        if source := self._sources.get(page.file.src_uri):
            self.cells.expect(source)
            self.formulas.expect(source)

    def take(self, page: SitePage) -> None:
        """Keep what was found in a page that has just been converted, and let links point to its cells."""
        source, found = self._sources.get(page.file.src_uri), self.cells.found
        if source is None or found is None:
            return
        self._found[page.file.src_uri] = (page, found)
        problems = (*source.problems, *found.problems, *self.formulas.problems)
        self._problems[page.file.src_uri] = list({str(problem): problem for problem in problems}.values())
        self.formulas.expect(source)  # a part of the page that another plugin converts again reports nothing
        if page.present_anchor_ids is not None:
            page.present_anchor_ids |= {cell.name for cell in found.page.cells}

    def run(self, *, say: Say, warn: Say, warm: WarmProcess | None = None) -> list[str]:
        """Run all pages, put into each what its cells showed, and give what is wrong, an entry each."""
        pages = [found.page for _, found in self._found.values() if found.page.cells]
        with progress(len(pages), say) as tally:
            results = run_pages(pages, settings=self.settings, watch=tally, warm=warm)
        for line in tally.summary(sum(len(page.cells) for page in pages)) if pages else ():
            say(line)
        for warning in results.warnings:
            warn(warning)
        self._fill(results.records)
        return report(pages, results.records, [problem for found in self._problems.values() for problem in found])

    def _load(self, page: SitePage) -> Source:
        """A page's source: its file, or the text that a plugin gave it."""
        file = page.file
        if file.abs_src_path is not None and file.generated_by is None:
            return load_source(Path(file.abs_src_path), self._root)
        path = os.path.relpath(self._docs / file.src_uri, self._root)
        return Source(path=Path(path).as_posix(), root=self._root, text=file.content_string)

    def _fill(self, records: dict[str, Record]) -> None:
        """Put outputs and problems into the pages' HTML."""
        for uri, (page, found) in self._found.items():
            whole = structs.replace(found, problems=tuple(self._problems[uri]))
            record, notebook = records.get(found.page.path), getattr(page, "nb_url", "").rpartition("/")[2]
            page.content = fill(page.content or "", whole, record, settings=self.settings, notebook=notebook)
        for page in self._unreadable:
            title = escape(str(page.title or page.file.name))
            page.content = f"<h1>{title}</h1>\n{problems_html(self._problems[page.file.src_uri])}"
