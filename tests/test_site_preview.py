"""The preview builds what has changed and no more, and what it serves is what a build would make."""

import difflib
import os
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from mkdocs.config import load_config
from previews import PATIENCE, Preview, serving
from runs import make_page
from sites import MATERIAL, make_site, mkdocs, notebook, tree, write_page
from watchdog.events import FileSystemEvent, FileSystemEventHandler

from workings.engine import Running
from workings.events import Event
from workings.settings import Settings
from workings.takeaway import FORMS
from workings.website.preview import watching
from workings.website.preview.activity import Activity
from workings.website.preview.browsers import LOOKED_AT_SECONDS
from workings.website.preview.built import only_pages_matter, reads_its_page
from workings.website.preview.edits import Edits

PAGE = """# {title}

First words of {title}.

## A part {{ #part }}

```python
'value ' + str({number})
```

## Another part

Last words, and a link to [another page]({link}#part).
"""
PLAIN = {"name": "mkdocs", "highlightjs": False}
DATED = {"sitemap.xml", "sitemap.xml.gz"}
"""Files with the time of their build in them."""
DATE = re.compile(rb"Build Date UTC : .*")
"""What the plain theme writes into the first page."""


def page(title: str, number: int = 1, link: str = "index.md") -> str:
    """A page that has everything that edits change."""
    return PAGE.format(title=title, number=number, link=link)


def served(preview: Preview) -> dict[str, bytes]:
    """What stands in the folder that a preview serves."""
    (folder,) = preview.site.glob("mkdocs_*")
    return tree(folder)


def built(preview: Preview) -> dict[str, bytes]:
    """What a build makes of the same sources, at the same address."""
    config = yaml.safe_load((preview.site / "mkdocs.yml").read_text("utf-8"))
    config |= {"site_url": f"http://127.0.0.1:{preview.port}/", "site_dir": "fresh"}
    (preview.site / "fresh.yml").write_text(yaml.safe_dump(config), "utf-8")
    done = mkdocs(preview.site, "build", "--config-file", "fresh.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    return tree(preview.site / "fresh")


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The files in which two sites are not the same."""
    paths = sorted((one.keys() | other.keys()) - DATED)
    return [path for path in paths if DATE.sub(b"", one.get(path, b"-")) != DATE.sub(b"", other.get(path, b"-"))]


def wait_until(holds: Callable[[], bool], what: Callable[[], object] = lambda: "") -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def assert_like_a_build(preview: Preview) -> None:
    """Wait until the preview has caught up, which it must; it makes copies of pages when they are asked for."""
    wanted = built(preview)
    copies = [path for path in wanted if path.endswith(FORMS)]

    def asked() -> dict[str, bytes]:
        for path in copies:
            preview.get(f"/{path}")
        return served(preview)

    wait_until(lambda: not differing(asked(), wanted), lambda: difference(asked(), wanted))


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    """What a failed test says of two sites that are not the same."""
    paths = differing(one, other)
    lines = [site.get(paths[0], b"").decode(errors="replace").splitlines() for site in (one, other)] if paths else []
    return "\n".join([*paths, *(difflib.unified_diff(*lines, "served", "built", lineterm="", n=1) if lines else ())])


class Author:
    """Somebody who changes pages at random, in the same way for the same seed."""

    def __init__(self, site: Path, seed: int) -> None:
        """Take the site."""
        self.docs, self.random, self.count = site / "docs", random.Random(seed), 0  # noqa: S311 - pages, not secrets

    def edit(self) -> str:
        """Change something; say what."""
        self.count += 1
        file = self.random.choice(sorted(self.docs.glob("p*.md")))
        text = file.read_text("utf-8")
        edits = {
            "prose": text.replace("First words", f"First {self.count} words"),
            "cell": re.sub(r"str\(\d+\)", f"str({self.count})", text),
            "heading": re.sub(r"## Another.*", f"## Another part {self.count}", text),
            "title": re.sub(r"(?m)^# .*", f"# Title {self.count}", text),
            "front matter": f"---\ndescription: Of {self.count}\n---\n{text.rpartition('---')[2].lstrip()}",
            "link": re.sub(r"\]\([^)#]*", f"]({self.random.choice(['p1.md', 'p2.md', 'index.md'])}", text),
        }
        kind = self.random.choice([*edits, "prose", "new", "gone", "notebook"])
        if kind in edits:
            file.write_text(edits[kind], "utf-8")
        elif kind == "new":
            write_page(self.docs.parent, f"p{self.count + 10}.md", page(f"New {self.count}", link=file.name))
        elif kind == "notebook":
            cells = ("markdown", f"# Notebook\n\nWords {self.count}."), ("code", "'of a notebook'")
            write_page(self.docs.parent, "notes.ipynb", notebook(*cells))
        elif file.name not in {"p1.md", "p2.md"}:
            file.unlink()
        return f"{kind} of {file.name}"


@pytest.mark.parametrize(("theme", "seed"), [(MATERIAL, 1), (MATERIAL, 2), (PLAIN, 3)])
def test_any_edits_leave_the_site_that_a_build_makes(tmp_path: Path, theme: dict[str, object], seed: int) -> None:
    """After edits of all kinds in any order, the served site is that of a build, to the byte."""
    pages = {"index.md": page("Home"), "notes.ipynb": notebook(("markdown", "# Notebook"))}
    pages |= {f"p{number}.md": page(f"Page {number}", number) for number in range(1, 5)}
    site = make_site(
        tmp_path, pages, theme=theme, plugins=["search", "mkdocs-jupyter", {"workings": {"backend": "cpu", "jobs": 2}}]
    )
    with serving(site) as preview:
        preview.wait(lambda page: "value 1" in page)
        author = Author(site, seed)
        for number in range(1, 13):
            author.edit()
            time.sleep(author.random.choice([0, 0.05, 0.5]))
            if number % 4 == 0:
                assert_like_a_build(preview)


def test_a_page_whose_text_has_changed_is_built_by_itself(tmp_path: Path) -> None:
    """An edit of prose or of a cell builds one page, and an edit of a title the navigation of all."""
    site = make_site(
        tmp_path, {"index.md": page("Home"), "p1.md": page("First"), "p2.md": page("Second")}, theme=MATERIAL
    )
    with serving(site) as preview:
        others = settled(preview)
        write_page(site, "p1.md", page("First", 2).replace("First words", "Other words"))
        preview.wait(lambda page: "value 2" in page and "Other words" in page, "/p1/")
        wait_until(lambda: "Other words" in (files(preview)["search/search_index.json"]).read_text("utf-8"))
        changed = {path for path, time in settled(preview).items() if time != others.get(path)}
        assert changed == {"p1/index.html", "search/search_index.json"}
        write_page(site, "p1.md", page("Renamed", 2))
        preview.wait(lambda page: "Renamed" in page, "/p2/")


def settled(preview: Preview) -> dict[str, int]:
    """When each file was written, once all pages have run and nothing is written any more."""
    for path in ("/", "/p1/", "/p2/"):
        preview.wait(lambda page: "Ran on" in page, path)
    times: list[dict[str, int]] = [{}]

    def stand_still() -> bool:
        times.append({path: file.stat().st_mtime_ns for path, file in files(preview).items()})
        time.sleep(0.5)
        return times[-1] == times[-2]

    wait_until(stand_still)
    return times[-1]


def files(preview: Preview) -> dict[str, Path]:
    """The files that a preview serves, by their path."""
    (folder,) = preview.site.glob("mkdocs_*")
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def test_a_broken_configuration_leaves_pages_to_be_read(tmp_path: Path) -> None:
    """With a mkdocs.yml that can't be read the old pages are served, a page can be edited, and mending it is enough."""
    site = make_site(tmp_path, {"index.md": page("Home"), "p1.md": page("First")})
    good = (site / "mkdocs.yml").read_text("utf-8")
    with serving(site) as preview:
        preview.wait(lambda page: "value 1" in page)
        (site / "mkdocs.yml").write_text("site_name: [", "utf-8")
        wait_until(lambda: "stays as it was" in preview.log.read_text("utf-8"))
        assert "First words of Home" in preview.get()
        write_page(site, "p1.md", page("First", 7))
        preview.wait(lambda page: "value 7" in page, "/p1/")
        (site / "mkdocs.yml").write_text(good.replace("Test", "Mended"), "utf-8")
        preview.wait(lambda page: "Mended" in page)


def test_a_build_that_fails_half_way_leaves_the_old_site(tmp_path: Path) -> None:
    """A fault in the middle of a build, here of a hook, takes no page away; the next save builds the site."""
    site = make_site(tmp_path, {"index.md": page("Home")}, hooks=["hook.py"])
    hook = "from pathlib import Path\ndef on_page_context(context, **_):\n    assert not Path('stop').exists()\n"
    (site / "hook.py").write_text(hook, "utf-8")
    with serving(site) as preview:
        preview.wait(lambda page: "value 1" in page)
        (site / "stop").touch()
        write_page(site, "index.md", page("Home", 2))
        wait_until(lambda: "stays as it was" in preview.log.read_text("utf-8"))
        assert "value 1" in preview.get()
        assert not list(site.glob(".*.workings-*"))
        (site / "stop").unlink()
        write_page(site, "index.md", page("Home", 3))
        preview.wait(lambda page: "value 3" in page)


def test_a_page_that_cannot_be_built_leaves_the_others_to_be_shown(tmp_path: Path) -> None:
    """Of two pages whose cells are done at once, one that a hook refuses is told of, and the other is published."""
    wait = "from pathlib import Path\nimport time\nwhile not Path('../go').exists(): time.sleep(0.01)"
    pages = dict.fromkeys(("bad.md", "good.md"), f"# Page\n\n```python\n{wait}\n```\n")
    site = make_site(tmp_path, {"index.md": "# Home", **pages}, hooks=["hook.py"])
    hook = "from pathlib import Path\ndef on_page_context(context, page, **_):\n"
    hook += "    assert page.file.src_uri != 'bad.md' or not Path('stop').exists()\n"
    (site / "hook.py").write_text(hook, "utf-8")
    with serving(site) as preview:
        for path in ("/bad/", "/good/"):
            preview.wait(lambda page: "wk-running" in page, path)
        (site / "stop").touch()
        (site / "go").touch()
        wait_until(lambda: "Ran on" in files(preview)["good/index.html"].read_text("utf-8"))
        wait_until(lambda: "bad.md can't be shown" in preview.log.read_text("utf-8"))


def test_a_style_sheet_is_published_again(tmp_path: Path) -> None:
    """A file that is no page is in the served site when it is saved, put in place by another name, or new."""
    site = make_site(tmp_path, {"index.md": page("Home"), "own.css": "a { color: red }"}, extra_css=["own.css"])
    with serving(site) as preview:
        preview.wait(lambda page: "value 1" in page)
        write_page(site, "own.css.new", "a { color: green }").rename(site / "docs/own.css")
        preview.wait(lambda text: "green" in text, "/own.css")
        write_page(site, "folder/new.css", "a { color: blue }")
        preview.wait(lambda text: "blue" in text, "/folder/new.css")


def test_who_comes_back_to_a_page_hears_what_has_come_of_it(tmp_path: Path) -> None:
    """A browser that asks for news of a page that nobody looked at for a while gets what its cells have shown since."""
    folder = tmp_path / "outside"
    folder.mkdir()
    wait = f"from pathlib import Path\nimport time\nwhile not Path(r'{folder}/{{0}}').exists(): time.sleep(0.02)"
    second = f"Path(r'{folder}/second').touch()\n{wait.format('end')}"
    steps = f"# Steps\n\n```python\n{wait.format('go')}\nprint('first is done')\n```\n\n"
    steps += f'```python timeout="{5 * PATIENCE}"\n{second}\n```\n'
    with serving(make_site(tmp_path / "site", {"index.md": steps})) as preview:
        seen = preview.wait(lambda page: "wk-running" in page)
        (version,) = re.findall(r'data-version="(\d+)"', seen)
        time.sleep(LOOKED_AT_SECONDS + 1)
        (folder / "go").touch()
        wait_until((folder / "second").exists)
        assert preview.get(f"/_workings/version?page=/&since={version}") not in {"", version}
        assert "first is done" in preview.get()
        assert not (folder / "end").exists()
        (folder / "end").touch()


def test_a_page_that_includes_others_is_no_page_by_itself() -> None:
    """Extensions that read other files, and those that nobody knows, make every edit a matter of the whole site."""
    assert reads_its_page("toc")
    assert reads_its_page("markdown.extensions.tables")
    assert reads_its_page("pymdownx.superfences")
    assert not reads_its_page("pymdownx.snippets")
    assert not reads_its_page("markdown_include.include")


@pytest.mark.parametrize(
    ("change", "alone"),
    [
        ({}, True),
        ({"theme": {"name": "readthedocs"}}, True),
        ({"plugins": ["search", "workings", "tags"]}, False),
        ({"hooks": ["hook.py"]}, False),
        ({"theme": {"name": "material", "custom_dir": "own"}}, False),
        ({"markdown_extensions": ["pymdownx.snippets"]}, False),
    ],
)
def test_only_where_nothing_looks_at_two_pages_is_a_page_built_by_itself(
    tmp_path: Path,
    change: dict[str, object],
    alone: bool,  # noqa: FBT001
) -> None:
    """A hook, a template or a plugin that nobody knows may show one page in another."""
    site = make_site(
        tmp_path, {"index.md": "# Home"}, **{"theme": MATERIAL, "plugins": ["search", "workings"]} | change
    )  # type: ignore[arg-type]
    (site / "hook.py").touch()
    (site / "own").mkdir()
    assert only_pages_matter(load_config(str(site / "mkdocs.yml"))) is alone


def test_a_preview_for_others_is_pointed_out(tmp_path: Path) -> None:
    """A server that listens on other addresses than this machine's own says so."""
    site = make_site(tmp_path, {"index.md": "# Home"})
    with serving(site) as preview:
        preview.wait(lambda page: "Home" in page)
        assert "listens on" not in preview.log.read_text("utf-8")
    with serving(site, host="0.0.0.0") as preview:  # noqa: S104 - the test is that it is told of
        preview.wait(lambda page: "Home" in page)
        assert "listens on 0.0.0.0" in preview.log.read_text("utf-8")


def test_a_file_that_is_saved_while_cells_run_is_an_edit(tmp_path: Path) -> None:
    """However often an author saves a style sheet during the run of a page, each time counts."""
    activity = Activity()
    edits = Edits(lambda: [str(tmp_path)], activity)
    file = tmp_path / "own.css"
    activity.hear(Event(page="docs/page.md", what="started"))
    for count in range(1, 6):
        file.write_text("a" * count)
        assert edits.look() == {str(file)}


def write_now(file: Path, text: str) -> None:
    """Write a file whose time is that of the clock, and not of the file system's last tick."""
    file.write_text(text)
    os.utime(file, (time.time(), time.time()))


def run_that_writes(activity: Activity, edits: Edits, file: Path, text: str, *, known: bool) -> bool:
    """A page runs and writes a file; say whether a look in the middle of it takes that for an edit."""
    activity.hear(Event(page="docs/page.md", what="started"))
    write_now(file, text)
    is_edit = edits.look() == {str(file)}
    written = (str(file),) if known else ()
    activity.hear(Event(page="docs/page.md", what="finished", read=written, written=written))
    return is_edit


@pytest.mark.parametrize(
    ("name", "known"), [("data.txt", False), ("data.txt", True), ("made.py", True), ("made.md", True)]
)
def test_a_file_that_cells_write_is_no_edit_for_long(tmp_path: Path, name: str, known: bool) -> None:  # noqa: FBT001
    """A file that changes at each run that its own change has caused is a cell's, until an author saves something."""
    activity = Activity()
    edits = Edits(lambda: [str(tmp_path)], activity)
    file = tmp_path / name
    runs = [run_that_writes(activity, edits, file, "a" * count, known=known) for count in range(1, 9)]
    assert runs[0]
    assert not any(runs[4:])
    file.write_text("an author's")
    os.utime(file, (2e9, 2e9))
    assert edits.look() == {str(file)}
    assert run_that_writes(activity, edits, file, "once more", known=known)


def test_two_files_that_cells_write_in_turn_are_no_edits_for_long(tmp_path: Path) -> None:
    """Two files of one page that are seen one after the other do not hide each other."""
    activity = Activity()
    edits = Edits(lambda: [str(tmp_path)], activity)
    looks = []
    for count in range(1, 13):
        activity.hear(Event(page="docs/page.md", what="started"))
        for name in ("one.txt", "two.txt"):
            write_now(tmp_path / name, "a" * count)
            looks.append(bool(edits.look()))
        activity.hear(Event(page="docs/page.md", what="finished"))
    assert not any(looks[-8:])


@pytest.mark.parametrize("name", ["helper.py", "data.csv"])
def test_what_pages_read_is_always_an_authors(tmp_path: Path, name: str) -> None:
    """A file that a page reads may be saved in each run that its last save caused; only its content counts."""
    activity = Activity()
    edits = Edits(lambda: [str(tmp_path)], activity)
    file = tmp_path / name
    activity.hear(Event(page="docs/page.md", what="stored", read=(str(file),)))
    for count in range(1, 9):
        activity.hear(Event(page="docs/page.md", what="started"))
        write_now(file, "a" * count)
        assert edits.look() == {str(file)}
        write_now(file, "a" * count)
        assert not edits.look()
        activity.hear(Event(page="docs/page.md", what="finished", read=(str(file),)))


def test_a_page_that_is_not_run_to_its_end_is_over(tmp_path: Path) -> None:
    """What is saved long after a page was deleted in its run is no doing of its cells."""
    activity, events = Activity(), list[Event]()

    def watch(event: Event) -> None:
        activity.hear(event)
        events.append(event)

    with Running(settings=Settings(store=None, backend="cpu"), watch=watch) as running:
        running.add(make_page(tmp_path, "page.md", "while True: pass"))
        wait_until(lambda: bool(events))
        running.retain(set())
        wait_until(lambda: len(events) > 1 and events[-1].what == "dropped", lambda: events)
        time.sleep(0.2)
        assert not activity.hold(time.time())


def test_a_page_is_always_an_authors(tmp_path: Path) -> None:
    """Every save of a page counts, whatever runs; saving what stands there already does not."""
    activity = Activity()
    edits = Edits(lambda: [str(tmp_path)], activity)
    for text in ("one", "two", "three", "four", "five"):
        activity.hear(Event(page="docs/page.md", what="started"))
        write_now(tmp_path / "page.md", text)
        assert edits.look() == {str(tmp_path / "page.md")}
        activity.hear(Event(page="docs/page.md", what="finished"))
    (tmp_path / "page.md").write_text("five")
    assert not edits.look()


def test_a_page_that_is_read_half_is_read_again(tmp_path: Path) -> None:
    """A page that is saved anew while the site is built, and says the same, is not left as it was in between."""
    site = make_site(tmp_path, {"index.md": "# Home", "p1.md": "# First\n\nFirst words."}, hooks=["hook.py"])
    hook = "from pathlib import Path\npage, text = Path('docs/p1.md'), Path('docs/p1.md').read_text()\n"
    hook += "def on_files(files, **_):\n    if Path('save').exists():\n        page.write_text('')\n"
    hook += "def on_env(env, **_):\n    if Path('save').exists():\n        Path('save').unlink()\n"
    hook += "        page.write_text(text)\n"
    (site / "hook.py").write_text(hook, "utf-8")
    with serving(site) as preview:
        preview.wait(lambda page: "First words." in page, "/p1/")
        (site / "save").touch()
        write_page(site, "index.md", "# Another home")
        preview.wait(lambda page: "Another home" in page)
        preview.wait(lambda page: "First words." in page, "/p1/")


class Heard(FileSystemEventHandler):
    """Notes that it was told of something."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.news = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note it, as MkDocs does, which does not listen to what happens to folders."""
        if not event.is_directory:
            self.news.set()


@pytest.mark.parametrize("native", [True, False])
def test_changes_are_heard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool) -> None:  # noqa: FBT001
    """A change is heard of behind links, and of a file that was replaced, native or not; reading is no change."""
    if not native:

        class Full(watching.Observer):  # type: ignore[misc,name-defined,valid-type]
            def start(self) -> None:
                raise OSError(28, "inotify watch limit reached")

        monkeypatch.setattr(watching, "Observer", Full)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "alone.md").write_text("")
    (tmp_path / "docs/alone.md").symlink_to(tmp_path / "alone.md")
    (tmp_path / "mkdocs.yml").write_text("a")
    docs, file, watcher = Heard(), Heard(), watching.Watcher()
    watcher.schedule(docs, str(tmp_path / "docs"), recursive=True)
    watcher.schedule(file, str(tmp_path / "mkdocs.yml"), recursive=True)
    watcher.start()
    try:
        for round_ in ("first", "second"):
            (tmp_path / "new").write_text(round_)
            (tmp_path / "new").rename(tmp_path / "mkdocs.yml")
            assert file.news.wait(PATIENCE)
            (tmp_path / "elsewhere/page.md").write_text(round_)
            assert docs.news.wait(PATIENCE)
            time.sleep(1.2)
            docs.news.clear()
            file.news.clear()
        (tmp_path / "docs/folder").mkdir()
        (tmp_path / "docs/folder/page.md").write_text("a")
        (tmp_path / "alone.md").write_text("a")
        time.sleep(1.2)
        for change in (
            lambda: (tmp_path / "docs/folder").rename(tmp_path / "away"),
            lambda: (tmp_path / "alone.md").write_text("b"),
        ):
            docs.news.clear()
            change()
            assert docs.news.wait(PATIENCE)
            time.sleep(1.2)
        docs.news.clear()
        file.news.clear()
        (tmp_path / "elsewhere/page.md").read_text()
        (tmp_path / "beside").write_text("a")
        assert not docs.news.wait(1)
        assert not file.news.is_set()
    finally:
        watcher.stop()
        watcher.join(PATIENCE)
    assert not watcher.is_alive()


def test_a_page_that_is_looked_at_is_ready_for_its_first_edit(tmp_path: Path) -> None:
    """Its record came from the store; its cells run once more beside that, and not again when the last is edited."""
    cells = "# Page\n\n```python\nwith open('../runs', 'a') as runs: _ = runs.write('x')\n```\n\n```python\n{}\n```\n"
    site = make_site(tmp_path, {"index.md": cells.format("'old'"), "other.md": "# Other"}, theme=PLAIN)
    assert mkdocs(site, "build").returncode == 0
    runs = site / "runs"
    with serving(site) as preview:
        preview.wait(lambda page: "Other" in page, "/other/")
        assert runs.read_text() == "x"
        preview.wait(lambda page: "old" in page)
        wait_until(lambda: runs.read_text() == "xx")
        (site / "docs" / "index.md").write_text(cells.format("'n' + 'ew'"))
        preview.wait(lambda page: "&#39;new&#39;" in page or "'new'" in page)
    assert runs.read_text() == "xx"
