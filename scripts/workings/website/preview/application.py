"""What answers browsers, in front of MkDocs' own server: pages at once, and news of them when there is some."""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote

from workings.takeaway import FORMS
from workings.website.preview.browsers import Browsers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/_workings/"
SCRIPT = Path(__file__).parents[2] / "assets" / "preview.js"
WAIT_SECONDS = 60.0
AT_ONCE = 16 * 2**20
"""Bytes up to which a file is read before it is answered: all that a build writes again, and no film."""
_Error = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None


class Answer:
    """What the application behind us answers, before it goes out."""

    status = ""
    headers: list[tuple[str, str]]

    def start(self, status: str, headers: list[tuple[str, str]], _error: _Error = None, /) -> Callable[[bytes], object]:
        """Take the head of the answer."""
        self.status, self.headers = status, headers
        return lambda _: None

    @property
    def is_page(self) -> bool:
        """Whether this is a page of the site."""
        return self.status.startswith("200") and self._header("content-type").startswith("text/html")

    @property
    def is_short(self) -> bool:
        """Whether it can be read at once: a build may write to its file while it goes out."""
        length = self._header("content-length")
        return not length.isdigit() or int(length) <= AT_ONCE

    def _header(self, wanted: str) -> str:
        return next((value for name, value in self.headers if name.lower() == wanted), "")


class Application:
    """Answers news itself, and adds to each page the script that asks for them."""

    def __init__(self, inner: "WSGIApplication", *, mount: str, browsers: Browsers, files: "Shelf") -> None:
        """Take MkDocs' own application, below which path it serves, and what holds its files still."""
        self._inner, self._mount, self._browsers, self._files = inner, mount, browsers, files

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "ignore")
        if match := re.fullmatch(r"/livereload/([0-9]{1,18})/[0-9]+", path):
            epoch = self._browsers.wait_for_site(int(match[1]), seconds=WAIT_SECONDS)
            return _plain(start_response, str(epoch))
        if path == f"{PREFIX}version":
            return _plain(start_response, str(self._wait(environ)))
        if path == f"{PREFIX}preview.js":
            return _plain(start_response, SCRIPT.read_text("utf-8"), kind="text/javascript")
        return self._serve(path, environ, start_response)

    def _wait(self, environ: "WSGIEnvironment") -> int:
        """The version of a page, as soon as it is another than the one that a browser has."""
        asked = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        since = int(asked["since"]) if re.fullmatch(r"[0-9]{1,18}", asked.get("since", "")) else 0
        address = self._address(unquote(asked.get("page", "")))
        self._freshen(address)
        return self._browsers.wait(address, since=since, seconds=WAIT_SECONDS)

    def _serve(self, path: str, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """A file of the site; a page as it is at this moment, and never half of it."""
        address, answer = self._address(path), Answer()
        self._freshen(address)
        version = self._browsers.version(address)  # asked before the page is read: it is at least that new
        with self._files.still():
            body = self._inner(environ, answer.start)
            if answer.is_short:
                body = whole(body)
        if answer.is_page:
            body = [with_script(b"".join(body), version)]
            answer.headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
            answer.headers += [("Content-Length", str(len(body[0]))), ("Cache-Control", "no-store")]
        start_response(answer.status, answer.headers)
        return body

    def _freshen(self, address: str) -> None:
        """Note that a page is looked at, and have it brought up to date if it lags behind."""
        self._browsers.look(address)
        self._files.freshen(address)

    def _address(self, path: str) -> str:
        """The path in the site's folder of the page, or of its copy, with this path on the server."""
        below = path.removeprefix(self._mount).lstrip("/")
        return below if below.endswith((".html", *FORMS)) else f"{below.rstrip('/')}/index.html".lstrip("/")


class Shelf:
    """How the files of a site are read while it is built."""

    def __init__(self, *, still: Callable[[], AbstractContextManager[Any]], freshen: Callable[[str], None]) -> None:
        """Take what keeps files as they are for a moment, and what brings a page up to date that lags behind."""
        self.still, self.freshen = still, freshen


def with_script(page: bytes, version: int) -> bytes:
    """The page with our script at its very end, where it runs before any other has changed the page."""
    before, end, after = page.rpartition(b"</body>")
    script = f'<script src="{quote(PREFIX)}preview.js" data-version="{version}"></script>'.encode()
    return before + script + end + after if end else page + script


def whole(body: Iterable[bytes]) -> list[bytes]:
    """All of what an application answers, which is let go of."""
    try:
        return list(body)
    finally:
        if callable(close := getattr(body, "close", None)):
            close()


def _plain(start_response: "StartResponse", text: str, *, kind: str = "text/plain") -> Iterable[bytes]:
    """An answer of ours."""
    body = text.encode()
    headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("Cache-Control", "no-store")])
    return [body]
