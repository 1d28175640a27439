"""The preview as an author has it: a real `mkdocs serve`, a save, and the time until the page shows the edit."""

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Iterator

from .commands import Failed, last_line, start, stop
from .course import Page
from .sites import Site, plain

_PAUSE = 1.0
"""Seconds that an author thinks before the next edit."""
_GLANCE = 0.005
"""Seconds from one request to the next, so that asking leaves the server's core alone."""
_STARTING = 300.0
_EDITING = 120.0


def edits(site: Site, *, index: int, change: Callable[[Page], Page], count: int, dirty: bool = False) -> list[float]:
    """The seconds from each of several saves of a page to its address showing what was saved."""
    with _serving(site, "--dirty" if dirty else "--clean") as port:
        _wait(port, site.pages[index], site, limit=_STARTING)
        return [_edit(site, port, index, change) for _ in range(count)]


def _edit(site: Site, port: int, index: int, change: Callable[[Page], Page]) -> float:
    """Edit once."""
    time.sleep(_PAUSE)
    began = time.perf_counter()
    page = site.edit(index, change)
    _wait(port, page, site, limit=_EDITING)
    return time.perf_counter() - began


@contextlib.contextmanager
def _serving(site: Site, mode: str) -> Iterator[int]:
    """A server of a site, on the port that is given; `--clean` is what `mkdocs serve` does when nothing is said."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    modes = [mode] if mode == "--dirty" else []
    command = site.command("-m", "mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{port}", *modes)
    log = site.log(f"serve-{site.subject.home}{mode}")
    with start(command, folder=site.folder, log=log) as process:
        try:
            yield port
            if process.poll() is not None:
                raise Failed(f"the server has ended: {last_line(log.read_text('utf-8', 'replace'))}; see {log}")
        finally:
            stop(process)


def _wait(port: int, page: Page, site: Site, *, limit: float) -> None:
    """Ask for a page until it shows its last edit and, if the site executes, what its last cell computes.

    Raises Failed when it never does.
    """
    wanted = [page.revision, *([page.result] if site.subject.executes else [])]
    until = time.perf_counter() + limit
    while True:
        text = _get(port, f"/{page.name}/")
        if wanted[-1] in text or "<span" in text:
            text = plain(text)
        if all(words in text for words in wanted):
            return
        if time.perf_counter() > until:
            raise Failed(f"{page.name} does not show {wanted} within {limit:.0f} s")
        time.sleep(_GLANCE)


def _get(port: int, path: str) -> str:
    """A page as it is now, or nothing while there is no server."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_EDITING)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        time.sleep(0.05)
        return ""
    finally:
        connection.close()
