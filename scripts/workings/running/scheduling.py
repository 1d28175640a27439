"""What has to run, and which of it starts next."""

from collections.abc import Sequence

from msgspec import Struct

from workings.page import Page


class Task(Struct, frozen=True, kw_only=True):
    """A page that has to run."""

    page: Page
    key: str
    """Under which its record is kept, if it is."""
    backend: str
    seed: int
    expected: float
    """Seconds that it may take, as far as anyone knows."""
    afresh: bool = False
    """Whether it must not go on from a checkpoint."""
    rehearsal: bool = False
    """Whether it runs for the checkpoints that it leaves, and for nothing else."""
    parts: tuple["Task", ...] = ()
    """Of a batch, the tasks whose pages are its page's cells (see `batches`)."""


def next_task(waiting: Sequence[Task], slots: int) -> int:
    """Which of the waiting pages to start: the first, unless the longest would then be what all others wait for.

    A page that takes more than its share of what is left starts now (longest processing time first, R. L. Graham,
    "Bounds on multiprocessing timing anomalies", 1969); the others keep their order, in which they are rendered.
    """
    longest = max(range(len(waiting)), key=lambda index: waiting[index].expected)
    share = sum(task.expected for task in waiting) / slots
    return longest if 2 * waiting[longest].expected >= share else 0
