"""A running `mkdocs serve` for tests."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE = 60


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Preview:
    """A running `mkdocs serve`."""

    def __init__(self, site: Path, port: int, log: Path) -> None:
        """Take where it serves, and where it writes."""
        self.site, self.port, self.log = site, port, log

    def get(self, path: str = "/") -> str:
        """The page at this address as it is now."""
        address = f"http://127.0.0.1:{self.port}{path}"
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return str(answer.read().decode())
        return ""

    def wait(self, holds: Callable[[str], bool], path: str = "/") -> str:
        """Ask for the page until something holds of it."""
        deadline = time.monotonic() + PATIENCE
        while not holds(page := self.get(path)):
            assert time.monotonic() < deadline, f"{page[-2000:]}\n{self.log.read_text()}"
            time.sleep(0.1)
        return page


@contextlib.contextmanager
def serving(site: Path, *arguments: str, host: str = "127.0.0.1") -> Iterator[Preview]:
    """Start the real server on a free port, and end it afterwards."""
    port, log = free_port(), site / "log"
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"{host}:{port}", *arguments]
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=site, stdout=stream, stderr=stream, env={**os.environ, "TMPDIR": str(site)}
        )
    try:
        yield Preview(site, port, log)
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
