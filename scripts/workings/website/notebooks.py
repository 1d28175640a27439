"""Notebooks as pages, by the parts of mkdocs-jupyter: its files and its options, not its renderer or its copies.

mkdocs-jupyter replaces the `render` of each page that it takes. So the one that a site lists is told to leave every
file alone, and another one, with the site's options, is asked for the parts that we build on.
"""

import logging
import warnings
from typing import TYPE_CHECKING, Any

from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from workings.website.config import NOTEBOOKS, is_notebook

if TYPE_CHECKING:
    from mkdocs_jupyter.plugin import Plugin  # type: ignore[import-untyped]

NOTHING = ["*"]


class Notebooks:
    """What mkdocs-jupyter does for a site that lists it; nothing where it is not listed."""

    def __init__(self, inner: "Plugin | None" = None) -> None:
        """Take the plugin whose parts are used."""
        self._inner = inner

    def files(self, files: Files, config: MkDocsConfig) -> Files:
        """Make the notebooks among the files pages."""
        if self._inner is None:
            return files
        made: Files = self._inner.on_files(files, config)
        return made

    def prepare(self, page: Page) -> None:
        """Tell the theme where the notebook is published, as `page.nb_url`."""
        if self._inner is not None and self._inner.config["include_source"] and self._has(page):
            self._inner._set_nb_url(page)  # noqa: SLF001 - the part that a theme relies on

    def withholds(self, page: Page) -> bool:
        """Whether a page is a notebook that the site doesn't want published."""
        return self._inner is not None and self._has(page) and not self._inner.config["include_source"]

    def _has(self, page: Page) -> bool:
        """Whether a page is a notebook that is ours."""
        path = page.file.abs_src_path
        return self._inner is not None and path is not None and is_notebook(path, self._inner.config)


def use_notebooks(config: MkDocsConfig) -> Notebooks:
    """Take over from the mkdocs-jupyter that a site lists, with the options that it has there."""
    listed = config.plugins.get(NOTEBOOKS)
    if listed is None:
        return Notebooks()
    from mkdocs_jupyter.plugin import Plugin, logger

    logger.setLevel(logging.WARNING)  # it tells of each copy that it makes, with both absolute paths
    said = _said(listed.config)
    inner = Plugin()
    ignored = [pattern for pattern in listed.config["ignore"] if pattern not in NOTHING]
    inner.load_config({"include_source": True, **said, "ignore": [*ignored, "*.py", "*.md"]})
    listed.config["ignore"] = NOTHING
    return Notebooks(inner)


def _said(config: Config) -> dict[str, Any]:
    """The options that a site itself gives a plugin."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the only public way to tell them from defaults
        said = config.user_configs
    return {name: value for options in said for name, value in options.items()}
