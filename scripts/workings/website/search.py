"""What may be found in a site: the prose and the code of its pages, and nothing that cells have shown."""

from collections.abc import Callable
from functools import partial

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from workings.website.preview.search import PLUGINS


def index_no_outputs(config: MkDocsConfig, text: Callable[[Page], str]) -> None:
    """Have pages entered into the index as that text.

    MkDocs's own search takes all that a page holds, and Material's, of what is marked as not to be found, all that
    follows the first element in it which is of the same kind.
    """
    for plugin in config.plugins.values():
        if type(plugin).__module__ in PLUGINS and hasattr(plugin, "search_index"):
            index = plugin.search_index
            index.add_entry_from_context = partial(_enter, index.add_entry_from_context, text)


def _enter(enter: Callable[[Page], None], text: Callable[[Page], str], page: Page) -> None:
    """Enter a page, with that text for its content."""
    content, page.content = page.content, text(page)
    try:
        enter(page)
    finally:
        page.content = content
