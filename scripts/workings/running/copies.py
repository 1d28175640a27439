"""Cells that know nothing of each other: each runs in a copy of the page's process, which has run none.

When the next one begins nothing is left of the last: its process and all that it has started have ended, and its
temporary files are gone. Whoever runs a page this way believes a cell only that it has passed (see `batches`).
"""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from workings.outputs import Failure
from workings.page import Cell
from workings.running import shared_memory
from workings.running.forks import end_daemons
from workings.running.supervisor import Forked, adopt_orphans, begin_session

_leave = os._exit


class Copies:
    """Makes copies of this process, one after the other."""

    def __init__(self, temporary: str) -> None:
        """Adopt whatever they leave; `temporary` is the folder for their temporary files."""
        self._temporary = Path(temporary)
        adopt_orphans()

    def run(self, work: Callable[[], None]) -> bool:
        """Do the work in a copy, and end all that it leaves; whether it came to its end, and left nothing running."""
        memory, state, above = shared_memory.names(), random.getstate(), os.getpid()
        copy = os.fork()
        if copy == 0:
            random.setstate(state)  # Python seeds it anew after each fork
            _be(work, above)
        os.waitid(os.P_PID, copy, os.WEXITED | os.WNOWAIT)
        ending = Forked(copy).end()
        shared_memory.remove(ending.held - memory)
        _empty(self._temporary)
        return ending.status == 0 and ending.left == 0


def unclean(cell: Cell) -> Failure:
    """The failure of a cell that did not come to its end, or left something running."""
    return Failure("ProcessExit", "has to be run alone", cell.place, reason="crash")


def _be(work: Callable[[], None], above: int) -> None:
    """Be the copy; never returns."""
    status = 1
    try:
        begin_session(above)
        work()
        end_daemons()
        status = 0
    finally:
        _leave(status)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
