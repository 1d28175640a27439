"""The MkDocs plugin: each event of a build, handed to the room whose matter it is."""

import logging
from typing import TYPE_CHECKING, Any, Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from workings.report import count
from workings.website.config import is_new, root_of, settings_of
from workings.website.extensions import with_needed
from workings.website.filling import Filling
from workings.website.notebooks import use_notebooks
from workings.website.options import Options
from workings.website.pages import Pages
from workings.website.preview import Preview
from workings.website.publication import Publication
from workings.website.runs import Runs, tell
from workings.website.templates import keep_templates
from workings.website.theme import add_assets, add_styles, without_facts

if TYPE_CHECKING:
    from jinja2 import Environment
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.utils.templates import TemplateContext

log = logging.getLogger("mkdocs.plugins.workings")


class WorkingsPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]  # a hook of MkDocs has no types
    """Runs the cells of all pages and shows what they did."""

    def __init__(self) -> None:
        """Begin before the first build."""
        self._serving = False
        self._publication: Publication | None = None
        self._preview = Preview(lambda: self._pages)
        self._runs = Runs(self._preview.hear)

    def load_config(self, options: dict[str, Any], config_file_path: str | None = None) -> tuple[Any, Any]:
        """Take the options; where every page has to run, start what runs them while other plugins are loaded."""
        found = super().load_config(options, config_file_path)
        if not found[0] and is_new(self.config, config_file_path):
            self._runs.foresee(self.config.jobs)
        return found

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Note whether a server has to stay up."""
        self._serving, self._preview.incremental = command == "serve", not dirty

    def on_shutdown(self) -> None:
        """Leave nothing behind when a build is interrupted."""
        self._preview.close()
        self._withdraw()
        self._runs.close()

    def on_serve(self, server: "LiveReloadServer", *, config: MkDocsConfig, **_: object) -> None:
        """From now on a server has to stay up, that of `mkdocs serve --clean` too."""
        self._serving = True
        self._preview.attach(server, host=config.dev_addr.host)

    @event_priority(100)
    def _stage(self, config: MkDocsConfig) -> None:
        """Have the site built beside the old one, before anyone asks where it is built."""
        self._withdraw()
        self._preview.begin(config, serving=self._serving)
        self._publication = Publication(config, keep=not self._preview.incremental)

    @event_priority(-100)
    def _equip(self, config: MkDocsConfig) -> None:
        """Add what pages need to what the site has."""
        settings = settings_of(self.config, root_of(config), shown=self._serving)
        running = self._runs.begin(settings, say=log.info, keep=self._serving)
        self._pages = Pages(running=running, settings=settings, root=root_of(config), docs=config.docs_dir)
        extensions, config.mdx_configs = with_needed(config.markdown_extensions, config.mdx_configs)
        config.markdown_extensions = [*extensions, self._pages.formulas, self._pages.cells]  # type: ignore[list-item]
        self._notebooks = use_notebooks(config)
        self._filling = Filling(self._pages, config, wait=not self._serving)
        add_styles(config)

    on_config = CombinedEvent(_stage, _equip)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Make notebooks pages, and publish our style sheets."""
        add_assets(files, config)
        return self._notebooks.files(files, config)

    def on_page_read_source(self, *, page: Page, **_: object) -> str:
        """Read every page ourselves, so that a bad byte has a line, and a notebook is Markdown."""
        self._notebooks.prepare(page)
        return self._pages.read(page)

    @event_priority(-100)
    def on_page_markdown(self, _markdown: str, *, page: Page, **_: object) -> None:
        """Announce the conversion, as close before it as can be."""
        self._pages.expect(page)

    @event_priority(100)
    def on_page_content(self, _html: str, *, page: Page, **_: object) -> None:
        """Keep what was found, as soon after the conversion as can be."""
        self._pages.take(page)

    @event_priority(-100)
    def on_env(self, env: "Environment", *, files: Files, **_: object) -> None:
        """Stop before anything is written if it is known by now that no page can run."""
        keep_templates(env)
        self._filling.begin(files, colab=self.config.colab, withheld=self._notebooks.withholds)
        self._preview.take(env, files)
        self._runs.check()

    @event_priority(100)
    def on_page_context(self, context: "TemplateContext", *, page: Page, **_: object) -> None:
        """Give the template a page, before anyone looks at it."""
        page.content = self._filling.content(page)
        self._preview.nav = context["nav"]

    def on_post_template(self, output: str, **_: object) -> str:
        """Leave the repository's host alone."""
        return without_facts(output)

    def on_post_page(self, output: str, *, page: Page, **_: object) -> str:
        """Put into a page what its cells showed, in a preview what there is by now."""
        return without_facts(self._filling.output(output, page))

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Put the new site in its place; with errors in it, it is there, and the build has failed all the same."""
        self._filling.finish()
        entries = self._runs.end(self._pages, warn=log.warning)
        tell(entries)
        if entries and self._pages.settings.errors == "stop":
            raise Abort(f"{count(entries)}; the site is as it was.")
        if self._publication is not None and self._serving:
            self._preview.publish(self._publication, config)
        elif self._publication is not None and self._publication.publish() and entries:
            raise Abort(f"{count(entries)}; the site is built and shows them.")

    def _withdraw(self, **_: object) -> None:
        """Leave the old site as it is, and nothing of a new one."""
        if self._publication is not None:
            self._publication.withdraw()
            self._publication = None

    on_build_error = _withdraw
