"""Which limit a page has passed: pure, from what it uses."""

from collections.abc import Mapping

from msgspec import Struct

from workings.outputs import Json, Reason
from workings.page import Cell
from workings.running.images import dimensions
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
    processes: int
    """How many there are of them."""


class Passed(Struct, frozen=True):
    """A limit that was passed, and what to say of it."""

    reason: Reason
    name: str
    message: str


_CELLS = 64
_DISPLAYS_TOGETHER = 4
"""How many displays of the largest size a cell may show; smaller ones have the same room together."""
_UNITS = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


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
    if usage.processes > limits.processes:
        return Passed("processes", "ProcessLimit", too_many_processes(limits.processes))
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
    return f"took more than {_size(limit)} of memory (raise the limit with the setting `memory`)"


def too_many_processes(limit: int) -> str:
    """What to say of a page that started too many processes."""
    return f"had more than {limit} processes at once (raise the limit with the setting `processes`)"


def largest_file(limits: Limits) -> int:
    """Bytes of one file: at least what the captured text of many cells takes, which is in a file too."""
    return max(limits.file_size, _CELLS * limits.output)


def too_large_file(limits: Limits) -> str:
    """What to say of a page that wrote too large a file."""
    return f"a file may have {_size(largest_file(limits))}: raise the limit with the setting `file_size`"


def too_many_pixels(width: float, height: float, limit: int) -> str:
    """What to say of a figure or image that is too large."""
    size = f"{width:,.0f} x {height:,.0f} pixels"
    return f"an image of {size} is too large (limit {limit:,}; make it smaller, or raise the limit with `pixels`)"


def too_many_displays(limits: Limits) -> str:
    """What to say of a cell that shows too many things."""
    return f"more than {limits.displays} displays in one cell"


def too_large_display(limits: Limits, data: Mapping[str, Json], *, size: int) -> str:
    """What to say of a display of so many bytes that is too large, in bytes or in pixels; nothing if it is not."""
    if size > limits.display:
        return f"one display has {size:,} bytes (limit {limits.display:,})"
    for kind, value in data.items():
        width, height = dimensions(kind, value)
        if width * height > limits.pixels:
            return too_many_pixels(width, height, limits.pixels)
    return ""


def too_much_shown(limits: Limits, size: int) -> str:
    """What to say of a cell whose displays have so many bytes together; nothing if they may."""
    most = _DISPLAYS_TOGETHER * limits.display
    return f"the cell's displays have {size:,} bytes together (limit {most:,}): show less" if size > most else ""


def _size(amount: int) -> str:
    """An amount of bytes, in the unit in which it is a small number."""
    unit = next((unit for unit in ("GiB", "MiB", "KiB") if amount >= _UNITS[unit]), "bytes")
    return f"{amount / _UNITS.get(unit, 1):.3g} {unit}"
