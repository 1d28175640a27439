"""What a reader of the seed page sees and does."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .visits import Visits

ROOT = Path(__file__).parents[2]
SEED = "01-tensors/matrix-multiplication/"
NOTEBOOK = ROOT / "docs" / "01-tensors" / "matrix-multiplication.ipynb"


def code_of(name: str) -> str:
    """The source of a cell of the notebook, by its id."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if f"id={name}" in cell["metadata"].get("tags", []))


def outputs_of(page: Page, name: str) -> Locator:
    """The outputs that stand after a cell."""
    return page.locator(f"#{name} ~ .wk-out").first


def test_formulas_are_drawn_with_a_math_font(visits: Visits) -> None:
    """Formulas are MathML, in the font that the site brings along."""
    page = visits.to(SEED).page
    formulas = page.locator("math")
    assert formulas.count() > 50
    family = formulas.first.evaluate("node => getComputedStyle(node).fontFamily.split(',')[0].replaceAll('\"', '')")
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))"
    )
    assert family in loaded
    assert page.locator("math mfrac msqrt").count() > 0


def test_no_tex_is_left(visits: Visits) -> None:
    """No formula stands in the text as it was typed."""
    text = visits.to(SEED).page.locator("article").inner_text()
    assert "\\text" not in text
    assert "\\eqref" not in text
    assert "$$" not in text


def test_formulas_are_numbered_and_linked(visits: Visits) -> None:
    """A reference leads to the formula that it names."""
    page = visits.to(SEED).page
    links = page.locator("article a[href^='#eq']")
    assert links.count() > 0
    for target in {links.nth(index).get_attribute("href") or "" for index in range(links.count())}:
        expect(page.locator(f"[id='{target[1:]}']")).to_have_count(1)


def test_cells_have_prompts(visits: Visits) -> None:
    """Each cell shows its number, in order."""
    cells = visits.to(SEED).page.locator(".wk-code")
    prompts = cells.evaluate_all("nodes => nodes.map(node => getComputedStyle(node, '::before').content)")
    assert len(prompts) > 10
    assert [prompt for prompt in prompts if "In [" not in prompt] == []
    assert "1" in prompts[0]


def test_outputs_are_real(visits: Visits) -> None:
    """What a cell printed, and the value of its last line, stand below it."""
    page = visits.to(SEED).page
    expect(outputs_of(page, "random-shapes")).to_contain_text(
        "torch.Size([3, 4]) torch.Size([4, 2]) torch.Size([3, 2])"
    )
    expect(outputs_of(page, "by-hand")).to_contain_text("tensor([[19., 22.],\n        [43., 50.]])")


def test_an_announced_failure_is_shown(visits: Visits) -> None:
    """The message of the mistake that the lesson is about is PyTorch's own."""
    page = visits.to(SEED).page
    expect(outputs_of(page, "exploded").locator(".wk-failure")).to_contain_text("5x8 and 5x8")


def test_a_page_says_where_it_ran(visits: Visits) -> None:
    """The foot of a page names the device, the version of torch and the seed."""
    foot = visits.to(SEED).page.locator(".wk-ran")
    expect(foot).to_have_count(1)
    assert "torch 2." in foot.inner_text()
    assert "seed 0" in foot.inner_text()


def test_the_copy_button_copies_code_only(visits: Visits) -> None:
    """The clipboard gets the cell as it was written: no prompt, no output."""
    page = visits.fresh(SEED).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = page.locator("#random-shapes")
    cell.scroll_into_view_if_needed()
    cell.hover()
    cell.locator("[data-md-type=copy], .md-clipboard").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == code_of("random-shapes")


def test_a_selection_has_no_prompt(visits: Visits) -> None:
    """Selecting a whole page by hand does not select the prompts."""
    page = visits.fresh(SEED).page
    page.locator("article").evaluate("node => getSelection().selectAllChildren(node)")
    selected = page.evaluate("getSelection().toString()")
    assert "B = torch.randn(4, 2)" in selected
    assert "In [" not in selected


def test_a_folded_cell_opens(visits: Visits) -> None:
    """Code that draws a figure is folded, and a click or a key shows it."""
    page = visits.fresh(SEED).page
    folded = page.locator("details.wk-fold").first
    expect(folded.locator("code").first).to_be_hidden()
    folded.locator("summary").press("Enter")
    expect(folded.locator("code").first).to_be_visible()


def test_figures_follow_the_palette(visits: Visits) -> None:
    """The text of a figure is dark on light and light on dark, and its ground is the page's."""
    colour = {}
    for scheme in ("light", "dark"):
        text = visits.to(SEED, scheme=scheme).page.locator(".wk-out svg text").first
        colour[scheme] = text.evaluate("node => getComputedStyle(node).fill")
    assert colour["light"] != colour["dark"]


def test_figures_follow_a_choice_of_palette(visits: Visits) -> None:
    """A reader who chooses a palette by its button takes the figures along."""
    page = visits.fresh(SEED).page
    text = page.locator(".wk-out svg text").first
    before = text.evaluate("node => getComputedStyle(node).fill")
    for _ in range(2):  # from the system's to light, and on to dark
        page.locator("form.md-header__option label:visible").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert text.evaluate("node => getComputedStyle(node).fill") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_have_a_text_for_those_who_cannot_see_them(visits: Visits, scheme: str) -> None:
    """Each figure has a role and a name."""
    figures = visits.to(SEED, scheme=scheme).page.locator(".wk-out svg, .wk-out img")
    assert figures.count() >= 2
    names = figures.evaluate_all("nodes => nodes.map(n => n.getAttribute('aria-label') || n.getAttribute('alt') || '')")
    assert all(len(name) > 20 for name in names)
