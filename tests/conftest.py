"""What all tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workings.running.warm import WarmProcess

sys.path.insert(0, str(Path(__file__).parent))  # tests import `runs` and `sites`, which stand beside this file

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmProcess]:
    """One warm process for the whole run, ready: it takes seconds to start."""
    from runs import make_page, run_one

    process = WarmProcess()
    run_one(make_page(tmp_path_factory.mktemp("warm"), "first.md", "1"), process)
    yield process
    process.stop()
