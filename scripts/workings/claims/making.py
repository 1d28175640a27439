"""From what a cell showed to what it claims."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from workings.claims.drawings import drawing
from workings.claims.markup import markup
from workings.claims.pixels import pixels
from workings.claims.steady import steady
from workings.claims.tokens import tokens
from workings.claims.values import Claim, Failed, Other, Shown, Text
from workings.outputs import CellRecord, Display, Failure, Output, Stream
from workings.page import Cell, Page
from workings.rendering.text import terminal_text

PROSE = "prose"
"""The form of a value that stands in the prose."""
_UNSEEN = {"remove-output", "remove-cell"}
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_FORMS = ("image/svg+xml", "text/html", "text/markdown", "text/latex", *_IMAGES, "application/json", "text/plain")
"""The forms that a page can show, the richest first: a reader sees one of them."""
_MOST_TOKENS = 1500
"""The words and numbers of a text that are kept; what follows is known by its words."""


def digest_of(cell: Cell) -> str:
    """Tells whether a cell's code was edited, or that of a value in the prose below it."""
    return _digest("\0".join([cell.code, *(value.expression for value in cell.values)]))


def shown_of(page: Page, cells: Sequence[CellRecord], *, places: bool = False) -> dict[str, Shown]:
    """What each cell of a page claims, by its name; those that were not to run here claim nothing.

    With `places`, those are noted that have not run for another reason, and where each stands.
    """
    return {
        cell.name: shown_by(cell, record, place=str(cell.place) if places else "")
        for cell, record in zip(page.cells, cells, strict=True)
        if record.outcome == "passed" or (places and record.outcome in {"failed", "not-run"})
    }


def shown_by(cell: Cell, record: CellRecord, *, place: str = "") -> Shown:
    """What a cell claims, with the values in the prose below it: nothing of what its author took out of the page."""
    outputs = () if _UNSEEN.intersection(cell.options.tags) else record.outputs
    values = (_text(PROSE, value) for value in record.values)
    return Shown(code=digest_of(cell), outcome=record.outcome, shows=(*_claims(outputs), *values), place=place)


def _claims(outputs: Sequence[Output]) -> Iterator[Claim]:
    """The claims of outputs in order; what was written to stderr stands at the end, as it may come at any time."""
    errors = [out for out in outputs if isinstance(out, Stream) and out.name == "stderr"]
    others = [out for out in outputs if not (isinstance(out, Stream) and out.name == "stderr")]
    for name, run in groupby([*others, *errors], key=lambda out: out.name if isinstance(out, Stream) else ""):
        outputs = list(run)
        if name in {"stdout", "stderr"}:
            yield from _stream(name, [out for out in outputs if isinstance(out, Stream)])
        else:
            yield from (_claim(out) for out in outputs if not isinstance(out, Stream))


def _stream(name: str, streams: Sequence[Stream]) -> Iterator[Text]:
    """What came to a stream, however many pieces it came in."""
    text = "".join(stream.text for stream in streams)
    if any(stream.cut for stream in streams):
        text += "\n(cut)"
    if text:
        yield _text(name, text)


def _claim(output: Display | Failure) -> Claim:
    if isinstance(output, Failure):
        return Failed(name=output.name, message=_text("", output.message).text)
    return _shown_form(output.data)


def _shown_form(data: Mapping[str, object]) -> Claim:
    """The form of a display that a reader sees."""
    for form in _FORMS:
        value = data.get(form)
        claim = None if value is None else _form(form, _string(value) if form != "application/json" else value)
        if claim is not None:
            return claim
    everything = json.dumps(data, sort_keys=True, default=str)
    return Other(form=", ".join(sorted(data)), digest=_digest(everything))


def _form(form: str, value: object) -> Claim | None:
    """One form of a display; nothing where it shows nothing."""
    if form == "application/json":
        return _text(form, json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1))
    text = str(value)
    if form == "image/svg+xml":
        return drawing(text) or Other(form=form, digest=_digest(text))
    if form in _IMAGES:
        return pixels(text)
    if form == "text/html":
        words = markup(text)
        return _text(form, words) if words else None
    return _text(form, text)


def _string(value: object) -> str:
    """Text, which notebooks may hold as a list of lines."""
    lines = value if isinstance(value, list) else [value]
    return "".join(str(line) for line in lines)


def _text(form: str, text: str) -> Text:
    """A text as a claim: the beginning of a long one, and a digest of the words that follow."""
    whole = steady(terminal_text(text)).rstrip("\n")
    found = tokens(whole) if len(whole) > _MOST_TOKENS else []
    if len(found) <= _MOST_TOKENS:
        return Text(form=form, text=whole)
    rest = "\0".join(token.word for token in found[_MOST_TOKENS:])
    return Text(form=form, text=whole[: found[_MOST_TOKENS].at].rstrip(), rest=_digest(rest))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
