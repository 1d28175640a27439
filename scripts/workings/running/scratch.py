"""The files in a page's scratch folder, which both sides of a run know."""

from pathlib import Path
from typing import Literal

Name = Literal["stdout", "stderr"]
STREAMS: tuple[Name, ...] = ("stdout", "stderr")


Contents = tuple[tuple[str, int, int], ...]
"""What is in a folder: of each path its size and when it was written, in nanoseconds."""


def contents(folder: str) -> Contents:
    """What is in a folder now, and in the folders in it."""
    found = [(path, path.lstat()) for path in sorted(Path(folder).rglob("*"))]
    return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in found)


def job_file(scratch: str) -> Path:
    """The job, for the process that is forked."""
    return Path(scratch) / "job"


def captured_file(scratch: str, name: Name) -> Path:
    """What was written to a stream."""
    return Path(scratch) / name


def stack_file(scratch: str) -> Path:
    """The stack at a crash, or when the page was asked for it."""
    return Path(scratch) / "stack"


def reads_file(scratch: str) -> Path:
    """What processes that the page has forked have read."""
    return Path(scratch) / "reads"


def fault_file(scratch: str) -> Path:
    """A traceback of the engine's own, which should never be there."""
    return Path(scratch) / "fault"


def trial_file(scratch: str) -> Path:
    """What came of cells that were tried in a copy of the page."""
    return Path(scratch) / "trial"
