"""Cells stand in their page with their code and what they showed, folded as their tags say."""

import re
from pathlib import Path

import markdown
import pytest
from msgspec import Struct

from workings.errors import SourceError
from workings.outputs import CellRecord, Display, Failure, Outcome, Output, Provenance, Record, Stream
from workings.page import Cell, Options, Page
from workings.place import Place
from workings.reading.values import Shown
from workings.rendering.page import fill, ran_on
from workings.settings import Settings

NONCE = "4f1c"
SITE = Settings()
CPU = Provenance(backend="cpu", device="a processor", torch="2.13.0+cpu", seed=0)
BAD = Failure(
    name="ValueError",
    message="<b>3</b> is not\n2 {{ x }}",
    place=Place(path="docs/a.md", line=7),
    traceback='Traceback (most recent call last):\n  File "docs/a.md", line 7\n</pre><script>\nValueError\n',
)


class Page1(Struct, frozen=True, kw_only=True):
    """What reading found on a page, as rendering sees it."""

    page: Page
    code: dict[int, str]
    problems: tuple[SourceError, ...] = ()
    nonce: str = NONCE
    values: tuple[Shown, ...] = ()


def highlighted(code: str, header: str = "") -> str:
    """Code as superfences highlights it."""
    text = f"```python {header}\n{code}\n```"
    return markdown.markdown(text, extensions=["pymdownx.superfences", "pymdownx.highlight"])


def cell(number: int, code: str = "x = 1", **options: object) -> Cell:
    """A cell of the page `docs/a.md`."""
    place = Place(path="docs/a.md", line=number)
    return Cell(number=number, code=code, place=place, options=Options(**options))  # type: ignore[arg-type]


def mark(number: int) -> str:
    """Where the cell stands in the page's HTML."""
    return f'<div data-workings="{NONCE}-{number}"></div>'


def found(*cells: Cell) -> Page1:
    """A page of these cells."""
    page = Page(path="docs/a.md", root=Path(), cells=cells)
    return Page1(page=page, code={each.number: highlighted(each.code) for each in cells})


def filled(
    *outputs: Output,
    tags: tuple[str, ...] = (),
    outcome: Outcome = "passed",
    why: str = "",
    code: str = "x = 1",
    after: str = "",
    settings: Settings = SITE,
    **options: object,
) -> str:
    """The HTML of a page of one cell."""
    page = found(cell(1, code, tags=tags, **options))
    record = Record(cells=(CellRecord(outcome=outcome, outputs=outputs, why=why),), provenance=CPU)
    return fill(f"<p>before</p>\n{mark(1)}\n{after}<p>after</p>", page, record, settings=settings)


def printed(text: str) -> Stream:
    """What a cell printed."""
    return Stream(name="stdout", text=text)


def test_cell() -> None:
    """A cell has its number and its name on the highlighted code's own element, and its outputs follow it."""
    html = filled(printed("1\n"), Display(data={"text/plain": "2"}, result=True))
    assert html == (
        '<p>before</p>\n<div class="highlight wk-code" id="cell-1" data-n="1"><pre>'
        + highlighted("x = 1").partition("<pre>")[2].strip()
        + '<div class="wk-out" data-search-exclude><pre class="wk-stream">1</pre>'
        '<div class="wk-display wk-result" data-n="1"><pre class="wk-text">2</pre></div></div>'
        '\n<p>after</p><p class="wk-ran" data-search-exclude>Ran on CPU, torch 2.13.0, seed 0</p>'
    )


def test_prompt_is_not_text() -> None:
    """The prompts are no text of the page, so nobody copies them."""
    assert "In [" not in filled(Display(data={"text/plain": "2"}, result=True))


def test_name() -> None:
    """The author's id is the cell's link target, and the id of superfences gives way to it."""
    page = found(cell(1, id="scores"))
    code = page.code[1].replace("<div ", '<div id="__fence" data-n="9" title="a &amp; b" hidden ')
    html = fill(mark(1), Page1(page=page.page, code={1: code}), None, settings=Settings())
    assert html.startswith('<div class="highlight wk-code" id="scores" data-n="1" title="a &amp; b" hidden="">')


def test_code_of_another_form() -> None:
    """Code that is highlighted without an element of its own gets one."""
    page = Page1(page=found(cell(1)).page, code={1: "<pre>x</pre>"})
    html = fill(mark(1), page, None, settings=Settings())
    assert html == '<div class="highlight wk-code" id="cell-1" data-n="1"><pre>x</pre></div>'


def test_no_record() -> None:
    """A page that was not run has its code and says nothing of a run."""
    html = fill(f"{mark(1)}{mark(2)}", found(cell(1), cell(2)), None, settings=Settings())
    assert html.count("wk-code") == 2
    assert "wk-out" not in html
    assert "wk-ran" not in html


def test_short_record() -> None:
    """A record that knows fewer cells than the page leaves the others with their code alone."""
    record = Record(cells=(CellRecord(outcome="passed", outputs=(printed("one"),)),), provenance=CPU)
    html = fill(f"{mark(1)}{mark(2)}", found(cell(1), cell(2)), record, settings=Settings())
    assert html.count("wk-code") == 2
    assert html.count("wk-out") == 1


OWN_MARK = mark(1)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ config.site_name }} {% raw %}",
    "``` python\nx\n```",
    OWN_MARK,
    "\u202eevil\u2066",
    "\x00\x1b[31mred",
    "\ud800 🙂",
    "<!-- a comment",
    r"\1 \g<0>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text(text: str) -> None:
    """Whatever a cell prints, returns, raises or is called is text of the page, and never read as its source."""
    failure = Failure(name=text, message=text, place=Place(path=text), traceback=text)
    html = filled(printed(text), Display(data={"text/plain": text, text: text}), failure, outcome="failed", why=text)
    assert html.count('class="highlight wk-code"') == 1
    assert not re.search(r"<(?:script|img|!--|div data-workings)", html)
    assert "\ud800" not in html
    assert "\x00" not in html


def test_marks_in_outputs() -> None:
    """A mark in an output is not a cell, even where HTML is trusted and goes through unchanged."""
    html = filled(Display(data={"text/html": OWN_MARK}), settings=Settings(html="trusted"))
    assert html.count("wk-code") == 1
    assert OWN_MARK in html


def test_unknown_marks() -> None:
    """A mark of another page stays as it is, and one of a cell that is not there shows nothing."""
    html = fill(f'a<div data-workings="x-1"></div>b{mark(7)}c', found(cell(1)), None, settings=Settings())
    assert html == 'a<div data-workings="x-1"></div>bc'


def test_hide_input() -> None:
    """`hide-input` folds the code and leaves the outputs in sight."""
    html = filled(printed("1"), tags=("hide-input",))
    assert '<details class="wk-fold"><summary>Show code</summary><div class="highlight' in html
    assert html.index("</details>") < html.index("wk-out")


def test_hide_output() -> None:
    """`hide-output` folds the outputs, and nothing where there are none."""
    html = filled(printed("1"), tags=("hide-output",))
    assert (
        '</div><details class="wk-fold"><summary>Show output</summary><div class="wk-out" data-search-exclude>' in html
    )
    assert "details" not in filled(tags=("hide-output",))


def test_hide_cell() -> None:
    """`hide-cell` folds both behind one summary that says what is there."""
    html = filled(printed("1"), tags=("hide-cell",))
    assert html.count("<details") == 1
    assert "<summary>Show code and output</summary>" in html
    assert "<summary>Show code</summary>" in filled(tags=("hide-cell",))


def test_remove() -> None:
    """The `remove-` tags leave out what they say, and a link to a cell without its code leads to its outputs."""
    no_input = filled(printed("1"), tags=("remove-input",))
    assert "wk-code" not in no_input
    assert '<div class="wk-out" id="cell-1"' in no_input
    assert "wk-out" not in filled(printed("1"), tags=("remove-output",))
    assert "wk-" not in filled(printed("1"), tags=("remove-cell",)).replace("wk-ran", "")


@pytest.mark.parametrize("tag", ["remove-output", "remove-cell", "hide-output", "hide-cell"])
def test_failure_is_never_hidden(tag: str) -> None:
    """A failure that nobody announced is in plain sight, whatever the cell's tags."""
    html = filled(printed("1"), BAD, tags=(tag,), outcome="failed")
    assert 'role="alert"' in html
    assert "Show output" not in html
    assert "Show code and output" not in html
    assert 'role="note"' not in filled(BAD, tags=("raises-exception", "remove-output"))


def test_scroll_output() -> None:
    """`scroll-output` makes a box that a keyboard can scroll, with a name."""
    html = filled(printed("1"), tags=("scroll-output",))
    assert (
        '<div class="wk-out wk-scroll" data-search-exclude tabindex="0" role="region" aria-label="Output of cell 1">'
    ) in html


def test_failure() -> None:
    """A failure that nobody announced is an alert: message first, then where, then the traceback."""
    html = filled(printed("before"), BAD, outcome="failed")
    box = html[html.index('<div class="wk-failure"') :]
    assert html.index("before") < html.index("wk-failure")
    assert box.startswith(
        '<div class="wk-failure" role="alert"><p class="wk-what"><strong><bdi>ValueError</bdi></strong>: '
        "<bdi>&lt;b&gt;3&lt;/b&gt; is not\n2 {{ x }}</bdi></p>"
        '<p class="wk-where">This cell failed at docs/a.md:7.</p><pre class="wk-traceback">Traceback'
    )
    assert "&lt;/pre&gt;&lt;script&gt;" in box


def test_announced_failure() -> None:
    """A failure that the author announced is calm, and its traceback is folded."""
    html = filled(BAD, raises="ValueError")
    assert '<div class="wk-failure wk-meant" role="note">' in html
    assert "This cell is meant to fail." in html
    assert '<summary>Show traceback</summary><pre class="wk-traceback">' in html
    assert "alert" not in html


def test_announced_failure_that_did_not_happen() -> None:
    """A failure that was announced and did not happen is an alert."""
    missing = Failure(name="ValueError", message="was not raised", place=Place(path="a"), reason="no-failure")
    assert 'role="alert"' in filled(missing, raises="ValueError", outcome="failed")


def test_not_run() -> None:
    """A cell that was not run says why, and its page does not say that it ran."""
    html = filled(outcome="not-run", why="cell 2 <failed>")
    assert '<p class="wk-note">Not run: cell 2 &lt;failed&gt;.</p>' in html
    assert "wk-ran" not in html
    assert "Not run: too big" in filled(outcome="skipped", tags=("skip-execution",), reason="too big")
    assert '<p class="wk-note">Not run.</p>' in filled(outcome="skipped", tags=("skip-execution",))


def test_stderr() -> None:
    """What went to stderr is told apart, also by ear."""
    html = filled(Stream(name="stderr", text="beware\n"))
    assert (
        '<pre class="wk-stream wk-stderr" role="group" aria-label="Output 1 of cell 1: standard error">beware</pre>'
        in html
    )


def test_nothing_shown() -> None:
    """A cell that showed nothing has no box."""
    assert "wk-out" not in filled()
    assert "wk-out" not in filled(printed(""))


LIST = "<ol>\n<li>one<ol><li>within</li></ol></li>\n<li>two</li>\n</ol>"


def test_annotations() -> None:
    """The list that code refers to stays its next sibling, lists within it included; outputs go after it."""
    html = filled(printed("1"), code="x = 1  # (1)", after=f"{LIST}\n<ol><li>other</li></ol>\n")
    assert f"</pre></div>{LIST}<div class=" in html.replace("\n<div", "<div")
    assert html.index("</ol><div") < html.index("wk-out") < html.index("other")


def test_annotations_fold_with_their_code() -> None:
    """A folded or removed cell takes its annotations along."""
    html = filled(printed("1"), code="x = 1  # (1)!", after=LIST, tags=("hide-input",))
    assert f"{LIST}</details>" in html
    assert "<ol>" not in filled(printed("1"), code="x = 1  # (1)", after=LIST, tags=("remove-input",))


def test_list_of_prose() -> None:
    """A list after code without annotations is prose: outputs come before it."""
    html = filled(printed("1"), code="f(1)  # call it", after=LIST)
    assert html.index("wk-out") < html.index("<ol>")


def test_cell_in_annotation() -> None:
    """A cell that stands in an annotation is shown there."""
    page = found(cell(1, "x = 1  # (1)"), cell(2, "y = 2"))
    html = fill(f"{mark(1)}<ol><li>{mark(2)}</li></ol>end", page, None, settings=Settings())
    assert html.index('id="cell-1"') < html.index("<ol>") < html.index('id="cell-2"') < html.index("</ol>end")


def test_unclosed_list() -> None:
    """A list that never ends is left where it is."""
    html = filled(printed("1"), code="x = 1  # (1)", after="<ol><li>one")
    assert html.index("wk-out") < html.index("<ol>")


def test_problems() -> None:
    """Where a site is built in spite of errors, a page's problems stand at its top, a line each."""
    wrong = SourceError(Place(path="docs/a.md", line=3), "unknown option '<b>'")
    page = Page1(page=found(cell(1)).page, code={}, problems=(wrong, wrong))
    html = fill("<p>text</p>", page, None, settings=Settings(errors="show"))
    assert html.startswith('<div class="wk-failure wk-problems" role="alert">')
    assert html.count("<li>docs/a.md:3: unknown option &#x27;&lt;b&gt;&#x27;</li>") == 2
    assert fill("<p>text</p>", page, None, settings=Settings()) == "<p>text</p>"


@pytest.mark.parametrize(
    ("provenance", "line"),
    [
        (CPU, "Ran on CPU, torch 2.13.0, seed 0"),
        (
            Provenance(backend="cuda", device="NVIDIA H200", torch="2.13.0+cu130", seed=7),
            "Ran on NVIDIA H200 (CUDA), torch 2.13.0, seed 7",
        ),
        (Provenance(backend="mps", device="Apple M4", torch="2.13.0"), "Ran on Apple M4 (MPS), torch 2.13.0, seed 0"),
        (Provenance(backend="cuda"), "Ran on CUDA, seed 0"),
    ],
)
def test_ran_on(provenance: Provenance, line: str) -> None:
    """The foot of a page says on what it ran, and nothing that differs from run to run."""
    assert ran_on(provenance) == line


def test_foot_is_escaped() -> None:
    """A device's name is text."""
    record = Record(cells=(CellRecord(outcome="passed"),), provenance=Provenance(backend="<b>", device="<script>"))
    assert "<script" not in fill("", found(cell(1)), record, settings=Settings())


def test_many_cells() -> None:
    """A page of thousands of cells is filled in order, each in its place."""
    page = found(*(cell(number) for number in range(1, 5)))
    many = Page1(page=page.page, code=page.code)
    html = fill("".join(f"<p>{n}</p>{mark(n % 4 + 1)}" for n in range(5000)), many, None, settings=Settings())
    assert [int(n) for n in re.findall(r"<p>(\d+)</p>", html)] == list(range(5000))
    assert html.count("wk-code") == 5000


def test_a_page_that_is_still_going_on() -> None:
    """In a preview the running cell is announced, the next ones wait, and what they showed before is said to be old."""
    shown = Stream(name="stdout", text="seen before")
    page, cells = (
        found(cell(1), cell(2)),
        (CellRecord(outcome="running"), CellRecord(outcome="waiting", stale=(shown,))),
    )
    html = fill(mark(1) + mark(2), page, Record(cells=cells, provenance=Provenance(backend="")), settings=SITE)
    assert html.count('<p class="wk-note wk-running" role="status">Running</p>') == 1
    assert html.count('<p class="wk-note wk-waiting">Waiting</p>') == 1
    assert html.index("Waiting") < html.index("From before the last edit") < html.index("seen before")
    assert "Ran on" not in html


def test_what_a_failed_cell_showed_before() -> None:
    """Below its failure stands what the cell showed when it last came to its end; below a hidden output nothing."""
    record = CellRecord(outcome="failed", outputs=(BAD,), stale=(Display(data={"text/plain": "42"}, result=True),))
    html = fill(mark(1), found(cell(1)), Record(cells=(record,), provenance=CPU), settings=SITE)
    assert html.index("ValueError") < html.index('class="wk-stale"') < html.index("42")
    removed = fill(
        mark(1), found(cell(1, tags=("remove-output",))), Record(cells=(record,), provenance=CPU), settings=SITE
    )
    assert "wk-stale" not in removed


def test_the_starter_of_an_exercise_is_open() -> None:
    """A reader sees what to start from, as any cell's code."""
    html = filled(role="exercise", exercise="a", id="a")
    assert "<details" not in html
    assert '<div class="highlight wk-code" id="a" data-n="1">' in html


def test_a_check_is_folded() -> None:
    """How an answer is checked is one click away."""
    html = filled(role="check", exercise="a", id="a-check")
    assert (
        '<details class="wk-fold wk-check"><summary>How an answer is checked</summary><div class="highlight wk-code"'
        in html
    )


def test_a_wrong_answer_is_not_shown() -> None:
    """Of a wrong answer, a reader sees nothing."""
    assert filled(role="wrong", exercise="a", id="a-wrong-1") == filled(tags=("remove-cell",))


def test_a_solution_is_folded_and_not_found_by_the_search() -> None:
    """The solution, with what it shows, is behind a button of its own, which the search does not look into."""
    html = filled(printed("42"), role="solution", exercise="a", id="a-solution")
    inside = html.partition('<details class="wk-fold wk-solution" data-search-exclude><summary>Solution</summary>')[2]
    assert "42" in inside.partition("</details>")[0]


@pytest.mark.parametrize("role", ["exercise", "check", "wrong", "solution"])
def test_a_failure_of_an_exercise_is_never_folded(role: str) -> None:
    """In a preview its author sees what does not hold, whichever part it is."""
    html = filled(BAD, outcome="failed", role=role, exercise="a", id="a")
    assert 'role="alert"' in html.rpartition('<details class="wk-fold')[2].rpartition("</details>")[2]
