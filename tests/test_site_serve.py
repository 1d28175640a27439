"""The preview: `mkdocs serve` stays up whatever a page does."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from previews import PATIENCE, Preview, serving
from sites import MATERIAL, make_site, write_page

GOOD = "# Page\n\n```python\n'the answer is ' + str({number})\n```\n"
BROKEN = "# Page\n\n```python\nprint('so far')\n1 / 0\n```\n"
TIME = "from pathlib import Path\nimport time\nPath('made.txt').write_text(str(time.time_ns()))"
COUNT = "from pathlib import Path\nfile = Path('made.txt')\nlast = file.read_text() if file.exists() else '0'"
COUNT += "\nfile.write_text(str(int(last) + 1))"
HELPED = "# Helped\n\n```python\nimport helper\n```\n\n```python\nhelper.wait()\n'it says ' + helper.WORD\n```\n"
HELPER = "import time\nWORD = {word!r}\ndef wait():\n    time.sleep({seconds})\n"
RAN = re.compile(r"(?:ran|failed) in [\d.]+ s(?: \((\d+) of (\d+)\))?")


def wait_until(holds: Callable[[], bool], preview: Preview) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, preview.log.read_text("utf-8")
        time.sleep(0.05)


@pytest.mark.parametrize("arguments", [(), ("--strict",)])
def test_the_server_stays_up_and_the_next_save_recovers(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A page that is broken from the start is shown with its error; mended it is shown whole; broken again, too."""
    site = make_site(tmp_path, {"index.md": BROKEN, "other.md": GOOD.format(number=1)}, theme=MATERIAL)
    with serving(site, *arguments) as preview:
        page = preview.wait(lambda page: "ZeroDivisionError" in page)
        assert "so far" in page
        preview.wait(lambda page: "the answer is 1" in page, "/other/")
        said = "docs/index.md:5: cell 1 failed: ZeroDivisionError"
        wait_until(lambda: said in preview.log.read_text(), preview)  # the page shows it first
        write_page(site, "index.md", GOOD.format(number=42))
        page = preview.wait(lambda page: "the answer is 42" in page)
        assert "ZeroDivisionError" not in page
        (site / "docs/index.md").write_bytes(b"\xff\xfe")
        preview.wait(lambda page: "docs/index.md:1" in page)
        write_page(site, "index.md", GOOD.format(number=43))
        preview.wait(lambda page: "the answer is 43" in page)


def stands_still(file: Path) -> bool:
    """Whether a file is not written any more."""
    before = file.read_text()
    time.sleep(3)
    return file.read_text() == before


@pytest.mark.parametrize("code", [TIME, COUNT])
def test_a_cell_that_writes_into_the_docs_folder_causes_no_loop(tmp_path: Path, code: str) -> None:
    """What a cell writes is no reason to build again and again, even if its page reads it, and fails at each build."""
    page = f"# Writes\n\n```python\n{code}\n1 / 0\n```\n"
    site = make_site(tmp_path, {"index.md": page})
    with serving(site) as preview:
        preview.wait(lambda page: "ZeroDivisionError" in page)
        write_page(site, "index.md", page + "\nSaved.\n")
        preview.wait(lambda page: "Saved." in page)
        wait_until(lambda: stands_still(site / "docs/made.txt"), preview)
        write_page(site, "index.md", GOOD.format(number=5))
        preview.wait(lambda page: "the answer is 5" in page)


def test_a_module_counts_however_often_it_is_saved(tmp_path: Path) -> None:
    """Each save of a module that a page imports is shown, in the middle of the runs that it causes, too."""
    site = make_site(tmp_path, {"index.md": HELPED, "helper.py": HELPER.format(word="word 0", seconds=0)})
    with serving(site) as preview:
        preview.wait(lambda page: "it says word 0" in page)
        for number in range(1, 5):
            write_page(site, "helper.py", HELPER.format(word=f"word {number}", seconds=PATIENCE))
            preview.wait(lambda page: "wk-running" in page)
            time.sleep(0.3)  # for a file's time that lies within the run
        write_page(site, "helper.py", HELPER.format(word="the last word", seconds=0))
        preview.wait(lambda page: "it says the last word" in page)


def test_a_module_above_the_docs_folder_counts(tmp_path: Path) -> None:
    """What a page reads of the project is watched wherever it stands, from the first build or the first run on."""
    imports = "import sys\nsys.path.insert(0, '..')\nimport helper\nhelper.WORD"
    site = make_site(tmp_path, {"index.md": "# Home", "uses.md": f"# Uses\n\n```python\n{imports}\n```\n"})
    helper = site / "helper.py"
    helper.write_text("WORD = 'word 0'\n")
    for number in (0, 1):
        with serving(site) as preview:
            preview.wait(lambda page, number=number: f"word {number}" in page and "Ran on" in page, "/uses/")
            helper.write_text(f"WORD = 'word {number + 1}'\n")
            preview.wait(lambda page, number=number: f"word {number + 1}" in page, "/uses/")


def test_what_is_saved_while_the_first_site_is_built_is_shown(tmp_path: Path) -> None:
    """A page that is saved before the server has begun to watch is not served as it was."""
    hook = "from pathlib import Path\ndef on_env(env, **_):\n    if not Path('once').exists():\n"
    hook += (
        "        Path('once').touch()\n        Path('docs/index.md').write_text('# Saved meanwhile')\n    return env\n"
    )
    site = make_site(tmp_path, {"index.md": "# Home"}, hooks=["hook.py"])
    (site / "hook.py").write_text(hook)
    with serving(site) as preview:
        preview.wait(lambda page: "Saved meanwhile" in page)


def test_a_page_that_goes_away_while_it_is_built_is_no_end(tmp_path: Path) -> None:
    """A page that is deleted between two builds, or renamed, is gone from the preview, and the rest goes on."""
    site = make_site(tmp_path, {"index.md": GOOD.format(number=1), "other.md": GOOD.format(number=2)})
    with serving(site) as preview:
        preview.wait(lambda page: "the answer is 2" in page, "/other/")
        (site / "docs/other.md").rename(site / "docs/renamed.md")
        preview.wait(lambda page: "the answer is 2" in page, "/renamed/")
        assert preview.get("/other/") == ""
        write_page(site, "index.md", GOOD.format(number=3))
        preview.wait(lambda page: "the answer is 3" in page)
        (site / "docs/renamed.md").unlink()
        preview.wait(lambda page: "/renamed/" not in page and "renamed/" not in page)
        assert preview.get("/renamed/") == ""


def test_the_navigation_is_that_of_the_last_save(tmp_path: Path) -> None:
    """A navigation that is edited is on all pages, and one that names a page that there is not is told of."""
    site = make_site(tmp_path, {"index.md": "# Home", "other.md": "# Other"}, theme=MATERIAL)
    plain = (site / "mkdocs.yml").read_text("utf-8")
    with serving(site) as preview:
        preview.wait(lambda page: "Home" in page)
        (site / "mkdocs.yml").write_text(f"{plain}\nnav: [index.md, Named otherwise: other.md]\n", "utf-8")
        preview.wait(lambda page: "Named otherwise" in page)
        (site / "mkdocs.yml").write_text(f"{plain}\nnav: [index.md, gone.md]\n", "utf-8")
        wait_until(lambda: "'gone.md'" in preview.log.read_text("utf-8"), preview)
        (site / "mkdocs.yml").write_text(plain, "utf-8")
        preview.wait(lambda page: "Other" in page and "Named otherwise" not in page)


def test_what_is_wrong_with_a_source_is_told_at_each_save(tmp_path: Path) -> None:
    """Bad front matter, or a bad option, is on the page and in the terminal, whether all is built or the page alone."""
    site = make_site(tmp_path, {"index.md": GOOD.format(number=1), "other.md": "# Other"})
    with serving(site) as preview:
        preview.wait(lambda page: "the answer is 1" in page)
        write_page(site, "index.md", "---\ntitle: [\n---\n" + GOOD.format(number=2))
        preview.wait(lambda page: "the answer is 2" in page and "docs/index.md:3: the front matter" in page)
        write_page(site, "index.md", "---\ntitle: Good\n---\n" + GOOD.format(number=3))
        preview.wait(lambda page: "the answer is 3" in page and "has to be mended" not in page)
        bad = "---\ntitle: Good\n---\n" + GOOD.format(number=4).replace("```python", '```python tags="hide-inputs"')
        write_page(site, "index.md", bad)
        preview.wait(lambda page: "docs/index.md:6:" in page)
        wait_until(lambda: "\ndocs/index.md:6:" in preview.log.read_text("utf-8"), preview)
        assert "\ndocs/index.md:3: the front matter" in preview.log.read_text("utf-8")


def test_the_terminal_never_counts_more_pages_than_there_are(tmp_path: Path) -> None:
    """Of the pages on their way the log says how many have run; a page that is alone needs no number."""
    pages = {f"p{number}.md": GOOD.format(number=number) for number in range(4)}
    site = make_site(tmp_path, {"index.md": GOOD.format(number=9), **pages})
    with serving(site) as preview:
        wait_until(lambda: len(RAN.findall(preview.log.read_text("utf-8"))) == 5, preview)
        for number in (10, 11):
            write_page(site, "index.md", GOOD.format(number=number))
            preview.wait(lambda page, number=number: f"the answer is {number}" in page)  # type: ignore[misc]
        wait_until(lambda: len(RAN.findall(preview.log.read_text("utf-8"))) == 7, preview)
    counts = RAN.findall(preview.log.read_text("utf-8"))
    assert all(int(done) <= int(pages) for done, pages in counts if done), counts
    assert counts[5:] == [("", ""), ("", "")]
