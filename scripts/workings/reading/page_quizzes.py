"""The quizzes of one page, with their lines in its source, and what is wrong with them."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct, structs

from workings.errors import SourceError
from workings.reading import marks
from workings.reading.cell_fences import CellFences
from workings.reading.lines import LineMap
from workings.reading.live import Sight
from workings.reading.quiz_lines import HEAD, KIND
from workings.reading.quizzes import NO_QUIZ, Draft, Quiz
from workings.reading.source import Source


class PageQuizzes(Struct, frozen=True):
    """What reading found of a page's quizzes."""

    quizzes: tuple[Quiz, ...] = ()
    problems: tuple[SourceError, ...] = ()


def page_quizzes(
    drafts: Sequence[Draft], *, source: Source, fences: CellFences, lines: LineMap, sight: Sight
) -> PageQuizzes:
    """Place the quizzes that Markdown made, and name the lines that it made none of."""
    quizzes = tuple(placed(draft, number, source, lines, fences) for number, draft in enumerate(drafts, start=1))
    wrong = [(head, NO_QUIZ) for head in refused(fences, sight)]
    wrong += [problem for draft in drafts for problem in problems(draft, fences)]
    return PageQuizzes(quizzes, tuple(source.problem(lines.line(index), message) for index, message in wrong))


def placed(draft: Draft, number: int, source: Source, lines: LineMap, fences: CellFences) -> Quiz:
    """A quiz with its lines in the source, and its texts as they stand there."""
    plain = partial(marks.without_words, fences.nonce)
    first = lines.line(draft.line)
    last = lines.line(fences.quizzes.get(draft.line, draft.line))
    return Quiz(
        number=number,
        place=source.place(first),
        question=plain(draft.question),
        choices=tuple(structs.replace(one, text=plain(one.text), why=plain(one.why)) for one in draft.choices),
        first=first,
        last=last,
    )


def problems(draft: Draft, fences: CellFences) -> Iterator[tuple[int, str]]:
    """What is wrong with a quiz, each with its line; one behind a list marker is never read as it was meant."""
    head = HEAD.match(fences.seen[draft.line])
    if head is not None and head["markers"]:
        yield draft.line, NO_QUIZ
        return
    inside = [fence.start for fence in fences.fences if draft.line < fence.start <= fences.quizzes[draft.line]]
    for line, message in draft.problems():
        yield inside[0] if inside and line == draft.line else line, message  # a cell has no word to tell its line


def refused(fences: CellFences, sight: Sight) -> Iterator[int]:
    """The heads that a reader can see and that did not become quizzes: in the class of an element, or as text."""
    classes, texts = (marks.words(fences.nonce, KIND, "".join(seen)) for seen in (sight.classes, sight.texts))
    for head in fences.quizzes:
        match = HEAD.match(fences.seen[head])
        if head in classes or (head in texts and match is not None and match["sign"]):
            yield head
