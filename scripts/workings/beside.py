"""A file that belongs to a page and is committed with it, in a hidden folder beside it: MkDocs leaves these alone."""

from pathlib import Path

from workings.page import Page
from workings.store.disk import DamagedError, read_regular

ACCEPTED = ".outputs"
"""The folder of what was accepted of pages, which is no part of a site."""
_LARGEST = 256 * 2**20
"""Bytes of what is kept of one page."""

UNUSABLE = (OSError, DamagedError, ValueError, RecursionError)
"""What reading such a file, and what its JSON says, can raise; those of a file that is absent are none."""


def file_beside(page: Page, folder: str, *, ending: str = "json") -> Path:
    """Where it lies: `docs/.folder/lesson.md.json` for `docs/lesson.md`."""
    path = page.root / page.path
    return path.parent / folder / f"{path.name}.{ending}"


def read_beside(file: Path) -> bytes | None:
    """What it holds, whoever put it there; nothing where it is absent. Raises one of `UNUSABLE` where it is no file."""
    try:
        return read_regular(file, limit=_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_beside(file: Path, data: bytes) -> None:
    """Write it in one step, so that nobody sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    half.unlink(missing_ok=True)
    half.write_bytes(data)
    half.replace(file)
