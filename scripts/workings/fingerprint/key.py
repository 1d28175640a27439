"""The key of a record: all that decides a run of a page and is known before it."""

import hashlib
import json
import platform
from collections.abc import Container, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from workings.fingerprint.inputs import BASE_PACKAGES, digest_file, package_version
from workings.page import Cell, Page
from workings.settings import Settings

FORMAT = 1
"""The version of what the key is made of."""

# Each of the next names what does not take part, so that whatever is added later does until someone decides otherwise.
SETTINGS_APART = frozenset(
    {"backend", "errors", "html", "jobs", "license", "limits", "preview_bytes", "store", "store_bytes"}
)
"""`backend` arrives resolved, `limits` are taken apart, and the rest acts before a run or after it."""
LIMITS_APART = frozenset({"cell_seconds", "page_seconds"})
"""No cell can see them, and a run that passes one is never kept; memory can be seen: `except MemoryError`."""
OPTIONS_APART = frozenset({"alt", "id", "proves", "tags", "timeout"})
"""Names, captions and links are rendered, a time limit is as above; tags are sorted out below."""
RENDERED_TAGS = ("hide-", "remove-", "scroll-")
"""How the tags begin that say how a cell is shown, not how it runs."""
ENGINE = frozenset(
    {
        "arrivals.py",
        "beside.py",
        "counterparts.py",
        "engine.py",
        "environment.py",
        "errors.py",
        "events.py",
        "exercise.py",
        "fingerprint",
        "keeping.py",
        "masking.py",
        "outputs.py",
        "page.py",
        "place.py",
        "recorded.py",
        "rendering/palette.py",  # the style in which running draws figures
        "running",
        "settings.py",
        "store",
        "unfinished.py",
    }
)
"""The rooms and files of the engine that records depend on; a test holds them to importing no others.

Reading is none of them, as what it makes of a page is in the key itself; rendering works on finished records.
"""


def page_key(
    page: Page, *, backend: str, settings: Settings, versions: Mapping[str, str], environment: Mapping[str, str]
) -> str:
    """The SHA-256 of all that decides a run of the page and is known before it.

    `backend` is where it will run, never `auto`; `versions` and `environment` are `versions()` and `machine()`,
    with whatever else its cells can see: a device's name, the variables they are given.
    """
    parts = {
        "format": FORMAT,
        "engine": engine_version(),
        "page": {"path": page.path, "backend": page.backend, "cells": [_cell(cell) for cell in page.cells]},
        "settings": _fields(settings, SETTINGS_APART) | {"limits": _fields(settings.limits, LIMITS_APART)},
        "backend": backend,
        "versions": dict(versions),
        "environment": dict(environment),
    }
    return _digest(parts)


def _cell(cell: Cell) -> dict[str, object]:
    """What of a cell decides how it runs: all but where it stands, and how it is shown."""
    tags = [tag for tag in cell.options.tags if not tag.startswith(RENDERED_TAGS)]
    options = _fields(cell.options, OPTIONS_APART) | {"tags": sorted(tags)}
    values = [value.expression for value in cell.values]
    return _fields(cell, frozenset({"place", "options", "values"})) | {"options": options, "values": values}


def _fields(value: Struct, apart: Container[str]) -> dict[str, object]:
    """The fields of a value by name, but for some."""
    return {name: getattr(value, name) for name in value.__struct_fields__ if name not in apart}


def _digest(value: object) -> str:
    """The SHA-256 of a value's JSON, in one spelling; ASCII, as lone surrogates in a cell have no UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=msgspec.to_builtins)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@lru_cache(maxsize=1)
def engine_version() -> str:
    """The SHA-256 of the engine's own source, so that a record never outlives the code that made it.

    Taken once: a process goes on with the modules it has loaded, whatever becomes of their files.
    """
    here = Path(__file__).parents[1]
    sources = (path.relative_to(here) for path in here.rglob("*.py"))
    return _digest({name.as_posix(): digest_file(here / name) for name in sources if takes_part(name)})


def takes_part(source: Path) -> bool:
    """Whether records depend on a source file of the engine, named relative to its folder."""
    return source.parts[0] in ENGINE or source.as_posix() in ENGINE


def versions() -> dict[str, str]:
    """The versions of Python and of what every page runs in, read without importing any of it."""
    return {"python": f"{platform.python_implementation()} {platform.python_version()}"} | {
        name: package_version(name) for name in BASE_PACKAGES
    }


def machine() -> dict[str, str]:
    """The kind of machine; not which one, so that machines of a kind can share a store."""
    return {"system": platform.system(), "machine": platform.machine()}
