"""Secrets of the builder do not reach what a page shows, wherever the page has them from."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from runs import failure_of, make_page, text_of
from sites import PYTEST, make_site, mkdocs, tree

from workings.engine import Running, run_pages
from workings.events import Event
from workings.masking import MASK, TEXTS, masked, secrets_of
from workings.outputs import CellRecord, Display, Failure, Provenance, Record, Stream
from workings.place import Place
from workings.running.warm import WarmProcess
from workings.settings import Settings

SECRET = "hunter2-hunter2<&>"  # noqa: S105 - nobody's
"""A password with characters that HTML writes in its own way."""
PLACE = Place(path="docs/hunter2-hunter2.md", line=3)


def of(value: str) -> tuple[str, ...]:
    """The secrets of a builder with one variable."""
    return secrets_of({"DEPLOY_TOKEN": value})


def holding(text: str) -> Record:
    """A record that has a text wherever a page's text can be."""
    display = Display(
        {"text/html": f"<b>{text}</b>", "application/json": {text: [1, text]}}, {"image/png": {"alt": text}}
    )
    failure = Failure(text, text, PLACE, traceback=f"line\n{text}")
    cell = CellRecord(outcome="failed", outputs=(Stream("stdout", text), display, failure), why=text, stale=(display,))
    provenance = Provenance(backend="cpu", device=text, torch=text, python=text)
    return Record(cells=(cell,), provenance=provenance, warnings=(text,))


def test_no_text_of_a_record_keeps_a_secret() -> None:
    """Streams, displays with their metadata, failures, reasons, provenance and warnings: nothing is left out."""
    record = masked(holding(f"a {SECRET} b"), of(SECRET))
    assert SECRET not in repr(record)
    assert record == holding(f"a {MASK} b")


def test_what_is_no_text_of_a_page_stays() -> None:
    """A secret that is a word of ours, or the path of a page, does not change what the engine goes by."""
    record = holding("x")
    assert masked(record, secrets_of({"A_KEY": "exception", "B_KEY": PLACE.path, "C_KEY": "cpu     "})) == record


def test_every_kind_of_value_with_text_is_known() -> None:
    """A field that is added to a record is either text, which is masked, or named here as none."""
    apart = {"outcome", "seconds", "memory", "place", "reason", "cut", "result", "backend", "seed", "date"}
    for kind, names in TEXTS.items():
        assert set(kind.__struct_fields__) - set(names) <= apart | ({"name"} if kind is Stream else set())


def test_without_a_secret_nothing_changes() -> None:
    """A record that holds no secret is the very same afterwards, whatever secrets there are."""
    record = holding("a")
    assert masked(record, of(SECRET)) is record
    assert masked(record, ()) is record
    assert masked(holding("a tensor"), of("a tenso")) == holding("a tensor")  # shorter than eight characters


@pytest.mark.parametrize(
    ("name", "counts"),
    [("GITHUB_TOKEN", 1), ("aws_secret_access_key", 1), ("DbPassword", 1), ("MY_KEY_2", 1), ("DEPLOY", 0), ("PATH", 0)],
)
def test_names_tell_what_is_secret(name: str, counts: int) -> None:
    """A variable whose name speaks of a token, secret, key or password holds one, in any case of letters."""
    assert bool(secrets_of({name: "value-of-it"})) == bool(counts)


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "hunter2-hunter2&lt;&amp;&gt;",
        "hunter2-hunter2%3C%26%3E",
        f"https://me:{SECRET}@host",
        f"{SECRET}{SECRET}",
    ],
)
def test_other_spellings_are_masked_too(text: str) -> None:
    """A secret in HTML or in an address is the same secret."""
    assert "hunter2" not in masked(Stream("stdout", text), of(SECRET)).text


def test_a_secret_of_many_lines_is_masked_by_line() -> None:
    """Of a private key each line is a secret, as one value in a Python string too; its first line is none."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    stream = Stream("stdout", f"{key.strip()} {key.strip()!r} kqhkiG9w0BAQEF -----BEGIN KEY-----.")
    assert masked(stream, of(key)).text == f"{MASK} '{MASK}' {MASK} -----BEGIN KEY-----."


def test_a_long_secret_goes_before_a_part_of_it() -> None:
    """When one secret begins like another, no rest of the longer one is left."""
    secrets = secrets_of({"A_TOKEN": "abcdefgh", "B_TOKEN": "abcdefgh-and-more"})
    assert masked(Stream("stdout", "abcdefgh-and-more abcdefgh"), secrets).text == "*** ***"


def test_the_beginning_of_a_secret_at_the_end_of_a_stream_is_masked() -> None:
    """Text that was cut at its limit, or has its rest still to come, does not end in half a secret."""
    assert masked(Stream("stdout", "it is hunter2-hun", cut=99), of(SECRET)).text == "it is ***"
    assert masked(Stream("stdout", "it is hunter"), of(SECRET)).text == "it is hunter"


READS = """
import os, sys, time
secret = open("secret.txt").read()
print(secret[:9], end="", flush=True)
os.write(1, b"")
time.sleep(0.3)
print(secret[9:])
print(secret, file=sys.stderr)
"""


def test_a_page_shows_no_secret_that_it_has_read(
    tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page reads from a file or from another process is masked while it runs, when it is done, and in the store.

    In one case it is written in two parts, which come in two messages.
    """
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    (tmp_path / "secret.txt").write_text(SECRET)
    environ = f"open('/proc/{os.getpid()}/environ').read().count('x')\nraise ValueError(secret)"
    pages = [make_page(tmp_path, "a.md", READS, "{'it': secret}"), make_page(tmp_path, "b.md", READS + environ)]
    seen: list[str] = []
    settings = Settings(backend="cpu", store=tmp_path / "store")
    with Running(settings=settings, warm=warm, watch=lambda event: seen.append(repr(event))) as running:
        running.add(*pages)
        records = running.results().records
    assert "hunter2-hunter2" not in repr(records)
    assert text_of(records["a.md"].cells[0]) == f"{MASK}\n{MASK}\n"
    assert failure_of(records["b.md"]).message == MASK
    kept = [file.read_bytes() for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert kept
    assert not any(b"hunter2-hunter2" in data for data in kept)


def test_a_page_that_runs_shows_no_secret(tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a preview shows of a page before its end is masked too."""
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    waits = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.02)"
    page, deadline = make_page(tmp_path, "a.md", f"print({SECRET!r})", waits), time.monotonic() + 20
    with Running(settings=Settings(backend="cpu", store=None), warm=warm) as running:
        running.add(page)
        while not text_of(first := running.now("a.md").cells[0]):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert text_of(first) == f"{MASK}\n"
        (tmp_path / "go").touch()
        running.record("a.md")


def test_a_record_that_was_kept_before_is_masked_when_it_is_found(
    tmp_path: Path, warm: WarmProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that becomes a secret later is masked in records of the store."""
    page = make_page(tmp_path, "a.md", f"print({SECRET!r})")
    settings = Settings(backend="cpu", store=tmp_path / "store")
    assert SECRET in text_of(run_pages([page], settings=settings, warm=warm).records["a.md"].cells[0])
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    events: list[Event] = []
    found = run_pages([page], settings=settings, warm=warm, watch=events.append).records["a.md"]
    assert [event.what for event in events] == ["stored"]
    assert text_of(found.cells[0]) == f"{MASK}\n"


PAGE = """# Page

```python
secret = open("secret.txt").read()
print(secret)
from IPython.display import HTML
HTML(f"<b>{secret}</b>")
```

```python
secret[:-1] + "!" if len(secret) < 9 else secret
```
"""


def test_no_file_of_a_site_has_a_secret(tmp_path: Path) -> None:
    """Pages, search index and whatever else is built, the words of the build and those of pytest have no secret."""
    site = make_site(
        tmp_path, {"index.md": PAGE, "bad.md": "```python\nraise ValueError(open('secret.txt').read())\n```\n"}
    )
    (site / "docs" / "secret.txt").write_text(SECRET)
    make_site(site, {}, options={"errors": "show"}, exclude_docs="secret.txt")
    done = mkdocs(site, "build", DEPLOY_TOKEN=SECRET)
    files = tree(site / "site")
    assert MASK in files["index.html"].decode()
    assert [name for name, data in files.items() if b"hunter2-hunter2" in data] == []
    assert "hunter2-hunter2" not in done.stdout + done.stderr
    make_site(site, {}, exclude_docs="secret.txt")
    stopped = mkdocs(site, "build", DEPLOY_TOKEN=SECRET)
    command = [*PYTEST, "docs"]
    environment = {**os.environ, "DEPLOY_TOKEN": SECRET}
    tested = subprocess.run(
        command, cwd=site, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    for said in (stopped, tested):
        assert said.returncode == 1
        assert MASK in said.stdout + said.stderr
        assert "hunter2-hunter2" not in said.stdout + said.stderr
