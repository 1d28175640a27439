"""How a new site takes the place of the old one."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from workings.website import staging
from workings.website.staging import Staging


def write(folder: Path, **files: str) -> None:
    """Make files of a site: `index="..."` is index.html, in a subfolder `a/b` of the name `a__b`."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def files(folder: Path) -> dict[str, str]:
    """All files below a folder, by their path, with their text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def names(folder: Path) -> list[str]:
    """What is in a folder, hidden entries too."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An old site with two pages and a hidden entry."""
    folder = tmp_path / "site"
    write(folder, index="old", gone__index="old")
    (folder / ".git").write_text("kept")
    return folder


OLD = {".git": "kept", "index.html": "old", "gone/index.html": "old"}
NEW = {".git": "kept", "index.html": "new", "came/index.html": "new"}


def test_the_old_site_stays_until_the_new_one_is_complete(site: Path) -> None:
    """Nothing of the old site changes while the new one is built, and nothing of it is left afterwards."""
    new = Staging(site)
    write(new.folder, index="new", came__index="new")
    assert files(site) == OLD
    new.commit()
    assert files(site) == NEW
    assert names(site.parent) == ["site"]


def test_a_discarded_site_leaves_nothing(site: Path) -> None:
    """A build that fails leaves the old site and no other folder."""
    new = Staging(site)
    write(new.folder, index="new")
    new.discard()
    new.discard()
    assert files(site) == OLD
    assert names(site.parent) == ["site"]


def test_a_first_build_that_fails_makes_no_site(tmp_path: Path) -> None:
    """Where there was no site, a failed build leaves none."""
    Staging(tmp_path / "deep" / "site").discard()
    assert names(tmp_path / "deep") == []


def test_the_folder_itself_stays(site: Path) -> None:
    """A server that runs in the site's folder goes on with the new site."""
    inode = site.stat().st_ino
    new = Staging(site)
    write(new.folder, index="new")
    new.commit()
    assert site.stat().st_ino == inode


def test_a_new_hidden_entry_replaces_the_old_one(site: Path) -> None:
    """What the new site brings is what stands there, hidden or not."""
    new = Staging(site)
    (new.folder / ".git").write_text("new")
    new.commit()
    assert files(site) == {".git": "new"}


def test_keep_starts_from_the_old_site(site: Path) -> None:
    """A dirty build finds the pages that it does not write again, with their times."""
    os.utime(site / "index.html", (1, 1))
    new = Staging(site, keep=True)
    assert files(new.folder) == {"index.html": "old", "gone/index.html": "old"}
    assert (new.folder / "index.html").stat().st_mtime == 1
    new.discard()


def test_a_site_behind_a_symlink_keeps_the_symlink(site: Path, tmp_path: Path) -> None:
    """A symlink to the site's folder goes on pointing to it."""
    link = tmp_path / "elsewhere" / "public"
    link.parent.mkdir()
    link.symlink_to(site)
    new = Staging(link)
    write(new.folder, index="new", came__index="new")
    new.commit()
    assert link.is_symlink()
    assert files(site) == NEW
    assert names(link.parent) == ["public"]


def test_a_mount_point_is_staged_inside(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the site's folder is a file system of its own, the new site waits in a hidden folder in it."""
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == site)
    new = Staging(site)
    assert new.folder.is_relative_to(site)
    write(new.folder, index="new", came__index="new")
    new.commit()
    assert files(site) == NEW
    assert names(site) == [".git", "came", "index.html"]


@pytest.mark.parametrize("renames", range(1, 8))
def test_a_swap_that_fails_leaves_one_whole_site(site: Path, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    """Whichever move fails once, what stands there afterwards is the whole old site or the whole new one."""
    new = Staging(site)
    write(new.folder, index="new", came__index="new")
    rename, count = Path.rename, 0

    def failing(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == renames:
            raise OSError("no space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    try:
        new.commit()
    except OSError:
        assert files(site) in (OLD, NEW)
    else:
        assert (renames, files(site)) == (7, NEW) or files(site) == NEW
    assert names(site.parent) == ["site"]


DIE = """
    import os, signal, sys
    from pathlib import Path
    from workings.website import staging

    site, renames = Path(sys.argv[1]), int(sys.argv[2])
    new = staging.Staging(site)
    (new.folder / "index.html").write_text("new")
    (new.folder / "came").mkdir()
    (new.folder / "came" / "index.html").write_text("new")
    rename, count = Path.rename, 0

    def dying(path, target):
        global count
        count += 1
        if count == renames:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)

    Path.rename = dying
    new.commit()
"""


@pytest.mark.parametrize("renames", range(1, 7))
def test_the_next_build_mends_what_a_killed_one_left(site: Path, renames: int) -> None:
    """Killed at any moment of the swap, a build leaves nothing that the next one can't make whole."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(DIE), site, str(renames)], check=False, timeout=30)
    if done.returncode == 0:
        assert files(site) == NEW
    Staging(site).discard()
    assert files(site) in (OLD, NEW)
    assert names(site.parent) == ["site"]


def test_two_builds_at_once_do_not_sweep_each_other(site: Path) -> None:
    """A build leaves the workspace of another that lives alone, and the last to finish is what stands."""
    first, second = Staging(site), Staging(site)
    write(first.folder, index="first")
    write(second.folder, index="second", other__index="second")
    second.commit()
    assert files(site) == {".git": "kept", "index.html": "second", "other/index.html": "second"}
    first.commit()
    assert files(site) == {".git": "kept", "index.html": "first"}
    assert names(site.parent) == ["site"]


def test_only_workspaces_are_swept(site: Path) -> None:
    """Other hidden folders beside the site are not ours, whatever they are called."""
    for name in (".site.backup", ".site", ".sites.workings-1"):
        (site.parent / name).mkdir()
    (site.parent / f".site{staging.MARK}dead").mkdir()
    Staging(site).discard()
    assert names(site.parent) == [".site", ".site.backup", ".sites.workings-1", "site"]


def test_a_new_site_has_the_usual_mode(tmp_path: Path) -> None:
    """The site can be read by a server that runs as another user, though the workspace can't."""
    umask = os.umask(0o022)
    try:
        new = Staging(tmp_path / "site")
        write(new.folder, came__index="new")
        assert new.folder.parent.stat().st_mode & 0o077 == 0
        new.commit()
    finally:
        os.umask(umask)
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o755
