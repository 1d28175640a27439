"""What a run tells of its progress, while it goes on."""

from typing import Literal

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True):
    """A page was started, has come to another cell, has finished, was given up, or had its record in the store.

    Once it has arrived, whoever asks for its record gets it; what it has finished is told before that.
    """

    page: str
    what: Literal["started", "advanced", "finished", "arrived", "dropped", "stored"]
    seconds: float = 0.0
    """How long the page ran: of this run, or of the one that was stored."""
    memory: int = 0
    """The most that its process had, in bytes."""
    passed: bool = True
    rehearsal: bool = False
    """Whether the page runs for its states alone, and its record is what it was."""
    read: tuple[str, ...] = ()
    """The files that the page depends on beside its text: of a run that has finished, or of the one that was stored."""
    written: tuple[str, ...] = ()
    """The files that a run which has finished opened for writing."""
