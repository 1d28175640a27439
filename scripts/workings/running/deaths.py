"""How a page's process died, in words, from its exit status and what it left in its scratch folder."""

import faulthandler
import os
import re
import signal

from workings.page import Page
from workings.place import Place
from workings.running.scratch import fault_file, stack_file
from workings.running.tracebacks import ENGINE, place_in, short

_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in', re.MULTILINE)
_LONGEST = 5_000
UNHEARD = 213
"""The exit status of a page that can't reach the engine any more."""


def watch_for_crashes(scratch: str) -> None:
    """On a crash, and when a time-out asks for it by SIGUSR1, leave this process's Python stack."""
    stack = os.open(stack_file(scratch), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    faulthandler.enable(stack, all_threads=False)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, stack, all_threads=False)


def leave_stack(scratch: str) -> None:
    """Leave the stack as it is now."""
    with stack_file(scratch).open("a", encoding="utf-8") as file:
        faulthandler.dump_traceback(file, all_threads=False)


def describe_death(status: int | None, scratch: str) -> tuple[str, str]:
    """The name of what ended the process, and a sentence that says what to do."""
    fault = _engine_fault(scratch)
    if fault:
        return "EngineError", f"could not be run, by a fault of the engine: {fault}"
    if status is None or status < 0:
        return "SIGKILL", "lost the process that watches over it, and was ended"
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return _signal(-code)
    if code == UNHEARD:
        return "ProtocolError", "closed the engine's own descriptor, so nothing more can be heard of its page"
    return "ProcessExit", f"ended its process with exit status {code} (os._exit?): a cell has to come to its end"


def place_of_stack(page: Page, scratch: str) -> tuple[Place | None, str]:
    """The innermost line of the page in the stack that the process left, and the stack as the reader may see it."""
    try:
        text = stack_file(scratch).read_text(encoding="utf-8", errors="replace")[:_LONGEST]
    except OSError:
        return None, ""
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f'  File "{ENGINE}'))
    frames = [(match, place_in(page, match["file"], int(match["line"]))) for match in _FRAME.finditer(text)]
    ours = [(match, place) for match, place in frames if place is not None]
    if not ours:
        return None, ""
    return ours[0][1], _without_folders(text[: text.find("\n", ours[-1][0].end())], page)


def advice_of_stack(scratch: str) -> str:
    """What to add when a page was stopped: the first `torch.compile` of a build takes its time."""
    try:
        stack = stack_file(scratch).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    compiling = "/torch/_inductor/" in stack or "/torch/_dynamo/" in stack
    return "; torch.compile was at work, which takes 20 s or more the first time" if compiling else ""


def _without_folders(stack: str, page: Page) -> str:
    return re.sub(r'(?<=^  File ")[^"\n]*', lambda file: short(file[0], page), stack, flags=re.MULTILINE).strip()


def _signal(number: int) -> tuple[str, str]:
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number == signal.SIGKILL:
        return name, f"ended its process: {name}, unless the page did that itself, the machine ran out of memory"
    return name, f"ended its process: {name}"


def _engine_fault(scratch: str) -> str:
    try:
        report = fault_file(scratch).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return report.strip().split("\n")[-1]
