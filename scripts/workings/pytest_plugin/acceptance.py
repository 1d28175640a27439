"""Accepting what cells show: noted in the report of each cell, wherever it ran, and written down at the end by one."""

import pytest
from msgspec import convert, to_builtins

from workings.cell_tests import CellRuns
from workings.claims import Ran, Shown
from workings.errors import WorkingsError
from workings.pytest_plugin.items import CellItem, SourceItem
from workings.pytest_plugin.runs import RUNS

_NOTE = "workings"
"""The attribute of a report that holds the note: reports travel from the workers of xdist with all they hold."""


def note(item: CellItem | SourceItem, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
    """Note in a report the page that it is about, and what its cell showed if it passed."""
    found: dict[str, object] = {"page": item.path_in_project}
    if isinstance(item, CellItem) and call.when == "call" and report.passed:
        shown, ran = item.config.stash[RUNS].shown(item.page, item.cell)
        found |= {"cell": item.cell.name, "shown": to_builtins(shown), "ran": to_builtins(ran)}
    setattr(report, _NOTE, found)


class Accepting:
    """Collects what the cells of each page showed, and accepts that of the pages of which no cell failed."""

    def __init__(self, cells: CellRuns) -> None:
        """Take what knows the pages."""
        self._cells = cells
        self._shown: dict[str, dict[str, Shown]] = {}
        self._ran: dict[str, Ran] = {}
        self._failed: set[str] = set()
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a note."""
        found = getattr(report, _NOTE, None)
        if found is None:
            return
        if report.failed:
            self._failed.add(found["page"])
        if "cell" in found:
            shown = convert(found["shown"], Shown)
            self._shown.setdefault(found["page"], {})[found["cell"]] = shown
            self._ran[found["page"]] = convert(found["ran"], Ran)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write down what is accepted; what can't be is a failure of the run."""
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            self._lines.append("nothing is accepted, as the run did not come to its end")
            return
        for page in sorted(self._shown.keys() | self._failed):
            if page in self._failed:
                self._lines.append(f"{page}: nothing is accepted, as not all of its selected cells passed")
                continue
            try:
                self._lines.append(self._accept(page))
            except (OSError, WorkingsError) as error:
                self._lines.append(f"{page}: nothing is accepted: {error}")
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was accepted."""
        for line in self._lines:
            terminalreporter.write_line(f"workings: {line}")

    def _accept(self, page: str) -> str:
        """Accept what a page shows; how much of it is new."""
        done = self._cells.accept(page, self._shown[page], self._ran[page])
        counts = {"new": done.new, "changed": done.changed, "gone": done.gone}
        told = [f"{len(names)} {what}{_named(what, names)}" for what, names in counts.items() if names]
        count = len(self._shown[page])
        return f"{page}: {count} cell{'' if count == 1 else 's'} accepted, {'; '.join(told) or 'none changed'}"


def _named(what: str, names: tuple[str, ...]) -> str:
    """The names of cells, where it is worth knowing which."""
    return "" if what == "new" else f": {', '.join(names)}"
