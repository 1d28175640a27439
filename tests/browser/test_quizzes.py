"""What a reader does with a quiz, with a mouse, with keys, without scripts, on paper; and what is found of it."""

import json
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from previews import serving
from sites import MATERIAL, make_site, write_page

from .test_pages import NARROW, SCHEMES, STANDARD, WIDE, describe
from .visits import Scheme, Visits

LESSONS = ("01-tensors/broadcasting/", "01-tensors/matrix-multiplication/")
LESSON = LESSONS[0]
ONE, SEVERAL = "#quiz-1", "#quiz-2"
WRONG, RIGHT = "(5, 4, 1, 3)", "(5, 4, 3)"
"""Choices of the first quiz."""
OPEN = "nodes => nodes.filter(node => node.open).length"
SIGN = "node => getComputedStyle(node, '::after').display"
QUIZ = """# Page

Words.

!!! quiz "Why?"
    - [ ] this: it is not so.
    - [x] that: it is so.
"""


def choice(page: Page, quiz: str, text: str) -> Locator:
    """A choice of a quiz, by what it says."""
    return page.locator(f"{quiz} details", has=page.locator("summary", has_text=text))


def why(page: Page, quiz: str, text: str) -> Locator:
    """The explanation of a choice."""
    return choice(page, quiz, text).locator(".wk-why")


@pytest.mark.parametrize("path", LESSONS)
def test_a_lesson_asks_three_questions(visits: Visits, path: str) -> None:
    """Each is a group with a name and an address, and its choices are closed."""
    page = visits.to(path).page
    groups = page.get_by_role("group").filter(has=page.locator("details.wk-choice"))
    expect(groups).to_have_count(3)
    for index in range(3):
        expect(groups.nth(index)).to_have_id(f"quiz-{index + 1}")
        question = groups.nth(index).locator(".wk-question").inner_text()
        assert question.endswith("?")
        expect(groups.nth(index)).to_have_accessible_name(" ".join(question.split()))
        assert groups.nth(index).locator("details").count() >= 3
        assert groups.nth(index).locator("details").evaluate_all(OPEN) == 0


def test_a_click_tells_right_from_wrong(visits: Visits) -> None:
    """A choice says whether it was right and why; the next choice takes its place."""
    page = visits.fresh(LESSON).page
    expect(why(page, ONE, WRONG)).to_be_hidden()
    choice(page, ONE, WRONG).locator("summary").click()
    expect(why(page, ONE, WRONG)).to_be_visible()
    expect(why(page, ONE, WRONG)).to_contain_text("Not this one: shapes are laid over each other")
    choice(page, ONE, RIGHT).locator("summary").click()
    expect(why(page, ONE, RIGHT)).to_be_visible()
    expect(why(page, ONE, RIGHT)).to_contain_text("Right: from the right, 1 is stretched to 3")
    expect(why(page, ONE, WRONG)).to_be_hidden()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_choose(visits: Visits, key: str) -> None:
    """Every choice is reached with the tabulator and chosen with a key; the focus is seen, and stays."""
    page = visits.fresh(LESSON).page
    choices = page.locator(f"{ONE} summary")
    choices.first.focus()
    for _ in range(choices.count() - 1):
        page.keyboard.press("Tab")
    expect(choices.last).to_be_focused()
    assert choices.last.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    page.keyboard.press(key)
    expect(page.locator(f"{ONE} .wk-why").last).to_be_visible()
    expect(choices.last).to_be_focused()
    page.keyboard.press(key)
    expect(page.locator(f"{ONE} .wk-why").last).to_be_hidden()


def test_several_choices_stay_open(visits: Visits) -> None:
    """Where more than one choice is right, the page says so, and all that are chosen stay."""
    page = visits.fresh(LESSON).page
    expect(page.locator(f"{ONE} .wk-hint")).to_have_text("Choose one.")
    expect(page.locator(f"{SEVERAL} .wk-hint")).to_have_text("Choose all that are right.")
    for summary in page.locator(f"{SEVERAL} summary").all():
        summary.click()
    assert page.locator(f"{SEVERAL} details").evaluate_all(OPEN) == 4
    expect(page.locator(f"{SEVERAL} .wk-why", has_text="Right:")).to_have_count(2)


def test_a_quiz_needs_no_script(browser: Browser, home: str) -> None:
    """With scripts switched off a reader chooses and reads as with them."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(home + LESSON)
    choice(page, ONE, WRONG).locator("summary").click()
    expect(why(page, ONE, WRONG)).to_be_visible()
    choice(page, ONE, RIGHT).locator("summary").press("Enter")
    expect(why(page, ONE, RIGHT)).to_be_visible()
    expect(why(page, ONE, WRONG)).to_be_hidden()


@pytest.mark.parametrize(("scheme", "width"), list(product(SCHEMES, [NARROW, WIDE])))
def test_an_open_quiz_can_be_read_by_all(visits: Visits, scheme: Scheme, width: int) -> None:
    """With its choices open, Axe finds no violation in a quiz, and nothing in it sticks out of the screen."""
    page = visits.fresh(LESSONS[1], scheme=scheme, width=width).page
    for summary in page.locator(".wk-quiz summary").all()[::2]:
        summary.click()
    found = Axe().run(page, context=".wk-quiz", options=STANDARD).response
    assert len(found["passes"]) > 5
    assert [describe(violation) for violation in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking_out = "nodes => nodes.filter(node => node.getBoundingClientRect().right > innerWidth).length"
    assert page.locator(".wk-quiz, .wk-quiz *").evaluate_all(sticking_out) == 0


def test_signs_are_seen_without_colours(visits: Visits) -> None:
    """A chosen choice has a sign, which is another for right than for wrong; where colours are forced, it is there."""
    page = visits.fresh(LESSON).page
    page.emulate_media(forced_colors="active")
    shapes = {}
    for text in (RIGHT, WRONG):
        summary = choice(page, ONE, text).locator("summary")
        assert summary.evaluate(SIGN) == "none"
        summary.click()
        assert summary.evaluate(SIGN) == "block"
        shapes[text] = summary.evaluate("node => getComputedStyle(node, '::after').borderBottomWidth")
        assert summary.evaluate("node => getComputedStyle(node, '::before').borderTopStyle") == "solid"
    assert shapes[RIGHT] != shapes[WRONG]


def test_paper_shows_all_that_can_be_chosen(visits: Visits) -> None:
    """On paper every choice has its sign and its explanation, as nothing can be opened there."""
    page = visits.fresh(LESSON).page
    seen = "nodes => nodes.map(node => node.checkVisibility())"
    assert not any(page.locator(".wk-why").evaluate_all(seen))
    page.emulate_media(media="print")
    assert page.locator(".wk-why").evaluate_all(seen) == [True] * 11
    assert page.locator(f"{ONE} summary").evaluate_all(f"nodes => nodes.map({SIGN})") == ["block"] * 4


def test_a_search_finds_questions_and_no_choices(site: Path) -> None:
    """The index of the site's search has the questions of its quizzes, and nothing that could be a wrong answer."""
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    text = " ".join(entry["text"] for entry in index["docs"])
    assert "Which shape comes out of" in text
    assert "Which of these costs least?" in text
    assert "shapes are laid over each other" not in text
    assert "They all cost the same" not in text
    assert "Choose one" not in text
    assert "Line shapes up from the right" in text


def test_a_choice_stays_open_while_its_page_is_edited(browser: Browser, tmp_path: Path) -> None:
    """In the preview an edit around a quiz, and one in it, leaves open what is open."""
    with serving(make_site(tmp_path, {"index.md": QUIZ}, theme=MATERIAL)) as preview:
        preview.wait(lambda html: "wk-quiz" in html)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{preview.port}/")
        page.evaluate("window.sameWindow = true")
        choice(page, ONE, "that").locator("summary").click()
        text = QUIZ
        for old, new in [("Words.", "Other words."), ("it is so.", "it must be so."), ("Other words.", "First words.")]:
            text = text.replace(old, new)
            write_page(tmp_path, "index.md", text)
            expect(page.get_by_text(new)).to_have_count(1)
            expect(why(page, ONE, "that")).to_be_visible()
            expect(why(page, ONE, "this")).to_be_hidden()
        assert page.evaluate("window.sameWindow")
        page.close()
