"""The project's own pages: a cold build of them beside their limit, and what it takes to verify two of them."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from workings.website.config import load_site
from workings.website.sources import load_page

from . import limits
from .bench import Bench
from .commands import Failed, run

OWN_LIMIT = "its limit"
PLAIN = "run, and no more"
TWO = ("docs/01-tensors/broadcasting.md", "docs/01-tensors/matrix-multiplication.ipynb")
"""The lessons that are verified."""


def own_limit(bench: Bench) -> list[float]:
    """One import, and the cells of all our pages."""
    site = load_site(bench.options.project / "mkdocs.yml")
    pages: list[dict[str, object]] = []
    for file in site.pages:
        page, problems = load_page(file, site)
        if page is None or problems:
            raise Failed(f"{file} can't be read: {problems}")
        apart = [cell for cell in page.cells if cell.skipped or cell.runs_apart]  # answers are tried, not gone on from
        ran = [cell for cell in page.cells if cell not in apart and page.needs(cell) in (None, "cpu")]
        cells = [{"code": cell.code, "raises": cell.must_fail} for cell in ran]
        pages.append({"name": page.path, "folder": str(page.folder), "cells": cells})
    return [limits.measure(pages, log=bench.logs / "limit-own.txt", limit=bench.options.limit).seconds]


def build_own(bench: Bench) -> list[float]:
    """A build in a copy of the project that holds no record."""
    folder = _copy(bench.options.project, bench.folder("own"))
    log = bench.logs / "own.txt"
    command = [sys.executable, "-m", "mkdocs", "build"]
    return [run(command, folder=folder, log=log, limit=bench.options.limit).seconds]


def tests_of_two(*options: str) -> Callable[[Bench], list[float]]:
    """A cold run of two lessons' tests in a copy of the project, with these options."""

    def measure(bench: Bench) -> list[float]:
        folder = _copy(bench.options.project, bench.folder("two"))
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *TWO]
        return [run(command, folder=folder, log=bench.logs / "two.txt", limit=bench.options.limit).seconds]

    return measure


def _copy(project: Path, folder: Path) -> Path:
    """Copy what a build reads."""
    shutil.rmtree(folder)
    shutil.copytree(project / "docs", folder / "docs")
    shutil.copy(project / "mkdocs.yml", folder / "mkdocs.yml")
    return folder
