"""Formulas: MathML at build time, numbers and links, errors with their line, and the font that draws them."""

import json
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont
from markdown import Markdown

from workings.errors import SourceError
from workings.math_extension import MathExtension
from workings.place import Place
from workings.reading import Source, load_source
from workings.rendering.mathml import Drawn, DrawnPage, Formula, Reference, draw_page

ASSETS = Path(__file__).parents[1] / "scripts" / "workings" / "assets"
FORMULAS = (Path(__file__).parent / "formulas.txt").read_text(encoding="utf-8").splitlines()
SITE = ("toc", "tables", "admonition", "footnotes", "attr_list", "def_list", "md_in_html", "pymdownx.superfences")


def draw(*texs: str, line: int = 1) -> DrawnPage:
    """Draw display formulas that all stand on one line."""
    place = Place(path="docs/a.md", line=line)
    return draw_page([Formula(tex=tex, display=True, place=place) for tex in texs])


def convert(text: str, *others: str) -> tuple[str, list[str]]:
    """Convert a page with the extensions of a site: its HTML, and what is wrong with it."""
    math = MathExtension()
    math.expect(Source(path="docs/a.md", root=Path(), text=f"---\ntitle: A\n---\n\n{text}"))
    page = Markdown(extensions=[math, *SITE, *others]).convert(text)
    return page, [str(problem) for problem in math.problems]


def mathml(drawn: Drawn) -> str:
    """The MathML of a formula that must have been drawn."""
    assert drawn.mathml is not None
    return drawn.mathml


def tree(drawn: Drawn) -> ElementTree.Element:
    """The elements of a formula."""
    return ElementTree.fromstring(mathml(drawn))  # noqa: S314 - our own MathML


@pytest.mark.parametrize("tex", FORMULAS)
def test_formula_of_the_course(tex: str) -> None:
    """Every formula that the course needs is well-formed MathML, in a line and on its own."""
    for display in (False, True):
        page = draw_page([Formula(tex=tex, display=display, place=Place(path="a.md"))])
        assert page.problems == ()
        found = tree(page.formulas[0])
        assert found.tag == "math"
        assert found.get("display") == ("block" if display else None)


def test_numbers_count_labelled_formulas() -> None:
    """Only formulas with a label have a number, in the order of the page, lines of `align` included."""
    lines = r"\begin{align}a&=b\label{eq:two}\\&=c\label{eq:three}\end{align}"
    page = draw("x", r"y \label{eq:one}", lines, r"z \label{def:four}")
    assert [drawn.number for drawn in page.formulas] == [None, "1", None, "4"]
    assert page.numbers == {"eq:one": "1", "eq:two": "2", "eq:three": "3", "def:four": "4"}
    assert page.formulas[2].labels == ("eq:two", "eq:three")
    assert mathml(page.formulas[2]).count("<mtext>(2)</mtext>") == 1


def test_references_reach_forward_and_back() -> None:
    """A formula may name one further down, with parentheses or without; it holds no link, which nobody could reach."""
    page = draw(r"a \eqref{eq:late}", r"x\label{eq:early}", r"y\label{eq:late}", r"\ref{eq:early}")
    assert "<mtext>(2)</mtext>" in mathml(page.formulas[0])
    assert "<mtext>1</mtext>" in mathml(page.formulas[3])
    assert "<a" not in mathml(page.formulas[0])


@pytest.mark.parametrize(
    ("tex", "line", "said"),
    [
        ("a\n\\frac{b}{\n\\nope}", 12, r'bad TeX: Unknown command "\nope"'),
        ("a\n\\frac{b}{", 11, 'Expected closing token "}"'),
        ("é𝔸\n\\label{eq:x}\\nope", 11, r"\nope"),
        ("a\n+\\eqref{eq:gone}", 11, "no formula on this page has the label 'eq:gone'"),
        ("a\n\\label{scores}", 11, "name it eq:name or def:name"),
        ("a\\label{eq:x}\n+b\\label{eq:y}", 10, "a formula has one label, this one has 2"),
        ("x" * 5000, 10, "a formula may have 4000 characters"),
    ],
)
def test_error_names_its_line(tex: str, line: int, said: str) -> None:
    """What is wrong with a formula is told with the line inside it, in one plain line."""
    (problem,) = draw(tex, line=10).problems
    assert problem.place == Place(path="docs/a.md", line=line)
    assert said in problem.message
    assert not re.search(r"[\n\x1b\u2500-\u257f]", problem.message)


def test_label_taken_twice() -> None:
    """The second formula with a label is told where the first one is, and has no anchor."""
    text = "$$\na \\label{eq:x}\n$$\n\n$$\nb \\label{eq:x}\n$$\n"
    page, problems = convert(text)
    assert problems == ["docs/a.md:10: the label 'eq:x' is taken by the formula at docs/a.md:6: rename one"]
    assert page.count('id="eq:x"') == 1


def test_near_label_is_named() -> None:
    """A label that is nearly right is answered with the right one."""
    page = draw_page(
        [Formula(tex=r"x\label{eq:scores}", display=True, place=Place(path="a.md"))],
        [Reference(label="eq:score", place=Place(path="a.md", line=7))],
    )
    assert [str(problem) for problem in page.problems] == [
        "a.md:7: no formula on this page has the label 'eq:score' (did you mean 'eq:scores'?)"
    ]


def test_label_in_a_line_of_text() -> None:
    """Only a formula of its own can have a label."""
    _, problems = convert(r"Here $x \label{eq:x}$.")
    assert problems == ["docs/a.md:5: the label 'eq:x' needs a formula of its own: write $$...$$ around it"]


@pytest.mark.parametrize(
    "tex",
    [
        "(" * 40,
        ")" * 40 + "(" * 40,
        "{(}" * 40,
        "([)" * 40,
        r"\{" * 40,
        r"\langle " * 40,
        r"\bigl[" * 40,
        r"\def\a{(}" + r"\a " * 40,
    ],
)
def test_many_open_delimiters_end(tex: str) -> None:
    """A formula with many delimiters that are never closed is refused at once."""
    start = time.perf_counter()
    (problem,) = draw(tex).problems
    assert "never closed" in problem.message
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("tex", ["{" * 30_000 + "}" * 30_000, r"\sqrt{" * 9_000, r"\frac" * 9_000])
def test_deep_formula_ends(tex: str) -> None:
    """A formula so deep that it would end the converter's process is refused."""
    assert len(draw(tex).problems) == 1


def test_half_open_intervals_pass() -> None:
    """Brackets of two kinds are partners: intervals are no error, however many there are."""
    assert draw("+".join(["[0,1)"] * 40), "[0,1)" * 40 + "(" * 12).problems == ()


@pytest.mark.parametrize(
    "tex", [r"\text{<script>alert(1)</script>}", r"\text{<img src=x onerror=a()>}", r"\mathrm{a}<b>c&amp;"]
)
def test_markup_in_a_formula_is_text(tex: str) -> None:
    """TeX can't put elements into the page."""
    for drawn in draw(tex).formulas:
        assert not re.search(r"<(script|img|b)\b", drawn.mathml or "")


def test_page_with_formulas_everywhere() -> None:
    """Formulas are drawn in titles, tables, notes, lists, quotes, footnotes and HTML with Markdown in it."""
    text = (
        "# About $a$\n\nText $b$[^1] and [$c$](x.md).\n\n- item $d$\n\n    $$\n    e\n    $$\n\n> $f$\n\n"
        '!!! note "Title $g$"\n    $h$\n\n| $i$ | x |\n|---|---|\n| 1 | $j$ |\n\n<div markdown>$k$</div>\n\n[^1]: $l$\n'
    )
    page, problems = convert(text)
    assert problems == []
    assert re.findall(r"<mi>(\w)</mi>", page) == list("abcdefghijkl")
    assert "$" not in page


def test_heading_with_a_formula() -> None:
    """A heading's entry and address are its words and signs, without markup."""
    math = MathExtension()
    md = Markdown(extensions=[math, "toc"])
    page = md.convert(r"# The product $C=AB$ in $\mathbb{R}$")
    (entry,) = md.toc_tokens  # type: ignore[attr-defined]
    assert entry["name"] == "The product C=AB in \u211d"
    assert '<h1 id="the-product-cab-in-r">' in page


def test_dollars_and_code_stay_text() -> None:
    """Prices, escaped dollars and code are no formulas."""
    page, problems = convert("Costs $5 and $6, \\$x\\$, `$y$` and `\\eqref{eq:z}`.\n\n```text\n$$\n\\nope\n$$\n```\n")
    assert problems == []
    assert "Costs $5 and $6, $x$, <code>$y$</code> and <code>\\eqref{eq:z}</code>." in page
    assert "<math" not in page


def test_display_formula_in_a_paragraph() -> None:
    """A `$$` formula needs no empty lines around it: signs of HTML and line ends in it are kept."""
    page, problems = convert("We have\n$$\na < b \\\\ \\begin{aligned}c&=d\\end{aligned}\n$$\nand more.")
    assert problems == []
    assert '<span class="wk-math wk-math-display">' in page
    assert "<mo>&lt;</mo>" in page


def test_references_in_prose() -> None:
    r"""`\eqref` and `\ref` outside of formulas, or alone in one, are links with the number, also before the formula."""
    page, problems = convert("See \\eqref{eq:a} and \\ref{eq:a}, or $\\eqref{eq:a}$.\n\n$$\nx \\label{eq:a}\n$$\n")
    assert problems == []
    assert '<a class="wk-ref" href="#eq:a">(1)</a> and <a class="wk-ref" href="#eq:a">1</a>, or <a class' in page
    assert "<math><mtext>" not in page
    assert '<div class="wk-math wk-math-display" id="eq:a">' in page
    assert '<span class="wk-math-number">(1)<' in page


def test_all_problems_of_a_page_with_their_lines() -> None:
    """One conversion tells everything that is wrong, by line, also where the same formula stands twice."""
    text = (
        "$\\nope$\n\n`$\\bad$` is code, \\eqref{eq:gone}.\n\n- list\n\n    $$\n    a\n    \\bad\n    $$\n\n"
        "> $$\n> b \\\\\n> \\bad\n> $$\n\nand $\\nope$[^1]\n\n[^1]: note $\\note$\n\n```text\n$\\nope$\n```\n\n"
        "$$\nopen\n\n$$\n"
    )
    page, problems = convert(text)
    found = [re.match(r"docs/a\.md:(\d+): (?:.*?(\\\w+)\"|(no formula|this \$\$))", problem) for problem in problems]
    assert [(int(m[1]), m[2] or m[3]) for m in found if m] == [
        (5, r"\nope"),
        (7, "no formula"),
        (13, r"\bad"),
        (18, r"\bad"),
        (21, r"\nope"),
        (23, r"\note"),
        (29, "this $$"),
    ]
    assert page.count('<code class="wk-math-error">') == 5


def test_plain_markdown_user_gets_the_error() -> None:
    """Who converts a text without saying which page it is gets the first problem as an exception."""
    with pytest.raises(SourceError, match=r"page\.md:3: bad TeX"):
        Markdown(extensions=[MathExtension()]).convert("Text.\n\n$\\nope$")


def test_problems_belong_to_one_page() -> None:
    """Each conversion begins anew: numbers, labels and problems of the page before are forgotten."""
    math = MathExtension()
    md = Markdown(extensions=[math])
    for text in ("$$x\\label{eq:a}$$ $\\nope$", "$$y\\label{eq:a}$$"):
        math.expect(Source(path="a.md", root=Path(), text=text))
        page = md.reset().convert(text)
    assert math.problems == []
    assert math.labels == {"eq:a": 1}
    assert '<span class="wk-math-number">(1)<' in page


@pytest.mark.parametrize("order", ["before", "after"])
def test_site_with_arithmatex_of_its_own(order: str) -> None:
    """A site that has set up arithmatex for a script gets MathML all the same."""
    math = MathExtension()
    math.expect(Source(path="a.md", root=Path(), text="$x$"))
    both = [math, "pymdownx.arithmatex"] if order == "after" else ["pymdownx.arithmatex", math]
    page = Markdown(extensions=both).convert("$x$\n\n$$\ny\n$$")
    assert page.count("<math") == 2
    assert "script" not in page


@pytest.fixture(scope="module")
def font() -> TTFont:
    """The font that is published with the site."""
    return TTFont(ASSETS / "fonts" / "stix-two-math.woff2")


def test_font_has_what_math_needs(font: TTFont) -> None:
    """The font has the MATH table with stretching signs, and the forms for small sizes and accents."""
    variants = font["MATH"].table.MathVariants
    names = font.getBestCmap()
    assert {names[ord(sign)] for sign in "()[]{}|√∫∑⟨⌊"} <= set(variants.VertGlyphCoverage.glyphs)
    assert {names[code] for code in (0x2192, 0x23DF, 0x302)} <= set(variants.HorizGlyphCoverage.glyphs)
    features = font["GSUB"].table.FeatureList.FeatureRecord
    assert {record.FeatureTag for record in features} >= {"ssty", "dtls", "flac"}
    assert (ASSETS / "fonts" / "stix-two-math.woff2").stat().st_size < 120 * 1024


def test_font_has_every_sign_of_the_course(font: TTFont) -> None:
    """No formula of the course falls back to another font, not even for letters that browsers make italic."""
    signs = {sign for drawn in draw(*FORMULAS).formulas for sign in "".join(tree(drawn).itertext())}
    small = {chr(0x1D44E + ord(sign) - ord("a")) for sign in signs if "a" <= sign <= "z" and sign != "h"}
    large = {chr(0x1D434 + ord(sign) - ord("A")) for sign in signs if "A" <= sign <= "Z"}
    needed = signs | small | large | {"\u210e"}  # the italic h has a place of its own
    assert {hex(ord(sign)) for sign in needed if ord(sign) not in font.getBestCmap()} <= {"0xfe00"}  # never drawn


def test_assets_ask_no_other_host() -> None:
    """The style of formulas names no address, and its font lies beside it with its licence."""
    css = (ASSETS / "math.css").read_text(encoding="utf-8")
    assert re.findall(r"url\(([^)]*)\)", css) == ['"fonts/stix-two-math.woff2"']
    assert "//" not in css
    assert "SIL OPEN FONT LICENSE" in (ASSETS / "fonts" / "OFL.txt").read_text(encoding="utf-8")


def test_a_link_to_no_formula_is_told_once() -> None:
    """A reference to no label has no address, so that only our error, which has its line, tells of it."""
    html, problems = convert(r"See \eqref{eq:none}.")
    assert len(problems) == 1
    assert "href" not in html


def test_a_notebook_s_formula_is_named_by_its_cell(tmp_path: Path) -> None:
    """Bad TeX in a notebook names the cell and the line in it, which is what the author sees."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
            {"cell_type": "markdown", "metadata": {}, "source": "First line.\n\nHere $\\frac{1}$ is."},
        ],
    }
    file = tmp_path / "a.ipynb"
    file.write_text(json.dumps(notebook))
    source = load_source(file, tmp_path)
    extension = MathExtension()
    extension.expect(source)
    Markdown(extensions=["pymdownx.superfences", extension]).convert(source.text)
    (problem,) = extension.problems
    assert str(problem).startswith("a.ipynb:1: cell 2 of the notebook, counting all, line 3: ")
