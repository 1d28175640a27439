"""A page's file as text: the bytes that an author saved, made into lines that an editor counts the same way."""

import bisect
import stat
from pathlib import Path

from msgspec import Struct

from workings.errors import SourceError
from workings.page import Cell
from workings.place import Place


class Source(Struct, frozen=True, kw_only=True):
    """The text of one page, whichever kind of file it came from."""

    path: str
    """Relative to the root, with forward slashes."""
    root: Path
    """The project's root."""
    text: str
    """Markdown with its front matter; lines end with a newline and nothing else."""
    cells: tuple[Cell, ...] | None = None
    """A notebook's cells, which are known before its Markdown is read; each stands in `text` as a fence."""
    problems: tuple[SourceError, ...] = ()
    """What is wrong with the file and does not hinder reading the rest."""
    starts: tuple[int, ...] = ()
    """The lines of `text` where the cells of a notebook begin, Markdown and raw ones too."""

    def place(self, line: int) -> Place:
        """The address of a line of the text, or the notebook itself, whose lines nobody sees."""
        return Place(path=self.path, line=line if self.cells is None else 1)

    def problem(self, line: int, message: str) -> SourceError:
        """An error about a line of the text; in a notebook the message says which cell it is in."""
        if self.cells is None:
            return SourceError(self.place(line), message)
        number = max(bisect.bisect_right(self.starts, line), 1)
        within = line - self.starts[number - 1] + 1 if self.starts else line
        return SourceError(self.place(line), f"cell {number} of the notebook, counting all, line {within}: {message}")


def read_text(path: Path, place: Place) -> str:
    """Read a file as UTF-8, with or without a byte order mark and with any kind of line end."""
    return to_text(read_bytes(path, place), place)


def read_bytes(path: Path, place: Place) -> bytes:
    """Read a regular file; a pipe or a device would wait for ever."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SourceError(place, "this is not a regular file, so it can't be a page: remove it or leave it out")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(place, "there is no such file: check the path") from error
    except (OSError, ValueError) as error:
        raise SourceError(place, f"this file can't be read: {error}") from error


def to_text(data: bytes, place: Place) -> str:
    """Decode UTF-8 and make every line end a newline, or say which byte of which line stands in the way."""
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_byte(data, error.start, place, what="is not UTF-8", mend="save the file as UTF-8") from error
    if "\0" in text:
        raise bad_byte(data, data.index(0), place, what="is NUL, which no text has", mend="remove it")
    return text


def bad_byte(data: bytes, offset: int, place: Place, *, what: str, mend: str) -> SourceError:
    """Name the byte at that offset by its line and its position in the line, both from 1."""
    before = data[:offset]
    line = before.count(b"\n")
    column = offset - (before.rfind(b"\n") + 1) + 1
    hint = " (the file looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    return SourceError(place.moved(line), f"byte {column} of this line, 0x{data[offset]:02x}, {what}{hint}: {mend}")
