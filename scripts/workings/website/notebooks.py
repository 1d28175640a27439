"""Notebooks as pages, by the parts of mkdocs-jupyter: its files and its publishing of sources, not its renderer.

mkdocs-jupyter replaces the `render` of each page that it takes. So the one that a site lists is told to leave every
file alone, and another one, with the site's options, is asked for the parts that we build on.
"""

import json
import logging
import warnings
from contextlib import suppress
from pathlib import Path
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

    def publish(self, output: str, page: Page, config: MkDocsConfig) -> None:
        """Put the notebook beside its page, without outputs."""
        if self._inner is not None and self._has(page):
            with suppress(FileNotFoundError):  # it has just been renamed or deleted, as the next build will see
                self._inner.on_post_page(output, page, config)
            source = Path(page.file.abs_src_path or "")
            target = Path(page.file.abs_dest_path).parent / source.name
            if target.is_file():
                target.write_bytes(without_outputs(target.read_bytes()))

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


def without_outputs(notebook: bytes) -> bytes:
    """The same notebook as if its cells had not run; its bytes stay if there is nothing to remove, or no notebook."""
    try:
        tree = json.loads(notebook)
        cells = [cell for cell in _cells(tree) if cell.get("cell_type") == "code"]
    except (ValueError, AttributeError, TypeError):
        return notebook
    if not any(cell.get("outputs") or cell.get("execution_count") is not None for cell in cells):
        return notebook
    for cell in cells:
        cell.update(outputs=[], execution_count=None)
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _cells(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """A notebook's cells; up to version 3 they stand in worksheets."""
    return [cell for sheet in (tree, *tree.get("worksheets", ())) for cell in sheet.get("cells", ())]


def _said(config: Config) -> dict[str, Any]:
    """The options that a site itself gives a plugin."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the only public way to tell them from defaults
        said = config.user_configs
    return {name: value for options in said for name, value in options.items()}
