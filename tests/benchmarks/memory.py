"""The private memory of what runs a page, while its one cell has imported torch and made no tensor."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from .commands import Failed, last_line, start, stop

_SETTLING = 1.0
"""Seconds after which a page's process has done all that it does before it waits."""
_LIMIT = 120.0
_KILO = 1024
_MEGA = 1e6


def cell(marker: Path) -> str:
    """The code of a cell that says when it runs, and stays."""
    return f"import pathlib\nimport time\n\nimport torch\n\npathlib.Path({str(marker)!r}).touch()\ntime.sleep(4)"


def added(command: list[str], *, folder: Path, log: Path, marker: Path, parent: str) -> float:
    """The private megabytes of all processes below the one whose command line holds `parent`, or of that one's own.

    Raises Failed when the cell never runs, or there is no such process.
    """
    marker.unlink(missing_ok=True)
    with start(command, folder=folder, log=log) as process:
        try:
            _await(marker, process, log)
            time.sleep(_SETTLING)
            found = [pid for pid in descendants(process.pid) if parent in _command_line(pid)]
            if not found:
                raise Failed(f"there is no process {parent}; see {log}")
            pages = [pid for pid in descendants(found[0]) if pid != found[0]] or found
            return sum(private(pid) for pid in pages) / _MEGA
        finally:
            stop(process)


def descendants(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from descendants(int(child))


def private(pid: int) -> int:
    """The bytes that a process shares with no other."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KILO for line in lines if line.startswith("Private_"))


def _command_line(pid: int) -> str:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
    except OSError:
        return ""


def _await(marker: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the cell runs."""
    until = time.monotonic() + _LIMIT
    while not marker.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise Failed(f"the cell did not run: {last_line(log.read_text('utf-8', 'replace'))}; see {log}")
        time.sleep(0.02)
