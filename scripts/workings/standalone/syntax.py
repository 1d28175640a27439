"""A cell's syntax tree, also where it is written for IPython: its magics stand in the tree as calls of `MAGIC`."""

import ast
import re
import warnings
from typing import NamedTuple

MAGIC = "__magic__"
"""The name that stands in a tree for what only IPython can read; its argument is the text."""
TIMES = frozenset({"time", "timeit", "prun", "memit"})
"""Magics that run the Python behind them."""
WRAPS = TIMES | {"capture"}
"""Cell magics that run the Python below them."""
_LINE = re.compile(r"(?P<indent>\s*)(?P<target>[\w.\[\], ]+=\s*)?(?P<text>[%!].*)$")
_HELP = re.compile(r"(?P<indent>\s*)(?P<text>\?.*|[%\w.*]+\?{1,2}\s*)$")
_OPTIONS = re.compile(r"^(?:-\w+(?:\s+\d+)?\s+)*")


class Parsed(NamedTuple):
    """What can be told of a cell's code."""

    tree: ast.Module | None
    """Its statements, at their lines; None when it is no Python, with magics or without."""
    magic: str = ""
    """The first line of a cell that is wholly given to a magic."""


def parse(code: str) -> Parsed:
    """Read a cell, whoever it is written for."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        return _parse_below(first, lines)
    return Parsed(_parse_lines(lines))


def name_of(magic: str) -> str:
    """The name of a magic, without signs."""
    return re.split(r"\s", magic.lstrip("%"), maxsplit=1)[0]


def _parse_below(first: str, lines: list[str]) -> Parsed:
    """The tree of a cell below its magic; empty when that is no Python."""
    if name_of(first) not in WRAPS:
        return Parsed(ast.Module([], []), first)
    start = lines.index(first)
    given = first.split(maxsplit=1)[1:] if name_of(first) in TIMES else []
    above = [""] * start + [_OPTIONS.sub("", given[0]) if given else ""]
    return Parsed(_parse_lines([*above, *lines[start + 1 :]]), first)


def _parse_lines(lines: list[str]) -> ast.Module | None:
    """Parse, and put something that Python can read in the place of each magic that it stumbles over."""
    lines = list(lines)
    for _ in range(len(lines) + 1):
        tree = _tree("\n".join(lines))
        if not isinstance(tree, int):
            return tree
        masked = _masked(lines[tree - 1]) if 0 < tree <= len(lines) else None
        if masked is None:
            return None
        lines[tree - 1] = masked
    return None


def _tree(code: str) -> ast.Module | int | None:
    """The tree, or the line that can't be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None


def _masked(line: str) -> str | None:
    """A line of IPython as Python of the same length in lines; None when it is none."""
    found = _LINE.match(line) or _HELP.match(line)
    if found is None or MAGIC in line:
        return None
    text, target = found["text"], found.groupdict().get("target") or ""
    if name_of(text) in TIMES and text.startswith("%"):
        statement = _OPTIONS.sub("", text.partition(" ")[2].lstrip())
        if isinstance(_tree(statement), ast.Module):
            return found["indent"] + target + (statement or "pass")
    return f"{found['indent']}{target}{MAGIC}({text!r})"
