"""What a run of pages showed, kept in a folder of its own to be compared with another run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from workings.accepted import ran_of
from workings.beside import UNUSABLE, read_beside, write_beside
from workings.claims import Claims, decoded, encoded, shown_of
from workings.errors import SettingsError
from workings.outputs import Record
from workings.page import Page

_ENDING = ".outputs.json"


def refuse_to_overwrite(folder: Path) -> None:
    """Raise SettingsError where a folder holds anything: a run among the leavings of another is neither."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise SettingsError(f"{folder}: something is there already; name a new folder, or remove this one")


def save(folder: Path, pages: Sequence[Page], records: Mapping[str, Record], *, dtype: str) -> None:
    """Write what the cells of pages showed, a file for each page."""
    for page in pages:
        record = records[page.path]
        claims = Claims(ran=ran_of(record.provenance, dtype=dtype), cells=shown_of(page, record.cells, places=True))
        if page.cells:
            write_beside(folder / f"{page.path}{_ENDING}", encoded(claims))


def load_saved(folder: Path) -> dict[str, Claims]:
    """What a folder holds, by the paths of pages; raises SettingsError where it is no such folder."""
    files = sorted(folder.rglob(f"*{_ENDING}"))
    if not files:
        raise SettingsError(f"{folder}: no run is kept here; make one with `python -m workings run --save {folder}`")
    return {file.relative_to(folder).as_posix().removesuffix(_ENDING): _read(file) for file in files}


def _read(file: Path) -> Claims:
    try:
        return decoded(read_beside(file) or b"")
    except UNUSABLE as error:
        raise SettingsError(f"{file}: it does not hold what a page showed ({error}): make the run anew") from error
