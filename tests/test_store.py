"""The store: what is found is what was saved, and only what may be kept is."""

import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from runs import make_page
from stores import IMAGE, KEY, OUTPUTS, PLACE, anything, entry, faults, files, found, key, number, store

from workings.fingerprint import Inputs
from workings.outputs import Display, Failure, Stream
from workings.page import Cell, Page
from workings.store import entry_holds, make_entry
from workings.store.entry import LARGEST, LONG, VERSION


@pytest.mark.parametrize("name", OUTPUTS)
def test_round_trip(tmp_path: Path, name: str) -> None:
    """What is found is exactly what was saved, for every kind of output."""
    saved = entry(OUTPUTS[name])
    assert store(tmp_path).save(KEY, saved)
    assert found(tmp_path) == saved
    assert faults(tmp_path) == []


def test_round_trip_of_all(tmp_path: Path) -> None:
    """A record of many outputs and a cell that was skipped comes back whole, with its inputs and ties."""
    inputs = Inputs(files={"b.py": KEY, "a.py": ""}, packages={"einops": "1"})
    saved = entry(*OUTPUTS.values(), inputs=inputs, outcome="skipped", why="it needs the network")
    assert store(tmp_path).save(KEY, saved)
    assert found(tmp_path) == saved


def test_long_texts_stand_in_files_of_their_own(tmp_path: Path) -> None:
    """An image that two pages show is kept once, as a plain file with its digest for a name."""
    for of in (1, 2):
        store(tmp_path).save(key(of), entry(Stream("stdout", str(of)), Display({"image/png": IMAGE})))
    (blob,) = files(tmp_path, ".blob")
    assert blob.read_text() == IMAGE
    assert blob.stem == hashlib.sha256(IMAGE.encode()).hexdigest()
    assert all(len(file.read_bytes()) < LONG for file in files(tmp_path, ".json"))


def test_form_on_disk(tmp_path: Path) -> None:
    """An entry is one line of JSON that names its version, its key and the digest of its body."""
    store(tmp_path).save(KEY, number(1))
    (file,) = files(tmp_path, ".json")
    data = file.read_bytes()
    frame = json.loads(data)
    body = data[data.index(b'"body":') + len(b'"body":') : -1]
    assert (frame["v"], frame["key"], frame["sha256"]) == (VERSION, KEY, hashlib.sha256(body).hexdigest())
    assert file.parent.name == KEY[:2]
    assert file.name.startswith(f"{KEY}.")


def test_absent(tmp_path: Path) -> None:
    """A store that is not there yet has nothing, makes nothing, and complains of nothing."""
    empty = store(tmp_path)
    assert empty.find(KEY, accepts=anything) is None
    assert empty.expected("docs/a.md") is None
    empty.trim()
    assert list(empty.verify()) == []
    assert (empty.warnings, list(tmp_path.iterdir())) == ([], [])


FAILURES = {
    "a failed cell": entry(Failure("ValueError", "no", PLACE), outcome="failed"),
    "a failed cell without its failure": entry(outcome="failed"),
    "a time-out": entry(Failure("TimeoutError", "30 s", PLACE, reason="timeout")),
    "a crash": entry(Failure("SIGSEGV", "", PLACE, reason="crash")),
    "too much output": entry(Failure("OutputLimit", "", PLACE, reason="output")),
    "too much memory": entry(Failure("MemoryError", "", PLACE, reason="memory")),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_never_kept(tmp_path: Path, name: str) -> None:
    """A page that failed, or that a limit or a crash ended, is run again at the next build."""
    assert not store(tmp_path).save(KEY, FAILURES[name])
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "value", ["\ud800", float("nan"), [[]], "long \ud800" + "x" * LONG], ids=["surrogate", "nan", "deep", "long"]
)
def test_what_json_cannot_say(tmp_path: Path, value: Any) -> None:
    """A record that could not come back as it was is not kept: one warning, no error, and the store goes on."""
    if value == [[]]:
        for _ in range(100_000):
            value = [value]
    build = store(tmp_path)
    assert not build.save(KEY, entry(Display({"application/json": value})))
    assert len(build.warnings) == 1
    assert build.save(KEY, number(1))
    while isinstance(value, list) and value:
        value = value[0]  # unwound by hand: freeing it at once would overflow the stack of older Pythons


def test_marks(tmp_path: Path) -> None:
    """The folder tells backup programs and git to pass by, in words that they know, and keeps its owner's words."""
    build = store(tmp_path)
    build.save(KEY, number(1))
    assert (build.folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    (build.folder / ".gitignore").write_text("mine\n")
    build.save(KEY, number(2))
    assert (build.folder / ".gitignore").read_text() == "mine\n"
    ignored = subprocess.run(["git", "init", "-q", tmp_path], check=True).returncode
    (build.folder / ".gitignore").write_text("*\n")
    status = subprocess.check_output(["git", "-C", tmp_path, "status", "--porcelain"], text=True)
    assert (ignored, status) == (0, "")


def cell(moved: int) -> Cell:
    """The cell of a page, moved down by so many lines."""
    return Cell(number=1, code="import helper", place=PLACE.moved(moved))


def page(root: Path) -> Page:
    """A page under a root."""
    return Page(path="docs/a.md", root=root, cells=(cell(0),))


def test_helper_that_is_edited_and_edited_back(tmp_path: Path) -> None:
    """A local module edited from A to B and back to A finds the record of A again."""
    helper = tmp_path / "helper.py"

    def build(text: str) -> str:
        helper.write_text(text)
        hit = store(tmp_path).find(KEY, accepts=lambda entry: entry_holds(entry, page(tmp_path)))
        if hit is None:
            record = entry(Stream("stdout", text)).record
            store(tmp_path).save(KEY, make_entry(page(tmp_path), record, files=[helper], packages=["msgspec"]))
        else:
            assert hit.record.cells[0].outputs == (Stream("stdout", text),)
        return "run" if hit is None else "found"

    assert [build(text) for text in "ABABCA"] == ["run", "run", "found", "found", "run", "found"]


def test_an_entry_for_fewer_cells(tmp_path: Path) -> None:
    """An entry that has not a record for each cell is none of the page's, whatever its key says."""
    page = make_page(tmp_path, "a.md", "1", "2")
    assert not entry_holds(entry(Stream("stdout", "a")), page)
    assert entry_holds(entry(Stream("stdout", "a")), page.first(1))


def test_lines_that_move(tmp_path: Path) -> None:
    """A record whose traceback names a line is found only while its cell stands on that line."""
    for shown, expected in ((Failure("ValueError", "no", PLACE), False), (Stream("stdout", "hello"), True)):
        store(tmp_path).save(KEY, make_entry(page(tmp_path), entry(shown).record, files=[], packages=[]))
        for moved, held in ((0, True), (1, expected)):
            there = structs.replace(page(tmp_path), cells=(cell(moved),))
            hit = store(tmp_path).find(KEY, accepts=lambda entry, there=there: entry_holds(entry, there))
            assert (hit is not None) == held
        for file in files(tmp_path, f"{KEY}*"):
            file.unlink()


def test_variants_are_few(tmp_path: Path) -> None:
    """Under one key, the four variants that were used last are kept, and the last of them is found first."""
    for of in range(6):
        store(tmp_path).save(KEY, entry(Stream("stdout", str(of)), inputs=Inputs(files={"a.py": str(of)})))
        time.sleep(0.01)
    seen: list[str] = []
    store(tmp_path).find(KEY, accepts=lambda entry: seen.append(entry.inputs.files["a.py"]) is not None)
    assert seen == ["5", "4", "3", "2"]
    store(tmp_path).find(KEY, accepts=lambda entry: entry.inputs.files["a.py"] == "3")
    latest = found(tmp_path)
    assert latest is not None
    assert latest.inputs.files == {"a.py": "3"}


def test_times(tmp_path: Path) -> None:
    """How long each page took is remembered, the last time only, and outlives the build."""
    store(tmp_path).remember("docs/a.md", 1.5)
    store(tmp_path).remember("docs/a.md", 2.5)
    store(tmp_path).remember("docs/é\ud800.md", 3.5)
    store(tmp_path).remember("docs/b.md", float("nan"))
    assert store(tmp_path).expected("docs/a.md") == 2.5
    assert store(tmp_path).expected("docs/b.md") is None
    assert faults(tmp_path) == []


def test_verification_tells_of_every_file(tmp_path: Path) -> None:
    """Verification has a word for every file: entries, long texts and times."""
    store(tmp_path).save(KEY, entry(Display({"image/png": IMAGE})))
    store(tmp_path).remember("docs/a.md", 1.5)
    assert [verdict.fault for verdict in store(tmp_path).verify()] == ["", "", ""]


def test_limit_of_a_file(tmp_path: Path) -> None:
    """A record that is larger than any file of a store may be is not kept, with one warning."""
    build = store(tmp_path)
    assert not build.save(KEY, entry(Stream("stdout", "x" * (LARGEST + 1))))
    assert len(build.warnings) == 1
    assert build.writing
