"""Files become text as an editor sees it, or an error that names the byte."""

import os
from pathlib import Path

import pytest
from stores import within

from workings.errors import SourceError
from workings.place import Place
from workings.reading import load_source


def write(folder: Path, data: bytes, name: str = "a.md") -> Path:
    """A file with these bytes."""
    (folder / name).write_bytes(data)
    return folder / name


def refusal(path: Path, root: Path) -> SourceError:
    """The error that a file meets."""
    with pytest.raises(SourceError) as caught:
        load_source(path, root)
    return caught.value


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a", "a\n"),
        (b"a\nb\n", "a\nb\n"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\rb\r", "a\nb\n"),
        (b"a\r\r\nb\n\r", "a\n\nb\n\n"),
        (b"\xef\xbb\xbfa\n", "a\n"),
        ("é\u2028\x0c\x85\x1c\n".encode(), "é\u2028\x0c\x85\x1c\n"),
    ],
)
def test_text_is_what_an_editor_shows(tmp_path: Path, data: bytes, text: str) -> None:
    """Byte order marks go, line ends become newlines, and Unicode's other separators stay in their lines."""
    assert load_source(write(tmp_path, data), tmp_path).text == text


def test_path_is_as_an_author_types_it(tmp_path: Path) -> None:
    """The path of a page is relative to the project's root, with forward slashes."""
    (tmp_path / "docs").mkdir()
    source = load_source(write(tmp_path, b"", "docs/a.md"), tmp_path)
    assert (source.path, source.root, source.cells) == ("docs/a.md", tmp_path, None)
    assert source.place(3) == Place(path="docs/a.md", line=3)


def test_a_relative_path_is_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path from the command line means what it means to a shell."""
    write(tmp_path, b"")
    monkeypatch.chdir(tmp_path)
    assert load_source(Path("./a.md"), tmp_path).path == "a.md"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\nb\xff\n", "a.md:2: byte 2 of this line, 0xff, is not UTF-8: save the file as UTF-8"),
        (b"a\r\n\r\nab\xe9c\r\n", "a.md:3: byte 3 of this line, 0xe9, is not UTF-8: save the file as UTF-8"),
        (b"\xef\xbb\xbf\xc3\xa9\xc3", "a.md:1: byte 3 of this line, 0xc3, is not UTF-8: save the file as UTF-8"),
        (b"\xff\xfea\x00", "a.md:1: byte 1 of this line, 0xff, is not UTF-8 (the file looks like UTF-16): save"),
        (b"\xed\xa0\x80", "a.md:1: byte 1 of this line, 0xed, is not UTF-8: save the file as UTF-8"),
        ("é\né\0".encode(), "a.md:2: byte 3 of this line, 0x00, is NUL, which no text has: remove it"),
    ],
)  # fmt: skip
def test_bad_bytes_are_named(tmp_path: Path, data: bytes, message: str) -> None:
    """A byte that is not text is named by its line and its position in it."""
    assert str(refusal(write(tmp_path, data), tmp_path)).startswith(message)


def test_only_files_are_pages(tmp_path: Path) -> None:
    """A pipe, a folder, and nothing at all are refused at once."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "broken.md").symlink_to(tmp_path / "absent")
    with within(10):
        assert "not a regular file" in refusal(tmp_path / "pipe.md", tmp_path).message
    assert "not a regular file" in refusal(tmp_path / "folder.md", tmp_path).message
    assert str(refusal(tmp_path / "absent.md", tmp_path)) == "absent.md:1: there is no such file: check the path"
    assert "no such file" in refusal(tmp_path / "broken.md", tmp_path).message
    assert "can't be read" in refusal(tmp_path / "absent\0.md", tmp_path).message


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    """A page is Markdown or a notebook."""
    assert "'.txt'" in refusal(write(tmp_path, b"a", "a.txt"), tmp_path).message
