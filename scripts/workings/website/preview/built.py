"""A site as a full build has left it, of which single pages can be built again."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from jinja2 import Environment
from markdown import Extension
from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from workings.website.preview.search import PLUGINS, searches

THEMES = frozenset({"material", "mkdocs", "readthedocs"})
"""The themes of which a page shows nothing of another page but its title, its front matter and its place."""

ALONE = PLUGINS | {"mkdocs_jupyter.plugin", "workings.website.plugin"}
"""The modules of the plugins that make of a page what they make of it whatever the other pages say."""

BUILTIN = frozenset(
    {
        *("abbr", "admonition", "attr_list", "codehilite", "def_list", "extra", "fenced_code", "footnotes"),
        *("legacy_attrs", "legacy_em", "md_in_html", "meta", "nl2br", "sane_lists", "smarty", "tables", "toc"),
        *("wikilinks", "workings", "workings.markdown_extension"),
    }
)
"""Markdown extensions that read nothing but their page; those of `pymdownx` are such too, with one exception."""

READS_OTHERS = "pymdownx.snippets"

DRAFT = InclusionLevel.DRAFT.value
"""The lowest level of what a preview shows."""


class BuiltSite:
    """What a full build has made, and how to make a page of it again as another full build would."""

    def __init__(self, *, config: MkDocsConfig, files: Files, nav: Navigation, env: Environment) -> None:
        """Take what MkDocs handed to the plugins in a build that has just come to its end."""
        self.config = config
        self._files, self._nav, self._env = files, nav, env
        self._searches = searches(config, files)
        self._by_pages = only_pages_matter(config)
        for file in files:  # it was built elsewhere and then published
            file.dest_dir = config.site_dir
            file.abs_dest_path = os.path.normpath(Path(config.site_dir, file.dest_uri))

    def pages_at(self, paths: Iterable[str]) -> list[Page] | None:
        """The pages of these files, if a change in them can't be seen anywhere else than in these pages."""
        by_path = {file.abs_src_path: file.page for file in self._built() if file.generated_by is None}
        pages = [by_path.get(os.path.normpath(path)) for path in paths]
        known = [page for page in pages if page is not None]
        return known if self._by_pages and len(known) == len(pages) and all(map(os.path.isfile, paths)) else None

    def convert(self, page: Page) -> bool:
        """Read a page again; say whether the rest of the site is what it was."""
        before, anchors = face(page), set(page.present_anchor_ids or ())
        _populate_page(page, self.config, self._files)
        if face(page) != before:
            return False
        self._check_links(page, gone=anchors - set(page.present_anchor_ids or ()))
        return True

    def write(self, page: Page) -> None:
        """Make the page's HTML again, with what there is of its record by now."""
        excluded = page.file.inclusion.value <= DRAFT
        with ExitStack() as stack:
            for search in self._searches:
                stack.enter_context(search.entering(page))
            _build_page(page, self.config, self._built(), self._nav, self._env, excluded=excluded)

    def finish(self) -> None:
        """Write what holds something of all pages."""
        for search in self._searches:
            search.write(self.config)

    def page_at(self, address: str) -> Page | None:
        """The page that is published at this path of the site's folder."""
        return next((file.page for file in self._built() if file.dest_uri == address), None)

    def _built(self) -> list[File]:
        """The files of the pages that the build has made, drafts among them where MkDocs shows them."""
        files = self._files.documentation_pages(inclusion=lambda level: bool(level.value >= DRAFT))
        return [file for file in files if file.page is not None and file.page.content is not None]

    def _check_links(self, page: Page, *, gone: set[str]) -> None:
        """Warn of links of the page that lead nowhere, and of links that led to what has gone from it."""
        level = self.config.validation.links.anchors
        for file in self._built():
            other = file.page
            asks = other is not None and other.links_to_anchors and other.links_to_anchors.get(page.file)
            if other is not None and (other is page or (asks and gone & set(asks))):
                other.validate_anchor_links(files=self._files, log_level=level)


def face(page: Page) -> tuple[object, ...]:
    """What other pages may show of a page."""
    return page.title, dict(page.meta), page.file.url


def only_pages_matter(config: MkDocsConfig) -> bool:
    """Whether nothing in a site looks at the text of more than one page."""
    plugins = {type(plugin).__module__ for plugin in config.plugins.values()}
    has_own_code = bool(config.hooks or config.extra_templates or config.theme.custom_dir)
    is_known = config.theme.name in THEMES and plugins <= ALONE
    return is_known and not has_own_code and all(map(reads_its_page, config.markdown_extensions))


def reads_its_page(extension: object) -> bool:
    """Whether a Markdown extension reads nothing but the page that is converted, as far as we know."""
    if isinstance(extension, Extension):
        return type(extension).__module__.startswith("workings.")
    name = str(extension).partition(":")[0].removeprefix("markdown.extensions.")
    return name in BUILTIN or (name.startswith("pymdownx.") and name != READS_OTHERS)
