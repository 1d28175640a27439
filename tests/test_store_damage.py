"""The store under attack: whatever stands in the place of its files is a miss, never an error and never a wait."""

import hashlib
import json
import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stores import IMAGE, KEY, OUTPUTS, anything, entry, faults, files, found, key, number, store, within

from workings.outputs import Display, Stream
from workings.store import Entry
from workings.store.entry import LARGEST, VERSION


def packed(body: object, **changes: object) -> bytes:
    """A file that proves its body, whatever the body says."""
    text = json.dumps(body).encode() if not isinstance(body, bytes) else body
    frame = {"v": VERSION, "key": KEY, "sha256": hashlib.sha256(text).hexdigest()} | changes
    return json.dumps(frame, separators=(",", ":")).encode()[:-1] + b',"body":' + text + b"}"


class Planted:
    """A pickle of this makes a file when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Make a file."""
        return os.mkdir, ("pwned",)


def put(file: Path, data: bytes) -> None:
    """Put other bytes into a file."""
    file.write_bytes(data)


def body_of(file: Path) -> dict[str, Any]:
    """The body of an entry."""
    return json.loads(file.read_bytes())["body"]


def as_link(file: Path) -> None:
    """Put a link to a perfect copy in the place of a file."""
    file.rename(file.parent / "copy")
    file.symlink_to("copy")


def as_folder(file: Path) -> None:
    """Put a folder with something in it in the place of a file."""
    file.unlink()
    (file / "inner").mkdir(parents=True)


def as_pipe(file: Path) -> None:
    """Put a pipe in the place of a file."""
    file.unlink()
    os.mkfifo(file)


def as_socket(file: Path) -> None:
    """Put a socket in the place of a file."""
    file.unlink()
    here = Path.cwd()
    os.chdir(file.parent)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(file.name[:80])
    os.chdir(here)
    (file.parent / file.name[:80]).rename(file)


SABOTAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: put(file, b""),
    "garbled": lambda file: put(file, os.urandom(1000)),
    "zeroes": lambda file: put(file, bytes(file.stat().st_size)),
    "appended": lambda file: put(file, file.read_bytes() + b" x"),
    "doubled": lambda file: put(file, file.read_bytes() * 2),
    "huge": lambda file: os.truncate(file, LARGEST + 1),
    "folder": as_folder,
    "link": as_link,
    "dangling link": lambda file: (file.unlink(), file.symlink_to("nowhere")),
    "link to itself": lambda file: (file.unlink(), file.symlink_to(file.name)),
    "link to a device": lambda file: (file.unlink(), file.symlink_to("/dev/zero")),
    "pipe": as_pipe,
    "socket": as_socket,
    "pickle": lambda file: put(file, pickle.dumps(Planted())),
}
ENTRY_SABOTAGE: dict[str, Callable[[Path], object]] = {
    "later version": lambda file: put(file, packed(body_of(file), v=VERSION + 1)),
    "version as text": lambda file: put(file, packed(body_of(file), v=str(VERSION))),
    "another key": lambda file: put(file, packed(body_of(file), key=key(1))),
    "unknown field": lambda file: put(file, packed(body_of(file), code="import os")),
    "no record": lambda file: put(file, packed({"entry": {}, "payloads": []})),
    "another schema": lambda file: put(file, packed({"entry": {"record": {"cells": 5}}, "payloads": []})),
    "deep": lambda file: put(file, packed(b"[" * 100_000 + b"]" * 100_000)),
    "deep entry": lambda file: put(file, packed(b'{"payloads":[],"entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "body of text": lambda file: put(file, packed("body")),
    "payload for the whole": lambda file: put(file, packed(aimed(file, []))),
    "payload for nothing": lambda file: put(file, packed(aimed(file, ["record", "nothing", 1]))),
    "payload past the end": lambda file: put(file, packed(aimed(file, ["record", "cells", 9, "why"]))),
    "payload within a text": lambda file: put(file, packed(aimed(file, ["record", "provenance", "backend", 0]))),
    "payload elsewhere": lambda file: put(
        file, packed(body_of(file) | {"payloads": [{"at": [], "sha256": "../../../etc/passwd"}]})
    ),
    "other inputs": lambda file: put(
        file, packed(json.loads(json.dumps(body_of(file)).replace('"files": {}', '"files": {"a.py": ""}')))
    ),
    "valid, in another file": lambda file: file.rename(file.parent / f"{KEY}.{'0' * 16}.json"),
    "a name without a variant": lambda file: file.rename(file.parent / f"{KEY}.json"),
}


def aimed(file: Path, at: list[object]) -> dict[str, Any]:
    """The body of an entry whose long text belongs elsewhere."""
    body = body_of(file)
    return body | {"payloads": [body["payloads"][0] | {"at": at}]}


def check_damage(folder: Path, saved: Entry, damaged: Path, *, was: Path) -> None:
    """A damaged file is a miss, one warning, and no more; then the store is as good as new."""
    with within(5):
        assert damaged.name in " ".join(faults(folder)), "verification sees nothing"
    assert os.path.lexists(damaged), "verification changed something"
    build = store(folder)
    before = len(list(Path("/dev/fd").iterdir()))
    with within(5):
        assert build.find(KEY, accepts=anything) is None
    assert len(list(Path("/dev/fd").iterdir())) == before, "a file was left open"
    assert len(build.warnings) == 1
    assert str(was) in build.warnings[0]
    assert not os.path.lexists(damaged)
    build.trim()
    assert build.save(KEY, saved)
    assert found(folder) == saved
    assert len(build.warnings) == 1


@pytest.mark.parametrize("name", [*SABOTAGE, *ENTRY_SABOTAGE])
def test_damaged_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An entry that anyone or anything has tampered with is a miss with one warning, and is removed."""
    monkeypatch.chdir(tmp_path)
    saved = entry(*OUTPUTS.values())
    store(tmp_path).save(KEY, saved)
    (file,) = files(tmp_path, ".json")
    (SABOTAGE | ENTRY_SABOTAGE)[name](file)
    (damaged,) = [path for path in file.parent.iterdir() if path.name.startswith(KEY)]
    check_damage(tmp_path, saved, damaged, was=damaged)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", SABOTAGE)
def test_damaged_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A long text that was tampered with is a miss of the entry that needs it, and both are removed."""
    monkeypatch.chdir(tmp_path)
    saved = entry(Display({"image/png": IMAGE}))
    store(tmp_path).save(KEY, saved)
    (blob,), (file,) = files(tmp_path, ".blob"), files(tmp_path, ".json")
    SABOTAGE[name](blob)
    check_damage(tmp_path, saved, blob, was=file)
    assert not (tmp_path / "pwned").exists()


def test_link_keeps_its_target(tmp_path: Path) -> None:
    """Removing a link that stands for an entry leaves alone what it points to."""
    store(tmp_path).save(KEY, number(1))
    (file,) = files(tmp_path, ".json")
    treasure = tmp_path / "treasure"
    treasure.write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(treasure)
    assert found(tmp_path) is None
    assert treasure.exists()


def test_folder_of_entries_that_is_a_link(tmp_path: Path) -> None:
    """A link in the place of a folder of the store is not followed, and is replaced at the next save."""
    store(tmp_path).save(KEY, number(1))
    shard = tmp_path / "store" / KEY[:2]
    shard.rename(tmp_path / "elsewhere")
    shard.symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path) is None
    assert store(tmp_path).save(KEY, number(2))
    assert found(tmp_path) == number(2)
    assert len(files(tmp_path / "elsewhere")) == 1


@pytest.mark.parametrize("ending", [".json", ".blob"])
def test_every_flipped_bit_is_seen(tmp_path: Path, ending: str) -> None:
    """One flipped bit, wherever it is, is a miss."""
    saved = entry(Stream("stdout", "hello\n"), Display({"image/png": IMAGE}))
    store(tmp_path).save(KEY, saved)
    originals = {file: file.read_bytes() for file in (*files(tmp_path, ".json"), *files(tmp_path, ".blob"))}
    (file,) = files(tmp_path, ending)
    size = len(originals[file])
    for offset in range(0, size, max(1, size // 400)):
        for path, data in originals.items():
            path.write_bytes(data)
        flipped = bytearray(originals[file])
        flipped[offset] ^= 1 << (offset % 8)
        file.write_bytes(flipped)
        assert found(tmp_path) is None, f"bit {offset % 8} of byte {offset}"


@pytest.mark.parametrize("ending", [".json", ".blob"])
def test_every_cut_is_seen(tmp_path: Path, ending: str) -> None:
    """A file that was cut short, wherever it was, is a miss."""
    store(tmp_path).save(KEY, entry(Stream("stdout", "hello\n"), Display({"image/png": IMAGE})))
    originals = {file: file.read_bytes() for file in (*files(tmp_path, ".json"), *files(tmp_path, ".blob"))}
    (file,) = files(tmp_path, ending)
    size = len(originals[file])
    for length in range(0, size, max(1, size // 100)):
        for path, data in originals.items():
            path.write_bytes(data)
        os.truncate(file, length)
        assert found(tmp_path) is None, f"cut at {length}"


def test_text_that_is_gone(tmp_path: Path) -> None:
    """An entry whose long text was evicted by another build is a miss without a word, and verification sees it."""
    store(tmp_path).save(KEY, entry(Display({"image/png": IMAGE})))
    (blob,) = files(tmp_path, ".blob")
    blob.unlink()
    assert "gone" in " ".join(faults(tmp_path))
    build = store(tmp_path)
    assert build.find(KEY, accepts=anything) is None
    assert build.warnings == []
    assert files(tmp_path, f"{KEY[:8]}*.json") == []


@pytest.mark.parametrize("name", ["pipe", "link to itself", "link to a device"])
def test_odd_things_where_the_folder_should_be(tmp_path: Path, name: str) -> None:
    """A pipe or a broken link in the place of the folder holds no build up."""
    (tmp_path / "store").touch()
    SABOTAGE[name](tmp_path / "store")
    build = store(tmp_path)
    with within(5):
        assert build.find(KEY, accepts=anything) is None
        assert not build.save(KEY, number(1))
    assert len(build.warnings) == 1


@pytest.mark.parametrize("name", SABOTAGE)
def test_damaged_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A damaged time is an unknown time, with one warning."""
    monkeypatch.chdir(tmp_path)
    store(tmp_path).remember("docs/a.md", 1.5)
    (file,) = files(tmp_path, ".json")
    SABOTAGE[name](file)
    assert len(faults(tmp_path)) >= 1
    build = store(tmp_path)
    with within(5):
        assert build.expected("docs/a.md") is None
    assert len(build.warnings) == 1
    assert not os.path.lexists(file)


def test_time_of_another_page(tmp_path: Path) -> None:
    """A time that stands under another page's name is no time."""
    for path in ("docs/a.md", "docs/b.md"):
        store(tmp_path).remember(path, 1.5)
    first, second = files(tmp_path, ".json")
    second.write_bytes(first.read_bytes())
    assert len(faults(tmp_path)) == 1
    times = {store(tmp_path).expected(path) for path in ("docs/a.md", "docs/b.md")}
    assert times == {None, 1.5}


def test_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is none of the store's is named by verification, never read, and left to its owner."""
    monkeypatch.chdir(tmp_path)
    store(tmp_path).save(KEY, entry())
    stranger = tmp_path / "store" / KEY[:2] / f"{KEY}.pkl"
    stranger.write_bytes(pickle.dumps(Planted()))
    assert [fault.split(":")[0] for fault in faults(tmp_path)] == [stranger.name]
    assert found(tmp_path) == entry()
    assert stranger.exists()
    assert not (tmp_path / "pwned").exists()
