"""The parts of a page as a script that plain Python runs from its first line to its last, in the percent format."""

import re
from collections.abc import Iterator, Sequence

from workings.takeaway.codes import commented
from workings.takeaway.parts import Part, unused
from workings.takeaway.statements import awaited, guarded, plain_python, printing, without_semicolon
from workings.takeaway.text import without_pictures

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
"""
_PYPLOT = re.compile(r"^\s*import matplotlib\.pyplot as (\w+)|^\s*from matplotlib import (pyplot)\b", re.MULTILINE)
_FUTURE = re.compile(r"^from __future__ import [^#\n]*?(?=[ \t]*(?:#|$))", re.MULTILINE)
_DISPLAY = re.compile(r"(?<![\w.])display\(")
_DISPLAY_IMPORTED = re.compile(r"^\s*(?:from .*\bimport\b.*\bdisplay\b|def display\b)", re.MULTILINE)


def to_script(parts: Sequence[Part]) -> str:
    """Texts as comments, and code between them."""
    code = "\n".join(part.text for part in parts if part.kind == "code")
    written = [_cell(part, code) for part in parts]
    first = next((at for at, part in enumerate(parts) if part.kind == "code"), len(parts))
    written[first:first] = list(_before(code))
    return "\n".join([HEADER, *_first(code), *written, *_after(code)])


def _cell(part: Part, code: str) -> str:
    if part.kind == "markdown":
        lines = without_pictures(part.text).split("\n")
        return "# %% [markdown]\n" + "".join(f"# {line}\n" if line else "#\n" for line in lines)
    return f"# %%\n{runnable(part, code)}\n"


def runnable(part: Part, code: str) -> str:
    """The code of a part as plain Python runs it: what it may end with is caught, and what it shows is printed."""
    text = plain_python(_FUTURE.sub(r"# \g<0> (above)", part.text), may_fail=bool(part.may_raise))
    text = printing(text) if part.shows else without_semicolon(text)
    text = awaited(text, unused(f"run_{re.sub(r'[^a-zA-Z0-9]', '_', part.name)}", code=code))
    if not part.may_raise:
        return commented(text, [part.why] if part.why else [])
    return guarded(text, part.may_raise, why=part.why, name=unused("error", "problem", "mistake", code=code))


def _first(code: str) -> Iterator[str]:
    """What Python takes at the very top of a file and nowhere else."""
    if found := dict.fromkeys(_FUTURE.findall(code)):
        yield "\n".join(["# %%", *found, ""])


def _before(code: str) -> Iterator[str]:
    """What a notebook has and a script has not."""
    if _DISPLAY.search(code) and not _DISPLAY_IMPORTED.search(code):
        yield "# %%\ndisplay = print  # what a notebook displays, this script prints\n"


def _after(code: str) -> Iterator[str]:
    """How to see the figures, which a script doesn't show by itself."""
    if match := _PYPLOT.search(code):
        yield f"# %%\n# To see the figures, each in a window:\n# {match[1] or match[2]}.show()\n"
