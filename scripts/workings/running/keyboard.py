"""Nobody is at the keyboard while a page runs: what would wait for a person fails at once, and says what to do."""

import builtins
import getpass
import sys
import threading

from IPython.core.error import StdinNotImplementedError

_DEBUGGERS = ("(Pdb)", "ipdb>")
"""How debuggers prompt, those of `%debug` and `set_trace` too."""


def leave_no_wait() -> None:
    """Answer at once where a person would be asked."""
    builtins.input, getpass.getpass = no_keyboard, no_password
    sys.breakpointhook = no_debugger


def take_debuggers_out() -> None:
    """Take out what a cell's debugger or profiler has put in: it would watch the next cell too."""
    sys.settrace(None)
    sys.setprofile(None)
    threading.settrace(None)
    threading.setprofile(None)


def no_keyboard(prompt: object = "") -> str:
    """Stand in for `input`, which would wait for ever."""
    if str(prompt).strip() in _DEBUGGERS:
        no_debugger()
    asked = f"input({str(prompt)!r})"
    msg = f"{asked} was called, and nobody is at the keyboard when a page is built: write the answer into the cell"
    raise StdinNotImplementedError(msg)


def no_password(prompt: str = "Password: ", stream: object = None, **_more: object) -> str:  # noqa: ARG001
    """Stand in for `getpass.getpass`, which would wait for ever."""
    return no_keyboard(prompt)


def no_debugger(*_args: object, **_kwargs: object) -> None:
    """Stand in for a debugger, which would wait for ever."""
    msg = "a debugger needs somebody at the keyboard: run this page in Jupyter or as a script to debug it"
    raise RuntimeError(msg)
