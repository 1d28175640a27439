"""Lines of text as a reader of Markdown looks at them: indented, and between the tags of an element."""

import re
from collections.abc import Sequence

from workings.takeaway.heads import SUMMARY
from workings.takeaway.pieces import Line


def indent_of(text: str) -> int:
    """The columns before a text."""
    return len(text) - len(text.lstrip(" "))


def dedented(lines: Sequence[Line], columns: int) -> list[Line]:
    """The lines without so many columns, as far as they have them."""
    return [Line(line.number, line.text[min(columns, indent_of(line.text)) :]) for line in lines]


def stripped(lines: Sequence[Line]) -> list[Line]:
    """The lines without empty ones at both ends, and without the columns that all of them have."""
    filled = [index for index, line in enumerate(lines) if line.text.strip()]
    if not filled:
        return []
    inner = lines[filled[0] : filled[-1] + 1]
    return dedented(inner, min(indent_of(line.text) for line in inner if line.text.strip()))


def body_end(lines: Sequence[Line], start: int, columns: int) -> int:
    """The index behind the lines that are indented so far, from `start` on; empty lines at the end are not theirs."""
    stop = at = start
    while at < len(lines) and (not lines[at].text.strip() or indent_of(lines[at].text) >= columns):
        at += 1
        stop = at if lines[at - 1].text.strip() else stop
    return stop


def content_of(lines: Sequence[Line], start: int, match: re.Match[str]) -> tuple[list[Line], int] | None:
    """What stands between the tags of the element that begins at a line, and the index of the line behind it."""
    tag = re.compile(rf"<(?P<end>/?){re.escape(match['tag'])}\b[^>]*>", re.IGNORECASE)
    depth = 0
    body: list[Line] = []
    for at in range(start, len(lines)):
        text, begin = lines[at].text, match.end() if at == start else 0
        for found in tag.finditer(text):
            depth += -1 if found["end"] else 1
            if depth == 0:
                rest = text[found.end() :]
                return [*body, Line(lines[at].number, text[begin : found.start()] + rest)], at + 1
        body.append(Line(lines[at].number, text[begin:]))
    return None


def summary_of(lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """The title of an element that folds, and its content without it."""
    for at, line in enumerate(lines):
        if match := SUMMARY.search(line.text):
            rest = line.text[: match.start()] + line.text[match.end() :]
            return match["title"].strip(), [*lines[:at], Line(line.number, rest), *lines[at + 1 :]]
    return "", list(lines)
