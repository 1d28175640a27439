"""Pages that are saved again while they run: what comes of the old run never stands for the new page."""

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from runs import make_page, plain_of, text_of

from workings import engine, keeping
from workings.engine import Running, run_pages
from workings.outputs import Record
from workings.running.warm import WarmProcess
from workings.settings import Settings

PATIENCE = 20
LOOP = "import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\nwhile True: pass"


def running_pid(root: Path) -> int:
    """The process of the page that has said so."""
    deadline = time.monotonic() + PATIENCE
    while not (root / "pid").exists() or not (root / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int((root / "pid").read_text())


def gone(pid: int) -> bool:
    """Whether a process ends in time."""
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("codes", [("print('good')",), ()], ids=["stored", "without cells"])
def test_a_run_ends_when_its_page_needs_none_any_more(tmp_path: Path, warm: WarmProcess, codes: tuple[str]) -> None:
    """An endless cell is interrupted by a save that has its record at once: from the store, or for want of cells."""
    settings = Settings(backend="cpu", store=tmp_path / "store")
    good = make_page(tmp_path, "a.md", *codes)
    run_pages([good], settings=settings, warm=warm)
    with Running(settings=settings, warm=warm) as running:
        running.add(make_page(tmp_path, "a.md", LOOP))
        pid = running_pid(tmp_path)
        running.add(good)
        assert [text_of(cell) for cell in running.record("a.md").cells] == ["good\n"] * len(codes)
        assert gone(pid)
        assert os.getpid() != pid


@pytest.mark.parametrize(("room", "name"), [(engine, "masked"), (keeping, "make_entry")], ids=["run", "kept"])
def test_a_save_as_a_record_is_stored(
    tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch, room: ModuleType, name: str
) -> None:
    """The record of a page that is saved at the moment in which it has run, or is kept, stays that of the old page."""
    settings = Settings(backend="cpu", store=tmp_path / "store")
    old, new = (make_page(tmp_path, "a.md", f"print('{word}')") for word in ("old", "new"))
    done, saved = getattr(room, name), threading.Event()

    def slowly(of: object, *given: object, **named: object) -> object:
        if (of is old or isinstance(of, Record)) and not saved.is_set():
            author = threading.Thread(target=running.add, args=[new])
            author.start()
            author.join(PATIENCE)
            saved.set()
        return done(of, *given, **named)

    monkeypatch.setattr(room, name, slowly)
    with Running(settings=settings, warm=warm) as running:
        running.add(old)
        assert saved.wait(PATIENCE)
        assert text_of(running.record("a.md").cells[0]) == "new\n"
    for page, shows in ((new, "new\n"), (old, "old\n")):
        records = run_pages([page], settings=settings, warm=warm).records
        assert text_of(records["a.md"].cells[0]) == shows


def test_a_record_is_kept_under_no_other_key(
    tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that has run when it is saved again is kept as what it was, and its record is never the next one's."""
    settings = Settings(backend="cpu", store=tmp_path / "store")
    old, new = make_page(tmp_path, "a.md", "print('old')"), make_page(tmp_path, "a.md", LOOP)
    masked, kept = engine.masked, keeping.Keeper(settings, reuse=True)  # type: ignore[attr-defined]

    def slowly(of: object, secrets: Sequence[str]) -> object:
        if isinstance(of, Record):
            author = threading.Thread(target=running.add, args=[new])
            author.start()
            author.join(PATIENCE)
        return masked(of, secrets)

    monkeypatch.setattr(engine, "masked", slowly)
    deadline = time.monotonic() + PATIENCE
    with Running(settings=settings, warm=warm) as running:
        running.add(old)
        while kept.find(kept.task(old)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert kept.find(kept.task(new)) is None


def test_a_page_that_is_gone_runs_no_longer(tmp_path: Path, warm: WarmProcess) -> None:
    """Of a page that a site has lost, the run is ended and nothing is known any more; the others are as they were."""
    with Running(settings=Settings(backend="cpu", store=None), warm=warm) as running:
        running.add(make_page(tmp_path, "kept.md", "print('kept')"), make_page(tmp_path, "a.md", LOOP))
        pid = running_pid(tmp_path)
        running.retain({"kept.md"})
        assert gone(pid)
        assert text_of(running.record("kept.md").cells[0]) == "kept\n"
        assert list(running.results().records) == ["kept.md"]


def test_no_two_runs_of_a_page_overlap(tmp_path: Path, warm: WarmProcess) -> None:
    """A page that is saved begins anew only when its old run is gone, though ending that takes a while."""
    slow = (
        "import itertools, os, signal, time\nabove = os.getppid()\n"
        "if os.fork() == 0: time.sleep(1.5); os.kill(above, signal.SIGCONT); os._exit(0)\n"
        "os.kill(above, signal.SIGSTOP)\n"
        "for n in itertools.count(): open('log', 'a').write(f'{n} ')"
    )
    alone = "import time\nopen('log', 'w').close()\ntime.sleep(.2)\nopen('log').read()"
    with Running(settings=Settings(backend="cpu", store=None), warm=warm) as running:
        running.add(make_page(tmp_path, "a.md", slow))
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "log").exists():
            assert time.monotonic() < deadline
        running.add(make_page(tmp_path, "a.md", alone))
        assert plain_of(running.record("a.md").cells[0]) == ["''"]
