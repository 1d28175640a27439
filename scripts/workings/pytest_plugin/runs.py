"""Where the plugin's parts find the runs of the session's pages."""

import pytest

from workings.cell_tests import CellRuns

RUNS = pytest.StashKey[CellRuns]()
