"""An entry: a record with what it is good for, and its form on disk.

    {"v":1,"key":…,"sha256":of the body,"body":{"entry":{…},"payloads":[{"at":[…],"sha256":…}]}}

A long text of the entry (an image in base64, an SVG, a flood of output) is taken out and stands in a plain file of its
own, named by its SHA-256; equal ones are kept once.
"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from workings.fingerprint import Inputs, Ties, describe_inputs, describe_ties, inputs_hold, ties_hold
from workings.outputs import Failure, Record
from workings.page import Page
from workings.store.disk import DamagedError

VERSION = 1
"""The version of the form on disk."""

LONG = 64 * 1024
"""Characters from which a text is kept in a file of its own."""

LARGEST = 64 * 2**20
"""Bytes of the largest file of a store."""

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Step = str | int

CANNOT_BE_SAID = (ValueError, TypeError, OverflowError, RecursionError)
"""What msgspec raises for a value that JSON can't hold, or for JSON that is none."""


class Entry(Struct, frozen=True, kw_only=True):
    """A record, with what it depends on that its key could not know."""

    record: Record
    inputs: Inputs = Inputs()
    ties: Ties = Ties()


class Payload(Struct, frozen=True, forbid_unknown_fields=True):
    """A long text that was taken out of an entry: the way to it, and its digest."""

    at: tuple[Step, ...]
    sha256: Sha256


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry without its long texts."""

    entry: Any
    payloads: tuple[Payload, ...]


class Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the store: the body as bytes, with what proves them."""

    v: int
    key: Sha256
    sha256: Sha256
    body: msgspec.Raw


class Packed(Struct, frozen=True, kw_only=True):
    """An entry as the files to write: its own, and one for each long text by its digest."""

    name: str
    data: bytes
    blobs: dict[str, bytes]


def keepable(record: Record) -> bool:
    """Whether a record may be kept: nothing failed, and no failure it shows came from a limit or a crash."""
    reasons = {out.reason for cell in record.cells for out in cell.outputs if isinstance(out, Failure)}
    return record.passed and all(cell.outcome != "failed" for cell in record.cells) and reasons <= {"exception"}


def make_entry(page: Page, record: Record, *, files: Iterable[str | Path], packages: Iterable[str]) -> Entry:
    """The entry for a run of the page that asked for these files and distributions."""
    inputs = describe_inputs(files, packages, page.root)
    return Entry(record=record, inputs=inputs, ties=describe_ties(page, record))


def entry_holds(entry: Entry, page: Page) -> bool:
    """Whether an entry found under the page's key is true of the page as everything is now."""
    fits = len(entry.record.cells) == len(page.cells) and keepable(entry.record)
    return fits and ties_hold(entry.ties, page) and inputs_hold(entry.inputs, page.root)


def entry_name(key: str, entry: Entry) -> str:
    """The name of an entry's file: its key, and which of the variants under that key it is."""
    depends = msgspec.json.encode((entry.inputs, entry.ties), order="sorted")
    return f"{key}.{sha256(depends)[:16]}.json"


def sha256(data: bytes) -> str:
    """The digest that names and proves everything in a store."""
    return hashlib.sha256(data).hexdigest()


def pack(key: str, entry: Entry) -> Packed:
    """The files of an entry; ValueError and its kin when it can't be kept exactly."""
    texts: dict[tuple[Step, ...], str] = {}
    plain = _take_out(msgspec.to_builtins(entry), (), texts)
    blobs = {at: text.encode() for at, text in texts.items()}
    payloads = tuple(Payload(at, sha256(data)) for at, data in blobs.items())
    body = msgspec.json.encode(Body(plain, payloads))
    data = msgspec.json.encode(Frame(VERSION, key, sha256(body), msgspec.Raw(body)))
    packed = Packed(name=entry_name(key, entry), data=data, blobs={sha256(blob): blob for blob in blobs.values()})
    if max(map(len, (data, *blobs.values()))) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    if unpack(packed.name, data, packed.blobs.__getitem__)[0] != entry:
        raise ValueError("it says something that JSON can't say")
    return packed


def _take_out(value: Any, at: tuple[Step, ...], texts: dict[tuple[Step, ...], str]) -> Any:
    """The value with its long texts emptied, each noted under the way to it."""
    if isinstance(value, str) and len(value) >= LONG:
        texts[at] = value
        return ""
    if isinstance(value, dict):
        return {name: _take_out(item, (*at, name), texts) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_take_out(item, (*at, index), texts) for index, item in enumerate(value)]
    return value


def unpack(name: str, data: bytes, blob: Callable[[str], bytes]) -> tuple[Entry, tuple[str, ...]]:
    """The entry that a file of that name holds, and the digests of its long texts, which `blob` reads."""
    body = _body(data, name.partition(".")[0])
    try:
        value = body.entry
        for payload in body.payloads:
            value = _put_back(value, payload.at, blob(payload.sha256).decode())
        entry = msgspec.convert(value, Entry)
    except (*CANNOT_BE_SAID, LookupError) as error:
        raise DamagedError(f"it does not hold a record ({error})") from error
    if entry_name(name.partition(".")[0], entry) != name:
        raise DamagedError("it holds a record with other inputs")
    return entry, tuple(payload.sha256 for payload in body.payloads)


def _body(data: bytes, key: str) -> Body:
    """The body of a file that proves what it holds."""
    try:
        frame = msgspec.json.decode(data, type=Frame)
        body = bytes(frame.body)
        if frame.v != VERSION:
            raise DamagedError(f"it is of version {frame.v}, this is version {VERSION}")
        if frame.key != key:
            raise DamagedError("it holds the record of another key")
        if frame.sha256 != sha256(body):
            raise DamagedError("its digest does not fit its content")
        return msgspec.json.decode(body, type=Body)
    except CANNOT_BE_SAID as error:
        raise DamagedError(f"it is no entry of a store ({error})") from error


def _put_back(value: Any, at: tuple[Step, ...], text: str) -> Any:
    """The value with the text at the end of the way."""
    if not at:
        return text
    value[at[0]] = _put_back(value[at[0]], at[1:], text)
    return value
