"""What cells showed: the values that are kept in the store, rendered into pages and reported by tests."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct, field

from workings.place import Place

Json = None | bool | int | float | str | list[Any] | dict[str, Any]
"""Anything that JSON can say."""

Outcome = Literal["passed", "failed", "not-run", "recorded", "skipped", "running", "waiting"]
"""passed: it did what it should, an announced failure included; failed: it did not; not-run: something before it
failed, or it needs another backend; recorded: that, and its outputs are those of an earlier run on that backend;
skipped: the author asked for that; running and waiting: its page is still going on, which only a preview shows."""

Reason = Literal[
    "exception", "timeout", "memory", "output", "processes", "file-size", "crash", "no-failure", "exercise", "value"
]
"""What a failure was: an exception; a limit of time, memory, output, processes or a file's size passed; the process
ended (a signal, `os._exit`); an announced failure that did not happen; an answer that its check judges wrongly; or an
expression in prose that has no value."""


class Stream(Struct, frozen=True, tag="stream", tag_field="type"):
    """Text that went to stdout or stderr, in the order it came."""

    name: Literal["stdout", "stderr"]
    text: str
    """Decoded as UTF-8 with replacement; control characters as they came."""
    cut: int = 0
    """Bytes that were left out at the output limit."""


class Display(Struct, frozen=True, tag="display", tag_field="type"):
    """A MIME bundle: the value of a cell's last expression, or what `display` was given."""

    data: dict[str, Json]
    """By MIME type, as in a notebook: images in base64, SVG and HTML as text, JSON as its value."""
    metadata: dict[str, Json] = field(default_factory=dict)
    result: bool = False
    """Whether this is the value of the cell's last expression, which has the prompt `Out[n]`."""


class Failure(Struct, frozen=True, tag="failure", tag_field="type"):
    """How a cell failed, announced or not."""

    name: str
    """The exception's class, or the signal or limit that ended the page: `ValueError`, `SIGSEGV`, `TimeoutError`."""
    message: str
    """The first thing to read: the exception's text, or what happened and how to raise the limit."""
    place: Place
    """The line of the page that failed."""
    traceback: str = ""
    """As Python prints it, with lines of the page and without frames of the engine or paths of the machine."""
    reason: Reason = "exception"


Output = Stream | Display | Failure


class CellRecord(Struct, frozen=True, kw_only=True):
    """What one cell showed, and how it went."""

    outcome: Outcome
    outputs: tuple[Output, ...] = ()
    why: str = ""
    """Why it was not run, or skipped, or where it was recorded, for the reader."""
    seconds: float = 0.0
    memory: int = 0
    """Peak resident memory of the page's process at the end of the cell, in bytes."""
    values: tuple[str, ...] = ()
    """The texts of the values in the prose below it."""
    stale: tuple[Output, ...] = ()
    """What the cell showed when it last came to its end, where a preview has nothing newer; never kept."""

    @property
    def failure(self) -> Failure | None:
        """The failure that this cell ended with, if it did."""
        return next((out for out in self.outputs if isinstance(out, Failure)), None)


class Provenance(Struct, frozen=True, kw_only=True):
    """Where and with what a page ran."""

    backend: str
    device: str = ""
    """The device's own name: `NVIDIA H200`, or the processor's."""
    torch: str = ""
    python: str = ""
    seed: int = 0
    seconds: float = 0.0
    memory: int = 0
    """Peak resident memory in bytes."""
    date: str = ""
    """When it ran, in UTC: `2026-11-23T15:04:05Z`."""


class Record(Struct, frozen=True, kw_only=True):
    """The outputs of one page's cells, one `CellRecord` for each cell in order, with their provenance."""

    cells: tuple[CellRecord, ...]
    provenance: Provenance
    warnings: tuple[str, ...] = ()
    """What the author should know and the reader need not: processes left running."""

    @property
    def passed(self) -> bool:
        """Whether no cell failed."""
        return not any(True for _ in self.failures())

    def failures(self) -> Iterator[tuple[int, Failure]]:
        """The failures that were not announced, each with the index of its cell."""
        for index, cell in enumerate(self.cells):
            if cell.outcome == "failed" and cell.failure is not None:
                yield index, cell.failure
