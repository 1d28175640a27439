"""The limits of courses: how long their cells take where nothing else is done."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from .commands import Failed, last_line, run
from .course import Page

SCRIPT = Path(__file__).with_name("limit.py")


class Limit(Struct, frozen=True, kw_only=True):
    """What one warm process needs."""

    imported: float
    """Seconds of one import."""
    pages: Mapping[str, float]
    """Seconds of each page's cells."""

    @property
    def seconds(self) -> float:
        """One import, and all cells shared out evenly among the cores."""
        return self.imported + sum(self.pages.values()) / len(os.sched_getaffinity(0))


def measure(pages: Sequence[Mapping[str, object]], *, log: Path, limit: float) -> Limit:
    """Measure pages, given as the script reads them.

    Raises Failed when a cell does.
    """
    file = log.with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(pages), "utf-8")
    finished = run([sys.executable, str(SCRIPT), str(file)], folder=file.parent, log=log, limit=limit)
    try:
        found = json.loads(finished.output.splitlines()[-1])
    except (IndexError, ValueError):
        raise Failed(f"{last_line(finished.output)}; see {log}") from None
    return Limit(imported=found["import"], pages=found["pages"])


def generated(pages: Sequence[Page], folder: Path) -> list[dict[str, object]]:
    """A generated course as the script reads it."""
    return [
        {
            "name": page.name,
            "folder": str(folder),
            "cells": [{"code": code.text, "raises": False} for code in page.codes()],
        }
        for page in pages
    ]
