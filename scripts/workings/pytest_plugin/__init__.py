"""The pytest plugin: every cell of a page is a test, and the run that tests it is the run that is published.

A file is a page when the project's mkdocs.yml lists the plugin `workings` and makes a page of it; other projects see
nothing of this plugin.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from workings.cell_tests import CellRuns, site_under_test
from workings.errors import WorkingsError
from workings.pytest_plugin.acceptance import Accepting, note
from workings.pytest_plugin.items import CellItem, PageFile, SourceItem
from workings.pytest_plugin.runs import RUNS
from workings.pytest_plugin.standalone import StandaloneItem
from workings.settings import BACKENDS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a run of pages can be told."""
    group = parser.getgroup("workings", "pages whose cells are tests")
    group.addoption("--backend", choices=BACKENDS, help="where torch runs, instead of the site's")
    group.addoption("--outputs", action="store_true", help="compare what cells show with what was accepted of them")
    group.addoption("--accept-outputs", action="store_true", help="accept what the selected cells show, if they pass")
    group.addoption("--standalone", action="store_true", help="run the standalone copy of each cell by itself too")
    group.addoption("--rerun", action="store_true", help="run every page, even if its record is in the store")


def pytest_configure(config: pytest.Config) -> None:
    """Read the site, if there is one; what is wrong with its mkdocs.yml is said before anything is collected.

    A worker of xdist can't know which of the tests it will be given, so it runs one page at a time.
    """
    try:
        site = site_under_test(config.rootpath)
    except WorkingsError as error:
        raise pytest.UsageError(str(error)) from error
    together = not hasattr(config, "workerinput")
    config.stash[RUNS] = CellRuns(
        site, backend=config.getoption("backend"), together=together, rerun=config.getoption("rerun")
    )
    if together and config.getoption("accept_outputs"):
        config.pluginmanager.register(Accepting(config.stash[RUNS]))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the warm process."""
    if RUNS in config.stash:
        config.stash[RUNS].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PageFile | None:
    """Take the site's pages, and no other file."""
    if file_path.suffix not in (".md", ".ipynb") or not parent.config.stash[RUNS].has(file_path):
        return None
    file: PageFile = PageFile.from_parent(parent, path=file_path)
    return file


def pytest_collection_finish(session: pytest.Session) -> None:
    """Know what was selected: pages run up to the last cell that is wanted, all of them at once."""
    items = [item for item in session.items if isinstance(item, CellItem | StandaloneItem)]
    copied = [item.page for item in items if isinstance(item, StandaloneItem)]
    session.config.stash[RUNS].want(((item.page, item.cell.number) for item in items), copied=copied)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Report the seconds that the cell took, not those that it took to look them up, and what is to be accepted."""
    report = yield
    if isinstance(item, CellItem | SourceItem) and item.config.getoption("accept_outputs"):
        note(item, report, call)  # type: ignore[arg-type]
    if isinstance(item, CellItem) and call.when == "call" and call.excinfo is None:
        report.duration = item.record.seconds  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many pages ran, and what their authors should know."""
    cells = config.stash[RUNS]
    if cells.stored or cells.ran:
        ran = f"{cells.ran} page{'' if cells.ran == 1 else 's'} ran"
        terminalreporter.write_line(f"workings: {ran}, {cells.stored} came from the store")
    for warning in cells.warnings:
        terminalreporter.write_line(f"workings: {warning}", yellow=True)
