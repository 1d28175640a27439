"""What should be served: a fresh build of the same sources, and how the preview differs from it."""

import gzip
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .soak_server import PATIENCE, Broken, Server
from .soak_site import Site, address

BUILDING = 180
LIVE = re.compile(
    rb"<script>\s*var livereload.*?</script>|<script src=[^>]*/_workings/preview[^>]*></script>", re.DOTALL
)
"""What a server adds to each page that it sends."""
DATE = re.compile(rb"<lastmod>.*?</lastmod>")


class Reference:
    """A copy of the sources that is built by itself, with a store of its own."""

    def __init__(self, site: Site, server: Server, folder: Path) -> None:
        """Take what is compared."""
        self._site, self._server, self._folder = site, server, folder
        folder.mkdir()

    def build(self, *, fresh: bool = False) -> None:
        """Build what the site should be; a fresh build knows nothing of those before."""
        if fresh:
            shutil.rmtree(self._folder / ".workings", ignore_errors=True)
        self._site.copy(self._folder)
        done = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "-q"],
            cwd=self._folder,
            env={**os.environ, "SITE_URL": self._server.root, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=BUILDING,
            check=False,
        )
        if done.returncode:
            raise Broken(f"a build of the settled sources failed: {(done.stdout + done.stderr)[-2000:]}")

    def compare(self, *, seconds: float = PATIENCE) -> None:
        """Have the server serve what was built, and nothing that is gone."""
        deadline = time.monotonic() + seconds
        while different := self.differences():
            if time.monotonic() > deadline:
                raise Broken(f"not what a fresh build gives after {seconds:.0f} s: {'; '.join(different[:8])}")
            time.sleep(0.2)

    def differences(self) -> list[str]:
        """What is served otherwise than it was built."""
        built = self._folder / "site"
        files = sorted(path for path in built.rglob("*") if path.is_file())
        found = [difference for path in files if (difference := self._difference(path, built))]
        there = {address(name) for name in self._site.good}
        gone = {address(name) for name in self._site.gone} - there
        return found + [f"{path} is still there" for path in sorted(gone) if self._server.get(path).status != 404]

    def _difference(self, path: Path, built: Path) -> str:
        name = path.relative_to(built).as_posix()
        try:
            served = self._server.get(f"/{name}")
        except (OSError, http.client.HTTPException) as error:
            return f"/{name}: {error!r}"
        if served.status != http.HTTPStatus.OK:
            return f"/{name}: status {served.status}"
        ours, theirs = plain(name, served.body), plain(name, path.read_bytes())
        return "" if ours == theirs else f"/{name}: {_first(ours, theirs)}"


def plain(name: str, content: bytes) -> bytes:
    """A file without what differs from one build to the next, and from a server to a build."""
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if name.endswith(".json"):
        return json.dumps(json.loads(content), sort_keys=True, indent=0).encode()
    return DATE.sub(b"", LIVE.sub(b"", content))


def _first(ours: bytes, theirs: bytes) -> str:
    """The first place where two files differ."""
    start = next(
        (at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    served, built = ours[max(start - 40, 0) : start + 80], theirs[max(start - 40, 0) : start + 80]
    return f"at byte {start} served {served!r}, built {built!r}"
