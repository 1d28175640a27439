"""What all tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workings.running.line import Launcher
from workings.running.spares import Spares
from workings.running.warm import WarmProcess

sys.path.insert(0, str(Path(__file__).parent))  # tests import `runs` and `sites`, which stand beside this file

pytest_plugins = ["pytester"]

FIRST = (
    "test_preview_leaks",
    "test_takeaway_site",
)
"""Files that take longest: where workers share the files, these begin first, so that none is left alone at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first, in a worker that is given whole files in the order of its items."""
    if hasattr(config, "workerinput"):
        place = {name: number for number, name in enumerate(FIRST)}
        items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))


@pytest.fixture
def warm(request: pytest.FixtureRequest) -> Launcher:
    """What starts pages: forks, and in tests that are marked `both_ways` fresh interpreters too."""
    made: Launcher = request.getfixturevalue(getattr(request, "param", "forked"))
    return made


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmProcess]:
    """One warm process for the whole run, ready: it takes seconds to start."""
    from runs import make_page, run_one

    process = WarmProcess()
    run_one(make_page(tmp_path_factory.mktemp("warm"), "first.md", "1"), process)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def spawned() -> Iterator[Spares]:
    """Spare interpreters for the whole run, as they are where nothing can be forked."""
    spares = Spares(2)
    yield spares
    spares.stop()
