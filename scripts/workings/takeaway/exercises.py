"""An exercise in a notebook: what to start from, a check that answers kindly, and what the rest goes on from.

On its page the reader's answer and the check run in a copy of the namespace, and the page goes on from the solution.
A notebook has one namespace, so where the solution stands on the page there is a folded cell that runs it for as long
as the reader's own answer doesn't pass; an answer that passes is what the rest goes on from. The solution to be read
stands at the end.
"""

import re
from collections.abc import Iterator

from workings.page import Cell
from workings.takeaway.codes import code_of, commented, fenced
from workings.takeaway.indenting import indented
from workings.takeaway.parts import Part, unused
from workings.takeaway.scopes import fits_function, only_defines

HEADING = "## Solutions"
ANSWER = "Your answer goes here."


def exercise_part(cell: Cell, title: str, code: str) -> Part | None:
    """A cell of an exercise, in a page of this code; a wrong answer is not for the reader."""
    passed = unused(f"{_identifier(cell)}_passed", code=code)
    match cell.options.role:
        case "exercise":
            text = commented(code_of(cell), [title] if title else [])
            may_raise = "" if only_defines(text) else "Exception"
            tags = ("raises-exception",)
            return Part(name=cell.name, kind="code", text=text, tags=tags, may_raise=may_raise, why=ANSWER)
        case "check":
            return Part(name=cell.name, kind="code", text="\n".join(check(cell, passed, code)))
        case "solution":
            text = "\n".join(solved(code_of(cell), passed))
            return Part(name=cell.name, kind="code", text=text, tags=("hide-input",))
    return None


def check(cell: Cell, passed: str, code: str) -> Iterator[str]:
    """A check that says how an answer did, and changes nothing for the cells below: no name, and no random number."""
    name = unused(f"check_{_identifier(cell)}", code=code)
    own = code_of(cell)
    yield "# Run this to check your answer."
    apart = fits_function(own)
    if apart:
        yield f"def {name}():\n{indented(own)}\n"
        own = f"{name}()"
    yield "try:"
    if re.search(r"^\s*(?:import|from)\b.*\btorch\b", code, re.MULTILINE):
        yield "    with torch.random.fork_rng(devices=[]):  # random numbers below stay those of the page"
        own = indented(own)
    yield indented(own)
    error = unused("error", "problem", "mistake", code=code)
    yield f"except Exception as {error}:"
    yield f"    {passed} = False"
    yield "    print("
    yield f'        f"Not yet. {{type({error}).__name__}}: {{{error}}}",'
    yield f'        *getattr({error}, "__notes__", []),'
    yield '        sep="\\n",'
    yield "    )"
    yield "else:"
    yield f"    {passed} = True"
    yield '    print("Right!")'


def solved(code: str, passed: str) -> Iterator[str]:
    """The solution, for as long as the reader has none."""
    yield "# What follows goes on from your answer if it is right, and from this one if it is not (yet)."
    yield f'if not globals().get("{passed}"):'
    yield indented(code)


def solutions(cells: list[Cell]) -> Iterator[str]:
    """The end of the notebook: each solution, folded."""
    heading = f"{HEADING}\n\n"
    for cell in cells:
        if cell.options.role == "solution":
            name = (cell.options.exercise or "").replace("-", " ").replace("_", " ")
            summary = f"<summary>Solution of “{name}”</summary>"
            yield f"{heading}<details>\n{summary}\n\n{fenced(code_of(cell))}\n\n</details>"
            heading = ""


def _identifier(cell: Cell) -> str:
    return (cell.options.exercise or "").replace("-", "_")
