"""Any bytes as a page: read, or refused with page and line; and every line as its author's editor counts it."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import failure_of, run_one
from sites import notebook
from stores import within

from workings.errors import SourceError
from workings.reading import Found, find_cells, load_source
from workings.running.warm import WarmProcess

EXTENSIONS = ("admonition", "pymdownx.tabbed", "pymdownx.details", "attr_list", "md_in_html", "footnotes")
MARKDOWN = (
    "---\ntitle: A page\n---\n\n# Größe\n\n- a\n\n    ```python tags=\"hide-input\"\n    x = 'é\u2028'\n    ```\n\n"
    '!!! note\n\n    === "a"\n\n        ```python\n        x\n        ```\n\n> ```python\n> x\n> ```\n\n<!--\n\n'
    "```python\nhidden\n```\n\n-->\n\n````\n```python\nshown\n```\n````\n\n$x^2$ [^1]\n\n[^1]: ``` `a`\n"
).encode()
BOOK = notebook(("markdown", "# Größe\n\n$x$"), ("code", "x = 'é'\nx"), ("raw", "---\n"), ("code", "1")).encode()
STUFF = st.sampled_from(
    [b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8",
     b"\x0c", b"\x1b", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"```", b"```python\n", b"~~~", b"---\n", b"- ", b"> ",
     b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud800", b"\\u0000", b"null", b"-1", b"1e999", b"NaN", b"true", b'":',
     b",", b"&a *a", b"!!python/object/apply:os.system", b"\t", b"    ", b"<", b"<!--", b"$$", b"{{", b"[" * 400]
)  # fmt: skip


def read(folder: Path, name: str, data: bytes) -> tuple[Found | None, list[SourceError]]:
    """What reading a page with these bytes gives, and all that is wrong with it."""
    file = folder / "docs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    try:
        source = load_source(file, folder)
    except SourceError as error:
        return None, [error]
    found = find_cells(source, extensions=EXTENSIONS)
    return found, [*source.problems, *found.problems]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(data=st.data(), name=st.sampled_from(["a.md", "a.ipynb"]))
def test_mutated_bytes_are_read_or_refused(tmp_path: Path, data: st.DataObject, name: str) -> None:
    """Whatever bytes are put into a page, cut from it or flipped, each fault names the page and a line that it has."""
    whole = bytearray(MARKDOWN if name == "a.md" else BOOK)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(whole)))
        cut = data.draw(st.sampled_from([0, 0, 1, 1, 7, 60]))
        whole[start : start + cut] = b"".join(data.draw(st.lists(STUFF, max_size=3)))
        if whole and data.draw(st.booleans()):
            whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with within(20):
        found, problems = read(tmp_path, name, bytes(whole))
    lines = bytes(whole).replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    assert found is not None or problems
    for problem in problems:
        assert problem.place.path == f"docs/{name}"
        assert 1 <= problem.place.line <= lines
        assert problem.message.isprintable()


NODES = (None, True, 0, -1, 1.5, "", "x", [], {}, ["x"], {"x": None}, [[]], "\0", "\ud800", 10**400)


def nodes(tree: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to everything in a tree of JSON."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [way, *(inner for name, value in items for inner in nodes(value, (*way, name)))]


def replaced(tree: object, way: tuple[str | int, ...], value: object) -> object:
    """The tree with another value at the end of the way."""
    if not way:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)  # type: ignore[call-overload]
    copy[way[0]] = replaced(copy[way[0]], way[1:], value)
    return copy


def test_a_notebook_with_anything_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    """Each value of a notebook, replaced by any other JSON, leaves a page or one error with a place."""
    tree = json.loads(BOOK)
    ways = nodes(tree)
    assert len(ways) > 30
    for way in ways:
        for value in random.Random(str(way)).sample(NODES, 5):  # noqa: S311 - the same at every run
            found, problems = read(tmp_path, "a.ipynb", json.dumps(replaced(tree, way, value)).encode())
            assert found is not None or [problem.place.path for problem in problems] == ["docs/a.ipynb"]


FAILS = "x = 'one\u2028two\x0cthree'\n\n1 / 0  # here"
WRAPS: dict[str, Callable[[str], str]] = {
    "plain": lambda cell: cell,
    "front matter": lambda cell: f"---\ntitle: x\n---\n\n\n\n{cell}",
    "separators in prose": lambda cell: f"a\u2028b\u2029c\x0cd\x85e\x0bf\x1cg\n\n{cell}",
    "nested": lambda cell: '!!! note\n\n    - item\n\n        === "tab"\n\n' + indent(cell, " " * 12),
    "quoted": lambda cell: "> 1. item\n>\n" + indent(cell, ">     "),
    "after a cell": lambda cell: f"```python\nx = '''\n\n'''\n```\n\n{cell}",
    "below an error's name": lambda cell: f"1 / 0  # not here\n\n<!-- {cell} -->\n\n{cell}",
}
ENDS = {"lf": ("\n", b""), "crlf": ("\r\n", b""), "cr, bom": ("\r", b"\xef\xbb\xbf")}


def indent(text: str, by: str) -> str:
    """The text with something before each of its lines, as an editor knows lines."""
    return "\n".join(by + line for line in text.split("\n"))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("wrap", WRAPS)
def test_a_failure_is_on_the_line_that_the_editor_shows(tmp_path: Path, warm: WarmProcess, wrap: str, end: str) -> None:
    """Failure and traceback name the editor's line, whatever stands above the cell, around it, and between lines."""
    text = WRAPS[wrap](f"```python\n{FAILS}\n```")
    newline, mark = ENDS[end]
    found, problems = read(tmp_path, "a.md", mark + text.replace("\n", newline).encode())
    assert found is not None
    assert problems == []
    failure = failure_of(run_one(found.page, warm))
    line = 1 + text[: text.rindex("1 / 0  # here")].count("\n")
    assert (failure.name, str(failure.place)) == ("ZeroDivisionError", f"docs/a.md:{line}")
    assert f'File "docs/a.md", line {line}' in failure.traceback
    assert "1 / 0  # here" in failure.traceback
