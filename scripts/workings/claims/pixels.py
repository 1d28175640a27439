"""Images of pixels as claims: their size, and a small copy in which a tolerance can be had."""

import hashlib
import io
import warnings
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from workings.claims.values import Pixels

_SIDE = 16
"""The pixels that a side of the small copy has at most: each is the mean of those that it stands for."""
_LEVELS, _MEAN = 12, 2.0
"""What a channel of one pixel of the copy may differ by, of 255, and all of them on average."""


def pixels(base64: str) -> Pixels:
    """An image as a claim; one that can't be read is known by its bytes alone."""
    try:
        content = b64decode("".join(base64.split()), validate=True)
    except (Base64Error, ValueError):
        return Pixels(size=(), digest=_digest(base64.encode("utf-8", "surrogatepass")), small="")
    try:
        size, small = _reduced(content)
    except (OSError, ValueError, SyntaxError, Warning):
        return Pixels(size=(), digest=_digest(content), small="")
    return Pixels(size=size, digest=_digest(content), small=b64encode(small).decode("ascii"))


def levels_apart(was: Pixels, now: Pixels) -> tuple[float, float]:
    """How far the channels of the small copies are apart, of 255, on average or at most, and how far they may be."""
    ours, theirs = b64decode(was.small), b64decode(now.small)
    if len(ours) != len(theirs) or not ours:
        return 255.0, _LEVELS
    differences = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
    mean = sum(differences) / len(differences)
    return (mean, _MEAN) if mean > _MEAN else (float(max(differences)), _LEVELS)


def _reduced(content: bytes) -> tuple[tuple[int, int], bytes]:
    """The size of an image, and the bytes of its small copy."""
    from PIL import Image

    with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as image:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        size = image.size
        small = image.convert("RGBA").resize((min(size[0], _SIDE), min(size[1], _SIDE)), resample=Image.Resampling.BOX)
        return size, small.tobytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
