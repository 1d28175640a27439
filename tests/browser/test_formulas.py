"""Formulas as a reader sees them, on a phone and on a screen."""

from io import BytesIO
from pathlib import Path

import pytest
from markdown import Markdown
from PIL import Image
from playwright.sync_api import Browser, Page

from workings.math_extension import MathExtension

TESTS = Path(__file__).parents[1]
STYLE = TESTS.parent / "scripts" / "workings" / "assets" / "math.css"
PAGE = r"""
Attention is $\operatorname{softmax}(QK^\top/\sqrt{d_k})V$, see \eqref{eq:wide} and $f'(x)$.
Here is $\sqrt{x}$<b id="after">y</b>, and $\mathrm{Attention}(Q,K,V)=\mathrm{softmax}(QK^\top)V+\mathrm{SwiGLU}(x)$.

$$
\mathrm{SwiGLU}(x)=(\mathrm{SiLU}(xW_1)\odot xW_3)W_2,\quad x_t=\sqrt{\bar\alpha_t}\,x_0+\sqrt{1-\bar\alpha_t}\,\epsilon
\label{eq:wide}
$$

$$
a = b \label{eq:small}
$$

$$
\begin{align}a&=b\label{eq:one}\\&=c\label{eq:two}\end{align}
$$

$$
\underbrace{x_1+x_2+x_3+x_4+x_5+x_6+x_7+x_8+x_9}_{\text{nine}}
$$

"""


def write(folder: Path, text: str) -> str:
    """Write a page with formulas, without a theme, and give its address."""
    body = Markdown(extensions=[MathExtension()]).convert(text)
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    style = f'<link rel="stylesheet" href="{STYLE.as_uri()}"><style>body {{ font: 16px sans-serif }}</style>'
    file = folder / "page.html"
    file.write_text(f"{head}{style}{body}", encoding="utf-8")
    return file.as_uri()


@pytest.fixture(params=[320, 390, 1280])
def formulas(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Page:
    """A page of formulas, those of the course included, as wide as a small phone, a phone, and a screen."""
    course = (TESTS / "formulas.txt").read_text(encoding="utf-8").splitlines()
    text = PAGE + "\n\n".join(f"$${tex}$$\n\nIn text ${tex}$ too." for tex in course)
    page = browser.new_page(viewport={"width": request.param, "height": 800})
    page.goto(write(tmp_path, text))
    page.evaluate("document.fonts.ready")
    return page


def test_font_is_loaded(formulas: Page) -> None:
    """Formulas are drawn with the font that comes with the site."""
    assert formulas.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]


def test_wide_formulas_scroll_in_their_own_box(formulas: Page) -> None:
    """No formula makes the page wider than the screen, and each that scrolls can be scrolled with a keyboard."""
    assert formulas.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = "[...document.querySelectorAll('.wk-math-box, .wk-math-wide')]"
    assert formulas.evaluate(f"{boxes}.every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)")
    assert formulas.evaluate(f"{boxes}.every(box => box.scrollHeight <= box.clientHeight + 1)")


def test_numbers_stand_at_the_right(formulas: Page) -> None:
    """The numbers of formulas, and of lines of a formula, are flush with the text's right edge."""
    edges = formulas.evaluate(
        """[document.body, ...document.querySelectorAll('.wk-math-number, .wk-math-lines mtr > :last-child')]
        .map(element => element.getBoundingClientRect().right)"""
    )
    assert len(edges) == 5
    assert max(edges) - min(edges) < 3


def test_reference_jumps_to_its_formula(formulas: Page) -> None:
    """The link of a reference leads to the formula."""
    formulas.set_viewport_size({"width": 320, "height": 120})
    formulas.click("a[href='#eq:wide']")
    top = formulas.evaluate("document.getElementById('eq:wide').getBoundingClientRect().top")
    assert 0 <= top < 120


def test_roots_are_as_wide_as_they_look(formulas: Page) -> None:
    """What follows a root stands beside it: the font's tall roots are no wider than the small one."""
    gap = formulas.evaluate(
        """document.getElementById('after').getBoundingClientRect().left
        - document.querySelector('msqrt:has(> mi) > mi').getBoundingClientRect().right"""
    )
    assert 0 <= gap < 4


def test_braces_are_whole(browser: Browser, tmp_path: Path) -> None:
    """A stretched brace is drawn from end to end, wherever the browser cuts the page into tiles."""
    text = " ".join(f"$\\underbrace{{{'x' * count}}}$" for count in range(4, 26))
    page = browser.new_page(viewport={"width": 820, "height": 600}, device_scale_factor=2)
    page.goto(write(tmp_path, text))
    page.evaluate("document.fonts.ready")
    for formula in page.locator("munder").all():
        box = formula.bounding_box()
        assert box is not None
        below = {**box, "y": box["y"] + box["height"] - 5, "height": 5}
        shot = Image.open(BytesIO(page.screenshot(clip=below))).convert("L")  # type: ignore[arg-type]
        dark = [x for x in range(shot.width) if min(shot.crop((x, 0, x + 1, shot.height)).tobytes()) < 128]
        assert dark[0] < 12
        assert dark[-1] > shot.width - 12
