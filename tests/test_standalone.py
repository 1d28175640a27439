"""The part of a page that a cell needs: its exact text."""

# ruff: noqa: E501 - a cell is easier to read on a line of its own than in pieces

from pathlib import Path

import pytest

from workings.page import Cell, Options, Page
from workings.place import Place
from workings.standalone import standalone_texts

Code = str | tuple[str, Options]
FAILS = Options(raises="Exception")


def texts_of(*codes: Code, backend: str | None = None) -> dict[int, str]:
    """The texts of a page with these cells."""
    items = [item if isinstance(item, tuple) else (item, Options()) for item in codes]
    place = Place(path="docs/p.md")
    cells = [Cell(number=n, code=code, place=place, options=options) for n, (code, options) in enumerate(items, 1)]
    return standalone_texts(Page(path="docs/p.md", root=Path(), cells=tuple(cells), backend=backend))


def above_last(*codes: Code) -> str | None:
    """What is taken for the last cell of a page, without its own code; None when it has no text."""
    last = codes[-1] if isinstance(codes[-1], str) else codes[-1][0]
    text = texts_of(*codes).get(len(codes))
    return None if text is None else text.removesuffix(f"\n\n{last}")


def part(role: str, code: str) -> Code:
    """A cell of an exercise."""
    return code, Options(role=role, exercise="e")  # type: ignore[arg-type]


LAYOUT = {
    "comments above and behind a statement": (
        ["# Setup\nimport torch\n\n# The table:\n# it has two rows.\nx = torch.ones(2)  # (2,)\n\n\ny = 3", "x"],
        "# Setup\nimport torch\n\n# The table:\n# it has two rows.\nx = torch.ones(2)  # (2,)",
    ),
    "a comment of a statement that is not taken": (["# one\na = 1\n# two\nb = 2\n# end", "b"], "# two\nb = 2"),
    "decorators and what is inside a definition": (
        ["@staticmethod\n# why\ndef f(x):\n    # adds\n\n    return x + 1  # end\n\ng = 3", "f"],
        "@staticmethod\n# why\ndef f(x):\n    # adds\n\n    return x + 1  # end",
    ),
    "a statement on several lines": (["x = [\n    1,  # one\n\n    2,\n]; y = 0", "x"], "x = [\n    1,  # one\n\n    2,\n]"),
    "one of several on a line": (["a = 1; b = [2]; c = 3  # three", "b"], "b = [2]"),
    "the last of several on a line": (["a = 1; ü = 'ä'; c = 3  # three", "c"], "c = 3  # three"),
    "all of a line": (["a = 1; b = [2]  # both", "a, b"], "a = 1; b = [2]  # both"),
    "a text with several lines": (['x = """a\n\n# no comment\n"""\ny = 1', "x"], 'x = """a\n\n# no comment\n"""'),
    "one empty line where there were several": (["a = 1\n\n\n\nb = 2", "a, b"], "a = 1\n\nb = 2"),
    "no empty line between imports of two cells": (["import math", "import json", "math, json"], "import math\nimport json"),
    "no empty line between lines of two cells": (["a = 1", "b = a", "b"], "a = 1\nb = a"),
    "empty lines around a definition": (["a = 1\nq = 0\ndef f(): return a\nq = 1\nb = 2", "f(), b"], "a = 1\n\ndef f(): return a\n\nb = 2"),
    "order, also of imports": (["x = 1", "import math", "y = math.pi + x", "y"], "x = 1\n\nimport math\n\ny = math.pi + x"),
    "a future import first": (
        ["x = 1", "from __future__ import annotations\ndef f(a: No): return x", "f(0)"],
        "from __future__ import annotations\n\nx = 1\n\ndef f(a: No): return x",
    ),
}  # fmt: skip

NEEDED = {
    "nothing": (["import torch\nx = 1", "import math\nmath.pi"], None),
    "a statement, not its cell": (["a = 1\nb = 2\nc = 3", "b"], "b = 2"),
    "what a statement needs": (["a = 1\nb = a\nc = b", "c"], "a = 1\nb = a\nc = b"),
    "not what was replaced": (["x = [1]\nx.append(2)", "x = [3]", "x"], "x = [3]"),
    "not what is deleted": (["x = [1]\ndel x", "y = 1\nx = y", "x"], "y = 1\nx = y"),
    "an import once": (["import torch", "import torch\nx = torch.ones(1)", "import torch", "x"], "import torch\n\nx = torch.ones(1)"),
    "an import of its own name": (["import math", "import json", "json"], "import json"),
    "a change through another name": (["a = [1]\nb = a\nc = [0]", "b.append(2)\nc.append(3)", "a"], "a = [1]\nb = a\nb.append(2)"),
    "no change of a copy": (["import torch\na = torch.ones(2)\nb = a.clone()", "b.add_(1)", "a"], "import torch\na = torch.ones(2)"),
    "a change through a view": (["import torch\na = torch.ones(4)\nb = a.view(2, 2)[0]\nc = a + 1", "b.zero_()\nc.zero_()", "a"], "import torch\na = torch.ones(4)\nb = a.view(2, 2)[0]\nb.zero_()"),
    "nothing that only looks": (
        ["import torch\nx = torch.ones(2)\nassert torch.equal(x, x)\nprint(x, len(x), f'{x}')\nx.expand(3, 2).sum().item()\nfor v in x.tolist(): print(v)\nsorted(x.shape)", "x"],
        "import torch\nx = torch.ones(2)",
    ),
    "no call of a pure function": (["import torch\ndef f(t):\n    y = t.clone()\n    y += 1\n    return y\nx = torch.ones(1)\nf(x)", "x"], "import torch\n\nx = torch.ones(1)"),
    "a call of a function that changes its argument": (["def f(t): t += [1]\nx, y = [1], [2]\nf(x); f(y)", "y"], "def f(t): t += [1]\nx, y = [1], [2]\nf(y)"),
    "globals as they are when a function is called": (["k = 1\ndef f(): return k\nf()", "k = 2", "f()"], "def f(): return k\n\nk = 2"),
    "no loop through modules that bind their argument anew": (
        [
            "import torch\nfrom torch import nn\nclass Config: dim = 1\nclass B(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n        self.c, self.bn = c, nn.BatchNorm1d(c.dim)\n"
            "    def forward(self, x):\n        x = x + self.bn(x)\n        x = x * 2\n        return x",
            "x = torch.ones(2, 1)\nblocks = nn.ModuleList([B(Config()) for _ in range(3)])",
            "for _ in range(2):\n    y = x\n    for block in blocks: y = block(y)",
            "x",
        ],
        "import torch\n\nx = torch.ones(2, 1)",
    ),
    "what a function needs that the cell defines": (["import torch\nk = 2", "def f(x): return torch.ones(k) * x"], "import torch\nk = 2"),
    "the last seed and no draws": (
        ["import torch\ntorch.manual_seed(1)\na = torch.rand(2)", "torch.manual_seed(2)\nb = torch.rand(2)", "torch.rand(3)"],
        "import torch\n\ntorch.manual_seed(2)",
    ),
    "each seed of what is drawn": (
        ["import torch\ntorch.manual_seed(1)\na = torch.rand(2)", "torch.manual_seed(2)\nb = torch.rand(2)", "a, b"],
        "import torch\ntorch.manual_seed(1)\na = torch.rand(2)\ntorch.manual_seed(2)\nb = torch.rand(2)",
    ),
    "no seed where nothing is drawn": (["import torch\ntorch.manual_seed(1)", "torch.ones(2)"], "import torch"),
    "a seed of another library": (["import random, torch\nrandom.seed(1)\ntorch.manual_seed(2)", "random.random()"], "import random, torch\nrandom.seed(1)"),
    "settings that still hold": (
        ["import torch\ntorch.set_default_dtype(torch.float64)", "torch.set_default_dtype(torch.float32)\ntorch.set_printoptions(precision=3)", "torch.ones(1)"],
        "import torch\n\ntorch.set_default_dtype(torch.float32)\ntorch.set_printoptions(precision=3)",
    ),
    "no filter of a context that has ended": (
        ["import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')", "warnings.warn('x')"],
        "import warnings",
    ),
    "a training loop for what it trains": (
        [
            "import torch\nfrom torch import nn\nx = torch.ones(4, 2)\nmodel = nn.Linear(2, 1)\nprint(model(x).shape)",
            "optimiser = torch.optim.SGD(model.parameters())\nfor name, p in model.named_parameters():\n    print(name)",
            "loss = model(x).mean()\nloss.backward()\noptimiser.step()",
            "model.weight",
        ],
        "import torch\nfrom torch import nn\nx = torch.ones(4, 2)\nmodel = nn.Linear(2, 1)\noptimiser = torch.optim.SGD(model.parameters())\n"
        "loss = model(x).mean()\nloss.backward()\noptimiser.step()",
    ),
    "no training loop for its data": (
        [
            "import torch\nx = torch.ones(4, 2)\nmodel = torch.nn.Linear(2, 1)\noptimiser = torch.optim.SGD(model.parameters())",
            "loss = model(x).mean()\nloss.backward()\noptimiser.step()",
            "x.sum()",
        ],
        "import torch\nx = torch.ones(4, 2)",
    ),
    "a figure's own statements": (
        ["import matplotlib.pyplot as plt\nxs = [1, 2]", "fig, ax = plt.subplots()\nax.plot(xs)", "plt.plot(xs)\nplt.title('t')"],
        "import matplotlib.pyplot as plt\nxs = [1, 2]",
    ),
    "a figure that is shown again": (
        ["import matplotlib.pyplot as plt\nxs = [1, 2]", "fig, ax = plt.subplots()\nax.plot(xs)", "plt.plot(xs)", "fig"],
        "import matplotlib.pyplot as plt\nxs = [1, 2]\nfig, ax = plt.subplots()\nax.plot(xs)",
    ),
    "no figure for its data": (["import matplotlib.pyplot as plt\nxs = [1, 2]\nplt.plot(xs)", "xs"], "xs = [1, 2]"),
    "all that ran above what can't be told": (["a = 1", "b = 2", "exec('c = a')", "c"], "a = 1\nb = 2\nexec('c = a')"),
    "nothing of it for what is made below": (["a = 1", "exec('c = a')", "d = 5", "d"], "d = 5"),
    "a star import of a well-known library": (["a = 1\nfrom math import *", "sqrt(2)"], "from math import *"),
    "no star import for what it can't hold": (["from math import *", "print('x')"], None),
    "all above a star import of an unknown one": (["a = 1", "from helpers import *", "thing"], "a = 1\n\nfrom helpers import *"),
    "names of IPython's history": (["a = 1", "a + 1", "_ + 1"], "a = 1\na + 1"),
}  # fmt: skip

CELLS = {
    "a skipped cell": (["x = 1", ("x = 2", Options(tags=("skip-execution",))), "x"], "x = 1"),
    "what failed": (["x = [1]", ("y = 2\nx.missing()", FAILS), "x, y"], "x = [1]\ny = 2"),
    "what fails last": (["x = [1]", ("x.append(2)\nx.missing()", FAILS), "x"], "x = [1]\nx.append(2)"),
    "what was done before a failure": (
        ["xs = []", ("for x in [1, 0]:\n    text = '''a\nb'''\n    xs.append(1 / x)", FAILS), "xs"],
        "xs = []\n\ntry:\n    for x in [1, 0]:\n        text = '''a\nb'''\n        xs.append(1 / x)\nexcept Exception:\n    pass",
    ),
    "a failure that would have been shown": (["x = [1]", ("x = x[5]\nprint(x)", FAILS), ("x = x[6]\nx", FAILS), "x"], "x = [1]"),
    "what a function does before it fails": (
        ["xs = []\ndef f(x): xs.append(x); raise ValueError", ("f(1)", FAILS), "xs"],
        "xs = []\ndef f(x): xs.append(x); raise ValueError\n\ntry:\n    f(1)\nexcept Exception:\n    pass",
    ),
    "no tensor that torch refuses to change": (
        ["import torch\nx = torch.ones(2)", ("x += torch.ones(3)", FAILS), ("x.add_(torch.ones(3))", FAILS), "x"],
        "import torch\nx = torch.ones(2)",
    ),
    "what stands below a failure": (["x = 1", ("raise ValueError\nx = 2", FAILS), "x"], "x = 1"),
    "a solution, and nothing that was tried": (
        [
            "import torch\nk = 1",
            part("exercise", "k = 2\ndef f(): return k"),
            part("check", "k = 3\nassert f() == 3"),
            part("wrong", "k = 4"),
            part("solution", "def f(): return torch.tensor(k)"),
            "f()",
        ],
        "import torch\nk = 1\n\ndef f(): return torch.tensor(k)",
    ),
    "nothing that a starter has bound": (
        ["xs, ys = [1], [2]", part("exercise", "xs = ys"), part("solution", "z = 1"), "xs.append(3)", "ys"],
        "xs, ys = [1], [2]",
    ),
    "a magic on a line": (["x = [1]\n%matplotlib inline", "%time y = x + [2]\nfiles = !ls", "y"], "x = [1]\n%time y = x + [2]"),
    "a command's output": (["x = [1]", "files = !ls", "files"], "files = !ls"),
    "a cell of a magic": (
        ["x = [1]", "%%capture out\nprint(x)", "out.stdout"],
        "x = [1]\n\nget_ipython().run_cell_magic('capture', 'out', \"\"\"\\\nprint(x)\n\"\"\")",
    ),
    "all above a magic that is unknown": (["x = [1]", "y = 2\n%unknown thing", "x"], "x = [1]\ny = 2\n%unknown thing"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUT)
def test_the_author_s_text_is_kept(name: str) -> None:
    """Statements keep their comments and their form, and stand in the page's order with tidy empty lines."""
    codes, above = LAYOUT[name]
    assert above_last(*codes) == above


@pytest.mark.parametrize("name", NEEDED)
def test_the_smallest_part_is_taken(name: str) -> None:
    """What a cell needs is taken, and nothing else."""
    codes, above = NEEDED[name]
    assert above_last(*codes) == above


@pytest.mark.parametrize("name", CELLS)
def test_cells_with_a_part_of_their_own(name: str) -> None:
    """Cells that are skipped, fail, belong to an exercise or to IPython are taken for what they leave."""
    codes, above = CELLS[name]
    assert above_last(*codes) == above


def test_a_cell_s_own_future_import_stands_above_all_else() -> None:
    """Python takes a future import only at the top."""
    code = '"""A module."""\nfrom __future__ import annotations\n\ndef f(a: No): return x'
    texts = texts_of("x = 1", code, "from __future__ import annotations")
    assert texts == {2: 'from __future__ import annotations\n\nx = 1\n\n"""A module."""\n\ndef f(a: No): return x'}


def test_which_cells_of_an_exercise_have_a_text() -> None:
    """The starter and the solution of an exercise have a text, its check and its wrong answers have none."""
    cells = [part(role, "f = lambda: k") for role in ("exercise", "check", "wrong", "solution")]
    assert texts_of("k = 1", *cells) == {2: "k = 1\n\nf = lambda: k", 5: "k = 1\n\nf = lambda: k"}


def test_cells_of_another_backend() -> None:
    """A cell that needs a GPU is taken for those that need it too, and not for the others."""
    texts = texts_of("x = 1", ("x = [x]", Options(backend="cuda")), "x", ("x[0]", Options(backend="cuda")))
    assert texts == {2: "x = 1\n\nx = [x]", 3: "x = 1\n\nx", 4: "x = 1\nx = [x]\n\nx[0]"}
    assert texts_of("x = 1", "x", backend="cpu") == {2: "x = 1\n\nx"}


def test_a_cell_of_a_magic_has_what_it_needs_above_it() -> None:
    """Code may stand above a cell's magic when the magic is called as IPython calls it."""
    text = texts_of("x = [1]", "%%time\nx + ['\\\\']")[2]
    assert text == "x = [1]\n\nget_ipython().run_cell_magic('time', '', \"x + ['\\\\\\\\']\\n\")"


def test_a_cell_that_is_no_python() -> None:
    """What can't be read needs all that is above it, unless its cell is meant to fail."""
    assert texts_of("x = 1", "y = = 2")[2] == "x = 1\n\ny = = 2"
    assert texts_of("x = 1", ("x = = 2", FAILS)) == {}
