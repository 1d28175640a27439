"""Whether what a cell shows is what it showed: words exactly, numbers as numbers."""

import math

import pytest
from msgspec import structs

from workings.claims import Difference, Shown, difference, digest_of, shown_by, told_difference
from workings.claims.tolerance import Number, deviation
from workings.claims.values import Failed, Text
from workings.outputs import CellRecord, Display, Failure, Output, Stream
from workings.page import Cell, Options, Value
from workings.place import Place

PLACE = Place(path="docs/a.md", line=3)


def shown(*outputs: Output, **options: object) -> Shown:
    """What a cell with these outputs claims."""
    cell = Cell(number=1, code="x", place=PLACE, options=Options(**options))  # type: ignore[arg-type]
    return shown_by(cell, CellRecord(outcome="passed", outputs=outputs))


def value(text: str) -> Shown:
    """What a cell claims whose last expression has that text."""
    return shown(Display({"text/plain": text}, result=True))


def between(was: str, now: str, *, same_backend: bool = True) -> Difference | None:
    """What differs between two values, which is the same in either direction."""
    there, back = (difference(value(a), value(b), same_backend=same_backend) for a, b in ((was, now), (now, was)))
    assert (there is None) == (back is None)
    return there


SAME = {
    "rounding": ("tensor([0.1234, 5.4321])", "tensor([0.1235, 5.4320])"),
    "whole floats": ("tensor([1., 2.])", "tensor([1.0000, 2.0000])"),
    "noise and nothing": ("tensor(0.)", "tensor(1.1921e-07)"),
    "noise in numbers": ("1e-08", "0.0"),
    "negative nothing": ("tensor([-0., 1.])", "tensor([0., 1.])"),
    "no number": ("tensor([nan, 1.])", "tensor([nan, 1.])"),
    "no number, aligned": ("tensor([   nan, 1.0000])", "tensor([nan, 1.])"),
    "infinities": ("tensor([inf, -inf])", "tensor([   inf,   -inf])"),
    "signs move columns": ("tensor([ 1.0000, -0.0000])", "tensor([1.0000, 0.0000])"),
    "wrapped elsewhere": ("tensor([[1, 2],\n        [3, 4]])", "tensor([[1, 2], [3,\n 4]])"),
    "scientific": ("tensor([1.0000e+00, 1.0000e-03])", "tensor([1.0000, 0.0010])"),
    "last digits of a float": ("0.30000000000000004", "0.3"),
    "single precision as Python's": ("1.4142135381698608", "1.4142140150070190"),
    "half precision": (
        "tensor([1.0000, 2.0000], dtype=torch.float16)",
        "tensor([1.0000, 2.0020], dtype=torch.float16)",
    ),
    "brain floats": ("tensor([1.0000], dtype=torch.bfloat16)", "tensor([1.0078], dtype=torch.bfloat16)"),
    "complex": ("tensor([1.+2.j])", "tensor([1.0000+2.0000j])"),
    "complex sign of nothing": ("tensor([1.+0.j])", "tensor([1.-0.j])"),
    "formatted": ("loss 0.1234", "loss 0.1235"),
    "formatted without a point": ("1", "1.00001"),
    "columns": ("a   1.25\nb  10.50", "a  1.25\nb 10.50"),
    "an array": ("array([1.5, 2.5], dtype=float32)", "array([1.5000001, 2.5], dtype=float32)"),
    "several tensors": ("(tensor([[0.0141]]), tensor([[0.]]))", "(tensor([[0.0141]]), tensor([[0.0000]]))"),
    "bare address": ("handle 0x7f1234567890", "handle 0x55aa34567890"),
    "address": ("<A object at 0x7f1234567890>", "<A object at 0x7fffffffffff>"),
    "folder": ("/home/ada/lab/model.pt", "/Users/bob/model.pt"),
    "folder that is made up": ("/tmp/tmpab12cd", "/tmp/tmpzz99zz"),  # noqa: S108 - a text, no file
    "time": ("took 12.3 ms", "took 4 s"),
    "measured": (
        "12.3 ms ± 400 µs per loop (mean ± std. dev. of 7 runs, 100 loops each)",
        "9.87 s ± 1.2 ms per loop (mean ± std. dev. of 7 runs, 1 loop each)",
    ),
    "wall time": ("CPU times: user 1.2 s, sys: 3 ms, total: 4 ms", "CPU times: user 9 ms, sys: 1 s, total: 3 s"),
    "moment": ("2026-11-25 16:40:56", "2027-01-02 03:04:05"),
    "memory": ("peak 1.5 GiB", "peak 812 MB"),
    "line of a notebook": ("a.ipynb#cell-3:2: UserWarning: x", "a.ipynb#cell-5:2: UserWarning: x"),
    "line of a library": ("nn/functional.py:512: UserWarning: x", "nn/functional.py:544: UserWarning: x"),
    "colours of a terminal": ("\x1b[31mred\x1b[0m", "red"),
    "written over": (" 10%\r100%", "100%"),
}


@pytest.mark.parametrize("name", SAME)
def test_it_says_the_same(name: str) -> None:
    """What rounding, alignment or the machine makes different is no difference."""
    assert between(*SAME[name]) is None


OTHER = {
    "a digit": ("tensor([1.2345])", "tensor([1.2347])", "numbers differ"),
    "a digit that would be a step from a whole number": ("tensor([1., 2.])", "tensor([1.0000, 2.0001])", "numbers"),
    "a whole number": ("tensor([1, 2])", "tensor([1, 3])", "numbers differ"),
    "a type": ("tensor([1, 2])", "tensor([1., 2.])", "text"),
    "Python's type": ("7", "7.0", "text"),
    "a named type": ("tensor([1.])", "tensor([1.], dtype=torch.float64)", "text"),
    "a shape": ("torch.Size([3, 4])", "torch.Size([3, 5])", "numbers"),
    "a dimension": ("torch.Size([3, 4])", "torch.Size([3, 4, 1])", "text"),
    "brackets": ("tensor([1., 2.])", "tensor([[1., 2.]])", "text"),
    "a number more": ("tensor([1., 2.])", "tensor([1., 2., 3.])", "text"),
    "a long number": ("9007199254740993", "9007199254740992", "text"),
    "a sign": ("tensor([ 1.0000])", "tensor([-1.0000])", "numbers"),
    "a number that is none": ("tensor([nan])", "tensor([1.])", "numbers"),
    "an infinity": ("tensor([inf])", "tensor([-inf])", "numbers"),
    "infinity, and a large number": ("tensor([inf])", "tensor([3.4028e+38])", "numbers"),
    "double precision": (
        "tensor([1.0000001], dtype=torch.float64)",
        "tensor([1.0000005], dtype=torch.float64)",
        "numbers",
    ),
    "bits of a float": ("0x3f800000", "0x40000000", "text"),
    "few digits": ("4.0", "4.1", "numbers"),
    "a rate": ("lr 0.001", "lr 0.002", "numbers"),
    "a small rate": ("1e-05", "2e-05", "numbers"),
    "imaginary": ("(1+2j)", "(1+3j)", "numbers"),
    "imaginary or not": ("1.5", "1.5j", "text"),
    "a word": ("True", "False", "text"),
    "sizes in a word": ("5x8 and 5x8", "5x8 and 5x9", "text"),
    "a version": ("torch 2.13.0", "torch 2.13.1", "text"),
    "indentation": ("a\n  b", "a\n b", "text"),
    "a line": ("a\nb", "a\n\nb", "text"),
    "a file": ("/home/ada/model.pt", "/home/ada/data.pt", "text"),
    "a device": ("tensor([1.], device='cuda:0')", "tensor([1.])", "text"),
    "what computed it": ("tensor(1., grad_fn=<MulBackward0>)", "tensor(1., grad_fn=<AddBackward0>)", "text"),
    "bytes, which are counted": ("1024 bytes", "2048 bytes", "numbers"),
}


@pytest.mark.parametrize("name", OTHER)
def test_it_says_something_else(name: str) -> None:
    """What a reader would call another claim is a difference, and says of what kind."""
    was, now, what = OTHER[name]
    found = between(was, now)
    assert found is not None
    assert what in found.what


def test_the_largest_deviation_is_told() -> None:
    """Of all numbers the one that is furthest off is named, with what it was allowed."""
    found = between("tensor([1.0000, 2.0000, 3.0000])", "tensor([1.0000, 2.5000, 3.1000])")
    assert found is not None
    assert found.deviation is not None
    assert (found.deviation.absolute, found.deviation.relative) == (0.5, 0.2)
    assert told_difference(found).split("\n") == [
        "was: tensor([1.0000, 2.0000, 3.0000])",
        "is:  tensor([1.0000, 2.5000, 3.1000])",
        "largest deviation 0.5 (0.2 of the number), allowed 0.00013 (float32)",
    ]


def test_a_long_text_is_told_where_it_differs() -> None:
    """Of a long text the lines around the first difference are shown."""
    lines = [f"line {number}" for number in range(100)]
    other = [*lines[:50], "another", *lines[51:]]
    told = told_difference(between("\n".join(lines), "\n".join(other)) or Difference(what=""))
    assert "another" in told
    assert "line 50" in told
    assert "line 40" not in told
    assert "line 70" not in told


def test_other_backends_are_given_more_room() -> None:
    """A GPU may round as it does, and says its name; on one backend the same numbers are two claims."""
    was, now = "tensor([1.2345, 0.5000])", "tensor([1.2350, 0.5001], device='cuda:0')"
    assert between(was, now) is not None
    assert between(was, now, same_backend=False) is None
    assert between(was, now.replace("1.2350", "1.3"), same_backend=False) is not None


@pytest.mark.parametrize("number", [0.0, 1.0, -3.5, math.inf, -math.inf, math.nan, 1e300])
def test_a_number_is_itself(number: float) -> None:
    """No deviation is found between a number and itself."""
    assert deviation(Number(number), Number(number), same_backend=True).excess == 0


def test_streams_are_compared_as_a_whole() -> None:
    """In how many pieces a text came is no claim, and neither is when a warning came between them."""
    pieces = shown(Stream("stdout", "a\n"), Stream("stderr", "careful\n"), Stream("stdout", "b\n"))
    assert difference(pieces, shown(Stream("stdout", "a\nb\n"), Stream("stderr", "careful\n"))) is None
    assert difference(pieces, shown(Stream("stdout", "a\nb\n"))) is not None
    assert difference(pieces, shown(Stream("stdout", "a\nb\n"), Stream("stdout", "careful\n"))) is not None
    assert difference(shown(Stream("stderr", "a")), shown(Stream("stdout", "a"))) is not None


def test_what_is_cut_is_another_text() -> None:
    """A text that ended at the limit of output is not the one that ends there by itself."""
    assert difference(shown(Stream("stdout", "a")), shown(Stream("stdout", "a", cut=5))) is not None


def test_a_failure_is_compared_by_name_and_message() -> None:
    """Where it happened, and how Python tells it, is no claim of the cell."""
    was = Failure("ValueError", "sizes 3 and 4", PLACE, traceback="one")
    assert difference(shown(was), shown(Failure("ValueError", "sizes 3 and 4", PLACE.moved(9)))) is None
    assert difference(shown(was), shown(Failure("ValueError", "sizes 3 and 5", PLACE))) is not None
    assert difference(shown(was), shown(Failure("TypeError", "sizes 3 and 4", PLACE))) is not None
    assert shown(was).shows == (Failed(name="ValueError", message="sizes 3 and 4"),)


TABLE = '<style scoped>.x {color: red}</style><table class="frame" id="T_%s"><tr><th>loss</th><td>%s</td></tr></table>'


def test_html_is_compared_by_what_stands_in_it() -> None:
    """Styles, classes and made-up names are no claims; cells of a table are, numbers as numbers."""
    was = shown(Display({"text/html": TABLE % ("a1b2c", "0.1234"), "text/plain": "one"}))
    same = shown(Display({"text/html": (TABLE % ("ffff0", "0.1235")).replace("red", "blue"), "text/plain": "other"}))
    assert difference(was, same) is None
    assert difference(was, shown(Display({"text/html": TABLE % ("a1b2c", "0.2"), "text/plain": "one"}))) is not None
    other = (TABLE % ("a1b2c", "0.1234")).replace("loss", "cost")
    assert difference(was, shown(Display({"text/html": other, "text/plain": "one"}))) is not None
    assert difference(was, shown(Display({"text/plain": "one"}))) is not None


@pytest.mark.parametrize(
    ("form", "was", "same", "other"),
    [
        ("text/latex", r"$\frac{1}{2}$", r"$\frac{1}{2}$", r"$\frac{1}{3}$"),
        ("text/markdown", "**0.1234**", "**0.1235**", "*0.1234*"),
        ("application/json", {"a": [1, 0.1234], "b": None}, {"b": None, "a": [1, 0.12340001]}, {"a": [1, 0.5]}),
        ("application/x-thing", "a", "a", "b"),
    ],
)
def test_other_forms(form: str, was: object, same: object, other: object) -> None:
    """LaTeX, Markdown and JSON are compared as texts with numbers, what nobody knows by its bytes."""

    def of(content: object) -> Shown:
        return shown(Display({form: content}))  # type: ignore[dict-item]

    assert difference(of(was), of(same)) is None
    assert difference(of(was), of(other)) is not None


def test_a_long_text_keeps_its_beginning() -> None:
    """What follows the first words and numbers of a long text is known by its words; numbers there may differ."""
    text = "\n".join(f"step {number} loss {1 / (number + 1):.4f}" for number in range(3000))
    (claim,) = shown(Stream("stdout", text)).shows
    assert isinstance(claim, Text)
    assert len(claim.text) < 10_000
    assert claim.rest
    was = shown(Stream("stdout", text))
    assert difference(was, shown(Stream("stdout", text.replace("step 2999 loss", "step 2999 cost")))) is not None
    assert (
        difference(was, shown(Stream("stdout", text.replace("step 3 loss 0.2500", "step 3 loss 0.2600")))) is not None
    )
    assert difference(was, shown(Stream("stdout", text))) is None


@pytest.mark.parametrize("tag", ["remove-output", "remove-cell"])
def test_what_no_reader_sees_is_no_claim(tag: str) -> None:
    """A cell whose output is taken out of the page claims nothing."""
    assert shown(Stream("stdout", "12.3 ms"), tags=(tag,)).shows == ()
    assert shown(Stream("stdout", "12.3 ms"), tags=("hide-output",)).shows != ()


def test_values_in_the_prose_are_claims() -> None:
    """Whatever becomes of the cell's own output; and an edit of the expression is an edit of the cell."""
    cell = Cell(number=1, code="x", place=PLACE, options=Options(tags=("remove-output",)))
    was, same, other = (
        shown_by(cell, CellRecord(outcome="passed", values=(text, "a word"))) for text in ("0.1234", "0.1235", "0.2")
    )
    assert difference(was, same) is None
    found = difference(was, other)
    assert found is not None
    assert found.was == "(in the prose) 0.1234"
    values = (Value(expression="y", place=PLACE),)
    assert digest_of(cell) != digest_of(structs.replace(cell, values=values))
