"""Edits of a page's text, the same for Markdown pages and notebooks: prose, cells, titles, faults."""

import json
import os
import re
from collections.abc import Callable
from typing import Any

PARTS = re.compile(r"^````.*?^````$|^```python[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
"""Fences of a Markdown page; those that only show other fences have no code of their own."""
SAID = re.compile(r"Soak \d+ said\.")
OURS = re.compile(r"^.*# soak\n", re.MULTILINE)
TITLE = re.compile(r"^title: .*$", re.MULTILINE)
LIMIT_SECONDS = 10
"""What a cell may take in the preview that is soaked."""

LEFT_SECONDS = 1_000_000 + os.getpid()
"""What processes that cells leave behind sleep, other than those of another soak."""
LOUD = "import os, signal, subprocess, sys, time"
"""What cells with faults need."""
FAULTS = {
    "error": "raise ZeroDivisionError('soaked')",
    "announced later": "raise RuntimeWarning('soaked')",
    "exit": "sys.exit(0)",
    "leave": "os._exit(0)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "segmentation fault": "os.kill(os.getpid(), signal.SIGSEGV)",
    "null pointer": "__import__('ctypes').string_at(0)",
    "memory": "hog = [b'x' * 2**26 for _ in range(24)]",
    "flood": "for _ in range(300_000): print('x' * 100)",
    "displays": "for _ in range(300): display(_)",
    "syntax": "def :",
}
"""Cells that fail at once, by the name of their fault."""
ENDLESS = {
    "loop": "while True: pass",
    "sleep": "time.sleep(10_000)",
    "in C": "sum(range(10**15))",
    "deaf": "for _ in (signal.SIGINT, signal.SIGTERM): signal.signal(_, signal.SIG_IGN)\nwhile True: pass",
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
}
"""Cells that never end, by what they do for ever."""
LEFT = {
    "child": "subprocess.Popen(['sleep', '{left}'])",
    "session": "subprocess.Popen(['sleep', '{left}'], start_new_session=True)",
    "daemon": "if os.fork() == 0:\n    os.setsid()\n"
    "    if os.fork() == 0: os.execvp('sleep', ['sleep', '{left}'])\n    os._exit(0)",
    "fork": "if os.fork() == 0:\n    os.setsid()\n    time.sleep(10_000)",
    "many": "left = [subprocess.Popen(['sleep', '{left}'], start_new_session=True) for _ in range(20)]",
    "shared": "from multiprocessing import shared_memory\n"
    "shared = shared_memory.SharedMemory('{left}', create=True, size=4096)",
}
"""Cells that leave a process or shared memory behind, by what is left."""


def prose_mark(number: int) -> str:
    """What a page says after an edit of its prose."""
    return f"Soak {number} said."


def cell_mark(number: int) -> str:
    """What a cell shows after an edit; its code does not hold it."""
    return f"soaked-{number}-shown"


def left_mark(number: int) -> str:
    """How what a cell leaves behind can be found: a number of seconds that nothing else sleeps."""
    return f"{LEFT_SECONDS}.{number:06d}"


def showing(number: int) -> str:
    """A line of code that shows the mark of an edit."""
    return f"print('soaked-%d-shown' % ({number} + 0), flush=True)  # soak\n"


def is_notebook(name: str) -> bool:
    """Whether a page is a notebook."""
    return name.endswith(".ipynb")


def count_cells(name: str, text: str) -> int:
    """How many cells a page has."""
    if is_notebook(name):
        return len(_of_kind(json.loads(text), "code"))
    return sum(part["code"] is not None for part in PARTS.finditer(text))


def with_prose(name: str, text: str, number: int) -> str:
    """The page with another last paragraph."""

    def edit(prose: str) -> str:
        return SAID.sub("", prose).rstrip("\n") + f"\n\n{prose_mark(number)}\n"

    return _in_notebook(text, "markdown", -1, edit) if is_notebook(name) else edit(text)


def with_code(name: str, text: str, cell: int, code: str) -> str:
    """The page with this code at the start of one of its cells, in place of what earlier edits put there."""

    def edit(old: str) -> str:
        return code + OURS.sub("", old)

    if is_notebook(name):
        return _in_notebook(text, "code", cell, edit)
    part = [part for part in PARTS.finditer(text) if part["code"] is not None][cell]
    return text[: part.start("code")] + edit(part["code"]) + text[part.end("code") :]


def with_title(name: str, text: str, number: int) -> str:
    """The page with another title in its front matter."""

    def edit(front: str) -> str:
        title = f"title: Soak {number}"
        return TITLE.sub(title, front, count=1) if TITLE.search(front) else front.replace("---\n", f"---\n{title}\n", 1)

    return _in_notebook(text, "raw", 0, edit) if is_notebook(name) else edit(text)


def _in_notebook(text: str, kind: str, index: int, edit: Callable[[str], str]) -> str:
    tree = json.loads(text)
    cell = _of_kind(tree, kind)[index]
    cell["source"] = edit("".join(cell["source"])).splitlines(keepends=True)
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def _of_kind(tree: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [cell for cell in tree["cells"] if cell["cell_type"] == kind]
