"""What a page that runs uses, read from the kernel by the process that waits for it."""

import time
from typing import NamedTuple

from workings.running.processes import family_of
from workings.running.table import resident
from workings.settings import Limits

_WEIGH_SECONDS = 0.2
_LOOK_SECONDS = 0.02


class Weight(NamedTuple):
    """What the processes of a page are together."""

    memory: int = 0
    processes: int = 0


class Meter:
    """Weighs a page's processes, now and then: asking takes a millisecond."""

    def __init__(self, limits: Limits) -> None:
        """Begin before the page has a process; near a limit, it is looked at closely."""
        self._limits = limits
        self._weighed_at, self._weight = time.monotonic(), Weight()
        self._looked_at = 0.0

    def is_due(self, now: float) -> bool:
        """Whether it is time to look at the limits again: a page may send a thousand messages a second."""
        due = now - self._looked_at >= _LOOK_SECONDS
        self._looked_at = now if due else self._looked_at
        return due

    def weigh(self, supervisor: int | None, leader: int | None, now: float) -> Weight:
        """The bytes that the page's processes take and their number, as they were a moment ago."""
        if supervisor is not None and leader is not None and now - self._weighed_at > _WEIGH_SECONDS:
            family = family_of(supervisor, leader)
            many = len(family) > self._limits.processes
            memory = 0 if many else resident(family, limit=self._limits.memory)
            self._weighed_at, self._weight = now, Weight(memory, len(family))
        return self._weight
