"""From an exception to a failure whose every line points into the page."""

import linecache
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

from workings.outputs import Failure
from workings.page import Cell, Page
from workings.place import Place

_NOTEBOOK_FILE = re.compile(r'File "([^"\n]*)#cell-([\w-]+)", line')
_LONGEST = 20_000
_LONGEST_NAME = 200
ENGINE = str(Path(__file__).parents[1]) + "/"


def file_of(cell: Cell) -> str:
    """The name under which the cell's code is compiled: tracebacks, warnings and crash reports show it."""
    if cell.place.cell is None:
        return cell.place.path
    return f"{cell.place.path}#cell-{cell.place.cell}"


def place_in(page: Page, file: str, line: int) -> Place | None:
    """The place that a compiled file's name and line stand for, if they belong to a cell of the page."""
    for cell in page.cells:
        if file_of(cell) == file:
            return Place(path=cell.place.path, line=line, cell=cell.place.cell)
    return None


def register_source(cell: Cell) -> None:
    """Let `linecache` know the cell's lines at their numbers in the page: `inspect`, warnings and tracebacks ask it."""
    name = file_of(cell)
    known = linecache.cache.get(name)
    lines = list(known[2]) if known is not None and len(known) > 1 else []
    first = cell.place.line - 1
    code = [line + "\n" for line in cell.code.split("\n")]
    lines += ["\n"] * (first + len(code) - len(lines))
    lines[first : first + len(code)] = code
    linecache.cache[name] = (sum(map(len, lines)), None, lines, name)


def with_callers(error: BaseException, cell: Cell) -> BaseException:
    """The exception, its traceback begun at the cell's own lines: one that is caught in a library has only those below.

    To be called where it was caught.
    """
    known = {frame for frame, _ in traceback.walk_tb(error.__traceback__)}
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the documented way to one's callers
    while frame is not None:
        if frame.f_code.co_filename == file_of(cell) and frame not in known:
            caller = TracebackType(error.__traceback__, frame, frame.f_lasti, frame.f_lineno)
            error = error.with_traceback(caller)
        frame = frame.f_back
    return error


def describe(error: BaseException, *, cell: Cell, page: Page) -> Failure:
    """Say how an exception ended a cell: name, message, the page's line, and a traceback without our own frames."""
    report = traceback.TracebackException.from_exception(error, compact=True, lookup_lines=False)
    place = _innermost(report, page) or cell.place
    for part in _chain(report):
        _show_page_only(part, page)
    text = _NOTEBOOK_FILE.sub(r'File "\1", cell \2, line', "".join(report.format()))
    return Failure(name=_name_of(error), message=_cut(_text_of(error)), place=place, traceback=_cut(text.rstrip("\n")))


def _chain(report: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """The report with its causes, contexts and the members of its groups."""
    waiting, seen = [report], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        members = getattr(part, "exceptions", None) or ()
        waiting += [other for other in (part.__cause__, part.__context__, *members) if other is not None]


def _innermost(report: traceback.TracebackException, page: Page) -> Place | None:
    if getattr(report, "filename", None) and getattr(report, "lineno", None):
        place = place_in(page, str(report.filename), int(report.lineno or 1))
        if place is not None:
            return place
    for frame in reversed(report.stack):
        place = place_in(page, frame.filename, frame.lineno or 1)
        if place is not None:
            return place
    return None


def _show_page_only(report: traceback.TracebackException, page: Page) -> None:
    """Drop the frames above the page's own and the engine's below; write other files without the machine's folders."""
    frames = list(report.stack)
    ours = [i for i, frame in enumerate(frames) if place_in(page, frame.filename, 1) is not None]
    del report.stack[: ours[0] if ours else len(frames)]
    report.stack[:] = [frame for frame in report.stack if not frame.filename.startswith(ENGINE)]
    for frame in report.stack:
        _ = frame.line  # read it while the file still has its real name
        frame.filename = short(frame.filename, page)
    if getattr(report, "filename", None):  # a syntax error's own
        report.filename = short(str(report.filename), page)


def short(file: str, page: Page) -> str:
    """A file's name without what differs from one machine to the next; one of the project from the project's root."""
    folders = [*(set(sys.path) - {str(page.folder)}), sysconfig.get_paths()["stdlib"], str(page.root)]
    inside = [folder for folder in folders if folder and file.startswith(folder.rstrip("/") + "/")]
    return file[len(max(inside, key=len).rstrip("/")) + 1 :] if inside else file


def _name_of(error: BaseException) -> str:
    name = type(error).__name__
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the exception is a cell's own class
        return "<its text can't be shown: str() of it fails>"


def _cut(text: str) -> str:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # half of a character is no text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} more characters"
