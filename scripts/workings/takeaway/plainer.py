"""Marks of pymdownx that a notebook doesn't know, as the HTML that it does, or as plain text."""

import re
from collections.abc import Callable, Mapping

ICONS = ("fontawesome-", "material-", "octicons-", "simple-")
"""How the names of a theme's icons begin."""


def _mark(match: re.Match[str]) -> str:
    return f"<mark>{match['marked']}</mark>"


def _caret(match: re.Match[str]) -> str:
    return f"<ins>{match['inserted']}</ins>" if match["inserted"] else f"<sup>{match['raised']}</sup>"


def _tilde(match: re.Match[str]) -> str:
    return f"<sub>{match['lowered']}</sub>"


def _keys(match: re.Match[str]) -> str:
    """Keys that are pressed together."""
    names = (name.strip("\"'") for name in match["pressed"].split("+"))
    return "+".join(f"<kbd>{name.capitalize()}</kbd>" for name in names)


def _critic(match: re.Match[str]) -> str:
    """A text that is under correction, as it is after it."""
    return match["added"] or match["changed"] or match["noticed"] or ""


def _emoji(match: re.Match[str]) -> str:
    """A picture that is a character; an icon of the theme is left out, and what has no picture is text."""
    from pymdownx import gemoji_db  # type: ignore[import-untyped]

    if match["picture"].startswith(ICONS):
        return ""
    found = gemoji_db.emoji.get(gemoji_db.aliases.get(match[0], match[0]), {})
    points = str(found.get("unicode", ""))
    return "".join(chr(int(point, 16)) for point in points.split("-") if point) or match[0]


READERS: Mapping[str, Callable[[re.Match[str]], str]] = {
    "mark": _mark,
    "caret": _caret,
    "tilde": _tilde,
    "keys": _keys,
    "critic": _critic,
    "emoji": _emoji,
}
"""By the name of the mark."""
