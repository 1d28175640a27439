"""What a cell shows, counted against its limits: each display, their number, and what they take together."""

from collections import Counter

from workings.running.frames import Showed
from workings.running.limits import too_large_display, too_many_displays, too_much_shown
from workings.settings import Limits

_MESSAGES = 10_000
"""Displays that a cell may send, those included that it takes back or replaces."""


class Displays:
    """The displays of the cell that runs; those of earlier cells count as far as it replaces them."""

    def __init__(self, limits: Limits) -> None:
        """Begin before the first cell."""
        self._limits = limits
        self._earlier: Counter[str] = Counter()
        self._named: Counter[str] = Counter()
        self.begin_cell()

    def begin_cell(self) -> None:
        """Start a cell: it has shown nothing."""
        self._messages = 0
        self._earlier += self._named
        self.forget()

    def forget(self) -> None:
        """What the cell has shown so far was taken back."""
        self._count = self._unnamed = 0
        self._named.clear()
        self._sizes: dict[str, int] = {}

    def refusal(self, frame: Showed) -> str:
        """Count a display, or a new version of one; why it can't be shown, or nothing."""
        self._messages += 1
        self._count += not frame.update
        size = _size(frame)
        self._note(frame, size)
        if self._count > self._limits.displays or self._messages > _MESSAGES:
            return too_many_displays(self._limits)
        return too_large_display(self._limits, frame.data, size=size) or too_much_shown(self._limits, self._together)

    def _note(self, frame: Showed, size: int) -> None:
        if frame.display_id is None:
            self._unnamed += size
            return
        self._named[frame.display_id] += not frame.update
        self._sizes[frame.display_id] = size

    @property
    def _together(self) -> int:
        """Bytes of all that the cell shows or has replaced: displays of one name have the same content."""
        sizes = self._sizes.items()
        return self._unnamed + sum(size * (self._earlier[name] + self._named[name]) for name, size in sizes)


def _size(frame: Showed) -> int:
    """The bytes of a display, of what it is called, and of what is said about it."""
    parts = (*frame.data.items(), *frame.metadata.items())
    return len(frame.display_id or "") + sum(len(name) + len(str(value)) for name, value in parts)
