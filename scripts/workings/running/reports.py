"""What the workers tell of the pages that they run, and whom."""

from collections.abc import Callable

from msgspec import Struct, structs

from workings.errors import WorkingsError
from workings.events import Event
from workings.fingerprint import Moment
from workings.outputs import CellRecord, Record
from workings.page import Page
from workings.running.child import Child
from workings.running.scheduling import Task


class Ran(Struct, frozen=True, kw_only=True):
    """A page that has run: its record, and what else the record depends on."""

    task: Task
    record: Record
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    started: Moment
    """When it began."""
    complete: bool = True
    """Whether it came to its end; of one that did not, nobody knows what it has read."""


class Hearer(Struct, frozen=True, kw_only=True):
    """Whom the workers tell what happens; each is called in their thread."""

    event: Callable[[Event], None]
    advanced: Callable[[Page, tuple[CellRecord, ...]], None]
    """A page has come to another cell: the records of its cells so far."""
    ran: Callable[[Ran], None]
    fault: Callable[[WorkingsError], None]
    """Pages can't be run at all: nothing that was added will ever have run."""


def ran_of(child: Child) -> Ran:
    """What came of a page that is over."""
    record, done = child.record()
    if done is None:
        return Ran(task=child.task, record=record, started=child.started, complete=False)
    return Ran(
        task=child.task,
        record=record,
        modules=done.modules,
        files=done.files,
        packages=done.packages,
        written=done.written,
        started=child.started,
    )


def finished(ran: Ran) -> Event:
    """The event that a page has run."""
    of, read = ran.record.provenance, (*ran.modules, *ran.files)
    event = Event(
        page=ran.task.page.path, what="finished", rehearsal=ran.task.rehearsal, read=read, written=ran.written
    )
    return structs.replace(event, seconds=of.seconds, memory=of.memory, passed=ran.record.passed)
