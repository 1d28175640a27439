r"""What a page's Markdown becomes in a notebook: nothing that Jupyter would show as signs, and nothing lost."""

# ruff: noqa: E501 - a case of a table is one line, however long

import base64
import re
from pathlib import Path

import pytest
from nbconvert.filters import markdown2html
from sites import notebook
from takeaways import book, cells, copies, prose, read_book

from workings.outputs import CellRecord, Provenance, Record
from workings.takeaway import take_away

EVERYWHERE = Path(__file__).parent / "pages" / "everywhere.md"

CASES = {
    "admonition": (
        '!!! note "Of *weight*"\n\n    One.\n\n    Two.\n\nAfter.',
        "> **Of *weight***\n>\n> One.\n>\n> Two.\n\nAfter.",
    ),
    "admonition without title": ("!!! warning\n    Hot.", "> **Warning**\n>\n> Hot."),
    "admonition with no title wanted": ('!!! note ""\n    Bare.', "> Bare."),
    "folded": (
        '??? tip "More"\n    Inside *it*:\n\n    - $a_i$\n\nAfter.',
        "<details>\n<summary>More</summary>\n\nInside *it*:\n\n- $a_i$\n\n</details>\n\nAfter.",
    ),
    "folded and open": ("???+ tip\n    Inside.", "<details open>\n<summary>Tip</summary>\n\nInside.\n\n</details>"),
    "folded with a title of Markdown": (
        '??? note "1. *So* `a<b` & $a_i < b_i$, **\\$3**[^a]"\n    Inside.\n\n[^a]: Note.',
        "<details>\n<summary>1. <em>So</em> <code>a&lt;b</code> &amp; $a_i < b_i$, <strong>\\$3</strong><sup>1</sup></summary>"
        "\n\nInside.\n\n</details>\n\n---\n\n1. Note.",
    ),
    "folded with a formula": (
        "??? a\n    $$\n    a = b\n    $$\n",
        "<details>\n<summary>A</summary>\n\n$$\na = b\n$$\n\n</details>",
    ),
    "folded in a quote in a list": (
        "- One\n\n    > ??? a\n    >     Inside.\n\n- Two",
        "- One\n\n    > <details>\n    > <summary>A</summary>\n    >\n    > Inside.\n    >\n    > </details>\n\n- Two",
    ),
    "folded in folded": (
        "??? a\n    A\n\n    ???+ b\n        B\n",
        "<details>\n<summary>A</summary>\n\nA\n\n<details open>\n<summary>B</summary>\n\nB\n\n</details>\n\n</details>",
    ),
    "folded and empty": ("??? a\n\nAfter.", "**A**\n\nAfter."),
    "admonition in a list": (
        "1. One\n\n    !!! note\n\n        In it.\n\n2. Two",
        "1. One\n\n    > **Note**\n    >\n    > In it.\n\n2. Two",
    ),
    "two admonitions": ("!!! a\n    A\n\n!!! b\n    B", "> **A**\n>\n> A\n\n> **B**\n>\n> B"),
    "block": ("/// note | Title\n\nInside.\n\n///", "> **Title**\n>\n> Inside."),
    "block with options": ("/// admonition | Title\n    type: warning\n\nInside.\n///", "> **Title**\n>\n> Inside."),
    "tabs": ('=== "A"\n\n    One.\n\n=== "B"\n\n    Two.', "**A**\n\nOne.\n\n**B**\n\nTwo."),
    "tab blocks": ("/// tab | A\n\nOne.\n\n///\n\n/// tab | B\n\nTwo.\n\n///", "**A**\n\nOne.\n\n**B**\n\nTwo."),
    "quote": ("> Said.\n>\n> > Within.", "> Said.\n>\n> > Within."),
    "heading's attributes": ("## Title { #id .big }\n\nText.", "## Title\n\nText."),
    "attributes of a paragraph": ("Text.\n{: .big }\n\nMore.", "Text.\n\nMore."),
    "attributes in a line": (
        "*so*{ .big } and [x](https://y.org){ target=_blank } end",
        "*so* and [x](https://y.org) end",
    ),
    "braces of prose stay": ("The set {1, 2} and `a {b}`.", "The set {1, 2} and `a {b}`."),
    "annotation": ("See (1)!\n{ .annotate }\n\n1. Here.", "See (1)\n\n1. Here."),
    "element": ('<div class="x" markdown>\n\nInside *it*.\n\n</div>\n\nAfter.', "Inside *it*.\n\nAfter."),
    "element in one line": ('<p markdown="span">In *it*.</p>', "In *it*."),
    "elements in each other": ("<div markdown>\n<div markdown>\n\nDeep.\n\n</div>\nUp.\n</div>", "Deep.\n\nUp."),
    "element that folds": (
        "<details markdown>\n<summary>More</summary>\n\nInside.\n\n</details>",
        "<details>\n<summary>More</summary>\n\nInside.\n\n</details>",
    ),
    "element that is open": (
        "<details class='x' open markdown>\n<summary>`x`</summary>\nInside.\n</details>",
        "<details open>\n<summary><code>x</code></summary>\n\nInside.\n\n</details>",
    ),
    "block that folds": (
        "/// details | More\n    type: tip\n    open: true\n\nInside.\n///",
        "<details open>\n<summary>More</summary>\n\nInside.\n\n</details>",
    ),
    "footnote": (
        "One[^a] and two[^b].\n\n[^a]: The *first*.\n[^b]: The second.\n\n    Goes on.",
        "One<sup>1</sup> and two<sup>2</sup>.\n\n---\n\n1. The *first*.\n2. The second.\n\n    Goes on.",
    ),
    "comment": ("One.\n\n<!-- hidden\n\nlines -->\n\nTwo <!-- too -->.", "One.\n\nTwo ."),
    "indented code": (
        "One.\n\n    !!! note\n        shown $x$\n\nTwo.",
        "One.\n\n    !!! note\n        shown $x$\n\nTwo.",
    ),
    "code in a list": ("- One\n\n        !!! note [^a]\n\n- Two", "- One\n\n        !!! note [^a]\n\n- Two"),
    "shown fence": ('```{.text #id title="a.txt"}\n*x* [^a] $\n```', "**a.txt**\n\n```text\n*x* [^a] $\n```"),
    "empty cell": ("```python\n\n```\n\nText.", "```python\n\n```\n\nText."),
    "fence that is never closed": ("One.\n\n```text\nTwo.", "One.\n\n```text\nTwo."),
    "code with bars in a table": (
        "| `a | b` | x |\n|---|---|\n| `c|d` | `e` |\n\nThe code `a | b`.",
        "| `a \\| b` | x |\n|---|---|\n| `c\\|d` | `e` |\n\nThe code `a | b`.",
    ),
    "table of contents": ("[TOC]\n\nText.", "Text."),
    "formula with a label": (
        "$$\na = b \\label{eq:x}\n$$\n\nBy \\eqref{eq:x}, or \\ref{eq:x}, or $\\eqref{eq:x}$.",
        "$$\na = b \\tag{1}\n$$\n\nBy (1), or 1, or (1).",
    ),
    "formulas with lines": (
        "$$\\begin{align} a &= b \\label{eq:x} \\\\ c &= d \\label{def:y} \\end{align}$$\n\n\\eqref{def:y}",
        "$$\\begin{align*} a &= b \\tag{1} \\\\ c &= d \\tag{2} \\end{align*}$$\n\n(2)",
    ),
    "equation": ("$$\\begin{equation} a = b \\label{eq:x} \\end{equation}$$", "$$a = b \\tag{1}$$"),
    "formula in brackets": ("\\[a\\]\n\nand \\(b\\)", "$$a$$\n\nand $b$"),
    "formula in a quote": ("> $$\n> a \\label{eq:x}\n> $$", "> $$ a \\tag{1} $$"),
    "dollars": ("It costs \\$3 or 4$ today.", "It costs \\$3 or 4\\$ today."),
    "reference in code": (
        "`\\eqref{eq:x}` and `$x$` and `` `{python} x` ``",
        "`\\eqref{eq:x}` and `$x$` and `` `{python} x` ``",
    ),
    "numbers of a list": ("1. a\n1. b\n\n    1. c\n    1. d\n\n1. e", "1. a\n2. b\n\n    1. c\n    2. d\n\n3. e"),
    "rule at the top": ("Text.\n\n---\n\nMore.", "Text.\n\n---\n\nMore."),
    "line break": ("One  \nTwo", "One  \nTwo"),
    "textarea": ("<textarea>\n!!! note\n    x\n</textarea>", "<textarea>\n!!! note\n    x\n</textarea>"),
    "html": ('<b class="x" markdown="1">y</b> <br> a < b > c', '<b class="x">y</b> <br> a < b > c'),
}


@pytest.mark.parametrize("name", CASES)
def test_a_feature_of_markdown_becomes_what_jupyter_shows(name: str) -> None:
    """What only the site's Markdown knows is said in plain Markdown; code that shows it stays."""
    text, expected = CASES[name]
    assert prose(text) == expected


FEATURES = {
    "pymdownx.keys": ("++ctrl+c++", "<kbd>Ctrl</kbd>+<kbd>C</kbd>"),
    "pymdownx.mark": ("==so==", "<mark>so</mark>"),
    "pymdownx.caret": ("^^so^^ x^2^", "<ins>so</ins> x<sup>2</sup>"),
    "pymdownx.tilde": ("H~2~O ~~no~~", "H<sub>2</sub>O ~~no~~"),
    "pymdownx.critic": ("{++a++}{--b--}{~~c~>d~~}{==e==}{>>f<<}", "ade"),
    "pymdownx.emoji": (":smile: :material-robot: :nothing-of-it:", "\U0001f604  :nothing-of-it:"),
    "pymdownx.inlinehilite": ("`#!python a + b`", "`a + b`"),
    "def_list": (
        "Term\n:   What it is.\n\n    And more.\n\nAfter.",
        "**Term**\n\n-   What it is.\n\n    And more.\n\nAfter.",
    ),
    "abbr": ("HTML.\n\n*[HTML]: Hyper\n\nAfter.", "HTML.\n\nAfter."),
}


@pytest.mark.parametrize("name", FEATURES)
def test_a_mark_counts_only_where_the_site_has_its_extension(name: str) -> None:
    """The same signs are ordinary text on a site that gives them no meaning."""
    text, expected = FEATURES[name]
    assert prose(text, features=frozenset({name})) == expected
    assert prose(text).split() == text.split()


def test_cells_everywhere_become_cells() -> None:
    """A cell in a list, a tab, a quote, an admonition or a footnote is a cell of the notebook, in the page's order."""
    found = [cell for cell in cells(EVERYWHERE.read_text("utf-8")) if cell.cell_type == "code"]
    assert [cell.source.partition("cell = ")[2].partition("\n")[0] for cell in found] == [
        *map(str, range(1, 14)),
        '"""',
        "15",
    ]
    assert found[0].source == '# a.py\ncell = 1\n\nafter = "blank line"'
    assert found[7].source == "cell = 8\n\nafter = 8"


def test_text_around_a_nested_cell_stays_text() -> None:
    """What follows a cell in a list is no code by its indentation, and the list's numbers go on."""
    text = "1. One\n\n    ```python\n    x = 1\n    ```\n\n    Below.\n\n    - Deep\n\n1. Two"
    found = cells(text)
    assert [cell.source for cell in found] == ["# A page\n\n1. One", "x = 1", "Below.\n\n- Deep\n\n2. Two"]


def test_text_around_a_cell_in_an_admonition_stays_in_its_box() -> None:
    """Above and below the cell stands a part of the quote, not indented as the list that it was in."""
    text = "- One\n\n    !!! note\n\n        Above.\n\n        ```python\n        x = 1\n        ```\n\n        Below."
    found = cells(text)
    assert found[0].source == "# A page\n\n- One\n\n    > **Note**\n    >\n    > Above."
    assert found[2].source == "> Below."


FOLDED = """??? tip "The *trick*"
    Above.

    ```python
    x = 1
    ```

    ```python tags="skip-execution" reason="r"
    y = 2
    ```

    Below.

After.
"""


def test_a_cell_in_what_is_folded_is_folded() -> None:
    """It is a cell of its own that hides what it shows too; the text around it is folded above and below it."""
    _, above, cell, skipped, below = cells("Text.\n\n## Title\n\n" + FOLDED)[0:5]
    assert above.source.endswith("<details>\n<summary>The <em>trick</em></summary>\n\nAbove.\n\n</details>")
    assert (cell.source, cell.metadata.tags) == ("x = 1", ["hide-cell"])
    assert cell.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
    assert skipped.source.startswith("<details>\n<summary>Code</summary>\n\n```python\ny = 2\n```\n\n*Not run: r.*")
    assert below.source == (
        "<details>\n<summary>The <em>trick</em> (continued)</summary>\n\nBelow.\n\n</details>\n\nAfter."
    )


def test_a_cell_in_what_is_open_is_open() -> None:
    """Where a reader sees what is in a block at once, its cells are seen as well."""
    _, cell, skipped, _ = cells(FOLDED.replace("???", "???+"))
    assert "tags" not in cell.metadata
    assert skipped.source.startswith("```python")


def test_a_folded_cell_without_text_has_a_title() -> None:
    """There is nothing to open above it, so the title is a line of text."""
    title, cell = cells('- One\n\n    ??? a "B"\n\n        ```python\n        x = 1\n        ```\n')
    assert title.source == "# A page\n\n- One\n\n    **B**"
    assert cell.metadata.tags == ["hide-cell"]


def test_what_is_folded_is_rendered() -> None:
    """Jupyter reads the Markdown in it, and in its title."""
    html = markdown2html(prose('??? tip "Use `clamp`"\n    *So*: `x`\n\n    ```text\n    y\n    ```\n'))
    assert re.search(r"<details>\s*<summary>Use <code>clamp</code></summary>\s*<p><em>So</em>: <code>x</code>", html)
    assert "```" not in html
    assert html.rstrip().endswith("</details>")


def test_a_page_says_where_it_is_from() -> None:
    """Below its title stand the site, the address and the licence; a page without a title gets one."""
    said = {"site": "The Lab", "address": "https://lab.org/a/", "licence": "Text: [CC](https://cc.org)."}
    origin = "*From [The Lab](https://lab.org/a/). Text: [CC](https://cc.org).*"
    assert cells("---\ntitle: T\n---\n\nText.", **said)[0].source == f"# A page\n\n{origin}\n\nText."
    below = cells("```python\nx = 1\n```\n\n# Own", **said)
    assert [cell.source for cell in below] == [f"# A page\n\n{origin}", "x = 1", "# Own"]
    assert cells("\n\n# Own { #x }\nText.", **said)[0].source == f"# Own\n\n{origin}\n\nText."


def test_a_title_below_an_epigraph_is_the_title() -> None:
    """A copy has one title, wherever it stands."""
    first = "\n\n".join(cell.source for cell in cells("> Words.\n\n# Its title\n\nText.", site="The Lab"))
    assert first == "*From The Lab.*\n\n> Words.\n\n# Its title\n\nText."


def test_links_lead_from_the_copy() -> None:
    """A link that is relative leads where the site says, in Markdown and in HTML; whole addresses and code stay."""
    text = '[a](b.md#c "T") ![i](p.png) [r]\n\n[r]: d.md\n\n<a href="e/">x</a> [m](mailto:x@y.org) [s](<f g.md>) `[a](b.md)`'
    shown = prose(text, link=lambda target: f"/to/{target}")
    assert '[a](/to/b.md#c "T") ![i](/to/p.png) [r]' in shown
    assert "[r]: /to/d.md" in shown
    assert '<a href="/to/e/">x</a> [m](mailto:x@y.org) [s](</to/f g.md>) `[a](b.md)`' in shown


def test_a_picture_without_an_address_is_carried() -> None:
    """The notebook holds it as Jupyter's attachment; a script and a text say what it shows."""
    pictures = {"p.png": ("image/png", b"PNG")}
    text = "![A *cat*](p.png){ width=3 } [to](p.png)"
    first = cells(text, picture=pictures.get)[0]
    assert "![A *cat*](attachment:picture-1) [to](p.png)" in first.source
    assert first.attachments == {"picture-1": {"image/png": base64.b64encode(b"PNG").decode()}}


def test_a_notebook_keeps_its_own_cells_and_attachments() -> None:
    """What was a Markdown cell is one again, and nothing is left of what the engine puts between them."""
    text = notebook(("markdown", "# Own\n\n- a"), ("markdown", "- b"), ("code", "x = 1"), ("markdown", "End."))
    source, found, home = read_book(text)
    made = book(take_away(source, found, home)[".ipynb"])
    assert [cell.source for cell in made.cells] == ["# Own\n\n- a", "- b", "x = 1", "End."]


QUIZ = """!!! quiz "What is the shape of `A @ B`?"

    - [ ] `(4: 4)`: the inner
      dimensions vanish.
    - [x] `(3, 2)`: the outer ones remain.
"""


def test_a_quiz_hides_its_answers() -> None:
    """The question and the choices are there to read, and what is right, and why, behind a summary."""
    choices, answers = prose(QUIZ).split("<details>")
    question = "**What is the shape of `A @ B`?**"
    assert choices.strip() == f"{question}\n\n*Choose one.*\n\n- `(4: 4)`\n- `(3, 2)`"
    assert answers.strip() == (
        "<summary>Answer</summary>\n\n"
        "- **Not this one:** `(4: 4)`: the inner dimensions vanish.\n"
        "- **Right:** `(3, 2)`: the outer ones remain.\n\n</details>"
    )
    assert "*Choose all that are right.*" in prose(QUIZ.replace("[ ]", "[x]"))
    assert [line for line in copies(QUIZ)[".py"].split("\n") if line != line.rstrip()] == []


def test_a_value_in_prose_is_its_text() -> None:
    """It is the value after the cells above; one that isn't known is shown as code."""
    cell = "```python {}\nx = 1\n```\n"
    skipped = cell.format('tags="skip-execution" reason="r"')
    text = f"{cell}\n`{{python}} x + 1`\n\n{cell}\nis `{{python}}  x + 1`[^n].\n\n{skipped}\n`{{python}} z`\n\n[^n]: `{{python}} x`"
    values = {1: ("old",), 2: ("2 * [y]", "\nz", "$x$")}
    outcomes = [CellRecord(outcome="passed", values=values.get(number, ())) for number in (1, 2, 3)]
    record = Record(cells=tuple(outcomes), provenance=Provenance(backend="cpu"))
    texts = [cell.source for cell in book(copies(text, record)[".ipynb"]).cells if cell.cell_type == "markdown"]
    assert texts[1:3] == ["old", "is 2 \\* \\[y\\]<sup>1</sup>."]
    assert texts[4:] == ["z", "---\n\n1. \\$x\\$"]
    assert "`x + 1`" in prose(text)
