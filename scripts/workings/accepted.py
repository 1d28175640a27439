"""What was accepted of what pages show: files beside the pages, written when asked for, and compared with each run.

Of `docs/lesson.md` on the processor it is in `docs/.outputs/lesson.md.cpu.json`, which is committed.
"""

from pathlib import Path

from workings.beside import ACCEPTED, UNUSABLE, file_beside, read_beside, write_beside
from workings.claims import Acceptance, Claims, Ran, Shown, accepting, decoded, encoded
from workings.errors import SourceError
from workings.outputs import Provenance
from workings.page import Page
from workings.place import Place
from workings.settings import DEVICES

__all__ = ["FOLDER", "Acceptance", "accept", "file_of", "load", "ran_of"]

FOLDER = ACCEPTED


def file_of(page: Page, backend: str) -> Path:
    """Where the accepted outputs of a page on a backend lie."""
    return file_beside(page, FOLDER, ending=f"{backend}.json")


def load(page: Page, backend: str) -> Claims | None:
    """What is accepted of a page on a backend, else on another; raises SourceError when a file holds no such thing."""
    others = (name for name in DEVICES if name != backend)
    found = (_read(page, name) for name in (backend, *others))
    return next((claims for claims in found if claims is not None), None)


def accept(page: Page, shown: dict[str, Shown], ran: Ran) -> Acceptance:
    """Accept what these cells of a page show, and write that down if anything has changed.

    Raises SourceError when what is there can't be read, and OSError when nothing can be written.
    """
    before = _read(page, ran.backend)
    acceptance = accepting(page, shown, ran=ran, before=before)
    if acceptance.claims != before:
        write_beside(file_of(page, ran.backend), encoded(acceptance.claims))
    return acceptance


def ran_of(provenance: Provenance, *, dtype: str) -> Ran:
    """Where and with what a page ran, as far as its claims may depend on it."""
    return Ran(
        backend=provenance.backend,
        device=provenance.device,
        torch=provenance.torch,
        seed=provenance.seed,
        dtype=dtype,
    )


def _read(page: Page, backend: str) -> Claims | None:
    file = file_of(page, backend)
    try:
        data = read_beside(file)
        return None if data is None else decoded(data)
    except UNUSABLE as error:
        again = f"pytest --accept-outputs --backend {backend} {page.path}"
        message = f"it holds no accepted outputs ({error}): delete it, and make it again with `{again}`"
        raise SourceError(Place(path=file.relative_to(page.root).as_posix(), line=1), message) from error
