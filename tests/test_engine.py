"""Pages run when something they depend on has changed, and only then."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import stores
from msgspec import structs
from runs import make_page, plain_of

from workings import fingerprint
from workings.engine import Event, Running, run_pages
from workings.outputs import Stream
from workings.page import Options, Page
from workings.running.warm import WarmProcess
from workings.settings import Settings
from workings.store import Store


class Bench:
    """A store, a warm process, and what happened at the last run."""

    def __init__(self, root: Path, warm: WarmProcess) -> None:
        """Keep the store beside the pages."""
        self.settings = Settings(backend="cpu", store=root / "store")
        self.warm = warm

    def run(self, *pages: Page) -> dict[str, str]:
        """Run pages; say of each whether it ran or was in the store.

        A file that changed within a tick of the kernel's clock before a run may have changed in it: such a run is not
        kept, and a moment is let pass.
        """
        time.sleep(0.05)
        events: list[Event] = []
        self.results = run_pages(pages, settings=self.settings, warm=self.warm, watch=events.append)
        return {event.page: event.what for event in events if event.what in {"finished", "stored"}}


@pytest.fixture
def bench(tmp_path: Path, warm: WarmProcess) -> Bench:
    """An empty store."""
    return Bench(tmp_path, warm)


def test_nothing_changed_runs_nothing(tmp_path: Path, bench: Bench) -> None:
    """A second run takes every record from the store, equal to the first."""
    pages = [make_page(tmp_path, "a.md", "1 + 1"), make_page(tmp_path, "b.md", "print('x')")]
    assert bench.run(*pages) == {"a.md": "finished", "b.md": "finished"}
    first = bench.results
    assert bench.run(*pages) == {"a.md": "stored", "b.md": "stored"}
    assert bench.results == first


def test_a_run_that_ends_leaves_its_store_within_its_limit(tmp_path: Path, bench: Bench) -> None:
    """What was not used for long is evicted; a run that goes on does it when much was written."""
    old = stores.entry(Stream("stdout", "long ago"))
    store = Store(tmp_path / "store", limit=bench.settings.store_bytes)

    def aged() -> Path:
        store.save(stores.KEY, old)
        (file,) = tmp_path.rglob(f"{stores.KEY}*")
        stores.age(file, 1000)
        return file

    file = aged()
    bench.run(make_page(tmp_path, "a.md", "1"))
    assert file.exists(), "the store is far from its limit"
    bench.settings = structs.replace(bench.settings, store_bytes=1)
    bench.run(make_page(tmp_path, "b.md", "2"))
    assert not file.exists()
    file = aged()
    with Running(settings=bench.settings, warm=bench.warm) as running:
        for path in ("c.md", "d.md"):
            running.add(make_page(tmp_path, path, "3"))
            running.record(path)
        stores.until(lambda: not file.exists())


def test_one_edited_cell_runs_one_page(tmp_path: Path, bench: Bench) -> None:
    """Of two pages, the one whose cell changed runs again."""
    kept = make_page(tmp_path, "a.md", "1")
    bench.run(kept, make_page(tmp_path, "b.md", "2"))
    assert bench.run(kept, make_page(tmp_path, "b.md", "3")) == {"a.md": "stored", "b.md": "finished"}


def test_prose_runs_nothing(tmp_path: Path, bench: Bench) -> None:
    """Cells that only moved, their page having grown above them, are not run again."""
    page = make_page(tmp_path, "a.md", "1", "print(2)")
    bench.run(page)
    moved = Page(
        path=page.path,
        root=page.root,
        cells=tuple(type(cell)(number=cell.number, code=cell.code, place=cell.place.moved(7)) for cell in page.cells),
    )
    assert bench.run(moved) == {"a.md": "stored"}


def test_another_torch_runs_everything(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the version of torch changes, no record is good any more."""
    page = make_page(tmp_path, "a.md", "1")
    bench.run(page)
    real = fingerprint.versions()
    monkeypatch.setattr("workings.keeping.versions", lambda: {**real, "torch": "99.0"})
    assert bench.run(page) == {"a.md": "finished"}


def test_an_edited_local_module_runs_the_pages_that_import_it(tmp_path: Path, bench: Bench) -> None:
    """A helper beside the page is part of what its record depends on, its content and not its time."""
    helper = tmp_path / "helper.py"
    helper.write_text("answer = 42\n")
    importing = make_page(tmp_path, "a.md", "import helper\nhelper.answer")
    other = make_page(tmp_path, "b.md", "1")
    bench.run(importing, other)
    assert bench.run(importing, other) == {"a.md": "stored", "b.md": "stored"}
    helper.write_text("answer = 43\n")
    assert bench.run(importing, other) == {"a.md": "finished", "b.md": "stored"}
    assert plain_of(bench.results.records["a.md"].cells[0]) == ["43"]


def test_an_edited_data_file_runs_the_pages_that_read_it(tmp_path: Path, bench: Bench) -> None:
    """A file that a page reads is part of what its record depends on; one that it wrote itself is not."""
    data = tmp_path / "data.txt"
    data.write_text("one")
    page = make_page(
        tmp_path, "a.md", "open('own.txt', 'w').write('x')", "open('data.txt').read() + open('own.txt').read()"
    )
    bench.run(page)
    assert bench.run(page) == {"a.md": "stored"}
    (tmp_path / "own.txt").write_text("changed")
    assert bench.run(page) == {"a.md": "stored"}
    data.write_text("two")
    assert bench.run(page) == {"a.md": "finished"}


def test_a_failure_is_never_stored(tmp_path: Path, bench: Bench) -> None:
    """A page that failed runs again, since what it needs may be there next time."""
    page = make_page(tmp_path, "a.md", "open('missing.txt').read()")
    bench.run(page)
    assert not bench.results.records["a.md"].passed
    (tmp_path / "missing.txt").write_text("now")
    assert bench.run(page) == {"a.md": "finished"}
    assert bench.results.records["a.md"].passed


def test_an_announced_failure_is_stored_and_knows_its_line(tmp_path: Path, bench: Bench) -> None:
    """A record that names lines of its page holds only while they are where they were."""
    page = make_page(tmp_path, "a.md", ("1 / 0", Options(raises="ZeroDivisionError")))
    bench.run(page)
    assert bench.run(page) == {"a.md": "stored"}
    cell = page.cells[0]
    moved = type(cell)(number=1, code=cell.code, place=cell.place.moved(3), options=cell.options)
    assert bench.run(Page(path=page.path, root=page.root, cells=(moved,))) == {"a.md": "finished"}


def test_stored_records_need_no_linux(tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pages can't be forked, a site whose records are all in the store is built all the same."""
    page = make_page(tmp_path, "a.md", "1")
    bench.run(page)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr("os.sched_getaffinity")
    assert bench.run(page) == {"a.md": "stored"}


def test_pages_without_cells_need_nothing(tmp_path: Path) -> None:
    """A page of prose has an empty record, and nothing is started for it."""
    page = make_page(tmp_path, "a.md")
    assert run_pages([page], settings=Settings(backend="cpu", store=None)).records["a.md"].cells == ()


def test_the_longest_page_starts_first(tmp_path: Path, bench: Bench) -> None:
    """A page that would keep all others waiting at the end starts first; the rest start in the order they are shown."""
    store = Store(tmp_path / "store", limit=bench.settings.store_bytes)
    for path, seconds in (("a.md", 0.1), ("b.md", 0.1), ("c.md", 3.0), ("d.md", 9.0), ("e.md", 0.1)):
        store.remember(path, seconds)
    started: list[str] = []

    def watch(event: Event) -> None:
        if event.what == "started":
            started.append(event.page)

    pages = [make_page(tmp_path, f"{name}.md", "1") for name in "abcdefg"]
    run_pages(pages, settings=bench.settings, warm=bench.warm, watch=watch)
    assert started == [f"{name}.md" for name in "dcabefg"]


def test_stored_records_need_neither_torch_nor_ipython(tmp_path: Path, bench: Bench) -> None:
    """A process that finds all its records imports no torch, IPython or matplotlib, and starts no other process."""
    bench.run(make_page(tmp_path, "a.md", "1 + 1"))
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from runs import make_page
from workings.engine import run_pages
from workings.settings import Settings
from workings.store import Store
root = Path({str(tmp_path)!r})
results = run_pages([make_page(root, "a.md", "1 + 1")], settings=Settings(backend="cpu", store=root / "store"))
assert results.records["a.md"].cells[0].outputs
print(sorted({{"torch", "IPython", "matplotlib"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[]\n", done.stderr
