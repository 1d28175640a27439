"""The Markdown extension by itself, in any program that converts Markdown."""

import subprocess
import sys
from pathlib import Path

import markdown
import pytest

from workings.errors import BackendError, SettingsError, SourceError
from workings.markdown_extension import WorkingsExtension

TEXT = "# Page\n\n```python\nx = 6\nprint('so', x * 7)\n```\n\nMore.\n\n```python\nx + 1\n```\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def convert(text: str, **options: str) -> str:
    """The text as HTML."""
    return markdown.markdown(text, extensions=[WorkingsExtension(backend="cpu", **options)])


def test_a_text_runs_while_it_is_converted() -> None:
    """Cells share a namespace and their outputs stand after them; a Markdown that converts twice forgets the first."""
    md = markdown.Markdown(extensions=[WorkingsExtension(backend="cpu"), "fenced_code"])
    first = md.convert(TEXT)
    assert "so 42" in first
    assert ">7<" in first
    assert "data-workings" not in first
    second = md.reset().convert("```python\n'x' in globals()\n```\n")
    assert "False" in second
    assert "so 42" not in second


def test_it_is_known_by_its_name() -> None:
    """A program finds it as `workings.markdown_extension`, and a text without cells needs nothing."""
    assert markdown.markdown("*a* $b$", extensions=["workings.markdown_extension"]).startswith("<p><em>a</em>")


def test_it_does_not_import_mkdocs() -> None:
    """A program that is not MkDocs has no use for it."""
    program = "import sys, workings.markdown_extension; print('mkdocs' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False False\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# A\n\n```python tag=x\n1\n```\n", "page.md:3: "),
        ("# A\n\n$\\frac{1}$\n", "page.md:3: "),
        ('# A\n\n!!! quiz "b"\n    - [x] c: d\n    - [ ] e\n', "page.md:5: this choice is not explained"),
        ("# A\n\n```python\n1 / 0\n```\n", "page.md:4: cell 1 failed: ZeroDivisionError: division by zero"),
    ],
)
def test_the_first_thing_that_is_wrong_is_raised(text: str, says: str) -> None:
    """A wrong option, a wrong formula and a cell that fails end the conversion with the line to mend."""
    with pytest.raises(SourceError) as error:
        convert(text)
    assert str(error.value).startswith(says)


def test_a_failure_may_be_shown() -> None:
    """With `errors: show` a failed cell is part of the page, and `path` is where the text is from."""
    Path("notes").mkdir()
    html = convert("```python\nprint('first')\n1 / 0\n```\n", errors="show", path="notes/a.md")
    assert "first" in html
    assert "notes/a.md:3" in html
    assert "ZeroDivisionError" in html


def test_a_wrong_option_is_refused() -> None:
    """What a setting can't be, and a backend that is absent, are errors of their own."""
    with pytest.raises(SettingsError, match="errors"):
        convert("a", errors="hide")
    with pytest.raises(BackendError, match="mps"):
        markdown.markdown(TEXT, extensions=[WorkingsExtension(backend="mps")])
    with pytest.raises(KeyError):
        WorkingsExtension(no_such_option="x")
