"""The runs of a site's pages, over one build or, in a preview, over many."""

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import click
from mkdocs.exceptions import Abort

from workings.engine import Running
from workings.errors import WorkingsError
from workings.events import Event
from workings.progress import Tally, progress
from workings.report import report
from workings.running.launching import launcher
from workings.running.line import Launcher
from workings.settings import Settings
from workings.website.pages import Pages

Say = Callable[[str], None]


@contextmanager
def as_abort() -> Iterator[None]:
    """Turn what keeps pages from running into the way in which MkDocs ends a build."""
    try:
        yield
    except WorkingsError as error:
        raise Abort(str(error)) from error


class Runs:
    """The pages that run for a build, and what is kept for the next one."""

    def __init__(self, hear: Callable[[Event], None]) -> None:
        """Begin before the first build; `hear` is told, in any thread, of what happens to the pages of a preview."""
        self._cleanup = ExitStack()
        self._foreseen: Launcher | None = None
        self._running: Running | None = None
        self._settings: Settings | None = None
        self._tally = Tally()
        self._keep = False
        self._hear = hear

    def foresee(self, jobs: int) -> None:
        """Start what pages are run by before it is known which: the import goes on while the site is configured."""
        if self._running is None and self._foreseen is None:
            self._foreseen = launcher(jobs)
            weakref.finalize(self, self._foreseen.stop)  # of whoever reads a configuration and builds nothing
            self._foreseen.start()

    def begin(self, settings: Settings, *, say: Say, keep: bool) -> Running:
        """Where the pages of a build run; with `keep`, where those of the last one did, if it had these settings."""
        self._say, self._keep = say, keep
        if self._running is None or not keep or settings != self._settings or self._running.fault:
            self.close()
            self._settings = settings
            self._tally = self._cleanup.enter_context(progress(say, bar=not keep))
            budget = settings.preview_bytes if keep else 0
            warm, self._foreseen = self._foreseen, None
            if warm is not None:
                self._cleanup.callback(warm.stop)
            running = Running(settings=settings, warm=warm, watch=self._watch, checkpoints=budget)
            self._running = self._cleanup.enter_context(running)
        return self._running

    @as_abort()
    def check(self) -> None:
        """Raise Abort for what keeps pages from running at all, as far as it is known."""
        if self._running is not None and self._running.fault is not None:
            raise self._running.fault

    @as_abort()
    def end(self, pages: Pages, *, warn: Say) -> list[str]:
        """What is wrong with the pages of a build; a preview does not wait for those that still run."""
        assert self._running is not None  # noqa: S101 - a build has begun
        if self._keep:
            self._running.retain({page.path for page in pages.running})
            return pages.wrong({})
        results = self._running.results()
        self.close()
        for line in self._tally.summary(sum(len(page.cells) for page in pages.running)) if pages.running else ():
            self._say(line)
        for warning in results.warnings:
            warn(warning)
        return pages.wrong(results.records)

    def close(self) -> None:
        """End what runs."""
        self._cleanup.close()
        self._running = None

    def _watch(self, event: Event) -> None:
        """Count what happens; in a preview, tell at once of a page that failed."""
        if self._running is not None:
            self._count(event, self._running)
        if self._keep and event.what == "arrived" and self._running is not None:
            with suppress(KeyError):  # it has just gone from the site
                page = self._running.pages[event.page]
                # As it is now: a page that was saved meanwhile runs again, in this very thread.
                tell(report([page], {page.path: self._running.now(page.path)}))
        if self._keep:
            self._hear(event)

    def _count(self, event: Event, running: Running) -> None:
        """Count an event: in a build among all pages, in a preview among those that have run since nothing last did."""
        if not self._keep:
            self._tally.pages = len(running.pages)
            self._tally(event)
        elif event.what == "finished" and not event.rehearsal:
            others = max(0, running.awaited - 1)  # its own record is in its place only after this
            self._tally.pages = self._tally.done + 1 + others
            self._tally(event)
            if not others:
                self._tally.forget()


def tell(entries: Iterable[str]) -> None:
    """Say what is wrong; not logged: the log breaks lines, and a server that is strict would stop."""
    for entry in entries:
        click.echo(entry, err=True)
