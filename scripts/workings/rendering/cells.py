"""Cells as HTML: their code, what they showed, and how they went, folded as their tags say."""

import re
from collections.abc import Iterator

from msgspec import Struct

from workings.outputs import CellRecord, Failure, Output, Stream
from workings.page import Cell
from workings.rendering.boxes import note, preformatted, scrolling
from workings.rendering.mime import Frame, display_html
from workings.rendering.text import escaped, terminal_html

OPENING = re.compile(
    r"\s*<(?P<tag>\w+)(?P<attributes>(?:\s+[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*>"
)
ATTRIBUTE = re.compile(r"([\w:-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")

PROGRESS = {
    "running": '<p class="wk-note wk-running" role="status">Running</p>',
    "waiting": '<p class="wk-note wk-waiting">Waiting</p>',
}
"""The marks of cells whose page is still going on."""


class Around(Struct, frozen=True, kw_only=True):
    """What a page has of a cell beside its code and its record."""

    annotations: str = ""
    """The list that its code refers to, which stays after it."""
    foot: str = ""
    """What stands below its code, in the same box."""
    button: str = ""
    """What copies it with all that it needs."""
    trusted: bool = False
    """Whether HTML that it shows is left as it is."""


def cell_html(cell: Cell, code: str, record: CellRecord | None, around: Around = Around()) -> str:  # noqa: B008 - frozen
    """The cell in its place on the page."""
    tags = set(cell.options.tags)
    failed = record is not None and record.outcome == "failed"
    removed = "remove-cell" in tags or cell.options.role == "wrong"
    shown = "" if removed or "remove-input" in tags else code_html(cell, code, around) + around.annotations
    outputs = list(output_parts(cell, record, trusted=around.trusted, only_failure=removed or "remove-output" in tags))
    box = output_box(cell, "".join(outputs), is_target=not shown)
    if cell.options.role is not None:
        return part_of_exercise(cell, shown, box, failed=failed)
    if "hide-cell" in tags and not failed:
        return fold("Show code and output" if shown and box else "Show code" if shown else "Show output", shown + box)
    if tags & {"hide-input", "hide-cell"}:
        shown = fold("Show code", shown)
    if "hide-output" in tags and not failed:
        box = fold("Show output", box)
    return shown + box


def part_of_exercise(cell: Cell, shown: str, box: str, *, failed: bool) -> str:
    """A cell of an exercise: a reader sees what to start from, and opens what is behind it; failures are never folded.

    The solution is not for the site's search to give away.
    """
    if cell.options.role == "check":
        return fold("How an answer is checked", shown, css="wk-fold wk-check") + box
    if cell.options.role == "solution":
        behind, open_box = (shown, box) if failed else (shown + box, "")
        return fold("Solution", behind, css="wk-fold wk-solution", searched=False) + open_box
    return shown + box


def fold(summary: str, html: str, *, css: str = "wk-fold", searched: bool = True) -> str:
    """The HTML behind a summary, which a click opens; nothing of nothing."""
    apart = "" if searched else " data-search-exclude"
    return f'<details class="{css}"{apart}><summary>{summary}</summary>{html}</details>' if html else ""


def code_html(cell: Cell, code: str, around: Around) -> str:
    """The highlighted code with the cell's number and name on its own outermost element."""
    whole, inside = code.rstrip(), around.button + around.foot
    code = f"{whole.removesuffix('</div>')}{inside}</div>" if inside and whole.endswith("</div>") else code
    opening = OPENING.match(code)
    if opening is None or opening["tag"] != "div":
        return f'<div class="highlight wk-code" id="{escaped(cell.name)}" data-n="{cell.prompt}">{code}</div>'
    found = {name: double or single or bare for name, double, single, bare in ATTRIBUTE.findall(opening["attributes"])}
    classes = f"{found.pop('class', 'highlight')} wk-code"
    others = "".join(f' {name}="{value}"' for name, value in found.items() if name not in {"id", "data-n"})
    start = f'<div class="{classes}" id="{escaped(cell.name)}" data-n="{cell.prompt}"{others}>'
    return start + code[opening.end() :]


def output_box(cell: Cell, html: str, *, is_target: bool) -> str:
    """The box of all that a cell showed; it is the cell's link target where its code is not shown."""
    if not html:
        return ""
    target = f' id="{escaped(cell.name)}"' if is_target else ""
    if "scroll-output" in cell.options.tags:
        return (
            f'<div class="wk-out wk-scroll"{target} data-search-exclude{scrolling(f"Output of cell {cell.prompt}")}>'
            f"{html}</div>"
        )
    return f'<div class="wk-out"{target} data-search-exclude>{html}</div>'


def output_parts(cell: Cell, record: CellRecord | None, *, trusted: bool, only_failure: bool) -> Iterator[str]:
    """Each output of the cell, and a note where it was not run; a failure that nobody announced is never left out."""
    if record is None:
        return
    calm = record.outcome != "failed"
    for number, output in enumerate(record.outputs, start=1):
        if only_failure and (calm or not isinstance(output, Failure)):
            continue
        frame = Frame(cell=cell.known_as, name=cell.name, output=number, alt=cell.options.alt or "", trusted=trusted)
        yield output_html(output, frame, calm=calm)
    if only_failure:
        return
    if record.outcome in PROGRESS:
        yield PROGRESS[record.outcome]
    elif record.outcome == "recorded":
        yield note(f"Not run here: recorded {record.why}.")
    elif record.outcome in {"not-run", "skipped"}:
        yield not_run(record.why or cell.options.reason or "")
    yield stale_html(cell, record, trusted=trusted)


def stale_html(cell: Cell, record: CellRecord, *, trusted: bool) -> str:
    """What the cell showed before it was edited, for as long as a preview has nothing newer; greyed, and said so."""
    parts = []
    for number, output in enumerate(record.stale, start=len(record.outputs) + 1):
        frame = Frame(cell=cell.known_as, name=cell.name, output=number, alt=cell.options.alt or "", trusted=trusted)
        parts.append(output_html(output, frame, calm=True))
    html = "".join(parts)
    return f'<div class="wk-stale">{note("From before the last edit")}{html}</div>' if html else ""


def not_run(why: str) -> str:
    """The note at a cell that was not run."""
    return note(f"Not run: {why.rstrip('.')}." if why else "Not run.")


def output_html(output: Output, frame: Frame, *, calm: bool) -> str:
    """One output; a failure is calm where it was announced."""
    if isinstance(output, Stream):
        return stream_html(output, frame)
    if isinstance(output, Failure):
        return failure_html(output, frame, calm=calm)
    result = f' wk-result" data-n="{frame.cell}"' if output.result else '"'
    return f'<div class="wk-display{result}>{display_html(output, frame)}</div>'


def stream_html(stream: Stream, frame: Frame) -> str:
    """What was printed; what went to stderr is named for those who can't see the difference."""
    if not stream.text and not stream.cut:
        return ""
    is_error = stream.name == "stderr"
    label = f"{frame.label}: standard error" if is_error else frame.label
    css = "wk-stream wk-stderr" if is_error else "wk-stream"
    return preformatted(stream.text, css=css, label=label, cut=stream.cut)


def failure_html(failure: Failure, frame: Frame, *, calm: bool) -> str:
    """The failure's message first, then what it means for the reader, then the traceback."""
    message = f": <bdi>{terminal_html(failure.message)}</bdi>" if failure.message else ""
    where = escaped(str(failure.place))
    meaning = "This cell is meant to fail." if calm else f"This cell failed at {where}."
    start = '<div class="wk-failure wk-meant" role="note">' if calm else '<div class="wk-failure" role="alert">'
    title = f'<p class="wk-what"><strong><bdi>{terminal_html(failure.name)}</bdi></strong>{message}</p>'
    return f'{start}{title}<p class="wk-where">{meaning}</p>{traceback_html(failure, frame, calm=calm)}</div>'


def traceback_html(failure: Failure, frame: Frame, *, calm: bool) -> str:
    """The traceback, folded where nothing has to be found out from it."""
    if not failure.traceback.strip():
        return ""
    html = preformatted(failure.traceback, css="wk-traceback", label=f"{frame.label}: traceback")
    return fold("Show traceback", html) if calm else html
