"""Commands with a time limit, whose output is kept, measured from their start to their end."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

ENVIRONMENT: Mapping[str, str] = {
    "JUPYTER_PLATFORM_DIRS": "1",
    "NO_MKDOCS_2_WARNING": "1",
    "OMP_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""What all that is measured finds in its environment: one thread for each process, as many processes as it starts."""


class Failed(Exception):  # noqa: N818  said of what is measured
    """What was to be measured did not do its work."""


class Finished(Struct, frozen=True):
    """A command that has come to its end."""

    seconds: float
    output: str


def run(command: Sequence[str], *, folder: Path, log: Path, limit: float) -> Finished:
    """Run a command to its end, with all its output in a file.

    Raises Failed when it takes too long or ends badly.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with start(command, folder=folder, log=log) as process:
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {limit:.0f} s; see {log}") from None
        finally:
            stop(process)
    seconds = time.perf_counter() - began
    output = log.read_text("utf-8", "replace")
    if status != 0:
        raise Failed(f"status {status}: {last_line(output)}; see {log}")
    return Finished(seconds=seconds, output=output)


def start(command: Sequence[str], *, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a command in a group of its own."""
    found = Path(command[0]).parent
    environment = {**os.environ, **ENVIRONMENT, "PATH": f"{found}{os.pathsep}{os.environ.get('PATH', '')}"}
    with log.open("wb") as stream:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, patience: float = 20.0) -> None:
    """End a command's whole group, politely first."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def last_line(output: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
