"""Notebooks in a real Jupyter kernel, and what their cells show there in the form in which ours are compared."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import ExecutePreprocessor

from workings.outputs import CellRecord, Display, Failure, Output, Stream

LIMIT = 120
"""Seconds that a cell may take."""


def execute(notebook: Any, folder: Path, *, errors: bool = False) -> None:
    """Run a notebook in a kernel of its own, in that folder; `errors` may end any cell, or those that say so."""
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    runner = ExecutePreprocessor(timeout=LIMIT, kernel_name="python3", allow_errors=errors)
    runner.preprocess(notebook, {"metadata": {"path": str(folder)}})


def jupyter_output(output: Any) -> tuple[object, ...]:
    """One output of a notebook."""
    if output.output_type == "stream":
        return (output.name, output.text)
    if output.output_type == "error":
        return ("error", output.ename, output.evalue)
    return ("result" if output.output_type == "execute_result" else "display", without_figures(dict(output.data)))


def shown(cell: CellRecord) -> list[tuple[object, ...]]:
    """What one of our cells shows, to be compared."""
    return merged([our_output(output) for output in cell.outputs])


def our_output(output: Output) -> tuple[object, ...]:
    """One output of ours."""
    match output:
        case Stream(name=name, text=text):
            return (name, text)
        case Display(data=data, result=result):
            return ("result" if result else "display", without_figures(data))
        case Failure(name=name, message=message):
            return ("error", name, message)


def without_figures(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle, with a word for a figure: a kernel draws PNG where we draw SVG; and no size, which style decides."""
    if any(kind.startswith("image/") for kind in data):
        return {"figure": re.sub(r"size \S+ ", "", str(data.get("text/plain", "")))}
    return data


def merged(outputs: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Put texts of one stream together, stderr last: a kernel's two streams race each other."""
    texts = {name: "".join(str(out[1]) for out in outputs if out[0] == name) for name in ("stdout", "stderr")}
    return [out for out in outputs if out[0] not in texts] + [(name, text) for name, text in texts.items() if text]
