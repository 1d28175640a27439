"""Putting into pages what their cells showed: late, so that the work of templates is done while pages still run."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from workings.website.copies import Copies
from workings.website.lessons import Lessons
from workings.website.pages import Pages
from workings.website.preview.built import ALONE
from workings.website.runs import as_abort
from workings.website.search import index_no_outputs


class Filling:
    """Fills the pages of one build: after their templates, if no other plugin looks at pages before or then."""

    def __init__(self, pages: Pages, config: MkDocsConfig, *, wait: bool) -> None:
        """Take the pages, and whether they are filled only when they have run."""
        self._pages, self._wait = pages, wait
        plugins = {type(plugin).__module__ for plugin in config.plugins.values()}
        self._after_templates = plugins <= ALONE and not config.hooks
        self._later: list[Page] = []
        self._config = config

    def begin(self, files: Files, *, colab: str, withheld: Callable[[Page], bool]) -> None:
        """Take the files of the site, now that all of them are known."""
        index_no_outputs(self._config, self._pages.without_outputs)
        self._pages.lessons = Lessons(files)
        self._pages.copies = Copies(
            files,
            self._config,
            colab=colab,
            seed=self._pages.settings.seed,
            wanted=lambda page: self._pages.has_cells(page) and not withheld(page),
        )

    @as_abort()
    def content(self, page: Page) -> str:
        """What a template is given of a page; raises Abort when pages can't be run at all."""
        marked = self._pages.marked(page)
        return marked if self._after_templates else self._pages.filled(marked, page, wait=self._wait)

    @as_abort()
    def output(self, output: str, page: Page) -> str:
        """What is written of a page that a template has made: one that has not run is filled in the end."""
        if self._wait and not self._pages.has_run(page):
            self._later.append(page)
            return output
        return self._pages.filled(output, page, wait=self._wait)

    @as_abort()
    def finish(self) -> None:
        """Fill the pages that were written before they had run; write what readers can take away of them."""
        for page in self._later:
            file = Path(page.file.abs_dest_path)
            with suppress(FileNotFoundError):  # MkDocs writes no page that is empty
                filled = self._pages.filled(file.read_bytes().decode("utf-8"), page, wait=True)
                file.write_bytes(filled.encode("utf-8", "xmlcharrefreplace"))  # as MkDocs does
        self._pages.texts.keep()
        if self._wait:  # a preview writes a copy when it is asked for
            self._pages.write_copies()
