"""The search index of a site of which single pages are built again: the entries of all others are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

PLUGINS = frozenset({"material.plugins.search.plugin", "mkdocs.contrib.search"})
"""The modules of the search plugins whose index we know how to change."""


class Search:
    """The entries of one search plugin, by the addresses of their pages."""

    def __init__(self, plugin: Any, files: Files) -> None:
        """Take a plugin whose index a full build has just written."""
        self._plugin, self._index, self._files = plugin, plugin.search_index, files
        self._name = "entries" if hasattr(self._index, "entries") else "_entries"
        self._of: dict[str, list[dict[str, Any]]] = {}
        self._changed = False
        for entry in getattr(self._index, self._name):
            self._of.setdefault(entry["location"].partition("#")[0], []).append(entry)

    @contextmanager
    def entering(self, page: Page) -> Iterator[None]:
        """Have the entries that the plugin makes meanwhile take the place of the page's."""
        setattr(self._index, self._name, [])
        yield
        made = getattr(self._index, self._name)
        self._changed = self._changed or made != self._of.get(page.url, [])
        self._of[page.url] = made

    def write(self, config: MkDocsConfig) -> None:
        """Write the index, if it is another one, with its entries in the order of a full build."""
        if self._changed:
            pages = [file.page for file in self._files.documentation_pages(inclusion=lambda _: True)]
            entries = [entry for page in pages if page is not None for entry in self._of.get(page.url, ())]
            setattr(self._index, self._name, entries)
            self._plugin.on_post_build(config=config)
            self._changed = False


def searches(config: MkDocsConfig, files: Files) -> list[Search]:
    """The search plugins of a site that are switched on."""
    return [
        Search(plugin, files)
        for plugin in config.plugins.values()
        if type(plugin).__module__ in PLUGINS and hasattr(plugin, "search_index")
    ]
