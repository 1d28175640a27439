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
