"""What stands in outputs and should not: what is of the author's machine, of one run, or a warning without a word."""

import getpass
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from workings.claims.steady import ADDRESS, PATH, RATE, TIME
from workings.errors import SourceError
from workings.outputs import CellRecord, Display, Failure, Output, Record, Stream
from workings.page import Page
from workings.report import of_cell

_COMMON = {"admin", "build", "builder", "default", "docker", "guest", "jovyan", "localhost", "nobody", "root", "runner"}
_COMMON |= {"student", "test", "ubuntu", "user", "users", "workspace"}
"""Names of users and machines that tell nothing, or are words of their own."""
_SHORTEST = 4
_FOLDERS = re.compile(r"~?/(?:home|root|Users|tmp|var|usr|opt|etc|mnt|srv|private|Library|Applications)/|[A-Z]:\\")
_WARNING = re.compile(r"\b([A-Z]\w*Warning)\b")
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
_UNSEEN = {"remove-output", "remove-cell"}
_FENCED = re.compile(r"^([ \t>]*)(`{3,}|~{3,})[^\n]*\n.*?^[ \t>]*\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What of a machine must not get into a page."""

    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Absolute paths: the user's own folder, the project's."""


def surroundings(root: Path) -> Surroundings:
    """What is to be looked for on this machine, for a project that stands there."""
    home = Path.home()
    users = {home.name, _user()}
    host = socket.gethostname()
    return Surroundings(
        users=tuple(sorted(filter(_tells, users))),
        hosts=tuple(sorted(filter(_tells, {host, host.partition(".")[0]}))),
        folders=tuple(sorted({str(home), str(root.absolute())} - {"/"})),
    )


def findings(page: Page, record: Record, prose: str, *, around: Surroundings) -> list[SourceError]:
    """All that stands in the outputs of a page and should not, each with the cell to mend and what to do.

    `prose` is the page's text without its cells: a warning is explained where its category is named there, and times
    are where it speaks of timings.
    """
    found: list[SourceError] = []
    for cell, shown in zip(page.cells, record.cells, strict=True):
        if not _UNSEEN.intersection(cell.options.tags):
            found += [SourceError(cell.place, of_cell(cell, said)) for said in _of_cell(shown, prose, around)]
    return found


def prose_of(text: str) -> str:
    """The text of a Markdown page without what stands in fences."""
    return _FENCED.sub("", text)


def _of_cell(shown: CellRecord, prose: str, around: Surroundings) -> list[str]:
    """What is wrong with the outputs of one cell, in sentences, each once."""
    texts = "\n".join([*(text for output in shown.outputs for text in _texts(output)), *shown.values])
    errors = "".join(out.text for out in shown.outputs if isinstance(out, Stream) and out.name == "stderr")
    looks: Sequence[Callable[[], Iterator[str]]] = (
        lambda: _folders(texts, around),
        lambda: _names(texts, around),
        lambda: _addresses(texts),
        lambda: _times(texts, prose),
        lambda: _warnings(errors, prose),
    )
    return [said for look in looks for said in look()]


def _texts(output: Output) -> Iterator[str]:
    """What an output says in words."""
    match output:
        case Stream(text=text):
            yield text
        case Display(data=data):
            yield from (str(data[form]) for form in _TEXTS if form in data)
        case Failure(message=message, traceback=traceback):
            yield message
            yield traceback


def _folders(text: str, around: Surroundings) -> Iterator[str]:
    """Paths of the machine: such as begin in a folder that only machines have."""
    paths = [found for found in re.findall(PATH, text) if _FOLDERS.match(found)]
    paths += [folder for folder in around.folders if re.search(rf"{re.escape(folder)}\b", text)]
    if paths:
        yield f"its output has a path of this machine, {paths[0]!r}: show a relative path, or its name alone"


def _names(text: str, around: Surroundings) -> Iterator[str]:
    for what, names in (("user", around.users), ("machine", around.hosts)):
        for name in names:
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                yield f"its output has the name of this {what}, {name!r}: leave it out of what the cell shows"


def _addresses(text: str) -> Iterator[str]:
    if found := re.search(ADDRESS, text):
        yield (
            f"its output has the address of an object, {found[0]}, another one at each run: "
            "show what the object holds, or give its class a __repr__"
        )


def _times(text: str, prose: str) -> Iterator[str]:
    found = re.search(rf"{TIME}|{RATE}", text)
    if found and not re.search(r"\btimings?\b", prose, re.IGNORECASE):
        yield (
            f"its output has a time, {found[0]!r}, another one at each run: show a ratio or a count, "
            "or tell the reader in the text that timings differ"
        )


def _warnings(text: str, prose: str) -> Iterator[str]:
    for name in dict.fromkeys(_WARNING.findall(text)):
        if not re.search(rf"\b{name}\b", prose):
            yield f"its output has a {name} that the text does not explain: mend the code, or name {name} in the text"


def _user() -> str:
    """Who runs this, where the system knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _tells(name: str) -> bool:
    return len(name) >= _SHORTEST and name.lower() not in _COMMON
