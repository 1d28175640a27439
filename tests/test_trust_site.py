"""The promises of a build, kept by the real command: the same site whatever happens to the store, or the old one."""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from msgspec import structs
from sites import LIMIT, PYTEST, build, make_site, mkdocs, tree, write_page
from stores import anything

from workings.outputs import Display, Failure, Stream
from workings.place import Place
from workings.store import Store

SECRETS = {"DEPLOY_TOKEN": "hunter2hunter2", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "PLAIN": "nobody-asked-for-it"}
DAY = {"SOURCE_DATE_EPOCH": "1700000000"}
TELLS = """# Tells

```python
import os
print(dict(os.environ))
!env
open("/proc/self/environ").read()
```

```python raises="KeyError"
raise KeyError(sorted(os.environ.values()))
```
"""
DRAWS = """# Draws

```python
import os, random, numpy as np, torch, matplotlib.pyplot as plt
print(oct(os.umask(0)), {*"abcdef"}, random.random(), torch.rand(2), "\\u00e9\\u2028")
plt.plot(np.random.rand(5), label="$x^2$")
plt.legend();
```
"""
PAGES = {"index.md": "# Home\n", "draws.md": DRAWS}
PAGES |= {f"page{n}.md": f"# Page {n}\n\n```python\nprint({n} * 111, 'x' * 70_000)\n```\n" for n in range(9)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has been built, to be copied."""
    folder = make_site(tmp_path_factory.mktemp("built"), PAGES, theme="mkdocs")
    build(folder, **DAY)
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A site that has been built, with its store."""
    return Path(shutil.copytree(built, tmp_path / "lab"))


def leftovers(site: Path) -> list[str]:
    """What lies beside the site's own files."""
    return sorted({path.name for path in site.iterdir()} - {"docs", "mkdocs.yml", "site", ".workings"})


def entries(site: Path) -> dict[str, Path]:
    """The files of the store's entries, by the digits that their pages print first."""
    found = {file: re.search(r'"text":"(\d{3}) ', file.read_text()) for file in (site / ".workings").rglob("??/*.json")}
    blobs = {file.stem: file.read_text()[:3] for file in (site / ".workings").rglob("*.blob")}
    digits = {file: re.search(r'"sha256":"(\w{64})"\}\]', file.read_text()) for file in found}
    return {blobs[match[1]]: file for file, match in digits.items() if match is not None and match[1] in blobs}


def test_secrets_reach_neither_site_nor_store(site: Path) -> None:
    """Of an environment that a page prints, raises and reads, no value is in the site, its index or the store."""
    write_page(site, "tells.md", TELLS)
    build(site, **SECRETS)
    files = tree(site / "site") | tree(site / ".workings")
    assert b"OMP_NUM_THREADS" in files["tells/index.html"]
    assert "search/search_index.json" in files
    for value in SECRETS.values():
        for shape in (value.encode(), base64.b64encode(value.encode()), value[::-1].encode()):
            assert [name for name, data in files.items() if shape in data] == []


def test_the_builder_makes_no_difference(built: Path, tmp_path: Path) -> None:
    """Another locale, time zone, terminal, hash seed, umask, number of jobs, and no store: the same bytes."""
    pages = dict(reversed(PAGES.items()))
    site = make_site(tmp_path / "other", pages, theme="mkdocs", options={"jobs": 1, "store": False})
    strange = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "COLUMNS": "40", "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"}
    strange |= {"PYTHONUTF8": "0", "MPLBACKEND": "svg", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    mask = os.umask(0o077)
    try:
        build(site, **DAY, **strange)
    finally:
        os.umask(mask)
    old = tree(built / "site")
    assert {name for name, data in tree(site / "site").items() if data != old.get(name)} == set()
    assert set(tree(site / "site")) == set(old)


def flip(file: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def swap(file: Path, what: Callable[[Path], object]) -> None:
    """Put something else in a file's place."""
    file.unlink()
    what(file)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "111": lambda file: os.truncate(file, 100),
    "222": lambda file: file.write_bytes(os.urandom(500)),
    "333": flip,
    "444": lambda file: swap(file, os.mkfifo),
    "555": lambda file: (file.rename(file.parent / "copy"), file.symlink_to("copy")),
    "666": lambda file: swap(file, Path.mkdir),
    "777": Path.unlink,
    "888": lambda file: file.with_name(file.stem + ".blob").write_text("planted"),
}


def test_whatever_happens_to_the_store_the_site_is_the_same(site: Path) -> None:
    """Records cut, garbled, flipped, deleted, or made pipes, links and folders are made again, with a warning each."""
    old, kept = tree(site / "site"), entries(site)
    for digits, damage in DAMAGE.items():
        damage(kept[digits])
    (site / ".workings/times").rename(site / "times")
    os.mkfifo(site / ".workings/times")
    shutil.rmtree(site / "times")
    done = build(site, **DAY)
    assert tree(site / "site") == old
    assert "7 ran, 3 from the store" in done.stderr
    assert len(re.findall(r"WARNING.*it was removed", done.stderr)) == 6
    assert leftovers(site) == []


BAD = "<script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>x</a><style>*{}</style>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(4)'><script>alert(5)</script></svg>"
HOSTILE = (
    Stream("stdout", BAD),
    *(Display({kind: BAD}) for kind in ("text/html", "text/markdown", "text/latex", "text/plain", "application/json")),
    Display({"image/svg+xml": SVG, "text/plain": BAD}, {"image/svg+xml": {"workings": "figure", "alt": BAD}}),
    Display({"image/png": BAD, "application/javascript": "alert(6)", "text/plain": BAD}, {"width": BAD, "alt": BAD}),
    Display({BAD: BAD}),
)
FAILURE = Failure(BAD, BAD, Place(path=BAD, line=3), traceback=BAD)


def test_what_is_planted_in_a_store_is_no_script(site: Path) -> None:
    """Entries and recorded outputs that prove themselves, and hold markup in every field, add no element of it."""
    store = Store(site / ".workings", limit=2**30)
    for file in entries(site).values():
        key = file.name.partition(".")[0]
        entry = store.find(key, accepts=anything)
        assert entry is not None
        (cell,) = entry.record.cells
        where = structs.replace(entry.record.provenance, device=BAD, torch=BAD, backend=BAD)
        cells = (structs.replace(cell, outputs=(*HOSTILE, FAILURE), why=BAD),)
        record = structs.replace(entry.record, cells=cells, provenance=where)
        assert store.save(key, structs.replace(entry, record=record))
    scripts = (site / "site/page0/index.html").read_text().count("<script")
    build(site)
    for page in ("page1", "page8"):
        html = (site / "site" / page / "index.html").read_text()
        assert "alert(1)" in html, "what was planted is not shown"
        assert html.count("<script") == scripts
        tags = " ".join(re.findall(r"<[a-zA-Z][^>]*>", html))
        assert not re.search(r"""\son\w+\s*=|javascript:|<style|<svg""", re.sub(r'"[^"]*"', '""', tags), re.IGNORECASE)
        assert "javascript:" not in " ".join(re.findall(r'(?:href|src)="([^"]*)', html))


@pytest.mark.parametrize("blocks", [8, 100])
def test_a_disk_that_fills_leaves_the_old_site(site: Path, blocks: int) -> None:
    """When files can't be written any more in the middle of a build, it fails, and every byte of the old site stays."""
    old = tree(site / "site")
    write_page(site, "index.md", "# Home\n\nAnew.\n" + "More words for a long page. " * 3000)
    command = f"ulimit -f {blocks}; exec '{sys.executable}' -m mkdocs build"
    done = subprocess.run(["sh", "-c", command], cwd=site, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode not in (0, -signal.SIGXFSZ)
    assert "File too large" in done.stdout + done.stderr
    assert tree(site / "site") == old
    assert leftovers(site) == []
    build(site)
    assert "Anew." in (site / "site/index.html").read_text()


def test_a_store_that_can_t_be_written_is_a_warning(site: Path) -> None:
    """With a read-only store the records in it are used, what ran is not kept, one warning says so, and all is well."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("the superuser writes everywhere, and there is no setpriv to take that away")
    write_page(site, "page0.md", "# Page 0\n\n```python\nprint(999 - 1)\n```\n")
    folders = [site / ".workings", *(path for path in (site / ".workings").rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    before = set(tree(site / ".workings"))
    command = [*plain, sys.executable, "-m", "mkdocs", "build"]
    done = subprocess.run(command, cwd=site, capture_output=True, text=True, timeout=LIMIT, check=False)
    for folder in folders:
        folder.chmod(0o700)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 ran, 9 from the store" in done.stderr
    assert done.stderr.count("the store can't be written") == 1
    assert "998" in (site / "site/page0/index.html").read_text()
    assert set(tree(site / ".workings")) == before


def test_two_builds_at_once_are_as_one(site: Path) -> None:
    """Two builds of one site with one empty store both come out well, and the site is what either makes alone."""
    old = tree(site / "site")
    shutil.rmtree(site / ".workings")
    command = [sys.executable, "-m", "mkdocs", "build"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    builds = [subprocess.Popen(command, cwd=site, env={**os.environ, **DAY}, **pipes) for _ in range(2)]
    said = [build.communicate(timeout=LIMIT)[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], said
    assert tree(site / "site") == old
    assert leftovers(site) == []
    assert [verdict for verdict in Store(site / ".workings", limit=2**30).verify() if verdict.fault] == []


HOOK = """
from pathlib import Path
def on_files(files, config):
    Path(config.docs_dir, "page1.md").unlink()
    Path(config.docs_dir, "page2.md").write_bytes(b"\\xff")
"""


def test_a_page_that_goes_while_the_site_is_built_is_its_own_fault(site: Path) -> None:
    """Deleted or garbled after the pages were listed, a page is one line, and the rest is built."""
    make_site(site, {}, theme="mkdocs", hooks=["hook.py"], options={"errors": "show"})
    (site / "hook.py").write_text(HOOK)
    done = mkdocs(site, "build")
    lines = [line for line in done.stderr.split("\n") if line.startswith("docs/")]
    assert done.returncode == 1
    assert [line.partition(": ")[0] for line in lines] == ["docs/page1.md:1", "docs/page2.md:1"]
    assert "Traceback" not in done.stderr
    assert "333 " in (site / "site/page3/index.html").read_text()


def test_interrupted_tests_leave_nothing(site: Path) -> None:
    """When `pytest` is interrupted while a page runs, the page's process, the warm one and their folders are gone."""
    slow = "import time, os\nopen('started', 'w').close()\ntime.sleep(60)"
    write_page(site, "index.md", f"# Slow\n\n```python\n{slow}\n```\n")
    scratch = site / "scratch"
    scratch.mkdir()
    command = [*PYTEST, "-q", "docs/index.md"]
    with subprocess.Popen(
        command, cwd=site, env={**os.environ, "TMPDIR": str(scratch)}, stdout=subprocess.PIPE, text=True
    ) as tests:
        deadline = time.monotonic() + 60
        while not (site / "docs/started").exists():
            assert tests.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        below = psutil.Process(tests.pid).children(recursive=True)
        tests.send_signal(signal.SIGINT)
        said, _ = tests.communicate(timeout=30)
    assert "KeyboardInterrupt" in said
    assert len(below) >= 3
    psutil.wait_procs(below, timeout=10)
    assert [process for process in below if process.is_running()] == []
    assert [path.name for path in scratch.iterdir() if "workings" in path.name] == []


SHOWS = """# Shows

Prose that is found, `coded` too.

```python
from IPython.display import HTML, Markdown, display
import matplotlib.pyplot as plt
def shown(word): return word[::-1]
print(shown("tnirpz"))
display(HTML(f"<div><h2 id='x'>{shown('gnidaehz')}</h2><p>{shown('lmthz')}</p></div>"))
display(Markdown(f"## {shown('nwodkramz')}"))
print(shown("retalz"))
plt.title(shown("erugifz"));
```

```python tags="hide-output" raises="ValueError"
raise ValueError(shown("eruliafz"))
```

## Below

More prose.
"""
SHOWN = {"zprint", "zheading", "zhtml", "zmarkdown", "zlater", "zfigure", "zfailure"}


@pytest.mark.parametrize("theme", ["material", "mkdocs", "readthedocs"])
def test_what_cells_show_is_not_in_the_index(tmp_path: Path, theme: str) -> None:
    """Prose and code of a page are found by search, and nothing that its cells have shown, in any theme."""
    site = make_site(tmp_path, {"index.md": SHOWS}, theme=theme)
    build(site)
    page = (site / "site" / "index.html").read_text("utf-8")
    index = (site / "site" / "search" / "search_index.json").read_text("utf-8")
    assert {word for word in SHOWN if word in page} == SHOWN
    assert {word for word in SHOWN if word in index} == set()
    assert not re.search("This cell is meant|Show output|Ran on", index)
    for word in ("Prose that is found", "coded", "def shown", "retalz", "raise ValueError", "More prose"):
        assert word in re.sub("<[^>]*>", "", index)
