"""How large the image in a display is, read from its first bytes: nothing is decoded."""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable

from workings.outputs import Json

Size = tuple[int, int]
_START = 2**18
"""Characters of base64 that are looked at; in a JPEG, a profile or a thumbnail may stand before the size."""
_JPEG_MARK = 0xFF
_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})


def dimensions(kind: str, value: Json) -> Size:
    """Width and height in pixels; nothing for what is no image, or not one that begins as it should."""
    read = _READERS.get(kind)
    if read is None or not isinstance(value, str):
        return 0, 0
    try:
        return read(b64decode(value[:_START]))
    except (struct.error, Base64Error, ValueError, IndexError):
        return 0, 0


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">8x8xII", data)
    return width, height


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<6xHH", data)
    return width, height


def _jpeg(data: bytes) -> Size:
    """Go from segment to segment until the one that has the size."""
    at = 2
    while True:
        mark, kind = data[at], data[at + 1]
        if mark != _JPEG_MARK:
            raise ValueError
        if kind in _JPEG_SIZES:
            height, width = struct.unpack_from(">5xHH", data, at)
            return width, height
        if kind == _JPEG_MARK:
            at += 1
        elif kind in _JPEG_ALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]


_READERS: dict[str, Callable[[bytes], Size]] = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg}
