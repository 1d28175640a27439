"""The store over many builds: full disks, eviction, builds at once and builds that are killed."""

import json
import os
import resource
import stat
import time
from pathlib import Path

import pytest
from stores import IMAGE, KEY, age, anything, entry, faults, files, found, key, number, run, sizes, store, within

from workings.outputs import Display, Stream
from workings.store import Store
from workings.store.layout import Kept, listing


@pytest.mark.parametrize("place", ["store", "store/inner"])
def test_a_file_where_the_folder_should_be(tmp_path: Path, place: str) -> None:
    """A folder that can't be made turns writing off with one warning, and the file in its place stays."""
    (tmp_path / "store").write_text("mine")
    build = Store(tmp_path / place, limit=1)
    assert build.find(KEY, accepts=anything) is None
    assert not build.save(KEY, number(1))
    assert not build.save(KEY, number(2))
    build.remember("docs/a.md", 1.0)
    build.trim()
    assert len(build.warnings) == 1
    assert "can't be written" in build.warnings[0]
    assert (tmp_path / "store").read_text() == "mine"


def test_full_disk(tmp_path: Path) -> None:
    """A disk that takes no more turns writing off with one warning; what was kept before is still found."""
    store(tmp_path).save(KEY, number(1))
    script = """
import json, resource
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
build = store(Path(sys.argv[1]))
kept = [build.save(key(1), number(1)), build.save(key(2), number(2, size=10_000)), build.save(key(3), number(3))]
print(json.dumps([kept, build.find(KEY, accepts=anything) == number(1), build.warnings]))
"""
    kept, before, warnings = json.loads(run(script, tmp_path).communicate()[0])
    assert (kept, before) == ([True, False, False], True)
    assert len(warnings) == 1
    assert "File too large" in warnings[0]
    assert files(tmp_path, ".tmp-*") == []
    assert (found(tmp_path, key(1)), found(tmp_path, key(2)), faults(tmp_path)) == (number(1), None, [])


def test_store_deleted_while_it_is_used(tmp_path: Path) -> None:
    """A store that is deleted in the middle of a build is made again."""
    build = store(tmp_path)
    build.save(key(1), number(1))
    (tmp_path / "store").rename(tmp_path / "trash")
    assert build.find(key(1), accepts=anything) is None
    assert build.save(key(2), number(2))
    assert build.find(key(2), accepts=anything) == number(2)
    assert build.warnings == []


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_umask(tmp_path: Path, umask: int) -> None:
    """Folders and files are their owner's alone, whatever the umask."""
    script = """
os.umask(int(sys.argv[2]))
build = store(Path(sys.argv[1]))
build.remember("docs/a.md", 1.0)
print(build.save(KEY, entry(Display({"image/png": IMAGE}))) and found(Path(sys.argv[1])) is not None, build.warnings)
"""
    assert run(script, tmp_path, umask).communicate()[0].split() == ["True", "[]"]
    modes = {path.relative_to(tmp_path): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert {mode for path, mode in modes.items() if (tmp_path / path).is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if (tmp_path / path).is_file()} == {0o600}


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    """Over the limit, the records that were not used for longest go, with their long texts, and no more than needed."""
    for of in range(4):
        store(tmp_path).save(key(of), number(of, size=100_000))
        for file in files(tmp_path, f"{key(of)}*"):
            age(file, 1000 - of)
    for blob in files(tmp_path, ".blob"):
        age(blob, 1000 - int(blob.read_text()[0]))
    assert found(tmp_path, key(0)) is not None
    store(tmp_path, limit=sizes(tmp_path) // 2).trim()
    assert [found(tmp_path, key(of)) is not None for of in range(4)] == [True, False, False, True]
    assert len(files(tmp_path, ".blob")) == 2
    assert faults(tmp_path) == []


def test_within_the_limit_nothing_goes(tmp_path: Path) -> None:
    """A store that is within its limit keeps everything, however old."""
    store(tmp_path).save(KEY, number(1, size=100_000))
    for file in files(tmp_path):
        age(file, 10**8)
    before = files(tmp_path)
    store(tmp_path).trim(grace=0)
    assert files(tmp_path) == before


def test_shared_text_outlives_one_of_its_entries(tmp_path: Path) -> None:
    """An image that an evicted record shared with a living one stays."""
    image = Display({"image/png": IMAGE})
    store(tmp_path).save(key(1), entry(Stream("stdout", "1"), image))
    store(tmp_path).save(key(2), entry(Stream("stdout", "2"), image))
    for file in files(tmp_path, ".json") + files(tmp_path, ".blob"):
        age(file, 1000)
    assert found(tmp_path, key(2)) is not None
    store(tmp_path, limit=sizes(tmp_path) - 1).trim()
    assert found(tmp_path, key(1)) is None
    assert found(tmp_path, key(2)) is not None
    assert faults(tmp_path) == []


def test_texts_are_never_older_than_their_entry(tmp_path: Path) -> None:
    """A long text is as young as the youngest entry that needs it, so that eviction takes the entry first."""
    for step in (lambda: store(tmp_path).save(KEY, number(1, size=100_000)), lambda: found(tmp_path)):
        assert step()
        (blob,), (file,) = files(tmp_path, ".blob"), files(tmp_path, ".json")
        assert blob.stat().st_mtime_ns >= file.stat().st_mtime_ns > time.time_ns() - 10**10
        age(blob, 1000)
        age(file, 1000)


def test_an_entry_goes_before_its_text(tmp_path: Path) -> None:
    """Eviction that needs one byte takes an entry and leaves its long text, never an entry without its text."""
    store(tmp_path).save(KEY, number(1, size=100_000))
    for file in files(tmp_path, ".json") + files(tmp_path, ".blob"):
        os.utime(file, (1000, 1000))
    store(tmp_path, limit=sizes(tmp_path) - 1).trim()
    assert (files(tmp_path, ".json"), len(files(tmp_path, ".blob"))) == ([], 1)
    assert faults(tmp_path) == []


def test_use_during_eviction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that another build uses while this one evicts stays, with its long text."""
    store(tmp_path).save(KEY, number(1, size=100_000))
    for file in files(tmp_path, ".json") + files(tmp_path, ".blob"):
        age(file, 1000)

    def listing_and_then_another_build(folder: Path) -> list[Kept]:
        listed = list(listing(folder))
        assert found(tmp_path) is not None
        return listed

    monkeypatch.setattr("workings.store.store.listing", listing_and_then_another_build)
    store(tmp_path, limit=1).trim()
    assert found(tmp_path) == number(1, size=100_000)


def test_what_was_just_used_stays(tmp_path: Path) -> None:
    """What a build has just used is not evicted, even over the limit; a wrong clock's file from the future is."""
    store(tmp_path).save(key(1), number(1))
    store(tmp_path).save(key(2), number(2))
    (file,) = files(tmp_path, f"{key(2)}*")
    age(file, -1_000_000)
    store(tmp_path, limit=1).trim()
    assert found(tmp_path, key(1)) == number(1)
    assert found(tmp_path, key(2)) is None


def test_sweeping(tmp_path: Path) -> None:
    """A half-written file is swept after a day, and not before; verification passes it by."""
    store(tmp_path).save(KEY, number(1))
    old = [tmp_path / "store" / ".tmp-a", tmp_path / "store" / KEY[:2] / ".tmp-b"]
    new = tmp_path / "store" / KEY[:2] / ".tmp-c"
    for file in (*old, new):
        file.write_bytes(b"half")
    for file in old:
        age(file, 25 * 3600)
    assert faults(tmp_path) == []
    store(tmp_path).trim()
    assert files(tmp_path, ".tmp-*") == [new]


WORKER = """
import random
folder, me = Path(sys.argv[1]), int(sys.argv[2])
build, chance = store(folder, limit=3 * MIB), random.Random(me)
for of in range(150):
    mine = 1000 + of if of % 3 else 2000 * me + of
    build.save(key(mine), number(mine, size=20_000 if of % 5 == 0 else 0))
    old = chance.randrange(200)
    hit = build.find(key(old), accepts=anything)
    assert hit in (None, number(old, size=20_000)), "the wrong record"
    assert build.find(key(mine), accepts=anything) == number(mine, size=20_000 if of % 5 == 0 else 0)
    if of % 10 == 0:
        build.trim()
print(build.warnings)
"""


def test_builds_at_once(tmp_path: Path) -> None:
    """Three builds that save, find and evict in one store at once each find what they saved and leave it sound."""
    for of in range(200):
        store(tmp_path).save(key(of), number(of, size=20_000))
    for file in files(tmp_path, ".json") + files(tmp_path, ".blob"):
        age(file, 3600)
    builds = [run(WORKER, tmp_path, me) for me in (1, 2, 3)]
    assert [build.communicate(timeout=120)[0].strip() for build in builds] == ["[]"] * 3
    assert [build.returncode for build in builds] == [0, 0, 0]
    assert faults(tmp_path) == []
    assert files(tmp_path, ".tmp-*") == []
    assert sizes(tmp_path) < 200 * 100_000


ENDLESS = """
build = store(Path(sys.argv[1]))
for of in range(1_000_000):
    build.save(key(of % 50), number(of % 50, size=200_000))
    if of == 2:
        print("going", flush=True)
"""


def test_killed_in_the_middle(tmp_path: Path) -> None:
    """A build that is killed while it saves leaves a store in which everything that is there is sound."""
    for turn in range(8):
        build = run(ENDLESS, tmp_path)
        assert build.stdout is not None
        with build, within(60):
            assert build.stdout.readline() == "going\n"
            time.sleep(turn / 150)
            build.kill()
    assert faults(tmp_path) == []
    for file in files(tmp_path, ".tmp-*"):
        age(file, 2 * 24 * 3600)
    store(tmp_path).trim()
    assert files(tmp_path, ".tmp-*") == []
    for of in range(3):
        assert found(tmp_path, key(of)) == number(of, size=200_000)


def test_limits_of_this_process() -> None:
    """The processes that these tests start begin without a limit on files, or the test of a full disk shows nothing."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
