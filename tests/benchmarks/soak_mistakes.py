"""What goes wrong in the cells of an author: they fail, never end, take too much, and leave things behind."""

import time

import psutil

from .soak_text import ENDLESS, FAULTS, LEFT, LIMIT_SECONDS, cell_mark, left_mark, prose_mark
from .soak_turn import Action, Turn, listed

FAILED = '<div class="wk-failure" role="alert">'


def fault(turn: Turn) -> None:
    """Have a cell fail, and leave it so for a while."""
    name, kind = turn.page(turn.site.running), turn.chance.choice(sorted(FAULTS))
    turn.note(kind)
    turn.spoil(name, turn.cell(name), FAULTS[kind])
    turn.on(name, FAILED, *([] if kind == "syntax" else [cell_mark(turn.number)]))


def too_long(turn: Turn) -> None:
    """Leave an endless cell alone until it passes its limit."""
    name, kind = turn.page(turn.site.running), turn.chance.choice(sorted(ENDLESS))
    turn.note(kind)
    turn.spoil(name, turn.cell(name), ENDLESS[kind])
    turn.shown_on(name, FAILED)


def endless(turn: Turn) -> None:
    """Save a page again while one of its cells runs for ever: the save ends the run, not the limit."""
    name, kind = turn.page(turn.site.running), turn.chance.choice(sorted(ENDLESS))
    turn.note(kind)
    turn.spoil(name, turn.cell(name), turn.announcing(ENDLESS[kind]))
    process, began = turn.running(), time.monotonic()
    time.sleep(turn.chance.uniform(0, 1))
    turn.edit_prose(name)
    turn.on(name, prose_mark(turn.number), seconds=began + LIMIT_SECONDS - time.monotonic())
    turn.until(lambda: not psutil.pid_exists(process), "end of the run", began + LIMIT_SECONDS - time.monotonic())


def beside(turn: Turn) -> None:
    """Edit another page while a cell runs for ever, and leave that so for a while."""
    running = turn.site.running
    name = turn.page(running)
    other = turn.page([page for page in running if page != name])
    turn.spoil(name, turn.cell(name), turn.announcing(ENDLESS["loop"]))
    turn.running()
    turn.edit_cell(other, turn.cell(other))
    turn.shown_on(other)


def bad_bytes(turn: Turn) -> None:
    """Save a page that is no text, and leave it so for a while."""
    name = turn.page(turn.site.pages)
    turn.site.spoil(name, turn.site.good[name].encode()[:100] + b"\xff\xfe\x00")
    turn.on(name, "wk-problems")


def left(turn: Turn) -> None:
    """Have a cell leave a process or shared memory behind; it is gone when the page is done."""
    name, kind = turn.page(turn.site.running), turn.chance.choice(sorted(LEFT))
    turn.note(kind)
    mark = left_mark(turn.number)
    turn.spoil(name, turn.cell(name), LEFT[kind].format(left=mark))
    turn.shown_on(name)
    turn.site.mend()
    turn.left(mark)


def left_by_loop(turn: Turn) -> None:
    """Have a cell leave something behind and then run for ever, and save the page again."""
    name, kind = turn.page(turn.site.running), turn.chance.choice(sorted(LEFT))
    turn.note(kind)
    mark = left_mark(turn.number)
    turn.spoil(name, turn.cell(name), LEFT[kind].format(left=mark) + "\n" + turn.announcing("while True: pass"))
    turn.running()
    turn.edit_prose(name)
    turn.said_on(name)
    turn.left(mark)


MISTAKES: dict[str, tuple[Action, int]] = listed(
    (fault, 12),
    (too_long, 1),
    (endless, 5),
    (beside, 2),
    (bad_bytes, 2),
    (left, 6),
    (left_by_loop, 2),
)
"""What is done, and how often in comparison."""
