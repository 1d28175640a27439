"""What a run of many pages shows while it goes on, and says of itself at the end."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workings.events import Event

SLOWEST = 5


class Tally:
    """Counts what happens; hand `tally` itself to the engine as `watch`."""

    def __init__(self, pages: int, *, notice: Callable[["Tally", Event], None] = lambda _tally, _event: None) -> None:
        """Take the number of pages that will be run, and what to do at each event."""
        self.pages = pages
        self.stored: list[Event] = []
        self.finished: list[Event] = []
        self.started: set[str] = set()
        self.named = False
        """Whether each page was named when it had run, so that a few of them need no list."""
        self._notice = notice
        self._begun = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Count an event."""
        if event.what == "started":
            self.started.add(event.page)
        elif event.what == "stored":
            self.stored.append(event)
        else:
            self.started.discard(event.page)
            self.finished.append(event)
        self._notice(self, event)

    @property
    def done(self) -> int:
        """Pages that have their record."""
        return len(self.stored) + len(self.finished)

    def summary(self, cells: int) -> list[str]:
        """What to say at the end: one line, and the slowest pages of those that ran."""
        seconds = time.monotonic() - self._begun
        counts = f"{_count(self.pages, 'page')} with {_count(cells, 'cell')}"
        line = f"{counts}: {len(self.finished)} ran, {len(self.stored)} from the store, in {seconds:.1f} s"
        listed = self.named and len(self.finished) <= SLOWEST
        slowest = [] if listed else sorted(self.finished, key=lambda event: -event.seconds)[:SLOWEST]
        return [line, *(f"{event.seconds:8.1f} s {event.memory >> 20:6} MiB  {event.page}" for event in slowest)]


@contextmanager
def progress(pages: int, log: Callable[[str], None]) -> Iterator[Tally]:
    """Show a bar while pages run if someone looks at a terminal, otherwise a line in the log for each page that ran."""
    if not pages or not sys.stderr.isatty():
        tally = Tally(pages, notice=lambda tally, event: _line(tally, event, log))
        tally.named = True
        yield tally
        return
    with _bar(pages) as notice:
        yield Tally(pages, notice=notice)


def _line(tally: Tally, event: Event, log: Callable[[str], None]) -> None:
    """Say that a page has finished."""
    if event.what == "finished":
        word = "ran" if event.passed else "failed"
        log(f"{event.page} {word} in {event.seconds:.1f} s ({tally.done} of {tally.pages})")


@contextmanager
def _bar(pages: int) -> Iterator[Callable[[Tally, Event], None]]:
    """A progress bar on the terminal, gone when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=pages)

        def notice(tally: Tally, _event: Event) -> None:
            text = f"pages, {len(tally.started)} running, {len(tally.stored)} from the store"
            bar.update(task, completed=tally.done, description=text)

        yield notice


def _count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
