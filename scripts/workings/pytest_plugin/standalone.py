"""The standalone copy of a cell as a test of its own, after the tests of its page's cells."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from workings.errors import WorkingsError
from workings.page import Cell, Page
from workings.pytest_plugin.runs import RUNS
from workings.report import plain
from workings.standalone_runs import standalone_cells


class StandaloneItem(pytest.Item):
    """The copy of a cell: it passes when it runs by itself and shows what the cell shows."""

    def __init__(self, *, cell: Cell, page: Page, **kwargs: object) -> None:
        """Take the cell with its page."""
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.cell, self.page = cell, page
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(page.path))

    def runtest(self) -> None:
        """Judge the copy by its record, unless there is nothing to compare it with."""
        runs = self.config.stash[RUNS]
        if runs.record(self.page, self.cell).outcome != "passed":
            raise pytest.skip.Exception("its cell has not passed", _use_item_location=True)
        fault = runs.fault_of_standalone(self.page, self.cell)
        if fault is not None:
            raise StandaloneFailed(fault)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Show the cell's line, and what its copy did."""
        if isinstance(excinfo.value, StandaloneFailed):
            return plain(f"{self.cell}: {excinfo.value}")
        if isinstance(excinfo.value, WorkingsError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the cell stands."""
        return self.path, self.cell.place.line - 1, self.name


class StandaloneFailed(Exception):  # noqa: N818 - it is not an error of ours
    """Carries what is wrong with a copy to pytest."""


def standalone_items(parent: pytest.File, page: Page) -> Iterable[StandaloneItem]:
    """An item for the copy of each cell of a page."""
    for cell in standalone_cells(page):
        yield StandaloneItem.from_parent(parent, name=f"{cell.name}[standalone]", cell=cell, page=page)
