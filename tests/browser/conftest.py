"""The project's own site, built and served once, and a browser to read it with."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

from .visits import Visits

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOLDER = "laboratory"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, in a folder of its own below the server's root, as on a host of many projects.

    It is given the address of a repository, because a theme may ask that host for facts about it.
    """
    folder = tmp_path_factory.mktemp("served") / FOLDER
    address = {"SITE_URL": f"https://someone.github.io/{FOLDER}/", "REPO_URL": f"https://github.com/someone/{FOLDER}"}
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, **address},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout
    return folder


class QuietHandler(SimpleHTTPRequestHandler):
    """A file server that does not write a line for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def home(site: Path) -> Iterator[str]:
    """The address of the site's home page, on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site.parent))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{FOLDER}/"
        server.shutdown()
        thread.join()


def find_chromium(chromium: BrowserType) -> str | None:
    """Find a Chromium on PATH, or Playwright's own."""
    own = chromium.executable_path
    return next(filter(None, map(shutil.which, NAMES)), own if Path(own).exists() else None)


def absent() -> NoReturn:
    """Say that there is no browser: a skip, or a failure where one is required."""
    reason = f"no browser: none of {', '.join(NAMES)} is on PATH, and Playwright's own is not installed"
    if os.environ.get("WORKINGS_REQUIRE_BROWSER"):
        pytest.fail(f"{reason}; WORKINGS_REQUIRE_BROWSER asks for one")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that reaches this machine and nothing else.

    It ends with its module: while Playwright runs, no other test can start an event loop.
    """
    with sync_playwright() as playwright:
        path = find_chromium(playwright.chromium) or absent()
        options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        with playwright.chromium.launch(executable_path=path, args=options, chromium_sandbox=not is_root) as started:
            yield started


@pytest.fixture(scope="module")
def visits(browser: Browser, home: str) -> Visits:
    """The pages that were visited so far, to be looked at and not touched."""
    return Visits(browser, home)
