"""What a command names: a program tells nobody what it reads, but mostly it was told what to read."""

import glob
import os
import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"""'([^']*)'|"([^"]*)"|([^\s'"`=:;,|&<>(){}]+)""")
_WRITTEN = re.compile(r">>?\s*[^\s'\";|&<>]+")
"""Where a shell writes to."""
_SHELLS = frozenset({"bash", "dash", "ksh", "sh", "zsh"})


def named(command: Sequence[object], folder: str) -> Iterator[str]:
    """The files and folders that are there and that a command names, for a program that is started in the folder.

    A command that is one text is for the shell.
    """
    parts = [os.fsdecode(part) for part in command if isinstance(part, (str, bytes, os.PathLike))]
    expands = len(parts) == 1 or any(os.path.basename(part) in _SHELLS for part in parts)  # noqa: PTH119 - see below
    for word in {word for part in parts for word in _words(part)}:
        path = os.path.join(folder, word)  # noqa: PTH118 - a word may be no path at all
        if os.path.exists(path):  # noqa: PTH110
            yield path
        elif expands and glob.has_magic(path):
            yield from glob.iglob(path)  # noqa: PTH207


def _words(text: str) -> Iterator[str]:
    """A text, and the words in it; a quoted one may be a path with spaces, or a command itself."""
    yield text
    for single, double, bare in _WORD.findall(_WRITTEN.sub(" ", text)):
        if bare:
            yield bare
        elif single or double:
            yield from _words(single or double)
