"""The parts of a page as a Markdown text that Jupyter opens as a notebook, by jupytext's rules."""

import json
import re
from collections.abc import Iterator, Sequence

from workings.takeaway.codes import FENCE
from workings.takeaway.notebook import tags_of
from workings.takeaway.parts import Part

HEADER = """\
---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---
"""
_ATTACHED = re.compile(r"!\[(?P<alt>[^\]]*)\]\(attachment:[^)]*\)")
_CELL_LIKE = re.compile(r"^(?:`{3,}|~{3,})\s*\{?\.?(?:python|py)\b", re.MULTILINE | re.IGNORECASE)


def to_markdown(parts: Sequence[Part]) -> str:
    """Texts as they are, and code in fences."""
    return HEADER + "".join(_written(parts))


def without_pictures(text: str) -> str:
    """A text that can't carry pictures: what they show is said."""
    return _ATTACHED.sub(lambda match: f"(Picture: {match['alt']})" if match["alt"] else "", text)


def _written(parts: Sequence[Part]) -> Iterator[str]:
    before = ""
    for part in parts:
        # Two empty lines are the border of two texts.
        yield "\n\n" if part.kind == before == "markdown" else "\n"
        before = part.kind
        yield f"{_text(part) if part.kind == 'markdown' else _code(part)}\n"


def _text(part: Part) -> str:
    """A text; between marks if it holds what would be taken for a cell, or for its own end."""
    text = without_pictures(part.text)
    if _CELL_LIKE.search(text) or "\n\n\n" in text:
        return f"<!-- #region -->\n{text}\n<!-- #endregion -->"
    return text


def _code(part: Part) -> str:
    ticks = "`" * max(3, *(len(match[0]) + 1 for match in FENCE.finditer(part.text)), 3)
    tags = tags_of(part)
    return f"{ticks}python{f' tags={json.dumps(tags)}' if tags else ''}\n{part.text}\n{ticks}"
