"""The preview leaks nothing: after hundreds of edits it takes what it took after the first."""

import contextlib
import http.client
import os
import time
from collections import Counter
from pathlib import Path

import psutil
from benchmarks.soak_server import Server
from benchmarks.soak_watch import Sample, files, left_processes, take
from sites import make_site, write_page

EDITS = 500
WARM = 100
"""Edits after which everything is there that a preview keeps."""
PAGES = ("index.md", "second.md", "third.md")
STORE_BYTES = 200_000
SETTLED_SECONDS = 30
QUIET_LOOKS = 5
JOBS = 2
ALLOWED = {"processes": JOBS, "descriptors": 0, "threads": 0, "temporary": 0, "memory": 24, "own_memory": 24}
"""By how much each may differ while nothing leaks, memory in MiB: a leak of 64 KiB an edit is more.

For each page that ran beside others, which depends on how fast the machine is, a supervisor waits for the next one.
"""


def values(edit: int) -> list[int]:
    """What the three cells of a page show: every fourth edit of the page is of the same cell, and one is of none."""
    return [edit - (edit - cell) % 4 for cell in (1, 2, 3)]


def page(edit: int) -> str:
    """A page after this many edits: of its prose, and of its first, middle or last cell."""
    cells = "".join(f"\n```python\nn = {value}\nf'shown {{n}}'\n```\n" for value in values(edit))
    return f"# Page\n{cells}\nEdit {edit} is here.\n"


def save(server: Server, number: int) -> None:
    """Edit one page, and wait until it is served with the edit and with what its cells show."""
    edit, which = divmod(number, len(PAGES))
    write_page(server.site, PAGES[which], page(edit))
    texts = [f"Edit {edit} is here.", *(f"shown {value}" for value in values(edit))]
    path = "/" if which == 0 else f"/{PAGES[which].removesuffix('.md')}/"
    server.wait(path, lambda answer: all(text in answer.text for text in texts), what=f"edit {number}")


def settled(server: Server, *, than: Sample | None = None) -> Sample:
    """What the preview takes when it has come to rest, or after a while, if it comes to none."""
    deadline, quiet = time.monotonic() + SETTLED_SECONDS, 0
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        time.sleep(0.3)
        now = look(server)
        quiet += not exceeds(now, than)
    return now


def bounded_store(server: Server) -> None:
    """Have what is in the store be old enough to be evicted, and wait until the next edit has made room."""
    store, an_hour_ago = server.site / ".workings", time.time() - 3600
    for file in files(store):
        os.utime(file, (an_hour_ago, an_hour_ago))
    save(server, EDITS + 1)
    deadline = time.monotonic() + SETTLED_SECONDS
    while (size := look(server).store_bytes) > STORE_BYTES:
        assert time.monotonic() < deadline, f"the store has {size} bytes, its limit is {STORE_BYTES}"
        time.sleep(0.1)


def look(server: Server) -> Sample:
    """What the preview takes now."""
    return take(server.pid, temporary=server.temporary, store=server.site / ".workings")


def kinds(server: Server) -> Counter[str]:
    """The processes below the server, by their names."""
    found: Counter[str] = Counter()
    for process in psutil.Process(server.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended since
            found[process.name()] += 1
    return found


def exceeds(now: Sample, than: Sample | None) -> list[str]:
    """What has grown between two looks."""
    if than is None:
        return []
    growth = {name: getattr(now, name) - getattr(than, name) for name in ALLOWED}
    return [f"{name} {grown:+.1f}" for name, grown in growth.items() if grown > ALLOWED[name]]


def test_hundreds_of_edits_leave_nothing(tmp_path: Path) -> None:
    """Processes, descriptors, threads, memory and files are the same after 500 edits as after 100, and none is left."""
    pages = {name: page(0) for name in PAGES}
    site = make_site(tmp_path / "site", pages, options={"store_size": STORE_BYTES, "jobs": JOBS})
    server = Server(site, temporary=tmp_path / "tmp", log=tmp_path / "log")
    try:
        server.wait("/", lambda answer: answer.status == http.HTTPStatus.OK, what="first page")
        for number in range(3, WARM + 1):
            save(server, number)
        before, first = settled(server), kinds(server)
        for number in range(WARM + 1, EDITS + 1):
            save(server, number)
        after, last = settled(server, than=before), kinds(server)
        bounded_store(server)
    finally:
        status = server.stop()
    assert status == 0, server.log.read_text()
    assert exceeds(after, before) == [], (before, after)
    assert set(last - first) <= {"wk-supervisor"}, "only supervisors may be more: they wait for the next page"
    assert left_processes(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []
