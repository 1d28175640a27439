"""Secrets of the builder that a page has come by, and shows: replaced in all that is kept of its run.

It is for accidents, as GitHub's masking of logs is: who means it writes a secret backwards.
"""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct, structs

from workings.environment import is_secret
from workings.outputs import CellRecord, Display, Failure, Provenance, Record, Stream

T = TypeVar("T")
MASK = "***"
SHORTEST = 8
"""Characters that a value must have: what is shorter stands in many a text by chance."""
TEXTS: Mapping[type[Struct], tuple[str, ...]] = {
    Record: ("cells", "provenance", "warnings"),
    Provenance: ("device", "torch", "python"),
    CellRecord: ("outputs", "values", "why", "stale"),
    Stream: ("text",),
    Display: ("data", "metadata"),
    Failure: ("name", "message", "traceback"),
}
"""Where a value of these types holds text of a page; lines, names of outcomes and such are the engine's."""


def secrets_of(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The texts that nobody is to see, each in the ways in which it may be written; the longest first."""
    values = {value.strip() for name, value in environment.items() if is_secret(name)}
    lines = {line.strip() for value in values for line in value.split("\n") if not line.startswith("-----")}
    written = {form for value in values | lines if len(value) >= SHORTEST for form in _forms(value)}
    return tuple(sorted(written, key=lambda text: (-len(text), text)))


def masked(value: T, secrets: Sequence[str]) -> T:
    """The same record, or part of one, with the secrets replaced; the very same value when it holds none."""
    return _masked(value, secrets) if secrets else value


def _forms(value: str) -> set[str]:
    """A value as it is, and as Python, JSON, HTML and an address write it."""
    return {value, repr(value)[1:-1], json.dumps(value)[1:-1], html.escape(value), quote(value, safe="")}


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    new: Any = value
    match value:
        case str():
            return _masked_text(value, secrets)
        case list() | tuple():
            new = type(value)(_masked(item, secrets) for item in value)
        case dict():
            new = {_masked(key, secrets): _masked(item, secrets) for key, item in value.items()}
        case Struct():
            new = _masked_fields(value, secrets)
    return value if new == value else new


def _masked_fields(value: Struct, secrets: Sequence[str]) -> Struct:
    old = {name: getattr(value, name) for name in TEXTS.get(type(value), ())}
    new = {name: _masked(field, secrets) for name, field in old.items()}
    if isinstance(value, Stream):
        new["text"] = _without_beginning(new["text"], secrets)
    return value if new == old else structs.replace(value, **new)


def _masked_text(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _without_beginning(text: str, secrets: Sequence[str]) -> str:
    """The text of a stream, which may have been cut in the middle of a secret, or have its rest still to come."""
    for secret in secrets:
        for length in range(len(secret) - 1, SHORTEST - 1, -1):
            if text.endswith(secret[:length]):
                return text[:-length] + MASK
    return text
