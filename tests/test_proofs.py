"""Formulas and their proofs: each label has a cell that asserts something, and each such cell has a formula."""

# ruff: noqa: E501 - a case of a table is one line, however long

from pathlib import Path

import pytest
from sites import make_site

from workings.outputs import CellRecord, Outcome, Provenance, Record
from workings.page import Cell, Options, Page
from workings.place import Place
from workings.proofs import asserts, proofs_of
from workings.rendering.proofs import Proofs, link_back, numbers_in, proved, room, with_signs
from workings.website.config import load_site
from workings.website.sources import load_page

FORMULA = "$$\na = b \\label{eq:a}\n$$\n\n"
SOUND = '```python proves="eq:a"\nassert 1 + 1 == 2\n```\n'


def problems(tmp_path: Path, text: str, *, name: str = "index.md") -> list[str]:
    """What is wrong with a page of a site."""
    root = make_site(tmp_path, {name: text})
    _, found = load_page(root / "docs" / name, load_site(root / "mkdocs.yml"))
    return [str(problem) for problem in found]


@pytest.mark.parametrize(
    "text",
    [
        FORMULA + SOUND,
        SOUND + FORMULA,
        FORMULA + SOUND + SOUND.replace("assert 1 + 1 == 2", "assert 2 == 2"),
        "$$\na \\label{def:a}\n$$\n",
        "$$\na = b\n$$\n",
        "$$\n\\begin{align} a &= b \\label{eq:a} \\\\ c &= d \\label{eq:b} \\end{align}\n$$\n\n"
        + SOUND.replace("eq:a", "eq:a eq:b"),
    ],
)
def test_what_is_proved_is_sound(tmp_path: Path, text: str) -> None:
    """A proof may stand above its formula, prove several, and have others beside it; definitions need none."""
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FORMULA, "docs/index.md:2: no cell proves the formula 'eq:a': compute both sides in a cell with proves=\"eq:a\" and assert that they agree, or call it a definition, \\label{def:a}"),
        ("---\ntitle: x\n---\n\nA line.\n\n" + FORMULA, "docs/index.md:8: no cell proves the formula 'eq:a'"),
        (SOUND, "docs/index.md:2: no formula on this page has the label 'eq:a' (give a formula \\label{eq:a})"),
        (FORMULA + SOUND + SOUND.replace("eq:a", "eq:aa"), "docs/index.md:9: no formula on this page has the label 'eq:aa' (did you mean 'eq:a'?)"),
        (FORMULA + '```python proves="eq:a"\n1 + 1\n```\n', "docs/index.md:6: this cell proves 'eq:a' and asserts nothing: add an assert"),
        (FORMULA + '```python proves="eq:a" raises="ValueError"\nassert x\n```\n', "docs/index.md:6: a cell that is not run, or is meant to fail, proves nothing"),
        (FORMULA + '```python proves="eq:a" tags="skip-execution" reason="a"\nassert x\n```\n', "docs/index.md:6: a cell that is not run"),
        (FORMULA + "<!--\n" + SOUND + "-->\n", "docs/index.md:2: no cell proves the formula 'eq:a'"),
    ],
)  # fmt: skip
def test_what_is_not_proved_is_named(tmp_path: Path, text: str, said: str) -> None:
    """A formula without proof, a proof without formula, and a proof that asserts nothing are errors with their line."""
    (found,) = problems(tmp_path, text)
    assert found[: len(said)] == said


@pytest.mark.parametrize(
    "code",
    [
        "assert a == b",
        "assert torch.equal(a, b), 'they differ'",
        "torch.testing.assert_close(a, b)",
        "assert_close(a, b)",
        "np.testing.assert_allclose(a, b)",
        "for a in x:\n    assert a",
        "with torch.no_grad():\n    if x:\n        assert a",
        "def check(a):\n    assert a > 0\ncheck(1)",
        "%time x = 1\nassert x",
        "(",
    ],
)
def test_code_that_asserts(code: str) -> None:
    """What raises when two sides differ is an assertion, where it is run; what can't be parsed fails without one."""
    assert asserts(code)


@pytest.mark.parametrize(
    "code",
    [
        "a == b",
        "torch.equal(a, b)",
        "torch.allclose(a, b)",
        "assert True",
        "assert (a == b, 'they differ')",
        "# assert a == b",
        "'assert a == b'",
        "def check(a):\n    assert a > 0",
        "check = lambda a: assert_close(a, 1)",
        "class A:\n    def check(self):\n        assert self",
    ],
)
def test_code_that_asserts_nothing(code: str) -> None:
    """What can't fail, or is never run, is no assertion."""
    assert not asserts(code)


def cell(number: int, *labels: str) -> Cell:
    """A cell that proves these."""
    return Cell(number=number, code="assert x", place=Place(path="a.md", line=number), options=Options(proves=labels))


def test_the_first_proof_counts() -> None:
    """A formula is linked to the first cell that proves it."""
    page = Page(path="a.md", root=Path(), cells=(cell(1), cell(2, "eq:a", "eq:b"), cell(3, "eq:a")))
    assert {label: proof.number for label, proof in proofs_of(page).items()} == {"eq:a": 2, "eq:b": 2}


@pytest.mark.parametrize(("outcome", "holds"), [("passed", True), ("recorded", True), ("failed", False), ("not-run", False), ("running", False), ("waiting", False)])  # fmt: skip
def test_a_proof_holds_when_its_cell_has_passed(outcome: Outcome, holds: bool) -> None:  # noqa: FBT001 - a table's column
    """A formula is marked only where the assertions have held."""
    page = Page(path="a.md", root=Path(), cells=(cell(1, "eq:a"),))
    record = Record(cells=(CellRecord(outcome=outcome),), provenance=Provenance(backend="cpu"))
    assert ("eq:a" in proved(page, record)) == holds
    assert proved(page, None) == {}


def test_signs_link_both_ways() -> None:
    """A formula links to its proof, and the proof to its formulas; without a proof that holds there is no sign."""
    attributes = room("eq:a", "3")
    place = f'<span class="{attributes["class"]}" data-label="eq:a" data-number="3"></span>'
    html = f"<div>{place}</div>"
    proofs = Proofs(cells={"eq:a": cell(7, "eq:a")}, numbers=numbers_in(html))
    shown = with_signs(html, proofs)
    assert 'href="#cell-7"' in shown
    assert 'aria-label="Formula 3 is proved by a cell on this page: go there"' in shown
    assert with_signs(html, Proofs(cells={}, numbers={})) == "<div></div>"
    assert '<a href="#eq:a">(3)</a>' in link_back(cell(7, "eq:a", "eq:gone"), proofs)
    assert link_back(cell(7), proofs) == ""
