"""The settings of a site, with the defaults that need no setting."""

from pathlib import Path
from typing import Literal, get_args

from msgspec import Struct

Backend = Literal["auto", "cpu", "cuda", "mps"]
BACKENDS: tuple[str, ...] = get_args(Backend)
DEVICES = BACKENDS[1:]
"""The backends that torch can run on; `auto` is one of them."""


Dtype = Literal["float16", "bfloat16", "float32", "float64"]
DTYPES: tuple[str, ...] = get_args(Dtype)


class Limits(Struct, frozen=True, kw_only=True):
    """What a page may use; passing a limit ends the page, and only that page."""

    cell_seconds: float = 30.0
    page_seconds: float = 300.0
    memory: int = 4 * 2**30
    """Bytes that a page may take for itself."""
    output: int = 2**20
    """Bytes of text that one cell may print."""
    display: int = 8 * 2**20
    """Bytes of one display: an image, a table, a document."""
    displays: int = 200
    """Outputs that one cell may show."""
    pixels: int = 50_000_000
    """Pixels of one image: a figure, a display, or what the page saves with matplotlib."""
    processes: int = 64
    """Processes that a page may have at once, its own included."""
    file_size: int = 2 * 2**30
    """Bytes of one file that a page writes."""


class Settings(Struct, frozen=True, kw_only=True):
    """All that decides how pages are run, kept and rendered."""

    backend: Backend = "auto"
    jobs: int = 0
    """Pages run at the same time; 0 is one for each core."""
    seed: int = 0
    dtype: Dtype = "float32"
    """torch's default type of floating-point numbers when a page begins."""
    limits: Limits = Limits()
    errors: Literal["stop", "show"] = "stop"
    """stop: a failure leaves the old site as it was; show: it stands in the page, at its cell."""
    html: Literal["sanitised", "trusted"] = "sanitised"
    """Whether HTML outputs are cut down to an allow-list of elements."""
    license: str = ""
    """What the code of cells may be used under, in the words that a copied text begins with."""
    store: Path | None = Path(".workings")
    """The folder of the store; None keeps nothing."""
    store_bytes: int = 2**30
    """The size over which the least recently used records are evicted."""
    preview_bytes: int = 2**30
    """The memory that a preview may spend on states of pages that are being edited."""
