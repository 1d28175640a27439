"""Pages of one cell that run in a process together, which forks each of them: what a process takes is taken once.

Of such a run only this is believed: that a page has passed. One that did anything else is run again as any page is, so
that whatever is told of it, and whatever limit it passes, is its own.
"""

from collections.abc import Iterator, Sequence

from msgspec import structs

from workings.outputs import CellRecord, Record
from workings.page import Page
from workings.running.reports import Ran
from workings.running.scheduling import Task

_SIZE = 8
"""Pages in one process: a ninth of what each takes is saved no more, and others wait for the last of them."""


def in_batches(tasks: Sequence[Task]) -> list[Task]:
    """The same pages in as few tasks as can be, those of each folder in their order."""
    groups: dict[object, list[Task]] = {}
    for task in tasks:
        groups.setdefault(_likeness(task), []).append(task)
    return [batch for group in groups.values() for batch in _cut(group)]


def split(ran: Ran) -> tuple[list[Ran], list[Task]]:
    """What came of the pages of a task: the runs of those that passed, and the tasks that have to run alone.

    A page that ran alone is the one run, however it went. When a batch did not come to its end, or has left something,
    nobody knows what its pages have read, or which of them that was.
    """
    if not ran.task.parts:
        return [ran], []
    if not ran.complete or ran.record.warnings:
        return [], list(ran.task.parts)
    parts = list(zip(ran.task.parts, ran.record.cells, strict=True))
    passed = [_own(ran, task, cell) for task, cell in parts if cell.outcome == "passed"]
    return passed, [task for task, cell in parts if cell.outcome != "passed"]


def _likeness(task: Task) -> object:
    """What pages have in common that may share a process; all that can't be forked is alone."""
    page = task.page
    can_be_forked = task.backend == "cpu" and len(page.cells) == 1
    return (page.root, page.folder, page.backend, task.seed) if can_be_forked else page.path


def _cut(group: Sequence[Task]) -> Iterator[Task]:
    for start in range(0, len(group), _SIZE):
        parts = tuple(group[start : start + _SIZE])
        yield _batch(parts) if len(parts) > 1 else parts[0]


def _batch(parts: tuple[Task, ...]) -> Task:
    first = parts[0]
    cells = tuple(cell for part in parts for cell in part.page.cells)
    path = f"{first.page.path}+{len(parts) - 1}"
    page = Page(path=path, root=first.page.root, cells=cells, backend=first.page.backend, independent=True)
    return structs.replace(first, page=page, key="", expected=sum(part.expected for part in parts), parts=parts)


def _own(ran: Ran, task: Task, cell: CellRecord) -> Ran:
    """The run of one page of a batch; what any of them has read, it may have read."""
    provenance = structs.replace(ran.record.provenance, seconds=cell.seconds, memory=cell.memory)
    return structs.replace(ran, task=task, record=Record(cells=(cell,), provenance=provenance))
