"""What an author sees in a browser while a page is edited."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from previews import Preview, serving
from sites import MATERIAL, make_site, write_page

FEATURES = ["content.code.copy", "content.code.annotate", "navigation.footer", "toc.follow"]
EXTENSIONS = [
    "attr_list",
    "md_in_html",
    "admonition",
    "tables",
    "pymdownx.details",
    "pymdownx.superfences",
    {"toc": {"permalink": True}},
    {"pymdownx.tabbed": {"alternate_style": True}},
]
LONG = "\n\n".join(f"Paragraph {number}, which is one of many that make the page long." for number in range(40))
RICH = f"""# Rich

First words.

??? note "Folded"

    What is folded.

=== "One"

    ```python
    print("in one")
    ```

=== "Two"

    Words in two.

| a | b |
|---|---|
| 1 | 2 |

``` {{ .python .annotate }}
print("annotated")  # (1)!
```

1.  An annotation.

{LONG}

## The end

```python
print("at the end")
```

Last words.
"""
SCHEMES = [{"media": "(prefers-color-scheme: light)", "scheme": "default"}]
SCHEMES += [{"media": "(prefers-color-scheme: dark)", "scheme": "slate"}]
STEPPED = """# Steps

``` {{ .python tags=remove-cell }}
import time
from pathlib import Path
```

```python
count = len(list(Path(r"{folder}").glob("ran-*")))
Path(rf"{folder}/ran-{{count}}").touch()
while not Path(r"{folder}/go").exists():
    time.sleep(0.02)
print("first is done")
```

```python
print("second says {word}")
```
"""


SLOW = """# Slow

``` {{ .python tags=remove-cell }}
import time
from pathlib import Path
```

```python
with Path(r"{counter}").open("a") as file:
    print("ran", file=file)
time.sleep(5)
print("the first is done")
```

{long}

```python
print("the last says {word}")
```
"""


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A running preview of a small site."""
    site = make_site(
        tmp_path_factory.mktemp("preview"),
        {"index.md": RICH},
        theme={**MATERIAL, "features": FEATURES, "palette": SCHEMES},
        markdown_extensions=EXTENSIONS,
    )
    with serving(site) as started:
        started.wait(lambda page: "at the end</" in page.replace("\n", "") or "at the end\n</" in page)
        yield started


@pytest.fixture
def page(preview: Preview, browser: Browser) -> Iterator[Page]:
    """The site's first page in a browser, as it was at the beginning; it must not complain of anything."""
    write_page(preview.site, "index.md", RICH)
    preview.wait(lambda html: "First words." in html and "Last words." in html)
    page = browser.new_page(viewport={"width": 1280, "height": 700})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{preview.port}/")
    page.wait_for_function("document.querySelectorAll('.md-code__nav').length > 0")
    page.evaluate("window.sameWindow = true")
    yield page
    page.close()
    assert complaints == []


def test_an_edit_of_prose_moves_nothing_else(preview: Preview, page: Page) -> None:
    """What a reader has opened stays open, what was chosen stays chosen, and the text stays where it was."""
    page.locator("details summary").click()
    page.locator(".tabbed-labels label").nth(1).click()
    target = page.get_by_text("Paragraph 20,")
    target.evaluate("node => scrollBy(0, node.getBoundingClientRect().top - 200)")
    buttons = page.locator(".md-code__nav").count()
    before = target.bounding_box()
    text = RICH.replace("First words.", "First words.\n\nNew words.\n\nMore new words, above what is being read.")
    write_page(preview.site, "index.md", text.replace("Last words.", "Other words."))
    expect(page.get_by_text("Other words.")).to_have_count(1)
    assert page.evaluate("window.sameWindow")
    page.wait_for_timeout(300)  # for whatever the theme does late
    after = target.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 2
    assert page.locator("details").evaluate("node => node.open")
    assert page.locator(".tabbed-set input").nth(1).is_checked()
    assert page.locator(".md-code__nav").count() == buttons


def test_a_theme_finds_each_part_once(preview: Preview, page: Page) -> None:
    """After many edits every code has one copy button, every table one frame, every set of tabs one pair of arrows."""
    counted = """() => ['.md-code__nav', '.md-typeset__scrollwrap', '.tabbed-control', '.md-annotation', '.headerlink',
        '.tabbed-labels a'].map(which => document.querySelectorAll(`article ${which}`).length)"""
    page.wait_for_function("document.querySelectorAll('.tabbed-control').length === 2")
    before = page.evaluate(counted)
    for number in range(1, 6):
        word = f"Edited {number} times."
        write_page(preview.site, "index.md", RICH.replace("First words.", word).replace("at the end", f"end {number}"))
        expect(page.get_by_text(word)).to_have_count(1)
    expect(page.locator(".wk-stream", has_text="end 5")).to_have_count(1)
    page.wait_for_timeout(300)
    assert page.evaluate(counted) == before
    assert page.evaluate("window.sameWindow")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = page.locator(".wk-code", has_text="end 5")
    cell.hover()
    cell.locator("[data-md-type=copy], .md-clipboard").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == 'print("end 5")'
    page.locator(".tabbed-labels label").nth(1).click()
    expect(page.get_by_text("Words in two.")).to_be_visible()


def test_another_heading_is_in_the_table_of_contents(preview: Preview, page: Page) -> None:
    """The table of contents is that of the page as it is shown."""
    write_page(preview.site, "index.md", RICH.replace("## The end", "## The new end"))
    expect(page.locator(".md-nav--secondary:visible", has_text="The new end")).to_have_count(1)
    assert page.evaluate("window.sameWindow")


def test_another_title_loads_the_page_where_it_was(preview: Preview, page: Page) -> None:
    """What changes more than one page is loaded anew, and the browser comes back to where the reader was."""
    page.evaluate("scrollTo(0, 900)")
    write_page(preview.site, "index.md", RICH.replace("# Rich", "# Richer"))
    page.wait_for_function("!window.sameWindow && document.querySelector('h1').innerText.includes('Richer')")
    page.wait_for_function("Math.abs(scrollY - 900) < 5")


def test_cells_appear_one_by_one(preview: Preview, browser: Browser, tmp_path: Path) -> None:
    """The cell that runs is marked, those after it wait, and each is shown when it is done; nothing is loaded anew."""
    write_page(preview.site, "steps.md", STEPPED.format(folder=tmp_path, word="hello"))
    preview.wait(lambda html: "wk-running" in html, "/steps/")
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{preview.port}/steps/")
    page.evaluate("window.sameWindow = true")
    expect(page.get_by_role("status").filter(has_text="Running")).to_have_count(1)
    expect(page.get_by_text("Waiting")).to_have_count(1)
    (tmp_path / "go").touch()
    expect(page.get_by_text("first is done")).to_have_count(1)
    expect(page.get_by_text("second says hello", exact=True)).to_have_count(1)
    expect(page.get_by_text("Running")).to_have_count(0)
    assert page.evaluate("window.sameWindow")
    (tmp_path / "go").unlink()
    write_page(preview.site, "steps.md", STEPPED.format(folder=tmp_path, word="world"))
    expect(page.get_by_text("second says world", exact=True)).to_have_count(1)
    assert len(list(tmp_path.glob("ran-*"))) == 1
    page.close()


def test_what_a_cell_showed_before_is_told_apart(preview: Preview, browser: Browser, tmp_path: Path) -> None:
    """While an edited cell runs, and when it fails, what it showed last is there, and said to be from before."""
    (tmp_path / "go").touch()
    write_page(preview.site, "steps.md", STEPPED.format(folder=tmp_path, word="hello"))
    preview.wait(lambda html: "second says hello" in html and "Ran on" in html, "/steps/")
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{preview.port}/steps/")
    (tmp_path / "go").unlink()
    changed = STEPPED.format(folder=tmp_path, word="hello").replace("count =", "count  =").replace("first is", "it is")
    write_page(preview.site, "steps.md", changed)
    expect(page.get_by_role("status").filter(has_text="Running")).to_have_count(1)
    stale = page.locator(".wk-stale")
    expect(stale).to_have_count(2)
    expect(stale.first).to_contain_text("From before the last edit")
    expect(stale.first).to_contain_text("first is done")
    (tmp_path / "go").touch()
    expect(stale).to_have_count(0)
    write_page(preview.site, "steps.md", changed.replace('print("second', '1 / 0\nprint("second'))
    expect(page.locator(".wk-failure")).to_contain_text("ZeroDivisionError")
    expect(stale).to_contain_text("second says hello")
    page.close()


def test_an_edit_of_the_last_cell_does_not_run_the_first(preview: Preview, browser: Browser, tmp_path: Path) -> None:
    """The edited cell goes on from the state before it, and its output comes to a page that stays where it was."""
    counter = tmp_path / "counter"
    write_page(preview.site, "slow.md", SLOW.format(counter=counter, long=LONG, word="hello"))
    preview.wait(lambda html: "the last says hello" in html and "Ran on" in html, "/slow/")
    page = browser.new_page(viewport={"width": 1280, "height": 700})
    page.goto(f"http://127.0.0.1:{preview.port}/slow/")
    page.evaluate("window.sameWindow = true")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight - innerHeight - 40)")
    runs, before = counter.read_text().count("ran"), page.evaluate("scrollY")
    page.wait_for_timeout(300)  # a reader looks at the page before the author saves
    write_page(preview.site, "slow.md", SLOW.format(counter=counter, long=LONG, word="world"))
    page.wait_for_function("document.body.innerText.includes('the last says world\\n')")
    assert counter.read_text().count("ran") == runs == 1
    page.wait_for_timeout(300)  # for whatever the theme does late
    assert abs(page.evaluate("scrollY") - before) <= 2
    assert page.evaluate("window.sameWindow")
    expect(page.locator(".wk-stream", has_text="the last says world")).to_be_in_viewport()
    page.close()


def test_a_page_of_any_name_is_kept_up_to_date(preview: Preview, browser: Browser) -> None:
    """News of a page whose address is written in percent signs come to it, too."""
    write_page(preview.site, "größe & maß.md", "# Sizes\n\nFirst words.")
    preview.wait(lambda html: "Sizes" in html)
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{preview.port}/größe & maß/")
    page.evaluate("window.sameWindow = true")
    write_page(preview.site, "größe & maß.md", "# Sizes\n\nOther words.")
    expect(page.get_by_text("Other words.")).to_have_count(1)
    assert page.evaluate("window.sameWindow")
    page.close()


def test_a_page_that_the_theme_has_fetched_is_kept_up_to_date(browser: Browser, tmp_path: Path) -> None:
    """Where a theme puts the next page in the place of this one without loading it, the next page gets its own news."""
    theme = {**MATERIAL, "features": ["navigation.instant", "content.code.copy"]}
    pages = {"index.md": "# Home\n\nTo [the other](other.md).", "other.md": "# Other\n\nFirst words."}
    with serving(make_site(tmp_path, pages, theme=theme)) as preview:
        preview.wait(lambda html: "Home" in html)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{preview.port}/")
        page.evaluate("window.sameWindow = true")
        page.wait_for_timeout(500)  # for the theme, which asks for the list of pages first
        page.get_by_role("link", name="the other").click()
        expect(page.get_by_text("First words.")).to_have_count(1)
        write_page(preview.site, "other.md", "# Other\n\nOther words.")
        expect(page.get_by_text("Other words.")).to_have_count(1)
        assert page.evaluate("window.sameWindow")
        page.close()
