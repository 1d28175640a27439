"""Drawings as claims: an SVG's tree without its numbers, and its numbers where a tolerance can be had."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.parsers import expat

from workings.claims.pixels import pixels
from workings.claims.silhouettes import Point, silhouette, tenths
from workings.claims.values import Drawing, Pixels

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_LEFT_OUT = {"metadata", "style"}
_NAMES = {"id", "xlink:href", "href"}
"""Attributes that say nothing but which element is meant, by names that digests make."""
_PLACES = {"x", "y", "width", "height", "viewBox", "points", "cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2"}
_MANY_POINTS, _MANY_MARKS = 16, 150


def drawing(svg: str) -> Drawing | None:
    """An SVG as a claim; nothing if it is none."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(svg, True)  # noqa: FBT003 - positional only
    except (expat.ExpatError, ValueError):
        return None
    return reader.drawing()


class _Reader:
    """A drawing being read from its first element to its last."""

    def __init__(self) -> None:
        self._tree: list[str] = []
        self._parts: Counter[str] = Counter()
        self._size: tuple[int, ...] = ()
        self._texts: list[str] = []
        self._colours: list[str] = []
        self._measures: list[float] = []
        self._points: list[float] = []
        self._marks: list[Point] = []
        self._curves: list[tuple[int, ...]] = []
        self._pictures: list[Pixels] = []
        self._ignored = 0

    def refuse(self, *_: object) -> None:
        """Stop reading: an entity may stand for more than any drawing has."""
        raise ValueError

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an element."""
        if self._ignored or tag in _LEFT_OUT:
            self._ignored += 1
            return
        self._parts[tag] += 1
        self._tree.append(f"<{tag}")
        if tag == "text":
            self._texts.append("")
        for name, value in sorted(attributes.items()):
            self._attribute(tag, name, value)
        if tag == "use":
            self._marks.append((_float(attributes.get("x", "")), _float(attributes.get("y", ""))))

    def end(self, _tag: str) -> None:
        """Leave an element."""
        if self._ignored:
            self._ignored -= 1
        else:
            self._tree.append(">")

    def text(self, text: str) -> None:
        """Take what is written."""
        if not self._ignored and text.strip() and self._texts:
            self._texts[-1] += text.strip("\n")

    def drawing(self) -> Drawing:
        """All that was read, as a claim."""
        if len(self._marks) > _MANY_MARKS:
            self._curves.append(silhouette(self._marks, joined=False))
        else:
            self._points += [value for mark in self._marks for value in mark]
        return Drawing(
            size=self._size,
            texts=tuple(text.strip() for text in self._texts),
            parts=", ".join(f"{tag} {count}" for tag, count in sorted(self._parts.items())),
            colours=in_rows(self._colours),
            structure=hashlib.sha256("".join(self._tree).encode()).hexdigest()[:16],
            measures=in_rows(str(round(value * 100)) for value in self._measures),
            points=tuple(tenths(value) for value in self._points),
            curves=tuple(self._curves),
            pictures=tuple(self._pictures),
        )

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if tag == "svg":
            if name == "viewBox":
                self._size = tuple(tenths(number) for number in _numbers(value)[2:])
        elif name == "d":
            self._path(value)
        elif name == "transform":
            self._transform(value)
        elif name in _PLACES:
            if tag != "use":
                self._points += _numbers(value)
        elif value.startswith("data:image/"):
            self._pictures.append(pixels(value.partition(",")[2]))
        elif name not in _NAMES and not name.startswith("xmlns"):
            self._look(name, value)

    def _look(self, name: str, value: str) -> None:
        """Take colours, then numbers, and the words around them; a reference within the drawing is no word."""
        self._colours += [colour.lower() for colour in _COLOUR.findall(value)]
        value = re.sub(r"url\([^)]*\)", "url", _COLOUR.sub("#", value))
        self._measures += _numbers(value)
        self._tree.append(f" {name}={_NUMBER.sub('0', value)}")

    def _transform(self, value: str) -> None:
        """Take what moves as a place, and what turns and stretches as a measure."""
        for kind, given in re.findall(r"(\w+)\(([^)]*)\)", value):
            self._tree.append(f" {kind}")
            numbers = _numbers(given)
            if kind == "translate":
                self._points += numbers
            else:
                self._measures += numbers[:1] if kind == "rotate" else numbers

    def _path(self, value: str) -> None:
        """Take a path: as it is when it is short."""
        steps = [(kind, _numbers(given)) for kind, given in _STEP.findall(value)]
        numbers = [number for _, given in steps for number in given]
        points = list(zip(numbers[::2], numbers[1::2], strict=False))
        if len(points) > _MANY_POINTS:
            self._tree.append(" curve")
            self._curves.append(silhouette(points, joined=True))
        else:
            self._tree.append(f" {''.join(kind for kind, _ in steps)}")
            self._points += numbers


def in_rows(words: Iterable[str]) -> str:
    """Words in one line, those in a row that are equal once with their number: `a b*3 a`."""
    rows = ((word, len(list(row))) for word, row in groupby(words))
    return " ".join(word if count == 1 else f"{word}*{count}" for word, count in rows)


def from_rows(line: str) -> Iterator[str]:
    """The words of such a line."""
    for row in line.split():
        word, _, count = row.partition("*")
        yield from [word] * int(count or 1)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text)]


def _float(text: str) -> float:
    found = _numbers(text)
    return found[0] if found else 0.0
