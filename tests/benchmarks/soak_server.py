"""The preview that is soaked, seen from outside: it is started, asked over HTTP by many at once, and stopped."""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

PATIENCE = 60.0
"""Seconds after which what was waited for will not come."""
STOPPING = 30.0
MKDOCS = "import faulthandler, signal; faulthandler.register(signal.SIGUSR2); from mkdocs.__main__ import cli; cli()"
"""The real command, which can be asked where its threads are."""
NEWEST = "/livereload/0/1"
"""The address that tells the age of the newest site; with that age in it, a browser waits there for a newer one."""
LAST_LINES = "Host: localhost\r\n\r\n"


class Broken(Exception):  # noqa: N818  said of the product, not of this script
    """The product did not do what it promises."""


class Answer(Struct, frozen=True):
    """What the server answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def whole(self) -> bool:
        """Whether a page came to its end."""
        return self.status != http.HTTPStatus.OK or b"</html>" in self.body


class Server:
    """A running `mkdocs serve` with a folder for temporary files of its own."""

    def __init__(self, site: Path, *, temporary: Path, log: Path) -> None:
        """Take where it runs and start it."""
        self.site, self.temporary, self.log = site, temporary, log
        self.starts = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        temporary.mkdir()
        self.start()

    @property
    def root(self) -> str:
        """The address of the site."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def start(self) -> None:
        """Start the real command."""
        self.starts += 1
        command = [
            sys.executable,
            "-X",
            "faulthandler",
            "-c",
            MKDOCS,
            "serve",
            "--dev-addr",
            f"127.0.0.1:{self.port}",
        ]
        own = {"TMPDIR": str(self.temporary), "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}
        with self.log.open("ab") as stream:
            self._process = subprocess.Popen(
                command, cwd=self.site, stdout=stream, stderr=stream, env={**os.environ, **own}
            )

    def stop(self) -> int | None:
        """Interrupt it as Ctrl-C does; give its exit status, or None if it did not end."""
        self._process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=STOPPING)
        self.abort()
        return None

    def abort(self) -> None:
        """End it, with the stacks of its threads in the log."""
        self._process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        self._process.kill()
        self._process.wait()

    def tell_stacks(self) -> None:
        """Have the stacks of all its threads in the log."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR2)

    def get(self, path: str, *, seconds: float = PATIENCE) -> Answer:
        """What is served at this address now; OSError or HTTPException if nothing is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=max(seconds, 0.1))
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())

    def alive(self) -> None:
        """Have the server answer, which it must do while it builds, too."""
        self.wait(NEWEST, lambda answer: answer.status == http.HTTPStatus.OK, what="an answer")

    def wait(self, path: str, holds: Callable[[Answer], bool], *, what: str, seconds: float = PATIENCE) -> Answer:
        """Ask until something holds of the answer."""
        end, answer, trouble = time.monotonic() + seconds, Answer(0, b""), ""
        while (left := end - time.monotonic()) > 0:
            try:
                answer, trouble = self.get(path, seconds=left), ""
            except (OSError, http.client.HTTPException) as error:
                trouble = f"{type(error).__name__}: {error}"
            if not trouble and holds(answer):
                return answer
            if self._process.poll() is not None:
                said = self.log.read_text("utf-8", "replace")[-500:]
                raise Broken(f"the server ended with status {self._process.returncode}; the last that it said: {said}")
            time.sleep(0.02)
        seen = trouble or f"status {answer.status}, {len(answer.body)} bytes"
        raise Broken(f"no {what} at {path} within {seconds:.0f} s; the last answer: {seen}")


class Clients:
    """Readers who open pages all the time, and some who go away before they have read."""

    def __init__(self, server: Server, *, seed: int, paths: Callable[[], Sequence[str]], count: int = 3) -> None:
        """Take what they ask for."""
        self.seen: Counter[str] = Counter()
        self._server, self._paths, self._over = server, paths, threading.Event()
        readers = [random.Random(f"{seed} reader {number}") for number in range(count)]  # noqa: S311  not a secret
        self._threads = [threading.Thread(target=self._read, args=[reader], daemon=True) for reader in readers]

    def start(self) -> None:
        """Have them read."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Have them finish what they read."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(PATIENCE)

    def _read(self, chance: random.Random) -> None:
        while not self._over.wait(chance.uniform(0.1, 0.6)):
            path, kind = chance.choice(self._paths()), chance.random()
            try:
                self.seen[self._visit(path, kind)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.seen[type(error).__name__] += 1

    def _visit(self, path: str, kind: float) -> str:
        if kind < 0.1:
            path = NEWEST.replace("0", self._server.get(NEWEST).text, 1) if kind < 0.03 else path
            with socket.create_connection(("127.0.0.1", self._server.port), timeout=PATIENCE) as line:
                line.sendall(f"GET {path} HTTP/1.1\r\n{'' if kind < 0.02 else LAST_LINES}".encode())
            return "left early"
        answer = self._server.get(NEWEST if kind < 0.2 else path)
        if kind >= 0.2 and path.endswith("/") and not answer.whole:
            return "page cut short"
        return f"status {answer.status}"
