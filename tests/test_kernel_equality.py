"""What cells show here is what they show in Jupyter; `test_takeaway_site.py` says it of the pages of the course."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from kernels import execute, jupyter_output, merged, shown
from runs import run_one

from workings.reading import find_cells, load_source
from workings.running.warm import WarmProcess

CELLS = [
    "import torch, random\ntorch.manual_seed(0)\nprint('a'); import sys; print('b', file=sys.stderr)\ntorch.rand(2, 3)",
    "x = torch.arange(4.0, requires_grad=True)\ny = (x ** 2).sum()\ny.backward()\nx.grad",
    "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>x</b>'))\nMarkdown('*y*')",
    "h = display('old', display_id='it')",
    "h.update('new')\nprint('done')",
    "%who_ls int",
    "class A:\n    __repr__ = lambda self: 'plain'\n    def _repr_html_(self):\n        return '<i>a</i>'\nA()",
    "'a string', 3.0, None, [1, 2]",
    "_",
    "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')",
    "{'a': torch.zeros(1)};",
    "await __import__('asyncio').sleep(0, 'awaited')",
]


def jupyter(notebook: Any, folder: Path) -> list[list[tuple[object, ...]]]:
    """Run in a real kernel; each code cell's outputs in the form that `shown` gives ours."""
    execute(notebook, folder, errors=True)
    return [
        merged([jupyter_output(output) for output in cell.outputs])
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]


def both(file: Path, warm: WarmProcess) -> tuple[list[list[tuple[object, ...]]], list[list[tuple[object, ...]]]]:
    """Run a notebook with Jupyter's kernel and with ours."""
    found = find_cells(load_source(file, file.parents[1]), extensions=(), configs={})
    assert not found.problems
    ours = run_one(found.page, warm)
    notebook = nbformat.read(file, as_version=4)
    theirs = jupyter(notebook, file.parent)
    return [shown(cell) for cell in ours.cells], theirs


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_outputs_equal_those_of_a_real_kernel(tmp_path: Path, warm: WarmProcess) -> None:
    """Streams, results, displays, updates, magics and await come out as nbconvert's ExecutePreprocessor has them."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    file = tmp_path / "docs" / "a.ipynb"
    file.parent.mkdir()
    nbformat.write(notebook, file)
    ours, theirs = both(file, warm)
    assert ours == theirs
