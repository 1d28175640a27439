"""Options of cells: what an author may say, and what the answer is to anything else."""

import pytest

from workings.errors import SourceError
from workings.page import Options, Role
from workings.place import Place
from workings.reading import parse_options
from workings.reading.options import ROLES, TAGS, check_options, tags_to_header

PLACE = Place(path="docs/a.md", line=7)


def test_nothing_said_is_the_default() -> None:
    """A cell without options has none."""
    assert parse_options({}, PLACE) == Options()


def test_every_option_is_read() -> None:
    """Each option that the contract names is read."""
    header = {
        "id": "a-b_1",
        "raises": "torch.cuda.OutOfMemoryError",
        "backend": "mps",
        "timeout": "2.5",
        "alt": "a line",
    }
    assert parse_options(header, PLACE) == Options(
        id="a-b_1", raises="torch.cuda.OutOfMemoryError", backend="mps", timeout=2.5, alt="a line"
    )
    assert parse_options({"tags": "skip-execution", "reason": " no camera "}, PLACE).reason == "no camera"
    assert parse_options({"proves": "eq:softmax, eq:shift"}, PLACE).proves == ("eq:softmax", "eq:shift")


@pytest.mark.parametrize("role", ROLES)
def test_a_cell_is_a_part_of_an_exercise(role: Role) -> None:
    """The option says which part, its value says of which exercise."""
    assert parse_options({role: "scores"}, PLACE) == Options(role=role, exercise="scores")


@pytest.mark.parametrize("tag", sorted(set(TAGS) - {"skip-execution"}))
def test_every_tag_stands_alone(tag: str) -> None:
    """Each of Jupyter Book's words can be said by itself."""
    assert parse_options({"tags": tag}, PLACE).tags == (tag,)


@pytest.mark.parametrize(
    "text", ["scroll-output hide-input", "hide-input,scroll-output", " hide-input ,\tscroll-output "]
)
def test_tags_are_divided_and_sorted(text: str) -> None:
    """Tags are divided by spaces or commas, and their order is the same to the engine."""
    assert parse_options({"tags": text}, PLACE).tags == ("hide-input", "scroll-output")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"ids": "a"}, "unknown option 'ids' (did you mean 'id'?)"),
        ({"time_out": "1"}, "unknown option 'time_out' (did you mean 'timeout'?)"),
        ({"xyzzy": "1"}, "unknown option 'xyzzy' (options are alt, backend, id, proves, raises, reason, tags,"),
        ({"hide-input": ""}, "'hide-input' is a tag, not an option: write tags=\"hide-input\""),
        ({"tags": "hidden-input"}, "unknown tag 'hidden-input' (did you mean 'hide-input'?)"),
        ({"tags": "Hide_Cell"}, "unknown tag 'Hide_Cell' (did you mean 'hide-cell'?)"),
        ({"tags": "zzz"}, "unknown tag 'zzz' (tags are hide-cell, "),
        ({"tags": "hide-cell hide-cell"}, "tag 'hide-cell' stands here twice"),
        ({"tags": "skip-execution"}, "tag 'skip-execution' needs a reason"),
        ({"reason": "because"}, "a reason belongs to a cell that is not run"),
        ({"tags": "skip-execution", "reason": " "}, "reason is empty"),
        ({"tags": "skip-execution", "reason": "a", "raises": "ValueError"}, "a cell that is not run can't raise"),
        ({"tags": "skip-execution raises-exception", "reason": "a"}, "a cell that is not run can't raise"),
        ({"tags": "hide-input remove-input"}, "'hide-input' and 'remove-input' can't both hold"),
        ({"tags": "hide-output remove-output"}, "'hide-output' and 'remove-output' can't both hold"),
        ({"tags": "hide-cell remove-cell"}, "'hide-cell' and 'remove-cell' can't both hold"),
        ({"timeout": "soon"}, "timeout 'soon' is not a number of seconds above 0"),
        ({"timeout": "0"}, "timeout '0' is not"),
        ({"timeout": "-1"}, "timeout '-1' is not"),
        ({"timeout": "inf"}, "timeout 'inf' is not"),
        ({"timeout": "nan"}, "timeout 'nan' is not"),
        ({"backend": "gpu"}, "unknown backend 'gpu' (did you mean 'cpu'?)"),
        ({"backend": "tpu-v4"}, "unknown backend 'tpu-v4' (backends are cpu, cuda, mps)"),
        ({"raises": ""}, "raises '' is not the name of an exception"),
        ({"raises": "Value Error"}, "raises 'Value Error' is not the name of an exception"),
        ({"id": ""}, "id '' can't be a link target"),
        ({"id": "1a"}, "id '1a' can't be a link target"),
        ({"id": "a b"}, "id 'a b' can't be a link target"),
        ({"id": "é"}, "id 'é' can't be a link target"),
        ({"id": "cell-12"}, "id 'cell-12' is what a cell without an id is called"),
        ({"proves": ""}, "proves is empty: give the label of the formula"),
        ({"proves": "softmax"}, "proves 'softmax' is not the label of a formula"),
        ({"proves": "def:softmax"}, "proves 'def:softmax' is not the label of a formula"),
        ({"proves": "eq:a eq:a"}, "label 'eq:a' stands here twice"),
        ({"exercise": "two words"}, "'two words' can't be the name of an exercise"),
        ({"exercise": "a", "check": "a"}, "a cell is one part of an exercise, and this is 'exercise' and 'check'"),
        ({"check": "a", "tags": "hide-input"}, "a part of an exercise is shown and run in its own way: remove the tag"),
        ({"solution": "a", "proves": "eq:a"}, "a part of an exercise proves nothing to the reader"),
        ({"check": "a", "raises": "ValueError"}, "'check' can't be meant to fail: remove raises"),
        ({"solution": "a", "raises": "ValueError"}, "'solution' can't be meant to fail: remove raises"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(header: dict[str, str], words: str) -> None:
    """What can't be used is an error with the line, what is wrong and what to do."""
    with pytest.raises(SourceError) as caught:
        parse_options(header, PLACE)
    assert str(caught.value).startswith(f"docs/a.md:7: {words}")


def test_all_problems_are_found_and_the_rest_is_kept() -> None:
    """One wrong option hides neither another nor what is right."""
    options, problems = check_options({"id": "good", "backend": "x", "timeout": "y", "z": ""})
    assert options == Options(id="good")
    assert len(problems) == 3


def test_notebook_tags_say_the_same() -> None:
    """Bare tags and `key=value` tags of a notebook make the header that a fence would have."""
    tags = ["hide-input", "id=attention", "reason=a = b, c", "scroll-output"]
    assert tags_to_header(tags) == ({"tags": "hide-input scroll-output", "id": "attention", "reason": "a = b, c"}, [])


def test_notebook_tags_can_be_wrong() -> None:
    """An option without a value, or with two, is an error."""
    assert tags_to_header(["id", "raises=A", "raises=B"])[1] == [
        "option 'raises' stands here twice: remove one",
        "tag 'id' needs a value, as in 'id=...'",
    ]
