"""What a run of many pages shows while it goes on, and says of itself at the end."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

from workings.events import Event

SLOWEST = 5


class Tally:
    """Counts what happens; hand `tally` itself to the engine as `watch`."""

    def __init__(
        self, pages: int = 0, *, notice: Callable[["Tally", Event], None] = lambda _tally, _event: None
    ) -> None:
        """Take the number of pages that will be run, as far as it is known, and what to do at each event."""
        self.pages = pages
        self.stored: list[Event] = []
        self.finished: list[Event] = []
        self.started: set[str] = set()
        self.named = False
        """Whether each page was named when it had run, so that a few of them need no list."""
        self._notice = notice
        self._begun = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Count an event, unless nobody waits for the page."""
        if event.rehearsal:
            return
        if event.what == "started":
            self.started.add(event.page)
        elif event.what == "stored":
            self.stored.append(event)
        elif event.what == "dropped":
            self.started.discard(event.page)
        elif event.what == "finished":
            self.started.discard(event.page)
            self.finished.append(event)
        self._notice(self, event)

    def forget(self) -> None:
        """Begin to count anew: what was waited for is there."""
        self.stored.clear()
        self.finished.clear()

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
def progress(log: Callable[[str], None], pages: int = 0, *, bar: bool = True) -> Iterator[Tally]:
    """Show a bar while pages run if someone looks at a terminal, otherwise a line in the log for each page that ran."""
    if bar and sys.stderr.isatty():
        with _bar() as notice:
            yield Tally(pages, notice=notice)
    else:
        tally = Tally(pages, notice=lambda tally, event: _line(tally, event, log))
        tally.named = True
        yield tally


def _line(tally: Tally, event: Event, log: Callable[[str], None]) -> None:
    """Say that a page has finished."""
    if event.what == "finished":
        word = "ran" if event.passed else "failed"
        place = f" ({tally.done} of {tally.pages})" if tally.pages > 1 else ""
        log(f"{event.page} {word} in {event.seconds:.1f} s{place}")


@contextmanager
def _bar() -> Iterator[Callable[[Tally, Event], None]]:
    """A progress bar on the terminal, there when the first page runs, and gone when it is done."""
    with ExitStack() as shown:
        update = lru_cache(maxsize=1)(lambda: _shown_bar(shown))

        def notice(tally: Tally, _event: Event) -> None:
            if tally.started or tally.finished:
                update()(tally)

        yield notice


def _shown_bar(shown: ExitStack) -> Callable[[Tally], None]:
    """Begin to show a bar; rich is imported here, as a build in which nothing runs needs none of it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    bar = shown.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task("starting", total=None)

    def update(tally: Tally) -> None:
        text = f"pages, {len(tally.started)} running, {len(tally.stored)} from the store"
        bar.update(task, total=tally.pages, completed=tally.done, description=text)

    return update


def _count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
