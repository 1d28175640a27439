"""The preview as an author has it: a real `mkdocs serve`, a save, and the time until the page shows the edit."""

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .commands import Failed, last_line, start, stop
from .course import Page
from .sites import Site, plain

_PAUSE = 1.0
"""Seconds that an author thinks before the next edit."""
_GLANCE = 0.005
"""Seconds from one request to the next, so that asking leaves the server's core alone."""
_UNHEARD = 0.05
_STARTING = 300.0
_EDITING = 120.0


def edits(site: Site, *, index: int, change: Callable[[Page], Page], count: int, dirty: bool = False) -> list[float]:
    """The seconds from each of several saves of a page to its address showing what was saved."""
    with _serving(site, "--dirty" if dirty else "--clean") as server:
        server.wait(site.pages[index], limit=_STARTING)
        return [_edit(site, server, index, change) for _ in range(count)]


def _edit(site: Site, server: "_Server", index: int, change: Callable[[Page], Page]) -> float:
    """Edit once."""
    time.sleep(_PAUSE)
    began = time.perf_counter()
    page = site.edit(index, change)
    server.wait(page, limit=_EDITING)
    return time.perf_counter() - began


class _Server:
    """A running `mkdocs serve`."""

    def __init__(self, process: subprocess.Popen[bytes], *, port: int, log: Path, executes: bool) -> None:
        """Take its process, where it serves and writes, and whether its pages show what cells compute."""
        self._process, self._port, self._log, self._executes = process, port, log, executes

    def wait(self, page: Page, *, limit: float) -> None:
        """Ask for a page until it shows its last edit and, if cells are run, what its last cell computes.

        Raises Failed when it never does.
        """
        wanted = [page.revision, *([page.result] if self._executes else [])]
        until = time.perf_counter() + limit
        while not all(words in (text := plain(self._get(f"/{page.name}/"))) for words in wanted):
            if self._process.poll() is not None:
                raise Failed(f"the server has ended: {last_line(self._log.read_text('utf-8', 'replace'))}")
            if time.perf_counter() > until:
                raise Failed(f"{page.name} does not show {wanted} within {limit:.0f} s, but {len(text)} characters")
            time.sleep(_GLANCE)

    def _get(self, path: str) -> str:
        """A page as it is now, or nothing while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_EDITING)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            time.sleep(_UNHEARD)
            return ""
        finally:
            connection.close()


@contextlib.contextmanager
def _serving(site: Site, mode: str) -> Iterator[_Server]:
    """A server of a site on a free port, of all its pages (`--clean`, which is the default) or of edited ones alone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    modes = [mode] if mode == "--dirty" else []
    command = site.command("-m", "mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{port}", *modes)
    log = site.log(f"serve-{site.subject.home}{mode}")
    with start(command, folder=site.folder, log=log) as process:
        try:
            yield _Server(process, port=port, log=log, executes=site.subject.executes)
        finally:
            stop(process)
