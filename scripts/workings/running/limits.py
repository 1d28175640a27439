"""Which limit a page has passed: pure, from what it uses."""

from msgspec import Struct

from workings.outputs import Reason
from workings.page import Cell
from workings.settings import Limits


class Usage(Struct, frozen=True, kw_only=True):
    """What a page uses at one moment."""

    cell: Cell | None
    """The cell that is running, if one is."""
    cell_seconds: float
    page_seconds: float
    unread: int
    """Bytes that it has printed and not sent yet."""
    memory: int
    """Resident bytes that its processes do not share with files."""


class Passed(Struct, frozen=True):
    """A limit that was passed, and what to say of it."""

    reason: Reason
    name: str
    message: str


def passed(limits: Limits, usage: Usage) -> Passed | None:
    """The first limit that the page is over, or None."""
    cell = usage.cell
    seconds = limits.cell_seconds if cell is None or cell.options.timeout is None else cell.options.timeout
    page_seconds = max(limits.page_seconds, seconds)
    if cell is not None and usage.cell_seconds > seconds:
        return Passed("timeout", "TimeoutError", cell_timeout(seconds))
    if usage.page_seconds > page_seconds:
        what = f"stopped because its page ran for {page_seconds:g} s (raise the limit with the setting `page_timeout`)"
        return Passed("timeout", "TimeoutError", what)
    if usage.unread > limits.output:
        return Passed("output", "OutputLimit", too_much_text(limits.output))
    if usage.memory > limits.memory:
        return Passed("memory", "MemoryError", too_much_memory(limits.memory))
    return None


def cell_timeout(seconds: float) -> str:
    """What to say of a cell that ran too long."""
    return f'stopped after {seconds:g} s (limit {seconds:g} s; raise it with timeout="{2 * seconds:g}")'


def too_much_text(limit: int) -> str:
    """What to say of a cell that printed too much."""
    return f"printed more than {limit:,} bytes (raise the limit with the setting `output`)"


def too_much_memory(limit: int) -> str:
    """What to say of a page that took too much memory."""
    return f"took more than {limit / 2**30:.3g} GiB of memory (raise the limit with the setting `memory`)"
