"""The same page as each tool wants it written."""

import json
import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from .course import Code, Formula, Heading, Page, Part


class Dialect(Struct, frozen=True):
    """A way to write a page down."""

    suffix: str
    write: Callable[[Page], str]


def fences(page: Page) -> str:
    """Markdown whose cells are fences, as we read it."""
    return _markdown(page, lambda _code, _number: "python")


def continued_fences(page: Page) -> str:
    """Markdown for pytest-markdown-docs, where a fence says that it goes on where the last one ended."""
    return _markdown(page, lambda _code, number: "python" if number == 1 else "python continuation")


def executed_fences(page: Page) -> str:
    """Markdown for markdown-exec: a session for each page, and figures printed as SVG."""

    def header(code: Code, _number: int) -> str:
        shown = 'html="on"' if code.figure else 'result="text"'
        return f'python exec="on" source="above" session="{page.name}" {shown}'

    return _markdown(page, header, figure=_PRINTED)


def notebook(page: Page) -> str:
    """A notebook without outputs."""
    return notebook_of(page.parts())


def notebook_of(parts: Iterable[Part]) -> str:
    """A notebook of these parts."""
    cells: list[dict[str, object]] = []
    for number, part in enumerate(parts):
        cell: dict[str, object] = {"id": f"part-{number}", "metadata": {}}
        if isinstance(part, Code):
            cell |= {"cell_type": "code", "source": part.text, "outputs": [], "execution_count": None}
        else:
            cell |= {"cell_type": "markdown", "source": _text(part)}
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    return json.dumps(whole, indent=1) + "\n"


def script(page: Page) -> str:
    """A script for sphinx-gallery: prose in reStructuredText, in comments below `# %%`."""
    title, *parts = page.parts()
    lines = [f'"""\n{_restructured(title)}\n"""\n']
    for part in parts:
        if isinstance(part, Code):
            lines.append(f"{part.text}\n")
        else:
            comment = "\n".join(f"# {line}".rstrip() for line in _restructured(part).splitlines())
            lines.append(f"# %%\n{comment}\n")
    return "\n".join(lines)


def _markdown(page: Page, header: Callable[[Code, int], str], *, figure: str = "") -> str:
    """Markdown with a fence for each cell; a cell with a figure ends with the code that shows it."""
    texts, number = [], 0
    for part in page.parts():
        if not isinstance(part, Code):
            texts.append(_text(part))
            continue
        number += 1
        texts.append(f"```{header(part, number)}\n{part.text}{figure if part.figure else ''}\n```")
    return "\n\n".join(texts) + "\n"


def _text(part: Part) -> str:
    """What is no cell, in Markdown."""
    if isinstance(part, Heading):
        return f"{'#' * part.level} {part.text}"
    return f"$$\n{part.tex}\n$$" if isinstance(part, Formula) else part.text


def _restructured(part: Part) -> str:
    """What is no cell, in reStructuredText."""
    if isinstance(part, Heading):
        return f"{part.text}\n{('=' if part.level == 1 else '-') * len(part.text)}"
    if isinstance(part, Formula):
        return f".. math::\n\n   {part.tex}"
    return re.sub(r"\$([^$]+)\$", r":math:`\1`", re.sub(r"`([^`]+)`", r"``\1``", part.text))


_PRINTED = """
import io

drawn = io.StringIO()
plt.savefig(drawn, format="svg")
plt.close()
print(drawn.getvalue()[drawn.getvalue().index("<svg"):])"""

FENCES = Dialect(".md", fences)
CONTINUED_FENCES = Dialect(".md", continued_fences)
EXECUTED_FENCES = Dialect(".md", executed_fences)
NOTEBOOK = Dialect(".ipynb", notebook)
SCRIPT = Dialect(".py", script)
