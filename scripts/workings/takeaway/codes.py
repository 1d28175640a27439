"""The cells of a page as parts of what is taken away."""

import builtins
import re
from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from workings.outputs import CellRecord, Display
from workings.page import Cell
from workings.takeaway.parts import Part

Fold = Literal["input", "output"]
_DEVICES = {"cuda": "an NVIDIA GPU (CUDA)", "mps": "an Apple GPU (MPS)", "cpu": "a processor"}
_ANNOTATION = re.compile(r"(#.*?\(\d+\))!(?=[ \t]*(?:\(\d+\)!?|$))", re.MULTILINE)
FENCE = re.compile("`{3,}")


def plain_cell(cell: Cell, title: str, record: CellRecord | None) -> Part:
    """A cell that belongs to no exercise."""
    if cell.skipped:
        return Part(name=cell.name, kind="markdown", text=skipped(cell))
    device = cell.options.backend
    comments = [title] if title else []
    comments += [f"This cell needs {_DEVICES[device]}."] if device in ("cuda", "mps") else []
    may_raise, why = expected(cell)
    return Part(
        name=cell.name,
        kind="code",
        text=commented(code_of(cell), comments),
        tags=tuple(tag for tag in cell.options.tags if tag != "raises-exception"),
        may_raise=may_raise,
        why=why,
        shows=shows(record),
    )


def folded_part(part: Part) -> Part:
    """The part of a cell that stands in something folded: a click opens it too."""
    if part.kind == "markdown":
        return replace(part, text=f"<details>\n<summary>Code</summary>\n\n{part.text}\n\n</details>")
    return replace(part, tags=(*part.tags, "hide-cell"))


def expected(cell: Cell) -> tuple[str, str]:
    """What a cell may end with without ending all that follows, and why."""
    if cell.must_fail:
        return _exception(cell.options.raises), "This is meant to fail."
    if cell.options.backend in ("cuda", "mps"):
        return "Exception", f"Without {_DEVICES[cell.options.backend]} this fails, and the rest goes on."
    return "", ""


def code_of(cell: Cell) -> str:
    """The code of a cell, its annotations as plain numbers."""
    return _ANNOTATION.sub(r"\1", cell.code)


def commented(code: str, comments: list[str]) -> str:
    """Code below lines of comment; of a cell magic, which has to come first, there is no line above."""
    if not comments or code.lstrip().startswith("%%"):
        return code
    return "\n".join([*(f"# {comment}" for comment in comments), code])


def shows(record: CellRecord | None) -> bool:
    """Whether the page shows the value of the cell's last expression."""
    return record is not None and any(isinstance(output, Display) and output.result for output in record.outputs)


def skipped(cell: Cell) -> str:
    """A cell that is not run, as text."""
    reason = (cell.options.reason or "").rstrip(".")
    return f"{fenced(code_of(cell))}\n\n*Not run{f': {reason}' if reason else ''}.*"


def fenced(code: str) -> str:
    """Code in a fence that is longer than any in it."""
    ticks = "`" * max(3, *(len(match[0]) + 1 for match in FENCE.finditer(code)), 3)
    return f"{ticks}python\n{code}\n{ticks}"


def setup(cells: list[Cell], *, backend: str | None, seed: int) -> Iterator[str]:
    """The lines that the cells run after on their site, and a notebook has to say: the seed, and the device."""
    code = "\n".join(cell.code for cell in cells if not cell.skipped)
    imported = [name for name in _SEEDS if re.search(rf"^\s*(?:import|from)\b.*\b{name}\b", code, re.MULTILINE)]
    devices = {cell.options.backend for cell in cells} | {backend}
    device = next((name for name in ("cuda", "mps") if name in devices), None)
    if device and "torch" not in imported:
        imported.append("torch")
    yield from (f"import {name}" for name in imported)
    if imported:
        yield ""
    yield from (_SEEDS[name].format(seed=seed) + (";" if name == "torch" and not device else "") for name in imported)
    if device:
        yield f"# Where there is {_DEVICES[device]}, tensors are made there, as on the page."
        yield f"if torch.{_AVAILABLE[device]}:"
        yield f'    torch.set_default_device("{device}")'


_SEEDS = {"random": "random.seed({seed})", "numpy": "numpy.random.seed({seed})", "torch": "torch.manual_seed({seed})"}
"""By module; what torch gives back is not to be shown where it is the last line of a notebook's cell."""
_AVAILABLE = {"cuda": "cuda.is_available()", "mps": "backends.mps.is_available()"}


def _exception(name: str | None) -> str:
    """The name of an exception that every program knows; of another one, that of all."""
    known = getattr(builtins, name or "", None)
    return str(name) if isinstance(known, type) and issubclass(known, BaseException) else "Exception"
