"""An exercise in a notebook: what to start from, a check that answers kindly, and what the rest goes on from.

On its page the reader's answer and the check run in a copy of the namespace, and the page goes on from the solution.
A notebook has one namespace, so where the solution stands on the page there is a folded cell that runs it for as long
as the reader's own answer doesn't pass; an answer that passes is what the rest goes on from. The solution to be read
stands at the end.

That folded cell keeps what it has made, by which the check knows that it is no answer of the reader's. A function is
another one each time it is defined, but the number 3 is the same whoever writes it: where an answer can be such a
value, the reader's cell ends with a line that says that it has run. Who loses that line has to run the cell once more,
as the check then removes what the solution has made, and only that cell can bring it back.
"""

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from workings.exercise import Exercise
from workings.page import Cell
from workings.takeaway.codes import code_of, commented, fenced
from workings.takeaway.indenting import indented
from workings.takeaway.parts import Part, unused
from workings.takeaway.scopes import fits_function, names_given, names_made, names_renewed, names_taken, only_defines

HEADING = "## Solutions"
ANSWER = "Your answer goes here."
RUN_IT = "Run the cell above first, and mend what it complains about."


class Names(Struct, frozen=True, kw_only=True):
    """What an exercise is said with in a notebook, by names that its page does not use."""

    check: str
    passed: str
    """Whether the reader's answer has passed."""
    given: str
    """What the solution has made, for as long as it may stand for an answer."""
    problem: str
    answer: tuple[str, ...]
    """The names that an answer has: of what the solution makes, those that the check reads."""
    is_new: bool
    """Whether nothing that the solution makes can be the same as what a reader makes."""


def exercise_part(cell: Cell, title: str, exercise: Exercise, *, code: str) -> Part | None:
    """A cell of an exercise, in a page of this code; a wrong answer is not for the reader."""
    names = names_of(exercise, code)
    match cell.options.role:
        case "exercise":
            text = "\n".join(started(commented(code_of(cell), [title] if title else []), names))
            may_raise = "" if only_defines(text) else "Exception"
            tags = ("raises-exception",)
            return Part(name=cell.name, kind="code", text=text, tags=tags, may_raise=may_raise, why=ANSWER)
        case "check":
            draws = re.search(r"^\s*(?:import|from)\b.*\btorch\b", code, re.MULTILINE) is not None
            return Part(name=cell.name, kind="code", text="\n".join(check(code_of(cell), names, draws=draws)))
        case "solution":
            text = "\n".join(solved(code_of(cell), names))
            return Part(name=cell.name, kind="code", text=text, tags=("hide-input",))
    return None


def names_of(exercise: Exercise, code: str) -> Names:
    """The names of an exercise in a page of this code."""
    name = exercise.name.replace("-", "_")
    solution, own = (code_of(cell) if cell else "" for cell in (exercise.solution, exercise.check))
    passing = {*names_made(own)} if fits_function(own) else set()
    answer = (names_given(solution) & names_taken(own)) - passing
    return Names(
        check=unused(f"check_{name}", code=code),
        passed=unused(f"{name}_passed", code=code),
        given=unused(f"{name}_given", code=code),
        problem=unused("error", "problem", "mistake", code=code),
        answer=tuple(sorted(answer)),
        is_new=answer <= names_renewed(solution),
    )


def started(code: str, names: Names) -> Iterator[str]:
    """What the reader starts from; of a value, with a line that only the reader's cell runs."""
    yield code
    if not names.is_new:
        yield f"{names.given} = []  # keep this line last: by it the check knows your answer"


def check(code: str, names: Names, *, draws: bool) -> Iterator[str]:
    """A check that says how an answer did, and changes nothing for the cells below: no name, and no random number."""
    yield "# Run this to check your answer."
    if fits_function(code):
        yield f"def {names.check}():\n{indented(code)}\n"
        code = f"{names.check}()"
    yield "try:"
    yield from own_answer(names)
    if draws:
        yield "    with torch.random.fork_rng(devices=[]):  # random numbers below stay those of the page"
        code = indented(code)
    yield indented(code)
    yield from outcome(names)


def own_answer(names: Names) -> Iterator[str]:
    """What the solution has made is no answer."""
    if names.answer:
        answer, take = ", ".join(names.answer), "get" if names.is_new else "pop"
        yield f'    if any(mine is given for mine, given in zip([{answer}], globals().{take}("{names.given}", []))):'
        yield from () if names.is_new else [f"        del {answer}"]
        are = "is" if len(names.answer) == 1 else "are"
        yield f'        raise NameError("{answer} {are} still the solution\'s", name="{names.answer[0]}")'


def outcome(names: Names) -> Iterator[str]:
    """How an answer did; of one that is not there, what to do."""
    yield f"except Exception as {names.problem}:"
    yield f"    {names.passed} = False"
    if names.answer:
        yield f"    if isinstance({names.problem}, NameError) and {names.problem}.name in {json.dumps(names.answer)}:"
        yield f'        {names.problem}.add_note("{RUN_IT}")'
    yield "    print("
    yield f'        f"Not yet. {{type({names.problem}).__name__}}: {{{names.problem}}}",'
    yield f'        *getattr({names.problem}, "__notes__", []),'
    yield '        sep="\\n",'
    yield "    )"
    yield "else:"
    yield f"    {names.passed} = True"
    yield '    print("Right!")'


def solved(code: str, names: Names) -> Iterator[str]:
    """The solution, for as long as the reader has none."""
    yield "# What follows goes on from your answer if it is right, and from this one if it is not (yet)."
    yield f'if not globals().get("{names.passed}"):'
    yield indented(code)
    if names.answer:
        yield f"    {names.given} = [{', '.join(names.answer)}]  # which the check does not take for yours"


def solutions(cells: list[Cell]) -> Iterator[str]:
    """The end of the notebook: each solution, folded."""
    heading = f"{HEADING}\n\n"
    for cell in cells:
        if cell.options.role == "solution":
            name = (cell.options.exercise or "").replace("-", " ").replace("_", " ")
            summary = f"<summary>Solution of “{name}”</summary>"
            yield f"{heading}<details>\n{summary}\n\n{fenced(code_of(cell))}\n\n</details>"
            heading = ""
