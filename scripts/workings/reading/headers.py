"""The header of a fence, read more strictly than superfences does, which drops what it can't use without a word."""

import re
from collections.abc import Iterable

from markdown.extensions.attr_list import get_attrs_and_remainder
from msgspec import Struct

from workings.reading.options import DISPLAY, TAGS

LANGUAGE = "python"
OPTION = re.compile(
    r"""(?<![^ \t])(?P<name>[a-zA-Z][a-zA-Z0-9_]*)(?:=(?P<quote>["'])(?P<value>.*?)(?P=quote))?(?=[ \t]|$)"""
)


class Header(Struct, frozen=True, kw_only=True):
    """What stands behind the fence: the options of a cell, and what is wrong with the rest."""

    options: dict[str, str]
    problems: tuple[str, ...] = ()


def read_words(text: str) -> Header:
    """Read `id="x" tags="y"`, and complain of anything else."""
    pairs: list[tuple[str, str | None]] = [(m["name"], m["value"]) for m in OPTION.finditer(text)]
    rest = OPTION.sub("", text).split()
    if rest:  # words without a value are often the rest of one, so the first that can't be read is enough
        pairs = [(name, value) for name, value in pairs if value is not None]
    return to_header(pairs, problems=[stray(word) for word in rest[:1]])


def read_braces(text: str) -> Header:
    """Read `.python #x title="y"`, the attribute list of Markdown, in which classes are allowed."""
    pairs, remainder = get_attrs_and_remainder(text)
    problems = [stray(remainder)] if remainder.strip() else []
    return to_header([(name, value) for name, value in pairs if name != "."], problems=problems)


def to_header(pairs: Iterable[tuple[str, str | None]], *, problems: list[str]) -> Header:
    """Gather options, each of which has a value and stands there once; those of pymdownx are left to it."""
    options: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            problems.append(f"option '{name}' stands here twice: remove one")
        elif value is None:
            problems.append(stray(name))
        elif not (name in DISPLAY or name.startswith("data-")):
            options[name] = value
        seen.add(name)
    return Header(options=options, problems=tuple(problems))


def stray(word: str) -> str:
    """What to say of a word that is no option."""
    if word in TAGS:
        return f"'{word}' is a tag: write tags=\"{word}\""
    name, equals, value = word.replace(":", "=", 1).partition("=")
    value = value.strip("\"'") if equals and value else "..."
    return f"can't read '{word}' in the header of this fence: an option is written {name}=\"{value}\""
