"""What happens to a preview from outside: its processes are killed, and its store is damaged."""

import os
import shutil
import signal
import time
from pathlib import Path

import psutil

from .soak_actions import LONG
from .soak_mistakes import FAILED
from .soak_server import Broken
from .soak_turn import Action, Turn


def warm_process(turn: Turn) -> None:
    """Kill a process that the server itself has started, then edit a cell."""
    name = turn.page(turn.site.running)
    cell = turn.cell(name)
    below = psutil.Process(turn.server.pid).children()
    turn.note(f"{len(below)} to choose from")
    if below:
        _end(turn.chance.choice(sorted(below, key=lambda process: process.pid)).pid)
    turn.edit_cell(name, cell)
    turn.shown_on(name)


def any_process(turn: Turn) -> None:
    """Kill some of all the processes below the server while a page runs, then edit that page."""
    turn.edit_cell(LONG, 0)
    time.sleep(turn.chance.uniform(0, 2))
    for process in psutil.Process(turn.server.pid).children(recursive=True):
        if turn.chance.random() < 0.4:
            _end(process.pid)
    turn.edit_cell(LONG, 3)
    turn.edit_prose(LONG)
    turn.said_on(LONG)
    turn.shown_on(LONG)


def page_process(turn: Turn) -> None:
    """Kill or stop the process of a page that runs, and leave that so for a while."""
    name, how = turn.page(turn.site.running), turn.chance.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
    turn.note(how.name)
    turn.spoil(name, turn.cell(name), turn.announcing("time.sleep(9)"))
    _end(turn.running(), how)
    turn.shown_on(name, FAILED)


def supervisor(turn: Turn) -> None:
    """Kill the process above that of a page that runs, then mend the page."""
    name = turn.page(turn.site.running)
    turn.spoil(name, turn.cell(name), turn.announcing("time.sleep(9)"))
    page = turn.running()
    try:
        _end(psutil.Process(page).ppid())
    except psutil.Error as error:
        raise Broken(f"the page's process ended by itself: {error}") from error
    turn.edit_prose(name)
    turn.said_on(name)
    turn.until(lambda: not psutil.pid_exists(page), f"end of the page's process {page}")


def store(turn: Turn) -> None:
    """Damage the store, then edit a cell."""
    name = turn.page(turn.site.running)
    cell, kind = turn.cell(name), turn.chance.choice(sorted(DAMAGE))
    files = sorted(path for path in turn.site.store.rglob("*") if path.is_file())
    turn.note(f"{kind}, of {len(files)} files")
    for file in files:
        if turn.chance.random() < 0.5:
            DAMAGE[kind](turn, file)
    turn.edit_cell(name, cell)
    turn.shown_on(name)


def no_store(turn: Turn) -> None:
    """Delete the whole store, then edit a cell."""
    shutil.rmtree(turn.site.store, ignore_errors=True)
    name = turn.page(turn.site.running)
    turn.edit_cell(name, turn.cell(name))
    turn.shown_on(name)


def _end(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return


def _cut(turn: Turn, file: Path) -> None:
    os.truncate(file, turn.chance.randrange(file.stat().st_size + 1))


def _flip(turn: Turn, file: Path) -> None:
    data = bytearray(file.read_bytes() or b"\0")
    data[turn.chance.randrange(len(data))] ^= 1 << turn.chance.randrange(8)
    file.write_bytes(data)


def _delete(_turn: Turn, file: Path) -> None:
    file.unlink()


def _folder(_turn: Turn, file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(_turn: Turn, file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link(_turn: Turn, file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def _garble(turn: Turn, file: Path) -> None:
    file.write_bytes(turn.chance.randbytes(1000))


DAMAGE = {
    "cut": _cut,
    "flipped bit": _flip,
    "deleted": _delete,
    "folder": _folder,
    "pipe": _pipe,
    "link": _link,
    "garbled": _garble,
}
HARM: dict[str, tuple[Action, int]] = {
    "kill the warm process": (warm_process, 3),
    "kill any process": (any_process, 3),
    "kill a page": (page_process, 4),
    "kill a supervisor": (supervisor, 2),
    "damage the store": (store, 4),
    "delete the store": (no_store, 1),
}
"""What is done, and how often in comparison."""
