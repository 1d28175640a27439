"""The end of a page that did not come to its own: what it had printed, and the failure that no message told."""

import contextlib
import platform
import re
import time

from msgspec import Struct

from workings.outputs import Failure, Provenance
from workings.page import Page
from workings.running.deaths import advice_of_stack, describe_death, place_of_stack
from workings.running.device import torch_version
from workings.running.fold import PageFold
from workings.running.frames import Exited, Job
from workings.running.limits import Passed
from workings.running.scratch import STREAMS, Name, captured_file

_WARNING = re.compile(rb"^/.*/(?=multiprocessing/resource_tracker\.py:\d+: )", re.MULTILINE)
"""Where Python's code is, in what a process of its own says when a page leaves shared memory: not every reader's."""


class End(Struct, frozen=True, kw_only=True):
    """How a page's process ended."""

    passed: Passed | None
    """The limit for which it was stopped."""
    exited: Exited | None
    """What its supervisor said; None when that was gone too."""
    scratch: str


def unfinished(job: Job, *, started: float, seconds: float) -> Provenance:
    """What is known of a run that could not say it itself; `started` is as `time.time()`."""
    return Provenance(
        backend=job.backend,
        torch=torch_version(),
        python=platform.python_version(),
        seed=job.seed,
        seconds=seconds,
        date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
    )


def printed(scratch: str, name: Name) -> int:
    """Bytes that a page has written to a stream."""
    try:
        return captured_file(scratch, name).stat().st_size
    except OSError:
        return 0


def salvage(fold: PageFold, end: End, *, limit: int) -> None:
    """Take what was printed and not sent before the end, up to the limit."""
    index = fold.current
    if index is None or index not in fold.cells:
        return
    for name in STREAMS:
        with contextlib.suppress(OSError), captured_file(end.scratch, name).open("rb") as file:
            size = printed(end.scratch, name)
            file.seek(fold.received[name] if fold.received[name] <= size else 0)
            data = file.read(limit)
            fold.cells[index].write(name, _WARNING.sub(b"", data), cut=max(0, size - file.tell()))
            limit -= len(data)


def failure_of(fold: PageFold, end: End) -> Failure:
    """What ended the page, at the line it was at."""
    cell = fold.page.cells[fold.running or 0]
    place, stack = place_of_stack(fold.page, end.scratch)
    if place is None or place.cell != cell.place.cell or not 0 <= place.line - cell.place.line <= cell.code.count("\n"):
        place = cell.place  # the stack is of something that an earlier cell has started
    if end.passed is not None:
        limit = end.passed
        message = limit.message + (advice_of_stack(end.scratch) if limit.reason == "timeout" else "")
        return Failure(limit.name, message, place, traceback=stack, reason=limit.reason)
    name, message = describe_death(None if end.exited is None else end.exited.status, end.scratch)
    return Failure(name, message, place, traceback=stack, reason="crash")


def warnings_of(page: Page, end: End) -> tuple[str, ...]:
    """What the author should know of a page that came to its end."""
    left = 0 if end.exited is None else end.exited.left
    if left == 0 or end.passed is not None:
        return ()
    what = "1 process running, which was" if left == 1 else f"{left} processes running, which were"
    return (f"{page.path}: left {what} ended",)
