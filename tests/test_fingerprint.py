"""What a record is good for: the key, the inputs of a run, and the lines that outputs name."""

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stores import within

import workings
from workings.fingerprint import (
    Inputs,
    Moment,
    describe_inputs,
    describe_ties,
    engine_version,
    inputs_hold,
    machine,
    page_key,
    ties_hold,
    unsettled,
    versions,
)
from workings.fingerprint import key as key_module
from workings.fingerprint.key import LIMITS_APART, OPTIONS_APART, SETTINGS_APART, takes_part
from workings.outputs import CellRecord, Display, Failure, Output, Provenance, Record, Stream
from workings.page import Cell, Options, Page
from workings.place import Place
from workings.settings import Limits, Settings

ROOT = Path("/project")


def cell(number: int, code: str = "1 + 1", *, line: int = 10, **options: Any) -> Cell:
    """A cell of the page `docs/a.md`."""
    place = Place(path="docs/a.md", line=line)
    return Cell(number=number, code=code, place=place, options=Options(**options))


def page(*cells: Cell, **changes: Any) -> Page:
    """The page `docs/a.md`."""
    return Page(**{"path": "docs/a.md", "root": ROOT, "cells": cells or (cell(1),)} | changes)


def key(of: Page | None = None, **changes: Any) -> str:
    """The key of a page, with one ingredient or another changed."""
    ingredients = {"backend": "cpu", "settings": Settings(), "versions": {"torch": "2.13.0"}, "environment": {"a": "b"}}
    return page_key(of or page(), **ingredients | changes)


def record(*outputs: Output, **changes: Any) -> Record:
    """The record of a page with one cell."""
    shown = CellRecord(outcome="passed", outputs=outputs)
    return Record(**{"cells": (shown,), "provenance": Provenance(backend="cpu")} | changes)


OTHER_OPTIONS = {
    "id": "name",
    "tags": ("raises-exception",),
    "reason": "it needs the network",
    "raises": "ValueError",
    "backend": "cuda",
    "timeout": 60.0,
    "alt": "a curve",
    "proves": ("eq:softmax",),
    "role": "wrong",
    "exercise": "scores",
}
OTHER_SETTINGS = {
    "backend": "cuda",
    "jobs": 3,
    "seed": 1,
    "dtype": "float64",
    "limits": Limits(output=7),
    "errors": "show",
    "html": "trusted",
    "license": "MIT",
    "store": None,
    "store_bytes": 5,
    "preview_bytes": 5,
}
OTHER_LIMITS = {
    "cell_seconds": 1.0,
    "page_seconds": 1.0,
    "memory": 2**30,
    "output": 99,
    "display": 99,
    "displays": 3,
    "pixels": 99,
    "processes": 3,
    "file_size": 99,
}


@pytest.mark.parametrize("name", Options.__struct_fields__)
def test_options(name: str) -> None:
    """An option changes the key exactly if it decides how the cell runs."""
    changed = key(page(cell(1, **{name: OTHER_OPTIONS[name]})))
    assert (changed == key()) == (name in OPTIONS_APART - {"tags"})


@pytest.mark.parametrize("tag", ["hide-input", "hide-output", "remove-cell", "remove-output", "scroll-output"])
def test_tags_of_rendering(tag: str) -> None:
    """A tag that says how a cell is shown runs nothing again."""
    assert key(page(cell(1, tags=(tag,)))) == key()


@pytest.mark.parametrize("tag", ["raises-exception", "skip-execution", "a-tag-of-tomorrow"])
def test_tags_of_running(tag: str) -> None:
    """A tag that decides how a cell runs, or that nobody knows yet, changes the key."""
    assert key(page(cell(1, tags=(tag,)))) != key()


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_settings(name: str) -> None:
    """A setting changes the key exactly if a run can see it."""
    changed = key(settings=Settings(**{name: OTHER_SETTINGS[name]}))
    assert (changed == key()) == (name in SETTINGS_APART - {"limits"})


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_limits(name: str) -> None:
    """A limit changes the key, but for those of time, which no record that is kept has met."""
    changed = key(settings=Settings(limits=Limits(**{name: OTHER_LIMITS[name]})))
    assert (changed == key()) == (name in LIMITS_APART)


@pytest.mark.parametrize(
    "changed",
    [
        {"of": page(cell(1, "1 + 2"))},
        {"of": page(cell(1, "1 + 1 "))},
        {"of": page(cell(2))},
        {"of": page(cell(1), cell(2))},
        {"of": page(path="docs/b.md")},
        {"of": page(backend="cuda")},
        {"backend": "cuda"},
        {"versions": {"torch": "2.13.1"}},
        {"versions": {"torch": "2.13.0", "python": "3.12"}},
        {"environment": {"a": "c"}},
        {"environment": {}},
    ],
)
def test_ingredients(changed: dict[str, Any]) -> None:
    """Code, order, path, backend, versions and environment each change the key."""
    assert key(**changed) != key()


def test_order_of_cells() -> None:
    """The same cells in another order are another run."""
    first, second = cell(1, "a = 1"), cell(1, "a = 2")
    assert key(page(first, second)) != key(page(second, first))


def test_no_cell_runs_into_the_next() -> None:
    """Code that moves from one cell to the next changes the key."""
    assert key(page(cell(1, "a"), cell(2, "b\nc"))) != key(page(cell(1, "a\nb"), cell(2, "c")))


def test_prose_edits() -> None:
    """Prose that is added above a cell, or a project that is moved, leaves the key as it is."""
    assert key(page(cell(1, line=99), root=Path("/elsewhere"))) == key()


def test_lone_surrogates() -> None:
    """Code that no encoding can hold has a key, and one of its own."""
    assert key(page(cell(1, "'\ud800'"))) != key(page(cell(1, "'\ud801'")))


def test_engine_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the engine is another key."""
    before = key()
    monkeypatch.setattr(key_module, "engine_version", lambda: "another")
    assert key() != before


def test_format_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the key's own format is another key."""
    before = key()
    monkeypatch.setattr(key_module, "FORMAT", 2)
    assert key() != before


SCRIPT = """
import sys
from pathlib import Path
from workings.fingerprint import *
from workings.fingerprint import page_key, versions, machine
from workings.page import Page, Cell
from workings.place import Place
from workings.settings import Settings
names = sys.argv[1].split()
cells = (Cell(number=1, code="x", place=Place(path="a.md")),)
given = {name: name for name in names}
print(page_key(Page(path="a.md", root=Path("."), cells=cells), backend="cpu", settings=Settings(),
               versions=versions() | given, environment=machine() | given))
"""


def test_hash_seed_and_dict_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is the same for every hash seed and every order of a dict."""
    found = set()
    for seed, names in (("0", "a b c"), ("1", "c b a"), ("random", "b a c")):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        found.add(subprocess.check_output([sys.executable, "-c", SCRIPT, names], text=True).strip())
    assert len(found) == 1
    assert len(found.pop()) == 64


def test_imports_nothing_heavy() -> None:
    """Keys, inputs and the store need neither torch nor IPython nor MkDocs, not even to read their versions."""
    script = (
        "import sys; from pathlib import Path; import workings.store; from workings.fingerprint import *;"
        "from workings.fingerprint import versions, describe_inputs, engine_version;"
        "assert versions()['torch'] and versions()['ipython'], versions();"
        "describe_inputs([], ['torch', 'numpy'], Path('.')), engine_version();"
        "print(*{'torch', 'IPython', 'mkdocs', 'matplotlib', 'numpy', 'markdown'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).split() == []


def test_versions_and_machine() -> None:
    """The key's versions and machine are facts, none of them empty."""
    assert {"python", "torch", "numpy", "matplotlib", "ipython"} == versions().keys()
    assert all(versions().values())
    assert all(machine().values())


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the engine's source that the fingerprint takes for its own."""
    copy = tmp_path / "workings"
    shutil.copytree(Path(workings.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(key_module, "__file__", str(copy / "fingerprint" / "key.py"))
    return copy


@pytest.mark.parametrize(
    "name", ["running/of_tomorrow.py", "outputs.py", "fingerprint/key.py", "page.py", "rendering/palette.py"]
)
def test_engine_edits(engine: Path, name: str) -> None:
    """An edit to what runs pages makes every page run again."""
    before = engine_version.__wrapped__()
    (engine / name).parent.mkdir(exist_ok=True)
    with (engine / name).open("a") as file:
        file.write("# edited\n")
    assert engine_version.__wrapped__() != before


@pytest.mark.parametrize("name", ["rendering/x.py", "reading/x.py", "website/x.py", "pytest_plugin.py", "new.py"])
def test_edits_beside_the_engine(engine: Path, name: str) -> None:
    """An edit to what reads or renders pages runs none of them again, and neither does a new date on a file."""
    before = engine_version.__wrapped__()
    (engine / name).parent.mkdir(exist_ok=True)
    with (engine / name).open("a") as file:
        file.write("# edited\n")
    os.utime(engine / "outputs.py", (1, 1))
    assert engine_version.__wrapped__() == before


def names_imported(path: Path) -> Iterator[tuple[str, str]]:
    """The modules of the engine that a file imports from, each with the name that it asks them for."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.startswith("workings."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "workings":
            yield from ((node.module or "", alias.name) for alias in node.names)


def home(module: str, name: str) -> Path:
    """The file, relative to the engine's folder, in which a name stands that may be asked for elsewhere."""
    folder = Path(workings.__file__).parent
    stem = Path(*module.split(".")[1:])
    if (folder / stem / name).with_suffix(".py").is_file():
        return (stem / name).with_suffix(".py")
    path = stem / "__init__.py" if (folder / stem).is_dir() else stem.with_suffix(".py")
    passed_on = (there for there, known in names_imported(folder / path) if known == name)
    return next((home(there, name) for there in passed_on), path)


def test_engine_version_covers_what_runs_pages() -> None:
    """Whatever takes part in a run is part of the engine's version, whichever room it stands in."""
    folder = Path(workings.__file__).parent
    for path in folder.rglob("*.py"):
        if takes_part(path.relative_to(folder)):
            for module, name in names_imported(path):
                assert takes_part(home(module, name)), f"{path} imports {name} of {module}"


def test_inputs(tmp_path: Path) -> None:
    """The files and packages of a run hold until one of them says something else."""
    (tmp_path / "helper.py").write_text("a = 1\n")
    inputs = describe_inputs([tmp_path / "helper.py"], ["msgspec"], tmp_path)
    assert list(inputs.files) == ["helper.py"]
    assert inputs.packages["msgspec"][0].isdigit()
    assert inputs_hold(inputs, tmp_path)
    (tmp_path / "helper.py").write_text("a = 2\n")
    assert not inputs_hold(inputs, tmp_path)


def test_edit_with_the_same_date(tmp_path: Path) -> None:
    """An edit that keeps a file's size and date is seen; a new date without an edit is no edit."""
    file = tmp_path / "data.csv"
    file.write_text("1,2\n")
    os.utime(file, (1000, 1000))
    inputs = describe_inputs([file], [], tmp_path)
    os.utime(file, (2000, 2000))
    assert inputs_hold(inputs, tmp_path)
    file.write_text("1,3\n")
    os.utime(file, (1000, 1000))
    assert not inputs_hold(inputs, tmp_path)


def test_moved_project(tmp_path: Path) -> None:
    """Inputs under the root are known by their place in it, those outside by their full path."""
    inside, outside = tmp_path / "a" / "helper.py", tmp_path / "data.csv"
    inside.parent.mkdir()
    inside.write_text("a = 1\n")
    outside.write_text("1,2\n")
    inputs = describe_inputs([inside, outside, "../data.csv"], [], tmp_path / "a")
    assert set(inputs.files) == {"helper.py", outside.as_posix()}
    (tmp_path / "a").rename(tmp_path / "b")
    assert inputs_hold(inputs, tmp_path / "b")


def test_missing_inputs(tmp_path: Path) -> None:
    """A file that was looked for in vain makes the page run again when it appears; one that is deleted does too."""
    file = tmp_path / "weights.bin"
    absent = describe_inputs([file], [], tmp_path)
    assert inputs_hold(absent, tmp_path)
    file.write_bytes(b"1")
    assert not inputs_hold(absent, tmp_path)
    present = describe_inputs([file], [], tmp_path)
    file.unlink()
    assert not inputs_hold(present, tmp_path)


def test_odd_inputs(tmp_path: Path) -> None:
    """A folder, a pipe and a device have no content to compare, and nothing waits for them."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    odd = [tmp_path / "pipe", tmp_path / "folder", "/dev/zero", "nul\0byte"]
    before = len(list(Path("/dev/fd").iterdir()))
    with within(10):
        inputs = describe_inputs(odd, [], tmp_path)
    assert len(list(Path("/dev/fd").iterdir())) == before, "a file was left open"
    assert inputs.files == {"nul\0byte": ""}
    (tmp_path / "file").write_text("x")
    regular = describe_inputs([tmp_path / "file"], [], tmp_path)
    (tmp_path / "file").unlink()
    os.mkfifo(tmp_path / "file")
    with within(10):
        assert not inputs_hold(regular, tmp_path)


def test_package_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is upgraded, removed or newly installed makes the pages that use it run again."""
    monkeypatch.syspath_prepend(tmp_path)
    absent = describe_inputs([], ["einops-of-ours"], tmp_path)
    facts = tmp_path / "einops_of_ours-1.0.dist-info" / "METADATA"
    facts.parent.mkdir()
    facts.write_text("Metadata-Version: 2.1\nName: einops-of-ours\nVersion: 1.0\n")
    assert not inputs_hold(absent, tmp_path)
    present = describe_inputs([], ["einops-of-ours"], tmp_path)
    assert present == Inputs(packages={"einops-of-ours": "1.0"})
    assert inputs_hold(present, tmp_path)
    facts.write_text("Metadata-Version: 2.1\nName: einops-of-ours\nVersion: 1.1\n")
    assert not inputs_hold(present, tmp_path)


def test_packages_in_every_key(tmp_path: Path) -> None:
    """A package whose version is in every key is not looked up again for each record."""
    assert describe_inputs([], [*versions(), "msgspec"], tmp_path).packages.keys() == {"msgspec", "python"}


def test_edit_during_a_run(tmp_path: Path) -> None:
    """A file that is saved while a page runs is named: nobody knows which of its contents the page read."""
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text("a = 1\n")
    time.sleep(0.1)
    started = Moment.now()
    assert unsettled([old, tmp_path / "none.py"], tmp_path, started) == ()
    new.write_text("a = 1\n")
    os.utime(new, (1000, 1000))
    assert unsettled([old, new], tmp_path, started) == ("new.py",)


@pytest.mark.parametrize("hours", [1, -1])
def test_edit_during_a_run_in_which_the_clock_was_set(tmp_path: Path, hours: int) -> None:
    """A file that was saved during a run is named, though the clock was set back or forward in that run."""
    file, now = tmp_path / "a.py", Moment.now()
    file.write_text("a = 1\n")
    run = Moment(wall=now.wall + 3600 * hours - 60, steady=now.steady - 60)
    assert unsettled([file], tmp_path, run) == ("a.py",)


def test_file_from_before_a_run_in_which_the_clock_was_set_back(tmp_path: Path) -> None:
    """What was there before such a run is not named: it is known what the run read."""
    file = tmp_path / "a.py"
    file.write_text("a = 1\n")
    time.sleep(0.2)
    now = Moment.now()
    assert unsettled([file], tmp_path, Moment(wall=now.wall + 3600, steady=now.steady)) == ()


PLACE = Place(path="docs/a.md", line=10)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (record(Failure("ValueError", "no", PLACE, traceback='File "docs/a.md", line 10')), "1"),
        (record(Failure("ValueError", "no", PLACE)), "1"),
        (record(Stream("stderr", "docs/a.md:10: UserWarning: careful\n")), "1"),
        (record(Stream("stdout", "/project/docs/a.md")), "1"),
        (record(Display({"text/html": "<b>docs/a.md:10</b>"})), "1"),
        (record(Display({"application/json": {"at": ["docs/a.md", 10]}})), "1"),
        (record(warnings=("docs/a.md:10: a process was left running",)), "1"),
        (record(Stream("stdout", "10")), "print(sys._getframe().f_lineno)"),
        (record(Stream("stdout", "10: hello")), "logging.basicConfig(format='%(lineno)d: %(message)s')"),
    ],
)
def test_outputs_that_name_lines(shown: Record, code: str) -> None:
    """An output that names its page, or may name a line, is good only while the cells stand where they stood."""
    ties = describe_ties(page(cell(1, code)), shown)
    assert ties_hold(ties, page(cell(1, code)))
    assert not ties_hold(ties, page(cell(1, code, line=11)))


def test_outputs_that_name_no_line() -> None:
    """Prose that is added above a cell leaves its outputs good."""
    ties = describe_ties(page(), record(Stream("stdout", "a.markdown: 10"), Display({"text/plain": "10"})))
    assert ties_hold(ties, page(cell(1, line=11)))


def test_page_with_an_odd_name() -> None:
    """A page whose name JSON must spell in its own way is found in its outputs all the same."""
    path = 'docs/é "q".md'
    ties = describe_ties(page(path=path), record(Stream("stdout", f"{path}:10: UserWarning")))
    assert not ties_hold(ties, page(cell(1, line=11), path=path))


def test_cells_of_a_notebook_that_move() -> None:
    """A traceback of a notebook names the cell's number, so a cell inserted before it makes the page run again."""
    before, after = (
        Page(path="a.ipynb", root=ROOT, cells=(Cell(number=1, code="1/0", place=Place(path="a.ipynb", cell=n)),))
        for n in (3, 4)
    )
    ties = describe_ties(before, record(Stream("stderr", "a.ipynb:cell 3:1")))
    assert ties_hold(ties, before)
    assert not ties_hold(ties, after)


def test_outputs_that_name_the_root() -> None:
    """A page that prints its folder runs again when the project is moved; one that does not, does not."""
    telling, silent = (describe_ties(page(), record(Stream("stdout", text))) for text in ("/project/docs\n", "docs\n"))
    moved = page(root=Path("/elsewhere"))
    assert ties_hold(telling, page())
    assert not ties_hold(telling, moved)
    assert ties_hold(silent, moved)
