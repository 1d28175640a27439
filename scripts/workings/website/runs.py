"""The runs of a site's pages, over one build or, in a preview, over many."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

import click
from mkdocs.exceptions import Abort

from workings.engine import Running
from workings.errors import WorkingsError
from workings.events import Event
from workings.progress import Tally, progress
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

    def __init__(self) -> None:
        """Begin before the first build."""
        self._cleanup = ExitStack()
        self._running: Running | None = None
        self._settings: Settings | None = None
        self._tally = Tally()
        self._keep = False

    def begin(self, settings: Settings, *, say: Say, keep: bool) -> Running:
        """Where the pages of a build run; with `keep`, where those of the last one did, if it had these settings."""
        self._say, self._keep = say, keep
        if self._running is None or not keep or settings != self._settings or self._running.fault:
            self.close()
            self._settings = settings
            self._tally = self._cleanup.enter_context(progress(say, bar=not keep))
            budget = settings.preview_bytes if keep else 0
            running = Running(settings=settings, watch=self._watch, checkpoints=budget)
            self._running = self._cleanup.enter_context(running)
        return self._running

    def check(self) -> None:
        """Raise what keeps pages from running at all, as far as it is known."""
        if self._running is not None and self._running.fault is not None:
            raise self._running.fault

    def end(self, pages: Pages, *, warn: Say) -> list[str]:
        """What is wrong with the pages of a build, when the last of them has run; say what else there is to say."""
        assert self._running is not None  # noqa: S101 - a build has begun
        if self._keep:
            return pages.wrong({page.path: self._running.record(page.path) for page in pages.running})
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
        """Count what happens."""
        if self._running is not None:
            self._tally.pages = len(self._running.pages)
        self._tally(event)


def tell(entries: Iterable[str]) -> None:
    """Say what is wrong; not logged: the log breaks lines, and a server that is strict would stop."""
    for entry in entries:
        click.echo(entry, err=True)
