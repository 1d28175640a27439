"""The pytest plugin: every cell of a page is a test, and the run that tests it is the run that is published.

A file is a page when the project's mkdocs.yml lists the plugin `workings` and makes a page of it; other projects see
nothing of this plugin.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from workings.cell_tests import CellRuns, site_under_test
from workings.errors import SourceError, WorkingsError
from workings.outputs import CellRecord, Failure, Stream
from workings.page import Cell, Page
from workings.report import entry

RUNS = pytest.StashKey[CellRuns]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a run of pages can be told."""
    group = parser.getgroup("workings", "pages whose cells are tests")
    group.addoption("--backend", choices=("auto", "cpu", "cuda", "mps"), help="where torch runs, instead of the site's")


def pytest_configure(config: pytest.Config) -> None:
    """Read the site, if there is one; what is wrong with its mkdocs.yml is said before anything is collected.

    A worker of xdist can't know which of the tests it will be given, so it runs one page at a time.
    """
    try:
        site = site_under_test(config.rootpath)
    except WorkingsError as error:
        raise pytest.UsageError(str(error)) from error
    together = not hasattr(config, "workerinput")
    config.stash[RUNS] = CellRuns(site, backend=config.getoption("backend"), together=together)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the warm process."""
    if RUNS in config.stash:
        config.stash[RUNS].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "PageFile | None":
    """Take the site's pages, and no other file."""
    if file_path.suffix not in (".md", ".ipynb") or not parent.config.stash[RUNS].has(file_path):
        return None
    file: PageFile = PageFile.from_parent(parent, path=file_path)
    return file


def pytest_collection_finish(session: pytest.Session) -> None:
    """Know what was selected: pages run up to the last cell that is wanted, all of them at once."""
    items = [item for item in session.items if isinstance(item, CellItem)]
    session.config.stash[RUNS].want((item.page, item.cell.number) for item in items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Report the seconds that the cell took, not those that it took to look them up."""
    report = yield
    if isinstance(item, CellItem) and call.when == "call" and call.excinfo is None:
        report.duration = item.record.seconds  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many pages ran, and what their authors should know."""
    cells = config.stash[RUNS]
    if cells.stored or cells.ran:
        terminalreporter.write_line(f"workings: {cells.ran} pages ran, {cells.stored} came from the store")
    for warning in cells.warnings:
        terminalreporter.write_line(f"workings: {warning}", yellow=True)


class PageFile(pytest.File):
    """A page, collected as its cells."""

    def collect(self) -> Iterable[pytest.Item]:
        """Read the page; what is wrong with its source is an error of collection, a line each."""
        try:
            page = self.config.stash[RUNS].load(self.path)
        except ExceptionGroup as errors:
            raise self.CollectError("\n".join(map(str, errors.exceptions))) from errors
        except SourceError as error:
            raise self.CollectError(str(error)) from error
        for cell in page.cells:
            yield CellItem.from_parent(self, name=cell.name, cell=cell, page=page)


class CellItem(pytest.Item):
    """A cell as a test: it passes when the cell did what it should."""

    def __init__(self, *, cell: Cell, page: Page, **kwargs: object) -> None:
        """Take the cell with its page; pages stay together in one worker of xdist with `--dist loadgroup`."""
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.cell, self.page = cell, page
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(page.path))

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
            pytest.skip(f"{record.outcome.replace('-', ' ')}: {record.why}")
        if record.failure is not None and record.outcome == "failed":
            raise CellFailed(record.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Show the page's own lines."""
        if isinstance(excinfo.value, CellFailed):
            return entry(self.cell, excinfo.value.failure)
        if isinstance(excinfo.value, WorkingsError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the cell stands: its file, its line, its name."""
        return self.path, self.cell.place.line - 1, self.name


class CellFailed(Exception):  # noqa: N818 - it is not an error of ours
    """Carries a cell's failure to pytest."""

    def __init__(self, failure: Failure) -> None:
        """Take the failure."""
        super().__init__(failure.message)
        self.failure = failure
