"""What a run of many pages shows of its progress."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from workings.events import Event
from workings.progress import Tally, progress


def test_without_a_terminal_each_page_that_ran_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log has one plain line for each page that ran, and none for one that was in the store."""
    lines: list[str] = []
    with progress(lines.append, 3) as watch:
        watch(Event(page="docs/a.md", what="stored", seconds=9))
        watch(Event(page="docs/b.md", what="started"))
        watch(Event(page="docs/b.md", what="finished", seconds=1.25))
        watch(Event(page="docs/c.md", what="started"))
        watch(Event(page="docs/c.md", what="finished", seconds=2, passed=False))
    assert lines == ["docs/b.md ran in 1.2 s (2 of 3)", "docs/c.md failed in 2.0 s (3 of 3)"]
    assert capsys.readouterr() == ("", "")


def test_the_summary_names_the_slowest_pages() -> None:
    """At the end stands what ran and what did not, and the five pages that took longest in this run."""
    tally = Tally(9)
    tally(Event(page="docs/kept.md", what="stored", seconds=100))
    for number in range(8):
        tally(Event(page=f"docs/{number}.md", what="finished", seconds=number))
    line, *slowest = tally.summary(30)
    assert line.startswith("9 pages with 30 cells: 8 ran, 1 from the store, in ")
    assert [entry.split()[-1] for entry in slowest] == ["docs/7.md", "docs/6.md", "docs/5.md", "docs/4.md", "docs/3.md"]
    assert Tally(1).summary(1)[0].startswith("1 page with 1 cell: 0 ran")


def test_a_page_that_is_started_again_runs_once() -> None:
    """A page whose process was lost is started a second time, and still counts as one."""
    tally = Tally(1)
    for what in ("started", "started", "finished"):
        tally(Event(page="docs/a.md", what=what))
    assert (len(tally.started), tally.done) == (0, 1)


SHOW = """
import time
from workings.events import Event
from workings.progress import progress
with progress(print, 3) as watch:
    watch(Event(page="a", what="stored"))
    watch(Event(page="b", what="started"))
    watch(Event(page="b", what="finished", seconds=1))
    watch(Event(page="c", what="started"))
    time.sleep(0.5)
"""


def test_on_a_terminal_there_is_a_bar() -> None:
    """Someone who looks at a terminal sees how many pages are done, running, and from the store."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen([sys.executable, "-c", SHOW], stderr=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 30
    while time.monotonic() < deadline and select.select([ours], [], [], 30)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # how a terminal says that its other end is closed
            break
    os.close(ours)
    assert process.wait(timeout=30) == 0
    assert "2/3" in shown.decode()
    assert "1 running, 1 from the store" in shown.decode()
    assert b"ran in" not in shown
