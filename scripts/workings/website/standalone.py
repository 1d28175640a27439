"""The standalone texts of a site's cells, kept from build to build: looking at a page takes 10 ms."""

import contextlib
import hashlib
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from workings.page import Page
from workings.store.disk import DamagedError, read_regular, write_whole

FILE = "standalone.json"
_LARGEST = 64 * 2**20
Texts = Mapping[int, str]


class Kept(Struct, frozen=True):
    """What the file holds."""

    sha256: str
    """Of the body, so that a garbled file is none."""
    body: msgspec.Raw
    """Texts by the number of their cell, by the digest of their page."""


class StandaloneTexts:
    """The texts of pages: those that are kept, and those that had to be made."""

    def __init__(self, store: Path | None) -> None:
        """Keep them in the folder of the store, if there is one."""
        self._file = None if store is None else store / FILE
        self._used: dict[str, Texts] = {}

    def of(self, page: Page) -> Texts:
        """The texts of the cells of a page that need one."""
        key = self._key(page)
        if key not in self._used:
            self._used[key] = self._known[key] if key in self._known else _made(page)
        return self._used[key]

    def keep(self) -> None:
        """Write down those of this build, if they are others than before; where that can't be, they are made again."""
        if self._file is None or self._used.keys() == self._known.keys():
            return
        body = msgspec.json.encode(self._used)
        data = msgspec.json.encode(Kept(hashlib.sha256(body).hexdigest(), msgspec.Raw(body)))
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._file, data, stamp=time.time_ns())

    @cached_property
    def _known(self) -> Mapping[str, Texts]:
        try:
            data = b"" if self._file is None else read_regular(self._file, limit=_LARGEST)
            kept = msgspec.json.decode(data, type=Kept)
            sound = hashlib.sha256(kept.body).hexdigest() == kept.sha256
            return msgspec.json.decode(kept.body, type=dict[str, dict[int, str]]) if sound else {}
        except (OSError, DamagedError, ValueError, RecursionError):
            return {}

    def _key(self, page: Page) -> str:
        """The digest of all that the texts of a page are made of: its cells, and what looks at them."""
        cells = [(cell.code, msgspec.to_builtins(cell.options)) for cell in page.cells]
        return hashlib.sha256(self._version + msgspec.json.encode((page.backend, cells))).hexdigest()

    @cached_property
    def _version(self) -> bytes:
        folder = Path(__file__).parents[1] / "standalone"
        return hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).digest()


def _made(page: Page) -> Texts:
    """The texts of a page, made now."""
    from workings.standalone import standalone_texts

    return standalone_texts(page)
