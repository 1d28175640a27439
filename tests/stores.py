"""What the tests of the store share: entries, keys, a look at its files."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from workings.fingerprint import Inputs
from workings.outputs import CellRecord, Display, Failure, Output, Provenance, Record, Stream
from workings.place import Place
from workings.store import Entry, Store
from workings.store.entry import LONG

KEY = hashlib.sha256(b"page").hexdigest()
PLACE = Place(path="docs/a.md", line=3)
IMAGE = "iVBORw0KGgo" * (LONG // 8)
MIB = 2**20


def entry(*outputs: Output, inputs: Inputs = Inputs(), **changes: Any) -> Entry:  # noqa: B008  frozen
    """An entry for a page with one cell."""
    cell = CellRecord(**{"outcome": "passed", "outputs": outputs, "seconds": 0.25, "memory": 2**40} | changes)
    where = Provenance(backend="cpu", device="CPU", torch="2.13.0", python="3.11", seed=7, seconds=1.5, memory=2**35)
    return Entry(record=Record(cells=(cell,), provenance=where, warnings=("a",)), inputs=inputs)


def number(of: int, size: int = 0) -> Entry:
    """An entry that says a number, and perhaps a long text."""
    return entry(Stream("stdout", f"{of}\n"), Stream("stdout", f"{of} " * size))


def key(of: int) -> str:
    """A key by number."""
    return hashlib.sha256(str(of).encode()).hexdigest()


def anything(_: Entry) -> bool:
    """Accept every entry."""
    return True


def store(folder: Path, *, limit: int = 100 * MIB) -> Store:
    """A store, as a new build opens it."""
    return Store(folder / "store", limit=limit)


def found(folder: Path, of: str = KEY) -> Entry | None:
    """What a new build finds."""
    return store(folder).find(of, accepts=anything)


def files(folder: Path, ending: str = "") -> list[Path]:
    """The files of a store with that ending."""
    return sorted(path for path in folder.rglob(f"*{ending}") if not path.is_dir() or path.is_symlink())


def faults(folder: Path) -> list[str]:
    """What verification finds wrong in a store."""
    return [f"{verdict.path.name}: {verdict.fault}" for verdict in store(folder).verify() if verdict.fault]


def age(path: Path, seconds: float) -> None:
    """Make a file as old as that."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    with within(20):
        while not holds():
            time.sleep(0.01)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the body waits for something, instead of waiting with it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(f"still waiting after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that runs a script which knows this file's names."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from stores import *\n{script}"
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def sizes(folder: Path) -> int:
    """The bytes that a store's records take."""
    return sum(file.stat().st_size for file in files(folder, ".json") + files(folder, ".blob"))


OUTPUTS: dict[str, Output] = {
    "stdout": Stream("stdout", "a\r\n\x1b[31mé\u2028\x00😀"),
    "stderr, cut": Stream("stderr", "x" * 10, cut=50_000_000),
    "long text": Stream("stdout", "ü\n" * LONG),
    "just long": Stream("stdout", "ü" * LONG),
    "result": Display({"text/plain": "tensor(1)", "text/html": "<b>1</b>"}, result=True),
    "image": Display({"image/png": IMAGE, "text/plain": "<Figure>"}, {"image/png": {"width": 640}}),
    "svg twice": Display({"image/svg+xml": "<svg>" + "x" * LONG, "text/html": "<svg>" + "x" * LONG}),
    "json": Display({"application/json": {"a": [1, 2.5, None, True, "x" * LONG], "b": {"": {"~/0": "é"}}}}),
    "like a payload": Display({"application/json": {"at": [0], "sha256": KEY}}),
    "announced failure": Failure("ValueError", "no\n", PLACE, traceback="t" * LONG),
}
