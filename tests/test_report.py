"""What a terminal shows of everything that is wrong."""

from pathlib import Path

import pytest

from workings.errors import SourceError
from workings.outputs import CellRecord, Failure, Provenance, Reason, Record
from workings.page import Cell, Page
from workings.place import Place
from workings.report import count, line, plain, report

PLACE = Place(path="docs/a.md", line=7)
CELL = Cell(number=3, code="x", place=PLACE)


@pytest.mark.parametrize(
    ("reason", "message", "says"),
    [
        ("exception", "division by zero", "failed: Oops: division by zero"),
        ("exception", "", "failed: Oops"),
        ("exception", "\n one\ntwo", "failed: Oops: one"),
        ("no-failure", "it raised nothing", "failed: Oops: it raised nothing"),
        ("timeout", "stopped after 30 s", "stopped after 30 s"),
        ("crash", "ended its process: SIGSEGV", "ended its process: SIGSEGV"),
    ],
)
def test_a_failure_is_one_line(reason: Reason, message: str, says: str) -> None:
    """The line begins with the address, names the cell, and says what happened."""
    failure = Failure(name="Oops", message=message, place=PLACE, reason=reason)
    assert line(CELL, failure) == f"docs/a.md:7: cell 3 {says}"


def test_a_long_message_is_cut() -> None:
    """A line stays readable, whatever an exception has to say."""
    failure = Failure(name="Oops", message="x" * 10_000, place=PLACE)
    assert len(line(CELL, failure)) < 400


def test_nothing_moves_the_cursor() -> None:
    """Control signs, directions and halves of characters are written out; line ends, tabs and letters stay."""
    assert plain("a\x1b[2J\r\x07\u202e\ud800é\t\n") == "a\\x1b[2J\\r\\x07\\u202e\\ud800é\t\n"


def test_a_report_lists_problems_of_sources_before_failures() -> None:
    """Every problem is listed once, then each failed cell with its traceback, which is indented."""
    problem = SourceError(Place(path="docs/b.md", line=2), "bad option")
    failure = Failure(name="Oops", message="no", place=PLACE, traceback="Traceback:\n  x")
    page = Page(path="docs/a.md", root=Path(), cells=(CELL,))
    record = Record(cells=(CellRecord(outcome="failed", outputs=(failure,)),), provenance=Provenance(backend="cpu"))
    entries = report([page], {"docs/a.md": record}, [problem, problem])
    assert entries == ["docs/b.md:2: bad option", "docs/a.md:7: cell 3 failed: Oops: no\n    Traceback:\n      x"]
    assert (count(entries), count(entries[:1])) == ("2 errors", "1 error")
