"""The preview of a site: builds what has changed, no more, and tells the browsers that look at it."""

import ipaddress
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from workings.events import Event
from workings.website.pages import Pages
from workings.website.preview.activity import Activity
from workings.website.preview.application import Application, Shelf
from workings.website.preview.browsers import Browsers
from workings.website.preview.built import BuiltSite
from workings.website.preview.edits import Edits
from workings.website.preview.painter import Painter
from workings.website.preview.watching import watch_closely
from workings.website.publication import Publication
from workings.website.runs import tell

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

log = logging.getLogger("mkdocs.plugins.workings")


class Preview:
    """What `mkdocs serve` builds with; MkDocs tells it, by the plugin, what a full build has made.

    A page whose text alone has changed is built by itself. Two locks: `turn` is held by whoever builds, and `still`
    for the moments in which files of the site are written, so that nobody is served half of one.
    """

    def __init__(self, pages: Callable[[], Pages]) -> None:
        """Take what gives the pages of the last build."""
        self.incremental = True
        """Whether a page may be built by itself, and not only the site as a whole."""
        self.nav = Navigation([], [])
        """That of the last build."""
        self.browsers = Browsers()
        self._still = threading.RLock()
        self._pages = pages
        self._turn = threading.RLock()
        self._activity = Activity()
        self._painter = Painter(self._paint)
        self._behind: set[str] = set()
        self._site: BuiltSite | None = None
        self._watched: Collection[str] = ()
        self._watch: Callable[[str], None] = lambda _: None
        self._edits = Edits(lambda: self._watched, self._activity)

    def begin(self, config: MkDocsConfig, *, serving: bool) -> None:
        """A full build begins: nothing that was known of the site holds any more."""
        self._site = None
        if serving and not self._watched:
            files = (config.docs_dir, config.config_file_path)
            self._watched = [os.path.abspath(file) for file in files if file]  # noqa: PTH100 - as MkDocs names them
            self._edits.note()

    def take(self, env: Environment, files: Files) -> None:
        """Note what other plugins have left of a build's templates and files."""
        self._env, self._files = env, files

    def publish(self, publication: Publication, config: MkDocsConfig) -> None:
        """A full build has come to its end: put its site in the place of the old one, and build on it."""
        self._activity.retain({page.path for page in self._pages().running})
        with self._turn:
            with self._still:
                publication.publish(warned=True)
            self._site = BuiltSite(config=config, files=self._files, nav=self.nav, env=self._env)
            self._epoch = _now()
            self._watch_inputs()
        for path in list(self._behind):
            self._painter.add(path)

    def hear(self, event: Event) -> None:
        """A page runs; called in any thread. One that nobody looks at is painted when it is done, or asked for."""
        self._activity.hear(event)
        if event.what not in {"advanced", "arrived"}:
            return
        self._behind.add(event.page)  # before the question who looks at it: whoever comes later finds it there
        page = self._pages().at(event.page)
        if event.what == "arrived" or (page and page.file.dest_uri in self.browsers.looked_at()):
            self._painter.add(event.page)

    def attach(self, server: "LiveReloadServer", *, host: str) -> None:
        """Serve: watch closely, build with this, and answer browsers."""
        watch_closely(server)
        self._server, self._build, self._watch = server, server.builder, server.watch
        self._watched = server._watched_paths  # noqa: SLF001 - other plugins add to it
        self._edits.settle()
        server._want_rebuild = self._edits.are_there()  # noqa: SLF001 - what was saved during the first build
        server.builder = self
        self._watch_inputs()
        files = Shelf(still=lambda: self._still, freshen=self._freshen)
        self.browsers.announce_site(server._visible_epoch)  # noqa: SLF001 - what its pages ask by
        app = Application(server.serve_request, mount=server.mount_path, browsers=self.browsers, files=files)
        server.set_app(app)
        if not _is_loopback(host):
            log.warning("The preview listens on %s: whoever reaches this machine there can read it", host)

    def close(self) -> None:
        """End."""
        self._painter.close()
        self.browsers.close()

    def __call__(self) -> None:
        """Build what an author has changed; whatever goes wrong, the pages that there are stay."""
        self._answer_meanwhile(None)
        with self._turn:
            changed = self._edits.look()
            inputs = any(map(self._edits.is_input, changed))
            if inputs:
                self._pages().doubt()
            if changed and (inputs or not self._build_pages(changed)):
                self._build_site()
            self._edits.settle()

    def _build_pages(self, changed: frozenset[str]) -> bool:
        """Build some pages by themselves, if that is all that there is to do."""
        site = self._site
        pages = site.pages_at(changed) if site is not None and self.incremental else None
        if site is None or pages is None:
            return False
        start = time.monotonic()
        try:
            if not all(map(site.convert, pages)):
                self._site = None  # it has pages by now that it shows in no navigation
                return False
            self._write(site, pages)
        except Exception as error:  # noqa: BLE001 - whatever it is, a full build has it too, and tells of it
            log.debug("A page can't be built by itself: %r", error)
            return False
        names = ", ".join(page.file.src_uri for page in pages)
        log.info("Built %s in %.2f seconds", names, time.monotonic() - start)
        tell(problem for page in pages for problem in self._pages().problems(page))
        return True

    def _build_site(self) -> None:
        """Build everything, and have browsers load what they show again."""
        self._epoch = 0
        try:
            with self._activity.building():
                self._build()
        except MkDocsException as error:
            what = "shows the site all the same" if self._epoch else "stays as it was until the next change"
            log.error("%s. The preview %s.", str(error).rstrip(".!"), what)  # noqa: TRY400 - it says it all
        except Exception:  # noqa: BLE001 - an author mends it and saves again
            traceback.print_exc()
            log.error("The site can't be built, and the preview stays as it was until the next change.")  # noqa: TRY400
        if self._epoch:
            self._answer_meanwhile(self._epoch)
            self.browsers.announce_site(self._epoch)

    def _watch_inputs(self) -> None:
        """Watch what pages have read of the project beside what is watched already: a module above the docs folder."""
        tops = [os.path.join(os.path.realpath(top), "") for top in self._watched]  # noqa: PTH118 - with its separator
        for file in sorted(self._activity.inputs()):
            if os.path.isfile(file) and not f"{file}{os.sep}".startswith(tuple(tops)):  # noqa: PTH113
                self._watch(file)
        self._edits.note()  # as they are now

    def _write(self, site: BuiltSite, pages: list[Page]) -> None:
        """Put pages into their files, tell who looks at them, and then write what holds something of them."""
        for page in pages:
            with self._still:
                site.write(page)
            self.browsers.announce(page.file.dest_uri)
        with self._still:
            site.finish()

    def _paint(self, paths: set[str]) -> None:
        """Put into pages what has come of them, once there is a site; called by the painter."""
        with self._turn:
            if self._site is None:
                self._behind |= paths
                return
            self._behind -= paths
            self._watch_inputs()
            for path in sorted(paths):
                page = self._pages().at(path)
                if page is not None and page.content is not None:
                    self._paint_page(self._site, page)

    def _paint_page(self, site: BuiltSite, page: Page) -> None:
        """Put into a page what has come of it; one that can't be built is no reason to leave out the next."""
        try:
            self._write(site, [page])
        except Exception as error:
            reason = str(error) if isinstance(error, MkDocsException) else None
            log.error(  # noqa: TRY400 - of an error of ours there is the traceback
                "%s can't be shown as far as it has run%s",
                page.file.src_uri,
                f": {reason}" if reason else "",
                exc_info=reason is None,
            )

    def _freshen(self, address: str) -> None:
        """Paint a page that someone asks for now and that lags behind, unless a build is going on."""
        self._pages().look(address)
        waiting = [path for path in list(self._behind) if _is_at(self._pages().at(path), address)]
        if waiting and self._turn.acquire(timeout=0.2):
            try:
                self._paint(set(waiting))
            finally:
                self._turn.release()

    def _answer_meanwhile(self, epoch: int | None) -> None:
        """Have MkDocs serve what there is, and not wait for the end of a build; with an epoch, as the site of then."""
        server = self._server
        with server._epoch_cond:  # noqa: SLF001 - it knows no other way
            server._wanted_epoch = epoch or server._wanted_epoch  # noqa: SLF001
            server._visible_epoch = server._wanted_epoch  # noqa: SLF001
            server._epoch_cond.notify_all()  # noqa: SLF001


def _now() -> int:
    """The time by MkDocs' count of sites."""
    return round(time.monotonic() * 1000)


def _is_at(page: Page | None, address: str) -> bool:
    """Whether a page is published at this path of the site's folder."""
    return page is not None and page.file.dest_uri == address


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
