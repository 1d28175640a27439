"""A page as pytest collects it: a file of cells, each an item."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from workings.claims import Difference, told_difference
from workings.errors import SourceError, WorkingsError
from workings.outputs import CellRecord, Failure, Stream
from workings.page import Cell, Page
from workings.pytest_plugin.runs import RUNS
from workings.pytest_plugin.standalone import standalone_items
from workings.report import entry, plain_lines


class PageFile(pytest.File):
    """A page, collected as its cells, after an item of its own for what is wrong with its source."""

    def collect(self) -> Iterable[pytest.Item]:
        """Read the page."""
        page, problems = self.config.stash[RUNS].load(self.path)
        if problems:
            yield SourceItem.from_parent(self, name="source", problems=problems)
        for cell in page.cells if page is not None else ():
            yield CellItem.from_parent(self, name=cell.name, cell=cell, page=page)
        if page is not None and self.config.getoption("standalone"):
            yield from standalone_items(self, page)


class SourceItem(pytest.Item):
    """A page's source as a test, which is there only when it fails."""

    def __init__(self, *, problems: list[SourceError], **kwargs: object) -> None:
        """Take what is wrong with it."""
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self._problems = problems

    @property
    def path_in_project(self) -> str:
        """The path of its page."""
        return self._problems[0].place.path

    def runtest(self) -> None:
        """Fail."""
        raise self._problems[0]

    def repr_failure(self, *_: object, **__: object) -> str:
        """List all that is wrong, a line each."""
        return "\n".join(map(str, self._problems))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the first of it stands."""
        return self.path, self._problems[0].place.line - 1, self.name


class CellItem(pytest.Item):
    """A cell as a test: it passes when the cell did what it should."""

    def __init__(self, *, cell: Cell, page: Page, **kwargs: object) -> None:
        """Take the cell with its page; pages stay together in one worker of xdist with `--dist loadgroup`."""
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.cell, self.page = cell, page
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(page.path))

    @property
    def path_in_project(self) -> str:
        """The path of its page."""
        return self.page.path

    @property
    def record(self) -> CellRecord:
        """What the cell showed, once its page has run."""
        return self.config.stash[RUNS].record(self.page, self.cell)

    def runtest(self) -> None:
        """Judge the cell by its record."""
        record = self.record
        for stream in record.outputs:
            if isinstance(stream, Stream):
                self.add_report_section("call", stream.name, stream.text)
        if record.outcome in ("not-run", "recorded", "skipped"):
            self._pass_over(record)
        if record.failure is not None and record.outcome == "failed":
            raise CellFailed(self.cell, record.failure)
        if self.config.getoption("outputs") and not self.config.getoption("accept_outputs"):
            other = self.config.stash[RUNS].other_outputs(self.page, self.cell)
            if other is not None:
                raise OutputsDifferError(other)

    def _pass_over(self, record: CellRecord) -> None:
        """Skip, at the page's line; but a failure that stands in the way and that no other item reports is ours."""
        hidden = self.config.stash[RUNS].hidden_failure(self.page, self.cell)
        if hidden is not None:
            raise CellFailed(*hidden)
        why = f"{record.outcome.replace('-', ' ')}: {record.why}"
        raise pytest.skip.Exception(why, _use_item_location=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Show the page's own lines."""
        if isinstance(excinfo.value, CellFailed):
            return entry(excinfo.value.cell, excinfo.value.failure)
        if isinstance(excinfo.value, OutputsDifferError):
            return self._other_outputs(excinfo.value.difference)
        if isinstance(excinfo.value, WorkingsError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def _other_outputs(self, other: Difference) -> str:
        """What the cell shows that it did not, in lines: where, what, was, is, and how to accept it."""
        backend = self.config.getoption("backend")
        asked = f" --backend {backend}" if backend else ""
        again = f"if that is right, accept it: pytest --accept-outputs{asked} {self.nodeid}"
        lines = [*told_difference(other).split("\n"), again]
        who = (
            "" if self.cell.place.cell is not None else f"cell {self.cell.known_as}: "
        )  # a notebook's place says which
        whole = [f"{self.cell}: {who}{other.what}", *(f"    {line}" for line in lines if line)]
        return plain_lines(whole).rstrip("\n")

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the cell stands: its file, its line, its name."""
        return self.path, self.cell.place.line - 1, self.name


class CellFailed(Exception):  # noqa: N818 - it is not an error of ours
    """Carries a cell's failure to pytest."""

    def __init__(self, cell: Cell, failure: Failure) -> None:
        """Take the cell that failed, and how."""
        super().__init__(failure.message)
        self.cell, self.failure = cell, failure


class OutputsDifferError(Exception):
    """Carries what a cell shows, and what was accepted of it, to pytest."""

    def __init__(self, difference: Difference) -> None:
        """Take what differs."""
        super().__init__(difference.what)
        self.difference = difference
