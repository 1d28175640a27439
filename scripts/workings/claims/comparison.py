"""Whether a cell still shows what it did, and if not, what is different, for a reader."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from workings.claims.drawings import from_rows
from workings.claims.pixels import levels_apart
from workings.claims.silhouettes import apart
from workings.claims.tokens import Token, tokens
from workings.claims.tolerance import PIXEL, Deviation, deviation
from workings.claims.values import Claim, Drawing, Failed, Other, Pixels, Shown, Text

_DEVICE = re.compile(r",\s+device='[^']*'")
_FORMS = {"text/plain": "", "stdout": "", "text/markdown": "", "text/latex": "", "prose": "(in the prose) "}
"""What is said of a text's form before it."""
_LOOKS = 5.0
"""Hundredths that an opacity, a width or an angle may differ by."""
_COLOUR_LEVELS = 3.0
"""Of 255, in each channel of a colour."""


class Difference(Struct, frozen=True, kw_only=True):
    """What a cell shows that it did not show, or the other way round."""

    what: str
    """In a few words: `the text differs`."""
    was: str = ""
    now: str = ""
    deviation: Deviation | None = None
    """The largest of all numbers, where it is only numbers that differ."""
    by_numbers: bool = False
    """Whether other numbers alone can be the reason: in a text, and in whatever a figure or an image shows."""


def difference(was: Shown, now: Shown, *, same_backend: bool = True) -> Difference | None:
    """What differs between what a cell showed and what it shows; nothing where both say the same."""
    if len(was.shows) != len(now.shows) or any(kind(a) != kind(b) for a, b in zip(was.shows, now.shows, strict=False)):
        return Difference(what="it shows other things", was=listed(was.shows), now=listed(now.shows))
    pairs = zip(was.shows, now.shows, strict=True)
    found = (_of_claims(a, b, same_backend=same_backend) for a, b in pairs)
    return next((one for one in found if one is not None), None)


def listed(claims: Sequence[Claim]) -> str:
    """What there is to see, output by output."""
    return "\n".join(told(claim) for claim in claims) or "nothing"


def told(claim: Claim) -> str:
    """A claim as a terminal can show it."""
    match claim:
        case Text(form=form, text=text):
            return f"{_FORMS.get(form, f'({form}) ')}{text}"
        case Failed(name=name, message=message):
            return f"{name}: {message}"
        case Drawing(size=size, parts=parts):
            return f"(a figure of {' x '.join(f'{side / 10:g}' for side in size)} points: {parts})"
        case Pixels(size=size):
            return f"(an image of {' x '.join(map(str, size)) or 'unknown'} pixels)"
        case Other(form=form):
            return f"({form})"


def kind(claim: Claim) -> tuple[str, str]:
    """What has to be the same before two claims can be compared."""
    return type(claim).__name__, claim.form if isinstance(claim, Text | Other) else ""


def _of_claims(was: Claim, now: Claim, *, same_backend: bool) -> Difference | None:
    """What differs between two claims of one kind."""
    if was == now:
        return None
    if isinstance(was, Text) and isinstance(now, Text):
        return _of_texts(was, now, same_backend=same_backend)
    if isinstance(was, Failed) and isinstance(now, Failed):
        return _of_failures(was, now, same_backend=same_backend)
    if isinstance(was, Drawing) and isinstance(now, Drawing):
        return _drawn(_of_drawings(was, now, same_backend=same_backend))
    if isinstance(was, Pixels) and isinstance(now, Pixels):
        return _drawn(_of_pixels(was, now))
    return Difference(what="it is another one", was=told(was), now=told(now))


def _drawn(found: Difference | None) -> Difference | None:
    """Whatever differs in what was drawn."""
    return None if found is None else structs.replace(found, by_numbers=True)


def _of_failures(was: Failed, now: Failed, *, same_backend: bool) -> Difference | None:
    before, after = Text("", was.message), Text("", now.message)
    found = _of_texts(before, after, same_backend=same_backend)
    if was.name == now.name and found is None:
        return None
    return Difference(what="the failure differs", was=told(was), now=told(now))


def _of_texts(was: Text, now: Text, *, same_backend: bool) -> Difference | None:
    """Words and structure have to be the same, and numbers as near as their types say."""
    before, after = (text if same_backend else _DEVICE.sub("", text) for text in (was.text, now.text))
    ours, theirs = tokens(before), tokens(after)
    if not _alike(ours, theirs) or was.rest != now.rest:
        return Difference(what="the text differs", was=told(was), now=told(now))
    worst = _largest(ours, theirs, same_backend=same_backend)
    if worst is None or worst.excess <= 1:
        return None
    return Difference(what="numbers differ", was=told(was), now=told(now), deviation=worst, by_numbers=True)


def _alike(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    return len(ours) == len(theirs) and all(_fit(a, b) for a, b in zip(ours, theirs, strict=True))


def _fit(one: Token, other: Token) -> bool:
    """Whether two tokens are the same word, or numbers that may be compared.

    A whole number and one with a point are of different types. Of formatted text, where one number may have lost its
    point by rounding, that is said only where they are equal: 1 may stand for 1.00001, and 7 is not 7.0.
    """
    if one.number is None or other.number is None:
        return one.number is None and other.number is None and one.word == other.word
    if one.word == other.word:
        return True
    same_unit = one.word.endswith("j") == other.word.endswith("j")
    return same_unit and not one.number.in_tensor and one.number.value != other.number.value


def _largest(ours: Sequence[Token], theirs: Sequence[Token], *, same_backend: bool) -> Deviation | None:
    """The deviation of the number that is furthest beyond what it may be."""
    worst: Deviation | None = None
    for one, other in zip(ours, theirs, strict=True):
        if one.number is None or other.number is None:
            continue
        found = deviation(one.number, other.number, same_backend=same_backend)
        if one.word.startswith("0.") is other.word.startswith("0.") is False:
            found = Deviation(absolute=found.absolute, relative=found.relative, allowed=0.0, what="whole numbers")
        if found.excess > (worst.excess if worst else 0):
            worst = found
    return worst


def _of_drawings(was: Drawing, now: Drawing, *, same_backend: bool) -> Difference | None:
    """First what is there and what is written, then how it looks, then where it stands."""
    parts: tuple[Callable[[], Difference | None], ...] = (
        lambda: _unequal("the figure has other parts", was.parts, now.parts),
        lambda: _of_labels(was.texts, now.texts, same_backend=same_backend),
        lambda: _unequal("the figure is built differently", was.structure, now.structure),
        lambda: _of_colours(was, now),
        lambda: _of_looks(was, now),
        lambda: _of_places(was, now),
        lambda: _of_pictures(was.pictures, now.pictures),
    )
    return next((found for found in (look() for look in parts) if found is not None), None)


def _unequal(what: str, was: str, now: str) -> Difference | None:
    return None if was == now else Difference(what=what, was=was, now=now)


def _of_labels(was: Sequence[str], now: Sequence[str], *, same_backend: bool) -> Difference | None:
    """What is written in a figure: numbers may differ as everywhere."""
    pairs = [(a, b) for a, b in zip(was, now, strict=False) if a != b]
    other = [(a, b) for a, b in pairs if _of_texts(Text("", a), Text("", b), same_backend=same_backend) is not None]
    if len(was) == len(now) and not other:
        return None
    before, after = zip(*other, strict=True) if other else (was, now)
    return Difference(what="the figure's texts differ", was=", ".join(before), now=", ".join(after))


def _of_colours(was: Drawing, now: Drawing) -> Difference | None:
    ours, theirs = list(from_rows(was.colours)), list(from_rows(now.colours))
    if len(ours) == len(theirs) and all(_same_colour(a, b) for a, b in zip(ours, theirs, strict=True)):
        return None
    return Difference(what="the figure's colours differ", was=was.colours, now=now.colours)


def _same_colour(one: str, other: str) -> bool:
    channels = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return all(abs(a - b) <= _COLOUR_LEVELS for a, b in channels)


def _of_looks(was: Drawing, now: Drawing) -> Difference | None:
    ours, theirs = (list(map(int, from_rows(drawing.measures))) for drawing in (was, now))
    if len(ours) != len(theirs):
        return Difference(what="the figure's lines, sizes or opacities differ", was=was.measures, now=now.measures)
    far = max((abs(a - b) for a, b in zip(ours, theirs, strict=True)), default=0)
    if far <= _LOOKS:
        return None
    largest = Deviation(absolute=far / 100, relative=0.0, allowed=_LOOKS / 100, what="of an opacity, width or angle")
    return Difference(what="the figure's lines, sizes or opacities differ", deviation=largest)


def _of_places(was: Drawing, now: Drawing) -> Difference | None:
    """How far lines and marks have moved."""
    counts = [(len(d.size), len(d.points), tuple(map(len, d.curves))) for d in (was, now)]
    if counts[0] != counts[1]:
        return Difference(what="the figure is built differently", was=told(was), now=told(now))
    pairs = zip((*was.size, *was.points), (*now.size, *now.points), strict=True)
    curves = (apart(a, b, allowed=PIXEL) for a, b in zip(was.curves, now.curves, strict=True))
    far = max((*(abs(a - b) for a, b in pairs), *curves), default=0)
    if far <= PIXEL:
        return None
    largest = Deviation(absolute=far / PIXEL, relative=0.0, allowed=1.0, what="pixels")
    return Difference(what="what the figure shows has moved", deviation=largest)


def _of_pictures(was: Sequence[Pixels], now: Sequence[Pixels]) -> Difference | None:
    if len(was) != len(now):
        return Difference(what="the figure has other images", was=f"{len(was)}", now=f"{len(now)}")
    found = (_of_pixels(a, b) for a, b in zip(was, now, strict=True))
    return next((one for one in found if one is not None), None)


def _of_pixels(was: Pixels, now: Pixels) -> Difference | None:
    if was.digest == now.digest:
        return None
    if was.size != now.size or not was.size:
        return Difference(what="the image differs", was=told(was), now=told(now))
    far, allowed = levels_apart(was, now)
    if far <= allowed:
        return None
    largest = Deviation(absolute=far, relative=0.0, allowed=allowed, what="of 255 levels of a colour")
    return Difference(what="the image's pixels differ", deviation=largest)
