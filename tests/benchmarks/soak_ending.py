"""What must be true when a soak is over: the server ends when it is told to, and nothing of it is left."""

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from .soak_server import Server
from .soak_site import STORE_BYTES
from .soak_text import LEFT_SECONDS
from .soak_watch import MIB, Sample, files, left_processes

ANSWERED = {"left early", "status 200", "status 302", "status 404"}
"""What a reader may see; a page that is gone, too."""
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)*.*$", re.MULTILINE)
GONE_SECONDS = 10.0


def faults_in(answers: Mapping[str, int], samples: Sequence[Sample]) -> list[str]:
    """What readers should not have seen, and a store over its limit."""
    found = [f"readers: {count} x {what}" for what, count in sorted(answers.items()) if what not in ANSWERED]
    if samples and samples[-1].store_bytes > STORE_BYTES:
        found.append(f"the store has {samples[-1].store_bytes / MIB:.1f} MiB, its limit is {STORE_BYTES / MIB:.1f} MiB")
    return found


def after(server: Server, folder: Path) -> list[str]:
    """Stop the server, and say what it leaves behind."""
    status = server.stop()
    found = [] if status == 0 else [f"the server ended with status {status} when it was interrupted"]
    end = time.monotonic() + GONE_SECONDS
    while (left := left_processes(folder)) and time.monotonic() < end:
        time.sleep(0.2)
    found += [f"a process is left: {_ended(process)}" for process in left]
    found += [f"shared memory is left: {file.name}" for file in Path("/dev/shm").glob(f"{LEFT_SECONDS}.*")]  # noqa: S108
    found += [f"a file is left: {path.relative_to(folder)}" for path in list(files(server.temporary))[:10]]
    return found + [f"in the log: {trace}" for trace in sorted(set(_tracebacks(server.log)))]


def _ended(process: psutil.Process) -> str:
    """What a process was, which is ended now."""
    with contextlib.suppress(psutil.Error):
        said = f"{process.pid} ({process.status()}): {' '.join(process.cmdline())[:200]}"
        process.kill()
        return said
    return f"{process.pid}"


def _tracebacks(log: Path) -> list[str]:
    """The tracebacks in a log that go through the project's own code, each by its last lines.

    MkDocs prints one of its own where mkdocs.yml can't be read.
    """
    traces = (trace.split("\n") for trace in TRACEBACK.findall(log.read_text("utf-8", "replace")))
    ours = (lines for lines in traces if any("/workings/" in line for line in lines))
    return [" | ".join(lines[-3:]) for lines in ours if "ConfigurationError" not in lines[-1]]
