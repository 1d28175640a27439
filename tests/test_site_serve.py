"""The preview: `mkdocs serve` stays up whatever a page does."""

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

import pytest
from sites import MATERIAL, make_site, write_page

GOOD = "# Page\n\n```python\n'the answer is ' + str({number})\n```\n"
BROKEN = "# Page\n\n```python\nprint('so far')\n1 / 0\n```\n"
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
def serving(site: Path, *arguments: str) -> Iterator[Preview]:
    """Start the real server on a free port, and end it afterwards."""
    port, log = free_port(), site / "log"
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}", *arguments]
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


@pytest.mark.parametrize("arguments", [(), ("--strict",)])
def test_the_server_stays_up_and_the_next_save_recovers(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A page that is broken from the start is shown with its error; mended it is shown whole; broken again, too."""
    site = make_site(tmp_path, {"index.md": BROKEN, "other.md": GOOD.format(number=1)}, theme=MATERIAL)
    with serving(site, *arguments) as preview:
        page = preview.wait(lambda page: "ZeroDivisionError" in page)
        assert "so far" in page
        assert "the answer is 1" in preview.get("/other/")
        assert "docs/index.md:5: cell 1 failed: ZeroDivisionError" in preview.log.read_text()
        write_page(site, "index.md", GOOD.format(number=42))
        page = preview.wait(lambda page: "the answer is 42" in page)
        assert "ZeroDivisionError" not in page
        (site / "docs/index.md").write_bytes(b"\xff\xfe")
        preview.wait(lambda page: "docs/index.md:1" in page)
        write_page(site, "index.md", GOOD.format(number=43))
        preview.wait(lambda page: "the answer is 43" in page)


def test_a_cell_that_writes_into_the_docs_folder_causes_no_loop(tmp_path: Path) -> None:
    """What a cell writes beside its page is no reason to build again, even when its page fails at each build."""
    code = "from pathlib import Path\nimport time\nPath('made.txt').write_text(str(time.time_ns()))\n1 / 0"
    page = f"# Writes\n\n```python\n{code}\n```\n"
    site = make_site(tmp_path, {"index.md": page})
    with serving(site) as preview:
        preview.wait(lambda page: "ZeroDivisionError" in page)
        write_page(site, "index.md", page + "\nSaved.\n")
        preview.wait(lambda page: "Saved." in page)
        time.sleep(3)
        written = (site / "docs/made.txt").read_text()
        time.sleep(3)
        assert (site / "docs/made.txt").read_text() == written
        write_page(site, "index.md", GOOD.format(number=5))
        preview.wait(lambda page: "the answer is 5" in page)


def test_a_page_that_goes_away_while_it_is_built_is_no_end(tmp_path: Path) -> None:
    """A page that is deleted between two builds, or renamed, is gone from the preview, and the rest goes on."""
    site = make_site(tmp_path, {"index.md": GOOD.format(number=1), "other.md": GOOD.format(number=2)})
    with serving(site) as preview:
        preview.wait(lambda page: "the answer is 2" in page, "/other/")
        (site / "docs/other.md").rename(site / "docs/renamed.md")
        preview.wait(lambda page: "the answer is 2" in page, "/renamed/")
        write_page(site, "index.md", GOOD.format(number=3))
        preview.wait(lambda page: "the answer is 3" in page)
