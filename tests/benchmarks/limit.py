"""The physical limit: one import of what pages need, and all cells one after the other in that one process.

A script of its own, which imports nothing of the project: `python limit.py CELLS.json` prints one line of JSON.
"""

import contextlib
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(file: str) -> None:
    """Measure the import, then every page of the file, and print the seconds."""
    began = time.perf_counter()
    warm()
    imported = time.perf_counter() - began
    pages = json.loads(Path(file).read_text("utf-8"))
    print(json.dumps({"import": imported, "pages": {page["name"]: seconds(page) for page in pages}}))


def warm() -> None:
    """Import what a process that runs pages needs, make the shell, and draw one figure."""
    import matplotlib as mpl
    import torch
    import torch._dynamo
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.instance(config=config)
    mpl.use("agg")
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot as plt

    plt.plot([0, 1], [0, 1])
    plt.xlabel("step")
    draw()
    torch.set_num_threads(1)


def seconds(page: dict[str, Any]) -> float:
    """The seconds that the cells of a page take, in a namespace of their own."""
    os.chdir(page["folder"])
    codes = [compile(cell["code"], page["name"], "exec") for cell in page["cells"]]
    namespace: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.perf_counter()
        for code, cell in zip(codes, page["cells"], strict=True):
            with contextlib.suppress(*([Exception] if cell["raises"] else [])):
                exec(code, namespace)  # noqa: S102 - the cells are what is measured
            draw()
        return time.perf_counter() - began


def draw() -> None:
    """Draw the figures that are open, and close them, as whoever shows them has to."""
    from matplotlib import pyplot as plt

    for number in plt.get_fignums():
        plt.figure(number).savefig(io.StringIO(), format="svg")
    plt.close("all")


if __name__ == "__main__":
    main(sys.argv[1])
