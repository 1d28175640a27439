"""The parts of a page as a notebook that has not run."""

import base64
import hashlib
import json
from typing import Any

from workings.takeaway.home import Home
from workings.takeaway.parts import Part

LONGEST_ID = 64
"""Characters that the id of a cell may have."""
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_HIDES_INPUT = frozenset({"hide-input", "remove-input", "hide-cell", "remove-cell"})
_HIDES_OUTPUT = frozenset({"hide-output", "remove-output", "hide-cell", "remove-cell"})


def to_notebook(parts: tuple[Part, ...], home: Home) -> str:
    """JSON of version 4.5, in the layout in which Jupyter writes it."""
    said = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "title": home.title}
    tree = {
        "cells": [_markdown(part) if part.kind == "markdown" else _code(part) for part in parts],
        "metadata": said | ({"page": home.address} if home.address else {}),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def tags_of(part: Part) -> list[str]:
    """The tags that Jupyter and Jupyter Book know."""
    return sorted({*part.tags, *(["raises-exception"] if part.may_raise else [])})


def _markdown(part: Part) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "markdown", "id": _id(part.name), "metadata": {}, "source": _lines(part.text)}
    if part.pictures:
        cell["attachments"] = {
            name: {kind: base64.b64encode(data).decode("ascii")} for name, (kind, data) in part.pictures.items()
        }
    return cell


def _code(part: Part) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _id(part.name),
        "metadata": _metadata(part),
        "outputs": [],
        "source": _lines(part.text),
    }


def _metadata(part: Part) -> dict[str, Any]:
    """What Jupyter and Colab know of the tags of a cell: what is folded, and what scrolls."""
    tags = tags_of(part)
    hides = {"source_hidden": _HIDES_INPUT, "outputs_hidden": _HIDES_OUTPUT}
    hidden = {name: True for name, words in hides.items() if words & set(tags)}
    return {
        **({"tags": tags} if tags else {}),
        **({"jupyter": hidden} if hidden else {}),
        **({"cellView": "form"} if "source_hidden" in hidden else {}),
        **({"scrolled": True} if "scroll-output" in tags else {}),
    }


def _lines(text: str) -> list[str]:
    """A text as a notebook holds it; a line ends where a file's does, and at no other sign."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _id(name: str) -> str:
    """The id of a cell: its name, if it is not too long for one."""
    if len(name) <= LONGEST_ID:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_ID - len(digest) - 1]}-{digest}"
