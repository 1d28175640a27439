"""The protocol between the process of a page and the one that waits for it: typed messages, each with its length.

Messages are MessagePack, decoded strictly into these types: no byte that a cell writes can become anything else.
"""

import struct
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from workings.errors import WorkingsError
from workings.outputs import Failure, Json, Provenance
from workings.page import Page
from workings.running.scratch import Contents
from workings.settings import Limits

T = TypeVar("T")
_LENGTH = struct.Struct(">I")
STOP = b"S"
"""Sent to the process that watches over a page: leave the stack, then end it. A closed connection says the same."""
LONGEST = 2**28
"""A frame longer than this is taken as garbage: no output limit lets one grow so far."""


class Job(Struct, frozen=True, kw_only=True):
    """All that the process of a page needs to know."""

    page: Page
    backend: str
    seed: int
    limits: Limits
    dtype: str
    """torch's default type of floating-point numbers."""
    scratch: str
    """A folder of the run's own, for captured text and the stack of a crash; gone when the page is done."""
    temporary: str = ""
    """The folder for the page's own temporary files."""
    first: int = 0
    """The index of the first cell to run; those before it have left the state that the process is in."""
    spent: float = 0.0
    """Seconds that the cells before it took."""
    checkpoints: bool = False
    """Whether copies of the process are left suspended between its cells."""


class Started(Struct, frozen=True, tag="started"):
    """A cell begins; `index` counts from 0."""

    index: int


class Wrote(Struct, frozen=True, tag="wrote"):
    """Bytes that came to a stream since the last such message."""

    name: Literal["stdout", "stderr"]
    data: bytes
    cut: int = 0


class Showed(Struct, frozen=True, tag="showed"):
    """A display, a result, or a new version of a display that has a name."""

    data: dict[str, Json]
    metadata: dict[str, Json]
    result: bool = False
    display_id: str | None = None
    update: bool = False


class Cleared(Struct, frozen=True, tag="cleared"):
    """`clear_output`: now, or when the next output comes."""

    wait: bool


class Ended(Struct, frozen=True, tag="ended"):
    """The cell that started last has ended."""

    seconds: float
    memory: int
    failure: Failure | None = None
    announced: bool = False
    """Whether the failure is the one that the author announced."""
    values: tuple[str, ...] = ()
    """The texts of the values in the prose below it."""


class Suspended(Struct, frozen=True, tag="suspended"):
    """A copy of the process waits before the cell with that index; the message brings the connection to it."""

    index: int
    pid: int
    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    """What it depends on so far, as in `Done`."""
    temporary: Contents = ()
    """What was in its folder for temporary files: the page goes on in the same one."""


class Done(Struct, frozen=True, tag="done"):
    """The page is complete: without this message its process has crashed, whatever its exit status."""

    provenance: Provenance
    modules: tuple[str, ...] = ()
    """Files of local modules that were imported."""
    files: tuple[str, ...] = ()
    """Files under the project's root that were read."""
    packages: tuple[str, ...] = ()
    """Distributions whose code was used."""
    written: tuple[str, ...] = ()
    """Files under the project's root that were opened for writing."""


Frame = Started | Wrote | Showed | Cleared | Ended | Suspended | Done


class Spawned(Struct, frozen=True, tag="spawned"):
    """The supervisor has started the page's process."""

    pid: int
    supervisor: int


class Exited(Struct, frozen=True, tag="exited"):
    """The page's process and all its descendants are gone."""

    status: int
    """As `waitpid` gives it."""
    left: int = 0
    """Processes that the page had left running."""


Notice = Spawned | Exited


class FrameError(WorkingsError):
    """Bytes that are no message of ours: a cell has written to the engine's own descriptor."""

    def __init__(self, what: str, *, before: Sequence[Any] = ()) -> None:
        """Say what it is, and which messages came whole before it."""
        super().__init__(what)
        self.before = before


_encoder = msgspec.msgpack.Encoder()
frame_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)
notice_decoder: msgspec.msgpack.Decoder[Notice] = msgspec.msgpack.Decoder(Notice)
job_decoder: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job, dec_hook=lambda kind, value: kind(value))
_job_encoder = msgspec.msgpack.Encoder(enc_hook=str)


def pack(message: Struct) -> bytes:
    """Encode a message with its length in front."""
    body = _job_encoder.encode(message) if isinstance(message, Job) else _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def unpack(buffer: bytearray, decoder: "msgspec.msgpack.Decoder[T]") -> list[T]:
    """Take all complete messages off the front of the buffer.

    Raises FrameError, with the messages before them, when bytes are no messages of that kind.
    """
    messages: list[T] = []
    while len(buffer) >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(buffer)
        if length > LONGEST:
            msg = f"a message of {length} bytes"
            raise FrameError(msg, before=messages)
        end = _LENGTH.size + length
        if len(buffer) < end:
            break
        try:
            messages.append(decoder.decode(bytes(buffer[_LENGTH.size : end])))
        except msgspec.DecodeError as error:
            raise FrameError(str(error), before=messages) from error
        del buffer[:end]
    return messages
