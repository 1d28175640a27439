"""A new site is built beside the old one and takes its place at the very end, so that a failed build leaves it whole.

Everything happens in a workspace, a hidden folder on the site's own file system:

    .site.workings-1x2y3z/new    the site that is being built
                         /old    what stood in the site's folder, while the new entries take its place
                         /in     `new`, from the moment on when the old entries are out of the way

Entries are only ever renamed, never copied, and the site's folder itself stays: a web server or a mount that holds it
goes on working, a full disk can't leave half a site, and hidden entries (`.git`) stay as MkDocs leaves them. A build
holds a lock on its workspace for as long as it lives; the next build finishes or takes back what a killed one began.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

MARK = ".workings-"


class Staging:
    """A site on its way: build into `folder`, then `commit` or `discard`."""

    def __init__(self, site: Path, *, keep: bool = False) -> None:
        """Make a workspace for a new site; with `keep` it starts as a copy of the old one."""
        self.site = site.resolve()
        home = _home(self.site)
        home.mkdir(parents=True, exist_ok=True)
        with _turn(home):
            _recover_all(self.site)
            self._space = Path(tempfile.mkdtemp(prefix=_prefix(self.site), dir=home))
            self._lock = _locked(self._space)
        self.folder = self._space / "new"
        if keep and self.site.is_dir():
            shutil.copytree(self.site, self.folder, ignore=_hidden_entries(self.site), symlinks=True)
        else:
            self.folder.mkdir()

    def commit(self) -> None:
        """Put the new site where the old one was."""
        with _turn(self._space.parent):
            _recover_all(self.site, but=self._space)
            try:
                _swap(self._space, self.site)
            finally:
                self._release()

    def discard(self) -> None:
        """Leave the old site as it is, and nothing else behind."""
        self._release()

    def _release(self) -> None:
        """Remove the workspace, moving what it still holds to where it belongs."""
        if self._space.is_dir():
            _recover(self._space, self.site)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _swap(space: Path, site: Path) -> None:
    """Move the old entries out and the new ones in; being killed at any line is mended by `_recover`."""
    new, old, coming = space / "new", space / "old", space / "in"
    site.mkdir(exist_ok=True)
    old.mkdir()
    arriving = set(names(new))
    for name in names(site):
        if name in arriving or not name.startswith("."):
            (site / name).rename(old / name)
    new.rename(coming)
    _move_entries(coming, site)


def _recover(space: Path, site: Path) -> None:
    """Finish a swap whose new entries were already moving in, take back one whose old entries were moving out."""
    for begun in (space / "in", space / "old"):
        if begun.is_dir():
            site.mkdir(exist_ok=True)
            _move_entries(begun, site)
            break
    shutil.rmtree(space, ignore_errors=True)


def _recover_all(site: Path, *, but: Path | None = None) -> None:
    """Recover from every workspace of this site whose build is dead."""
    for home in (site.parent, site):
        for space in _workspaces(home, site):
            if space != but and (lock := _locked(space)) is not None:
                _recover(space, site)
                os.close(lock)


def _move_entries(source: Path, target: Path) -> None:
    """Move what is in one folder to another, except what is there already."""
    for name in names(source):
        if not os.path.lexists(target / name):
            (source / name).rename(target / name)


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden entries too, always in the same order."""
    return sorted(entry.name for entry in folder.iterdir())


def _home(site: Path) -> Path:
    """The folder for workspaces: beside the site, or in it where it is a mount point or its parent is not ours."""
    inside = site.is_dir() and (os.path.ismount(site) or not os.access(site.parent, os.W_OK))
    return site if inside else site.parent


def _prefix(site: Path) -> str:
    """How the names of a site's workspaces begin."""
    return f".{site.name}{MARK}"


def _workspaces(home: Path, site: Path) -> list[Path]:
    """The site's workspaces in a folder, which need not exist."""
    return [home / name for name in names(home) if name.startswith(_prefix(site))] if home.is_dir() else []


def _hidden_entries(site: Path) -> Callable[[str, list[str]], list[str]]:
    """For `copytree`: leave out the hidden entries at the top of the site, which stay where they are."""
    return lambda folder, found: [name for name in found if Path(folder) == site and name.startswith(".")]


def _locked(folder: Path) -> int | None:
    """A lock on a folder that lasts until it is closed or the process dies; None if another build holds it."""
    if sys.platform == "win32":
        return None
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
        else:
            return handle
    return None


@contextmanager
def _turn(home: Path) -> Iterator[None]:
    """Wait for a moment in which no other build makes a workspace or swaps a site in this folder."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(home, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: two builds at once are then not safe, one is
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
