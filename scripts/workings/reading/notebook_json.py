"""What is in a notebook's file: JSON of one of nbformat's versions, as cells with their text, tags and attachments."""

import json
import warnings
from typing import Any

from msgspec import Struct, field

from workings.errors import SourceError
from workings.place import Place

VERSIONS = (3, 4)
OTHER_KERNELS = ("ir", "julia", "bash", "javascript", "deno", "xcpp", "rust", "evcxr", "sos")
"""The beginnings of names that kernels of other languages have, for notebooks that do not name their language."""


class NotebookCell(Struct, frozen=True, kw_only=True):
    """A cell of a notebook, of any kind."""

    number: int
    """Its place among all cells, from 1."""
    kind: str
    """code, markdown or raw."""
    text: str
    tags: tuple[str, ...] = ()
    format: str = ""
    """The MIME type of a raw cell."""
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)
    """By name, in base64 by MIME type."""


def parse_notebook(text: str, place: Place) -> list[NotebookCell]:
    """Read the cells of a notebook in Python."""
    data = to_json(text, place)
    version = data.get("nbformat")
    if version not in VERSIONS or isinstance(version, bool):
        raise SourceError(place, f"notebooks of version {version!r} are unknown: save it as version 4 in Jupyter")
    forget_outputs(data)
    check_language(data, place)
    nodes = convert(data, place)["cells"]
    tags = [node["metadata"].get("tags", []) for node in nodes]
    return [to_cell(node, number, tags=tags[number - 1], place=place) for number, node in enumerate(nodes, 1)]


def to_json(text: str, place: Place) -> dict[str, Any]:
    """Parse JSON, or say in which line it ends to be JSON."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"this is not a notebook but broken JSON: {error.msg} at column {error.colno}"
        raise SourceError(place.moved(error.lineno - 1), f"{reason}; save it anew in Jupyter") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(place, f"this JSON can't be a notebook: {error}; save it anew in Jupyter") from error
    if not isinstance(data, dict):
        raise SourceError(place, "this JSON is not a notebook: a notebook is an object with cells")
    return data


def raw_cells(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of either version, before anything is known to be right."""
    sheets = data.get("worksheets") if data["nbformat"] == VERSIONS[0] else [data]
    cells: list[dict[str, Any]] = []
    for sheet in sheets if isinstance(sheets, list) else []:
        found = sheet.get("cells") if isinstance(sheet, dict) else None
        cells += [cell for cell in found if isinstance(cell, dict)] if isinstance(found, list) else []
    return cells


def forget_outputs(data: dict[str, Any]) -> None:
    """Take out what cells once showed, so that nothing in it can be wrong."""
    for cell in raw_cells(data):
        if cell.get("cell_type") == "code":
            cell["outputs"] = []
            cell["prompt_number" if data["nbformat"] == VERSIONS[0] else "execution_count"] = None


def check_language(data: dict[str, Any], place: Place) -> None:
    """Refuse a notebook of another language."""
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kernel, info = (metadata.get(key) for key in ("kernelspec", "language_info"))
    kernel, info = (entry if isinstance(entry, dict) else {} for entry in (kernel, info))
    languages = [info.get("name"), kernel.get("language"), *(cell.get("language") for cell in raw_cells(data))]
    name = kernel.get("name")
    if isinstance(name, str) and not any(languages) and name.startswith(OTHER_KERNELS):
        languages = [name]
    for language in languages:
        if isinstance(language, str) and language.lower() not in ("", "python", "ipython", "python3"):
            raise SourceError(
                place, f"this notebook is in {language!r}, and pages run Python: leave it out, or write it anew"
            )


def convert(data: dict[str, Any], place: Place) -> dict[str, Any]:
    """Bring a notebook to version 4, checked against its schema."""
    import nbformat

    tags = [take_tags(cell) for cell in raw_cells(data)]  # the schema forbids commas in them, which sentences need
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing ids of cells, which are no names here
            notebook = nbformat.convert(  # type: ignore[no-untyped-call]
                nbformat.reader.reads(json.dumps(data)),  # type: ignore[no-untyped-call]
                VERSIONS[-1],
            )
            nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:
        reason = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
        raise SourceError(
            place, f"this is not a notebook that Jupyter can open: {' '.join(str(reason).split())[:300]}"
        ) from error
    for cell, found in zip(notebook["cells"], tags, strict=True):
        cell["metadata"]["tags"] = found
    return notebook  # type: ignore[no-any-return] # nbformat has no types


def take_tags(cell: dict[str, Any]) -> Any:
    """Take the tags out of a cell's metadata."""
    metadata = cell.get("metadata")
    return metadata.pop("tags", []) if isinstance(metadata, dict) else []


def to_cell(node: dict[str, Any], number: int, *, tags: Any, place: Place) -> NotebookCell:
    """Take what a page needs from a cell."""
    text = node["source"].replace("\r\n", "\n").replace("\r", "\n")
    metadata = node["metadata"]
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise SourceError(place, f"cell {number} of the notebook, counting all: its tags are not a list of words")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        problem = "it holds a NUL character or half of a character, which no text has: remove it"
        raise SourceError(place, f"cell {number} of the notebook, counting all: {problem}")
    return NotebookCell(
        number=number,
        kind=node["cell_type"],
        text=text,
        tags=tuple(tags),
        format=str(metadata.get("format") or metadata.get("raw_mimetype") or ""),
        attachments=node.get("attachments") or {},
    )
