"""What stands in outputs and should not is named, with its cell and what to do."""

from pathlib import Path

import pytest

from workings.hygiene import Surroundings, findings, prose_of, surroundings
from workings.outputs import CellRecord, Display, Failure, Output, Provenance, Record, Stream
from workings.page import Cell, Options, Page
from workings.place import Place

PLACE = Place(path="docs/a.md", line=7)
AROUND = Surroundings(users=("ada.l",), hosts=("brain-42",), folders=("/lab/course",))
WARNED = "docs/a.md:9: UserWarning: sizes differ\n"


def found(*outputs: Output, prose: str = "Some prose.", **options: object) -> list[str]:
    """What is said of a cell with these outputs."""
    cell = Cell(number=4, code="x", place=PLACE, options=Options(**options))  # type: ignore[arg-type]
    page = Page(path="docs/a.md", root=Path("/lab/course"), cells=(cell,))
    record = Record(cells=(CellRecord(outcome="passed", outputs=outputs),), provenance=Provenance(backend="cpu"))
    return [str(problem) for problem in findings(page, record, prose, around=AROUND)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("saved to /home/someone/model.pt", "a path of this machine, '/home/someone/model.pt'"),
        ("/var/lib/x/y", "a path of this machine"),
        (r"C:\Users\x\model.pt", "a path of this machine"),
        ("in /lab/course", "a path of this machine, '/lab/course'"),
        ("written by ada.l", "the name of this user, 'ada.l'"),
        ("on brain-42.", "the name of this machine, 'brain-42'"),
        ("<Model object at 0x7f12a4b5c6d0>", "the address of an object, 0x7f12a4b5c6d0"),
        ("took 12.3 ms", "a time, '12.3 ms'"),
        ("Wall time: 2 s", "a time, '2 s'"),
    ],
)
def test_what_is_of_a_machine_or_a_run_is_named(text: str, said: str) -> None:
    """Wherever it stands in an output, the line names page, line and cell, what it is, and what to do."""
    for output in (
        Stream("stdout", f"{text}\n"),
        Display({"text/plain": text}),
        Display({"text/html": f"<b>{text}</b>"}),
        Failure("ValueError", text, PLACE),
    ):
        (problem,) = found(output)
        assert problem.startswith(f"docs/a.md:7: cell 4: its output has {said}")
        assert ": " in problem.partition(said)[2] or "text that timings differ" in problem


@pytest.mark.parametrize(
    "text",
    [
        "tensor([[1, 2], [3, 4]])",
        "the square root of 2 is 1.41",
        "a/b/c and (N, 1)/(N,)",
        "see https://pytorch.org/docs/stable/index.html",
        "0xff",
        "0x3f800000 and 0x3ff0000000000000",
        "5 steps, 3 sizes",
        "ada.lovelace",
        "/course",
    ],
)
def test_what_is_of_the_subject_is_none(text: str) -> None:
    """Numbers, addresses on the web, ratios and words that look alike are left alone."""
    assert found(Stream("stdout", text)) == []


def test_a_warning_has_to_be_explained() -> None:
    """By its category's name in the text of the page; what is printed about warnings is no warning."""
    (problem,) = found(Stream("stderr", WARNED))
    assert "a UserWarning that the text does not explain" in problem
    assert found(Stream("stderr", WARNED), prose="The `UserWarning` says that sizes differ.") == []
    assert found(Stream("stdout", "UserWarning")) == []


def test_timings_can_be_what_a_page_is_about() -> None:
    """Where the text says that timings differ, they may be shown."""
    assert found(Stream("stdout", "12 ms"), prose="Your timings will differ.") == []


def test_what_no_reader_sees_is_not_looked_at() -> None:
    """An output that is taken out of the page can hold anything."""
    assert found(Stream("stdout", "/home/a/b"), tags=("remove-output",)) == []
    assert found(Stream("stdout", "/home/a/b"), tags=("hide-output",)) != []


def test_prose_is_what_stands_outside_of_fences() -> None:
    """A warning that is named in a cell's code is not explained by it."""
    text = (
        "A\n\n```python\nimport warnings\n```\n\n!!! note\n\n    ~~~~ python\n    UserWarning\n    ```\n    ~~~~\n\nZ\n"
    )
    prose = prose_of(text)
    assert "A\n" in prose
    assert "Z\n" in prose
    assert "!!! note" in prose
    assert "warnings" not in prose
    assert "UserWarning" not in prose


def test_common_names_are_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user called root, or a short name, would be found in any text about roots."""
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    monkeypatch.setattr("socket.gethostname", lambda: "gpu")
    monkeypatch.setattr(Path, "home", lambda: Path("/root"))
    assert surroundings(tmp_path) == Surroundings(folders=tuple(sorted(("/root", str(tmp_path)))))
    monkeypatch.setattr("getpass.getuser", lambda: "lovelace")
    monkeypatch.setattr("socket.gethostname", lambda: "engine-7.lab")
    here = surroundings(tmp_path)
    assert (here.users, here.hosts) == (("lovelace",), ("engine-7", "engine-7.lab"))
