"""Bad input of every kind on one site: each page gets a clear error or a faithful output, and the others are built."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from sites import WITHOUT, make_site, notebook, tree

LIMITS: dict[str, object] = {"timeout": 2, "page_timeout": 6, "memory": "600 MiB", "output": "20 kB", "jobs": 2}
KINDS = ("wk-stream", "wk-display", "wk-failure", "wk-note")
MARKUP = set(re.findall(r"\S+", "div pre span p strong bdi ul li class id role tabindex aria-label data-n"))


def cells(*codes: str) -> str:
    """A page of cells: the code of the first begins on line 4."""
    return "# A page\n" + "".join(f"\n```python\n{code}\n```\n" for code in codes)


def tagged(tag: str) -> str:
    """A notebook of one cell with this tag."""
    return notebook(("code", "1")).replace('"metadata": {},', f'"metadata": {{"tags": ["{tag}"]}},')


NAP = "import time\n\ndef nap():\n    time.sleep(99)\n"
BOOK = notebook(("code", "print('a')"), ("code", "1 / 0"), ("code", "1"))
SOURCES: dict[str, tuple[str | bytes, str, str]] = {  # by name: source, where in it, what the line says
    "truncated.ipynb": (BOOK[:150], "9", "this is not a notebook but broken JSON: Expecting ',' delimiter"),
    "text.ipynb": ("# A page\n", "1", "this is not a notebook but broken JSON: Expecting value"),
    "nothing.ipynb": ("", "1", "this is not a notebook but broken JSON: Expecting value"),
    "list.ipynb": ("[1, 2]", "1", "this JSON is not a notebook: a notebook is an object with cells"),
    "julia.ipynb": (BOOK.replace("python", "julia"), "1", "this notebook is in 'julia', and pages run Python: "),
    "encoded_book.ipynb": (BOOK.replace("'a'", "'ä'").encode("utf-16"), "1", "byte 1 of this line, 0xff, is not UTF-8"),
    "nul_book.ipynb": (notebook(("code", "'\0'")), "1", "cell 1 of the notebook, counting all: it holds a NUL char"),
    "tag_book.ipynb": (tagged("hide-inputs"), "cell 1:1", "unknown tag 'hide-inputs' (did you mean 'hide-input'?)"),
    "option_book.ipynb": (tagged("tmeout=3"), "cell 1:1", "unknown option 'tmeout' (did you mean 'timeout'?)"),
    "option.md": ('A\n\n```python tmeout="3"\n1\n```\n', "3", "unknown option 'tmeout' (did you mean 'timeout'?)"),
    "tag.md": ('```python tags="hide-inputs"\n1\n```\n', "1", "unknown tag 'hide-inputs' (did you mean 'hide-input'?)"),
    "twice.md": ('```python id="a"\n1\n```\n' * 2, "5", "id 'a' is that of the cell at docs/twice.md:2 too: choose"),
    "unclosed.md": (cells("1") + "\n```python\nx = 2\n\nText.\n", "7", "this fence is never closed: end it with"),
    "encoded.md": ("# A\n\nÄöü\n".encode("latin-1"), "3", "byte 1 of this line, 0xc4, is not UTF-8: save the file as"),
    "nul.md": ("# A\n\nText \0 here.\n", "3", "byte 6 of this line, 0x00, is NUL, which no text has: remove it"),
}

ODD = "</script><img src=x onerror=alert(1)> {}red{} 🙂 ``` {{{{ 7 * 7 }}}} {{% raw %}}"
SENT = ODD.format(r"\x1b[31m", r"\x1b[0m")
LIMIT = "stopped after 2 s (limit 2 s; raise it with timeout="
DIRECTORY = "import os, tempfile\nos.chdir(folder := tempfile.mkdtemp())\nos.rmdir(folder)\n1 / 0"
DIVISION = "failed: ZeroDivisionError: division by zero"
FAULTS: dict[str, tuple[str, str, str]] = {  # by name: code, where in its page, what the line says
    "loops.md": ("while True: pass", "5", LIMIT),
    "sleeps.md": ("import helper\nhelper.nap()", "6", LIMIT),
    "leaves.md": ("import os\nos._exit(0)", "4", "ended its process with exit status 0 (os._exit?): a cell has to"),
    "kills.md": ("import os\nos.kill(os.getpid(), 9)", "4", "ended its process: SIGKILL"),
    "memory.md": ("x = [bytearray(2**20) for _ in range(10**5)]", "5", "failed: MemoryError: took more than 600 MiB"),
    "floods.md": ("print('x' * 50_000_000)", "5", "failed: OutputLimit: printed more than 20,000 bytes (raise the"),
    "reads.md": ("input('name? ')", "5", "failed: StdinNotImplementedError: input('name? ') was called, and nobody"),
    "exits.md": ("import sys\nsys.exit(0)", "6", "failed: SystemExit: 0"),
    "closed.md": ("import sys\nsys.stdout.close()\nprint(1)", "7", "failed: ValueError: I/O operation on closed file."),
    "directory.md": (DIRECTORY, "8", DIVISION),
    "odd.md": (f'raise ValueError("{SENT}")', "5", f"failed: ValueError: {SENT}"),
    "surrogate.md": (r"raise ValueError('a\udc80b')", "5", "failed: ValueError: a�b"),
    "crlf_error.md": ("1 / 0", "5", DIVISION),
    "error_book.ipynb": ("1 / 0", "cell 1:2", DIVISION),
}
WRONG = {name: (where, says) for name, (_, where, says) in SOURCES.items()}
WRONG |= {name: (where, says if "cell" in where else f"cell 1 {says}") for name, (_, where, says) in FAULTS.items()}

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(2)></pre>&amp; <div data-workings='1'>"
TICKS = "``` {{ 7 * 7 }} {% raw %} {# c #} ````python *a* [b](c) <!-- d --> $x$ &copy; ~~~"
STARTS = "from threading import Thread\nThread(target=time.sleep, args=(99,)).start()\nPopen(['sleep', '98765'])"
ACCEPTED: dict[str, tuple[str | bytes, list[str]]] = {  # by name: source, what its cells show
    "index.md": (cells("import os\nprint('all is well in', os.path.basename(os.getcwd()))"), ["all is well in docs"]),
    "crlf.md": (cells("print('''a\nb''')", "print('c')").replace("\n", "\r\n"), ["a\nb", "c"]),
    "bom.md": (b"\xef\xbb\xbf" + cells("print('bom')").encode(), ["bom"]),
    "both_book.ipynb": (notebook(("code", "print('book')")).replace("\n", "\r\n").encode("utf-8-sig"), ["book"]),
    "empty.md": ("", []),
    "empty_book.ipynb": (notebook(), []),
    "closes.md": (cells("import sys\nsys.stdout.close()", "import os\nos.close(1)", "print('back')"), ["back"]),
    "changes.md": (cells("import os\nos.chdir('/')", "print(os.getcwd())"), ["/"]),
    "starts.md": (cells(f"import time\nfrom subprocess import Popen\n{STARTS};", "print('on')"), ["on"]),
    "markup.md": (cells(f'print("{SCRIPT}")'), [SCRIPT]),
    "ansi.md": (cells(r"print('\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jplain\x1b[')"), ["red plain"]),
    "returns.md": (cells(r"print('  0%\r 50%\r100%')"), ["100%"]),
    "emoji.md": (cells("print('🙂 👩‍🔬 é :smile:')", "'🙂'"), ["🙂 👩‍🔬 é :smile:", "'🙂'"]),
    "surrogates.md": (cells(r"print('a\ud800b')", r"'\udfff'"), ["a�b", r"'\udfff'"]),
    "ticks.md": (cells(f"print('{TICKS}')"), [TICKS]),
}


def written() -> Iterator[tuple[str, bytes]]:
    """All pages: a cell that fails has printed something, and stands above another."""
    for name, source in {name: page[0] for pages in (SOURCES, ACCEPTED) for name, page in pages.items()}.items():
        yield name, source.encode() if isinstance(source, str) else source
    for name, (code, _, _) in FAULTS.items():
        codes = (f"print('seen')\n{code}", "'later'")
        page = cells(*codes) if name.endswith(".md") else notebook(*(("code", code) for code in codes))
        yield name, page.replace("\n", "\r\n").encode("utf-8-sig") if "crlf" in name else page.encode()


class Shown(HTMLParser):
    """What a built page shows: the markup and the texts of its outputs, and how many scripts it has."""

    def __init__(self, site: Path, name: str) -> None:
        """Read a page."""
        super().__init__()
        self.scripts = 0
        self.markup: set[str] = set()
        self.texts: dict[str, list[str]] = {kind: [] for kind in KINDS}
        self._open: list[tuple[str, list[str]]] = []
        self.html = (site / "site" / name.partition(".")[0].replace("index", "") / "index.html").read_text("utf-8")
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is in an output: its elements, its attributes' names, its classes with a dot."""
        css = (dict(attrs).get("class") or "").split()
        self.scripts += tag == "script"
        if self._open or {"wk-out", "wk-problems"} & set(css):
            self.markup |= {tag, *(name for name, _ in attrs), *(f".{name}" for name in css)}
            self._open.append((tag, css))
            for kind in set(KINDS) & set(css):
                self.texts[kind].append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element of an output."""
        assert not self._open or self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Keep an output's text."""
        for kind in set(KINDS) & {name for _, css in self._open for name in css}:
            self.texts[kind][-1] += data


def lines_of(text: str, name: str) -> list[str]:
    """The lines about a page that an editor makes links of."""
    return re.findall(rf"^docs/{name}:(?!:).*$", text, re.MULTILINE)


def command(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a site's folder, as its author would."""
    line = [sys.executable, "-m", *arguments]
    return subprocess.run(line, cwd=site, capture_output=True, text=True, timeout=60, check=False)


class Said(NamedTuple):
    """A site, and what was said of it: by its build, by pytest, and by `python -m workings run` of what it can read."""

    site: Path
    build: str
    tests: str
    run: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """All pages on one site, built once with errors shown, in bounded time."""
    plugins = [{"workings": {"backend": "cpu", "errors": "show", **LIMITS}}, "mkdocs-jupyter", "search"]
    site = make_site(tmp_path_factory.mktemp("bad"), {"helper.py": NAP}, theme="mkdocs", plugins=plugins)
    for name, source in written():
        (site / "docs" / name).write_bytes(source)
    build = command(site, "mkdocs", "build")
    tests = command(site, "pytest", "-v", *WITHOUT)
    run = command(site, "workings", "run", *(f"docs/{name}" for name in (*FAULTS, *ACCEPTED)))
    assert build.returncode == tests.returncode == run.returncode == 1
    return Said(site, build.stderr, tests.stdout, run)


def test_the_build_says_no_more_than_it_should(said: Said) -> None:
    """Every fault is listed, once, and a warning; nothing is said of the engine's own files, and no process is left."""
    assert len(re.findall(r"^docs/", said.build, re.MULTILINE)) == len(WRONG)
    assert "WARNING -  docs/starts.md: left 1 process running" in said.build
    assert "workings/running" not in said.build
    assert not [process for process in psutil.process_iter(["cmdline"]) if "98765" in (process.info["cmdline"] or [])]


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_is_one_line_whoever_tells_it(said: Said, name: str) -> None:
    """The same line says where a page's fault is, and what, in the build, in pytest's report, and in a run."""
    (line,) = lines_of(said.build, name)
    assert line.startswith(f"docs/{name}:{WRONG[name][0]}: {WRONG[name][1]}")
    assert lines_of(said.tests, name) == [line]
    assert f"\ndocs/{name}::{'cell-1' if name in FAULTS else 'source'} FAILED " in said.tests
    if name in FAULTS:
        assert lines_of(said.run.stderr, name) == [line]
        assert re.search(rf"^docs/{name} .*\n\[1\] docs/{name}:.*\n    seen\n", said.run.stdout, re.MULTILINE)


def test_the_command_line_is_plain(said: Said) -> None:
    """Escapes of cells are written out; pages that can't be read are refused together, by the same lines."""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", said.run.stdout + said.run.stderr)
    assert r"\x1b[31mred" in said.run.stdout
    done = command(said.site, "workings", "run", *(f"docs/{name}" for name in SOURCES))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [line for name in SOURCES for line in lines_of(said.build, name)]


@pytest.mark.parametrize("name", WRONG)
def test_a_fault_stands_in_its_page(said: Said, name: str) -> None:
    """A page shows its fault; at a failed cell what was printed before, and that the cell below was not run."""
    page, (where, says) = Shown(said.site, name), WRONG[name]
    (failure,) = page.texts["wk-failure"]
    if name in SOURCES:
        assert f"docs/{name}:{where}: {says}" in failure
        return
    message = re.sub(r"^(cell 1 )?(failed: )?", "", says)
    assert (f"ValueError: {ODD.format('', '')}" if name == "odd.md" else message) in failure
    assert f"This cell failed at docs/{name}:{where}." in failure
    assert str(said.site) not in page.html
    assert page.texts["wk-stream"][0].startswith("seen")
    assert page.texts["wk-note"] == ["Not run: cell 1 failed before it."]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_accepted_is_shown_faithfully(said: Said, name: str) -> None:
    """A page without fault has what it printed, letter for letter, beside all the others, and passes its tests."""
    page = Shown(said.site, name)
    assert [text.rstrip("\n") for kind in KINDS for text in page.texts[kind]] == ACCEPTED[name][1]
    assert lines_of(said.build + said.tests, name) == []
    outcomes = re.findall(rf"^docs/{name}::\S+ (\w+)", said.tests, re.MULTILINE)
    assert outcomes == ["PASSED"] * (page.html.count(" data-n=") - page.html.count(" wk-result"))


@pytest.mark.parametrize("name", [*WRONG, *ACCEPTED])
def test_no_output_is_markup(said: Said, name: str) -> None:
    """Nothing that a cell printed or raised, and nothing in a message, is an element, an attribute or a script."""
    page = Shown(said.site, name)
    assert {name for name in page.markup if not name.startswith(".wk-")} <= MARKUP | {"data-search-exclude"}
    assert page.scripts == Shown(said.site, "index.md").scripts
    assert (".wk-ansi-1" in page.markup) == (name in {"ansi.md", "odd.md"})


def test_when_errors_stop_the_old_site_stays(said: Said, tmp_path: Path) -> None:
    """With `errors: stop` the same pages give the same lines, all of them, and not a byte of the site changes."""
    site = Path(shutil.copytree(said.site, tmp_path / "site"))
    (site / "mkdocs.yml").write_text((said.site / "mkdocs.yml").read_text().replace("errors: show", "errors: stop"))
    (site / "docs/index.md").write_text(cells("'anew'"))
    old = tree(site / "site")
    done = command(site, "mkdocs", "build")
    assert {name: lines_of(done.stderr, name) for name in WRONG} == {name: lines_of(said.build, name) for name in WRONG}
    assert (done.returncode, done.stdout.strip()) == (1, f"{len(WRONG)} errors; the site is as it was.")
    assert tree(site / "site") == old
    assert {path.name for path in site.iterdir()} == {"docs", "mkdocs.yml", "site", ".workings"}
