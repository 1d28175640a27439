"""What is accepted of a page: its file, what it says of a cell as it is now, and two whole runs beside each other."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from workings.claims import (
    Acceptance,
    Claims,
    Difference,
    Ran,
    accepting,
    changes,
    decoded,
    encoded,
    judged,
    shown_of,
    told_changes,
)
from workings.outputs import CellRecord, Display
from workings.page import Cell, Options, Page
from workings.place import Place

RAN = Ran(backend="cpu", device="A Processor", torch="2.13.0")


def page(*codes: str | tuple[str, str]) -> Page:
    """A page with these cells; one with a name is a pair of code and name."""
    cells = []
    for number, item in enumerate(codes, 1):
        code, name = item if isinstance(item, tuple) else (item, None)
        place = Place(path="docs/a.md", line=10 * number)
        cells.append(Cell(number=number, code=code, place=place, options=Options(id=name)))
    return Page(path="docs/a.md", root=Path("/project"), cells=tuple(cells))


def records(*texts: str, outcome: str = "passed") -> list[CellRecord]:
    """The records of cells that showed these texts."""
    shown = [(Display({"text/plain": text}),) if text else () for text in texts]
    return [CellRecord(outcome=outcome, outputs=outputs) for outputs in shown]  # type: ignore[arg-type]


def claims(of: Page, *texts: str, ran: Ran = RAN) -> Claims:
    """What is accepted of a page whose cells showed these texts."""
    return Claims(ran=ran, cells=shown_of(of, records(*texts)))


def verdict(of: Page, number: int, text: str, accepted: Claims | None, backend: str = "cpu") -> Difference | None:
    """What is said of a cell that shows that text now."""
    cell = of.cells[number - 1]
    (shown,) = shown_of(structs.replace(of, cells=(cell,)), records(text)).values()
    return judged(of, cell, shown, accepted=accepted, backend=backend)


def test_the_file_has_a_line_for_each_cell() -> None:
    """In the order of the page, with the way it ran at the top, and the same claims are the same bytes."""
    whole = claims(page(("1", "one"), "2"), "1", "tensor([2.])\né")
    lines = encoded(whole).decode().split("\n")
    assert lines[0].startswith('{"ran": {"backend":"cpu","device":"A Processor"')
    assert [line[:8] for line in lines[2:4]] == ['"one": {', '"cell-2"']
    assert len(lines) == 6
    assert json.loads(encoded(whole)).keys() == {"ran", "cells"}
    assert decoded(encoded(whole)) == whole
    assert encoded(decoded(encoded(whole))) == encoded(whole)


def test_a_page_without_claims_has_a_file() -> None:
    """A page none of whose cells ran is one with no lines."""
    assert decoded(encoded(Claims(ran=RAN, cells={}))) == Claims(ran=RAN, cells={})


def test_what_was_accepted_holds() -> None:
    """A cell that shows what it did is as it should be."""
    of = page("a", ("b", "named"))
    accepted = claims(of, "1.2345", "2")
    assert verdict(of, 1, "1.2346", accepted) is None
    assert verdict(of, 2, "2", accepted) is None


def test_what_is_not_accepted_is_said() -> None:
    """Of a page without a file, and of a cell without a line, that is all that is said."""
    of = page("a", ("b", "named"))
    nothing, no_cell = verdict(of, 1, "1", None), verdict(of, 2, "1", claims(page("a"), "1"))
    assert nothing is not None
    assert nothing.what == "nothing is accepted yet of what this page shows"
    assert no_cell is not None
    assert (no_cell.what, no_cell.now) == ("what it shows is not accepted yet", "1")


def test_a_cell_that_shows_nothing_needs_nothing() -> None:
    """It claims nothing; once it does, or did, that is a difference."""
    of = page("a", ("b", "named"))
    assert verdict(of, 1, "", None) is None
    assert verdict(of, 2, "", claims(page("a"), "1")) is None
    no_more, more = verdict(of, 1, "", claims(of, "1", "")), verdict(of, 2, "2", claims(of, "1", ""))
    assert no_more is not None
    assert (no_more.was, no_more.now) == ("1", "nothing")
    assert more is not None
    assert (more.was, more.now) == ("nothing", "2")


def test_a_cell_that_was_edited_says_so() -> None:
    """Its outputs may well differ now; where they do not, nothing has to be done."""
    accepted = claims(page(("a", "x"), ("b", "y")), "1", "2")
    edited = page(("a2", "x"), ("b", "y"))
    own, below = verdict(edited, 1, "3", accepted), verdict(edited, 2, "3", accepted)
    assert own is not None
    assert own.what == "numbers differ (the cell was edited since its outputs were accepted)"
    assert (own.was, own.now) == ("1", "3")
    assert below is not None
    assert below.what == "numbers differ (a cell above it was edited since its outputs were accepted)"
    assert verdict(edited, 1, "1", accepted) is None


def test_a_cell_without_a_name_is_known_by_its_code() -> None:
    """A cell that is put in above gives the numbers of those below to others, and their claims stay theirs."""
    accepted = claims(page("a", "b", "c"), "1", "2", "3")
    more = page("new", "a", "b", "c")
    assert [verdict(more, number, str(number - 1), accepted) for number in (2, 3, 4)] == [None] * 3
    first = verdict(more, 1, "0", accepted)
    assert first is not None
    assert first.what == "what it shows is not accepted yet"


def test_another_backend_is_said_to_be_one() -> None:
    """Where only outputs of another backend are accepted, numbers have more room, and that is said."""
    of = page("a")
    accepted = claims(of, "1.2345")
    assert verdict(of, 1, "1.2350", accepted, backend="cuda") is None
    found = verdict(of, 1, "7.1", accepted, backend="cuda")
    assert found is not None
    assert found.what == "numbers differ (it was accepted on cpu)"


@pytest.mark.parametrize("code", ["torch.randn(3)", "torch.manual_seed(1)", "nn.Linear(2, 3)", "F.dropout(x)"])
def test_random_numbers_are_those_of_a_backend(code: str) -> None:
    """Elsewhere others are drawn: there, only words and shapes of what they lead to are what was accepted."""
    of = page(code, "x")
    accepted = claims(of, "", "tensor([1.2345])")
    assert verdict(of, 2, "tensor([7.1000], device='cuda:0')", accepted, backend="cuda") is None
    assert verdict(of, 2, "tensor([7.1000])", accepted) is not None
    assert verdict(of, 2, "tensor([7.1000, 1.0000])", accepted, backend="cuda") is not None
    assert verdict(page("a", "x"), 2, "tensor([7.1000])", accepted, backend="cuda") is not None


def accepted_again(of: Page, before: Claims | None, *texts: str) -> Acceptance:
    """Accept what all cells of a page show."""
    return accepting(of, shown_of(of, records(*texts)), ran=structs.replace(RAN, device="Another"), before=before)


def test_accepting_what_is_the_same_changes_nothing() -> None:
    """Rounding, and another machine, leave a file as it was, so that it changes when a claim does."""
    of = page("a", "b")
    before = claims(of, "1.2345", "2")
    done = accepted_again(of, before, "1.2346", "2")
    assert done.claims == before
    assert done.changed == ()


def test_accepting_replaces_what_is_another_claim() -> None:
    """And says which cells those are, and which are gone."""
    before = claims(page("a", "b", ("c", "old")), "1", "2", "3")
    done = accepted_again(page("a", "b"), before, "1", "5")
    assert (done.changed, done.gone) == (("cell-2",), ("old",))
    assert done.claims.ran.device == "Another"
    assert list(done.claims.cells) == ["cell-1", "cell-2"]
    assert accepted_again(page("a"), None, "1").new == ("cell-1",)
    assert accepted_again(page("a", "b"), done.claims, "1", "5").changed == ()


def test_accepting_some_cells_keeps_the_others() -> None:
    """What was not run this time stays as it was accepted, in the order of the page."""
    of = page("a", "b", "c")
    before = claims(of, "1", "2", "3")
    some = structs.replace(of, cells=of.cells[1:2])
    done = accepting(of, shown_of(some, records("7")), ran=RAN, before=before)
    assert [shown.shows[0].text for shown in done.claims.cells.values()] == ["1", "7", "3"]  # type: ignore[union-attr]
    assert list(done.claims.cells) == ["cell-1", "cell-2", "cell-3"]


def test_an_edit_that_changes_no_output_is_noted() -> None:
    """Then the file knows the new code, and no claim has changed."""
    before = claims(page(("a", "x")), "1")
    done = accepted_again(page(("a2", "x")), before, "1")
    assert done.changed == ()
    assert done.claims != before
    assert verdict(page(("a2", "x")), 1, "1", done.claims) is None


def run_of(*texts: str, outcome: str = "passed", **ran: object) -> dict[str, Claims]:
    """A run of a page with cells that showed these texts."""
    of = page(*(f"code {number}" for number in range(len(texts))))
    shown = shown_of(of, records(*texts, outcome=outcome), places=True)
    return {"docs/a.md": Claims(ran=structs.replace(RAN, **ran), cells=shown)}


def test_two_runs_that_show_the_same() -> None:
    """There is nothing to tell but how many cells that were."""
    found = changes(run_of("1", "2.5"), run_of("1", "2.5000001"))
    assert found.changes == ()
    assert told_changes(found, run_of("1"), run_of("1", seed=3)) == [
        "A: cpu (A Processor), torch 2.13.0, seed 0, float32",
        "B: cpu (A Processor), torch 2.13.0, seed 3, float32",
        "",
        "0 of 2 cells on 1 page show something else",
    ]


def test_two_runs_that_differ() -> None:
    """Each cell is told with its line, what was, what is, and how far."""
    was, now = run_of("1", "2.5"), run_of("1", "3.5")
    lines = told_changes(changes(was, now), was, now)
    assert lines[3:] == [
        "docs/a.md: 1 of 2 cells",
        "  docs/a.md:20 cell-2: numbers differ",
        "      was: 2.5",
        "      is:  3.5",
        "      largest deviation 1 (0.29 of the number), allowed 3.6e-05 (float32)",
        "",
        "1 of 2 cells on 1 page show something else",
    ]


def test_a_cell_that_was_put_in_is_the_only_other_one() -> None:
    """Two commits are compared cell by cell, whatever numbers the cells have."""
    was, now = page("a", "b"), page("new", "a", "b")
    runs = [{"docs/a.md": claims(of, *texts)} for of, texts in ((was, "12"), (now, "012"))]
    found = changes(*runs)
    assert [(change.cell, change.difference.what) for change in found.changes] == [("cell-1", "the cell is only in B")]


def test_cells_and_pages_of_one_run_alone() -> None:
    """A cell that the other run does not have is a change; one that did not run there can't be compared."""
    found = changes(run_of("1"), run_of("1", "2"))
    assert [(change.cell, change.difference.what) for change in found.changes] == [("cell-2", "the cell is only in B")]
    gone = changes(run_of("1"), {})
    assert [change.difference.what for change in gone.changes] == ["the cell is only in A"]
    not_run = changes(run_of("1"), run_of("", outcome="not-run"))
    assert (not_run.changes, not_run.compared, not_run.apart) == ((), 0, 1)


def test_a_cell_that_fails_in_one_run() -> None:
    """A failure is told as one, in either direction."""
    there = changes(run_of("1"), run_of("", outcome="failed"))
    back = changes(run_of("", outcome="failed"), run_of("1"))
    assert [change.difference.what for change in (*there.changes, *back.changes)] == ["it fails", "it fails no more"]


def test_cells_with_the_same_code_are_known_by_their_turn() -> None:
    """Where a cell is put in above several that say the same, what was accepted of each stays its own."""
    accepted = claims(page("x", "x += 1", "x", "x += 1", "x"), "1", "", "2", "", "3")
    more = page("new", "y", "x", "x += 1", "x", "x += 1", "x")
    assert [verdict(more, number, text, accepted) for number, text in ((3, "1"), (5, "2"), (7, "3"))] == [None] * 3
    assert verdict(more, 5, "3", accepted) is not None


def test_accepting_a_cell_that_was_put_in_keeps_those_below() -> None:
    """The claims of cells that have another number now are kept under their new names."""
    of = page("a", "new", "b", "c")
    shown = {"cell-2": shown_of(of, records("1", "0", "2", "3"))["cell-2"]}
    done = accepting(of, shown, ran=RAN, before=claims(page("a", "b", "c"), "1", "2", "3"))
    assert [verdict(of, number, text, done.claims) for number, text in enumerate("1023", 1)] == [None] * 4
