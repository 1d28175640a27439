"""What a preview shows is of the last save, and whole: nothing old passes for new, nobody is served half of a page."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from previews import serving
from runs import make_page
from sites import make_site, write_page
from test_site_serve import stands_still, wait_until

from workings.arrivals import Arrivals
from workings.outputs import CellRecord, Failure, Output, Provenance, Record, Stream
from workings.page import Page
from workings.place import Place
from workings.unfinished import with_stale
from workings.website.preview import preview as previewing
from workings.website.preview.application import Application, Shelf
from workings.website.preview.browsers import Browsers
from workings.website.preview.preview import Preview


def shown(text: str) -> tuple[Output, ...]:
    """What a cell has shown."""
    return (Stream("stdout", text),)


def test_what_a_run_tells_after_the_next_save_is_not_shown(tmp_path: Path) -> None:
    """Cells of a page that was saved again meanwhile are none of the new page's, as they come and at the end."""
    old, new = (make_page(tmp_path, "a.md", code) for code in ("'old'", "'new'"))
    arrivals = Arrivals()
    arrivals.expect([old])
    arrivals.expect([new])
    arrivals.advance(old, (CellRecord(outcome="running", outputs=shown("old")),))
    old_record = Record(cells=(CellRecord(outcome="passed", outputs=shown("old")),), provenance=Provenance(backend=""))
    assert not arrivals.put(old, old_record)
    assert arrivals.now("a.md").cells == (CellRecord(outcome="waiting"),)


def stale(old: Page, outputs: Iterable[tuple[Output, ...]], new: Page) -> list[tuple[Output, ...]]:
    """What stands beside the waiting cells of a page that has been edited."""
    cells = tuple(CellRecord(outcome="passed", outputs=each) for each in outputs)
    last = (old, Record(cells=cells, provenance=Provenance(backend="")))
    return [cell.stale for cell in with_stale(new, [CellRecord(outcome="waiting") for _ in new.cells], last)]


def test_what_a_cell_showed_stays_with_its_code(tmp_path: Path) -> None:
    """A cell that is put in, taken out or edited does not change which output is the last of which other cell."""
    old = make_page(tmp_path, "a.md", "1", "2", "3")
    outputs = [shown("one"), shown("two"), shown("three")]
    more = make_page(tmp_path, "a.md", "0", "1", "2 + 0", "3")
    assert stale(old, outputs, more) == [(), *outputs]
    assert stale(old, outputs, make_page(tmp_path, "a.md", "2", "3")) == outputs[1:]


def test_a_failure_is_no_last_good_output(tmp_path: Path) -> None:
    """An announced failure is a failure of the code that was edited: only what was shown before it stays."""
    page = make_page(tmp_path, "a.md", "1")
    failure = Failure("ValueError", "no", Place(path="a.md", line=6))
    assert stale(page, [(*shown("one"), failure)], page) == [shown("one")]


class Still:
    """Keeps files still, and knows whether it does."""

    held = False

    def __enter__(self) -> None:
        """Begin."""
        self.held = True

    def __exit__(self, *_: object) -> None:
        """End."""
        self.held = False


def test_a_file_is_read_while_nobody_writes_it() -> None:
    """From the moment in which a file is opened to its last byte nothing is written."""
    still, seen = Still(), list[bool]()

    def serve(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "7")])
        seen.append(still.held)
        return parts()

    def parts() -> Iterator[bytes]:
        for part in (b"<p>", b"</p>"):
            seen.append(still.held)
            yield part

    files = Shelf(still=lambda: still, freshen=lambda _: None)
    answer = Application(serve, mount="/", browsers=Browsers(), files=files)
    assert b"".join(answer({"PATH_INFO": "/"}, lambda *_: None)).startswith(b"<p></p>")  # type: ignore[arg-type]
    assert seen == [True, True, True]


def test_a_site_takes_its_place_while_nobody_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request waits until all of a new site is in the place of the old one, and until a page is written."""
    preview, free = Preview(lambda: SimpleNamespace(running=[])), list[bool]()  # type: ignore[arg-type,return-value]

    def look(*_: object, **__: object) -> None:
        def ask() -> None:
            free.append(preview._still.acquire(blocking=False))
            if free[-1]:
                preview._still.release()

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join()

    monkeypatch.setattr(previewing, "BuiltSite", lambda **_: SimpleNamespace(write=look, finish=look))
    preview.take(None, None)  # type: ignore[arg-type]
    preview.publish(SimpleNamespace(publish=look), None)  # type: ignore[arg-type]
    page = SimpleNamespace(file=SimpleNamespace(dest_uri="index.html"))
    preview._write(preview._site, [page])  # type: ignore[arg-type,list-item]
    assert free == [False, False, False]


def test_a_build_that_writes_into_the_docs_folder_causes_no_loop(tmp_path: Path) -> None:
    """What a hook writes at each build is no reason for the next one, though no cell runs."""
    site = make_site(tmp_path, {"index.md": "# Home"}, hooks=["hook.py"])
    hook = "from pathlib import Path\nimport time\ndef on_pre_build(config):\n"
    (site / "hook.py").write_text(hook + "    Path('docs/made.txt').write_text(str(time.time_ns()))\n", "utf-8")
    with serving(site) as preview:
        preview.wait(lambda page: "Home" in page)
        write_page(site, "index.md", "# Another home")
        preview.wait(lambda page: "Another home" in page)
        wait_until(lambda: stands_still(site / "docs/made.txt"), preview)
