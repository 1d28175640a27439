"""What a running preview takes: processes, memory, descriptors, threads, files; and what is left when it has ended."""

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
from msgspec import Struct

MIB = 2**20
SERVED = "mkdocs_"
"""How the name of the folder begins that MkDocs serves a site from."""


class Sample(Struct, frozen=True, kw_only=True):
    """What a server and all that it has started take at one moment."""

    at: float
    """Seconds on the clock of `time.monotonic`."""
    processes: int
    memory: float
    """MiB that all of them take together, shared pages counted once."""
    own_memory: float
    """MiB that the server's own process takes."""
    descriptors: int
    threads: int
    temporary: int
    """Files in the folder for temporary files, but for the site that is served from there."""
    stored: int
    """Files of the store, but for the two that say what it is: these are not limited."""
    store_bytes: int


class Growth(Struct, frozen=True):
    """How one figure went from the first quarter of the samples to the last."""

    name: str
    first: float
    last: float
    slope: float
    """A minute, over all samples."""
    allowed: float
    """What the last quarter may be at most."""

    @property
    def flat(self) -> bool:
        """Whether it did not grow."""
        return self.last <= self.allowed


ENOUGH = 80
"""As many samples as say something about growth: what a preview keeps by design has come together by then."""
ALLOWED: dict[str, tuple[float, float]] = {
    "processes": (1.25, 4),
    "memory": (1.15, 64),
    "own_memory": (1.1, 24),
    "descriptors": (1.0, 24),
    "threads": (1.0, 24),
    "temporary": (1.1, 20),
}
"""How much each may grow while nothing leaks: by a factor, and by what comes and goes.

A browser that has left while it waited for news is noticed a minute later: until then it has a thread.
"""


def take(pid: int, *, temporary: Path, store: Path) -> Sample:
    """Look at a server and all that it has started; a process that has just ended takes nothing."""
    server = psutil.Process(pid)
    below = server.children(recursive=True)
    kept = [size for path in files(store) if path.parent != store and (size := _size(path)) is not None]
    own = _memory(server)
    return Sample(
        at=time.monotonic(),
        processes=len(below),
        memory=own + sum(_memory(process) for process in below),
        own_memory=own,
        descriptors=server.num_fds(),
        threads=server.num_threads(),
        temporary=sum(1 for path in files(temporary) if not path.relative_to(temporary).parts[0].startswith(SERVED)),
        stored=len(kept),
        store_bytes=sum(kept),
    )


def _memory(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error, OSError):
        return float(process.memory_full_info().pss) / MIB
    return 0.0


def _size(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        return path.lstat().st_size
    return None


def files(folder: Path) -> Iterator[Path]:
    """All that stands below a folder and is none itself, while others add to it and take away."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                yield from files(path)
            else:
                yield path


class Watch:
    """Looks at a server every few seconds."""

    def __init__(self, look: Callable[[], Sample], *, every: float) -> None:
        """Take what is looked at, and how often in seconds."""
        self.samples: list[Sample] = []
        self._look, self._every, self._over = look, every, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._over.wait(self._every):
            with contextlib.suppress(psutil.Error, OSError):  # it is being started again
                self.samples.append(self._look())


def growths(samples: Sequence[Sample]) -> list[Growth]:
    """How each figure went; the first tenth of the samples is the warm-up and counts for nothing."""
    counted = samples[len(samples) // 10 :]
    return [_growth(counted, name) for name in ALLOWED] if len(counted) >= ENOUGH else []


def _growth(samples: Sequence[Sample], name: str) -> Growth:
    values, quarter = [float(getattr(sample, name)) for sample in samples], len(samples) // 4
    first, last = statistics.median(values[:quarter]), statistics.median(values[-quarter:])
    minutes = [sample.at / 60 for sample in samples]
    slope = statistics.linear_regression(minutes, values).slope
    factor, margin = ALLOWED[name]
    return Growth(name, first, last, slope, first * factor + margin)


def left_processes(folder: Path) -> list[psutil.Process]:
    """The processes that have to do with a folder: by what they were started with, or by where they are."""
    found, mark = [], str(folder)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            says = [*process.cmdline(), *process.environ().values(), process.cwd()]
            if process.pid != psutil.Process().pid and any(mark in said for said in says):
                found.append(process)
    return found


def named(mark: str) -> list[int]:
    """The processes that were started with this argument."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if mark in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found
