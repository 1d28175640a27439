"""The answers of exercises, tried: the starter and the wrong ones have to fail their check, the solution to pass it."""

from collections.abc import Sequence

from msgspec import structs

from workings.exercise import Exercise, exercise_of
from workings.outputs import Failure
from workings.page import Cell
from workings.running.apart import DiedError, Tried, try_apart
from workings.running.frames import Job
from workings.running.shell import CellShell
from workings.running.tracebacks import describe
from workings.running.verdict import announced, nothing_raised


def try_exercise(cell: Cell, *, job: Job, shell: CellShell) -> Failure | None:
    """Try what this cell adds to its exercise, from the state that the page has now; return what is wrong with it."""
    exercise = exercise_of(job.page, cell)
    if exercise is None or exercise.check is None:
        return None
    match cell.options.role:
        case "check" if exercise.starter is not None:
            answer, who = exercise.starter, "the starter"
        case "wrong":
            answer, who = cell, f"wrong answer {exercise.wrong.index(cell) + 1}"
        case "solution":
            return _of_solution(exercise, cell, job=job, shell=shell)
        case _:
            return None
    return _of_answer(exercise, answer, who, at=cell, tried=_tried([answer, exercise.check], job=job, shell=shell))


def _of_answer(exercise: Exercise, answer: Cell, who: str, *, at: Cell, tried: Tried) -> Failure | None:
    """What is wrong when an answer that is none was tried: it passes, or it never came to be checked."""
    said = _said(tried)
    if tried.failure is None:
        remedy = "the check is too weak" if at is answer else "nothing is left for the reader to do"
        name = "CheckTooWeak" if at is answer else "StarterPasses"
        return _failure(name, exercise, f"{who} passes the check: {remedy}", at)
    if tried.failed == 0 and not tried.announced:
        hint = f'mend it, or write raises="{tried.failure.name}" if readers are meant to see that'
        text = f"{who} fails by itself, before it is checked: {said}; {hint}"
        return structs.replace(_failure("AnswerFails", exercise, text, answer), traceback=tried.failure.traceback)
    return None


def _of_solution(exercise: Exercise, cell: Cell, *, job: Job, shell: CellShell) -> Failure | None:
    """What is wrong when the solution has run and its check fails."""
    assert exercise.check is not None  # noqa: S101 - asked before
    tried = _tried([exercise.check], job=job, shell=shell)
    if tried.failure is None:
        return None
    text = f"the solution fails the check at {tried.failure.place}: {_said(tried)}"
    return structs.replace(_failure("SolutionFails", exercise, text, cell), traceback=tried.failure.traceback)


def _tried(cells: Sequence[Cell], *, job: Job, shell: CellShell) -> Tried:
    def work() -> Tried:
        return _run(cells, job=job, shell=shell)

    try:
        return try_apart(work, shell=shell, backend=job.backend, scratch=job.scratch)
    except DiedError as death:
        return Tried(0, Failure("ProcessExit", str(death), cells[0].place, reason="crash"))


def _run(cells: Sequence[Cell], *, job: Job, shell: CellShell) -> Tried:
    """Run cells until one of them fails, announced or not."""
    for index, cell in enumerate(cells):
        error = shell.run(cell)
        error = shell.passed_over or error
        if error is not None:
            return Tried(index, describe(error, cell=cell, page=job.page), announced(error, cell))
        if cell.must_fail:
            return Tried(index, nothing_raised(cell))
    return Tried()


def _said(tried: Tried) -> str:
    """The failure in a line."""
    failure = tried.failure
    if failure is None:
        return ""
    text = failure.message.strip().partition("\n")[0]
    return text if failure.reason == "crash" else f"{failure.name}: {text}" if text else failure.name


def _failure(name: str, exercise: Exercise, text: str, cell: Cell) -> Failure:
    return Failure(name, f"exercise '{exercise.name}': {text}", cell.place, reason="exercise")
