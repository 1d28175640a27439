"""A quiz as text: the choices, and below them, folded, which are right and why."""

from collections.abc import Iterator

from workings.reading.quiz_markup import ONE, RIGHT, SEVERAL, WRONG
from workings.reading.quizzes import Quiz
from workings.takeaway.pieces import Line


def quiz_lines(quiz: Quiz) -> list[Line]:
    """What stands below the question of a quiz."""
    return [Line(quiz.first, text) for text in _texts(quiz)]


def _texts(quiz: Quiz) -> Iterator[str]:
    yield from (f"*{SEVERAL if quiz.right > 1 else ONE}*", "")
    yield from (f"- {_one_line(choice.text)}" for choice in quiz.choices)
    yield from ("", "<details>", "<summary>Answer</summary>", "")
    for choice in quiz.choices:
        verdict = RIGHT if choice.is_right else WRONG
        yield f"- **{verdict}** {_one_line(choice.text)}: {_one_line(choice.why)}"
    yield from ("", "</details>")


def _one_line(text: str) -> str:
    return " ".join(text.split())
