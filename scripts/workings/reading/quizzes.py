"""Quizzes: a question and choices that are right or wrong, each with its explanation, as an author writes them."""

import re
from collections.abc import Iterator

from msgspec import Struct

from workings.place import Place


class Choice(Struct, frozen=True, kw_only=True):
    """One choice of a quiz."""

    text: str
    """What is chosen, in Markdown."""
    why: str
    """Why it is right or wrong, in Markdown."""
    is_right: bool


class Quiz(Struct, frozen=True, kw_only=True):
    """A question with its choices."""

    number: int
    """Its place among the quizzes of its page, from 1."""
    place: Place
    """Its first line."""
    question: str
    """What is asked, in Markdown."""
    choices: tuple[Choice, ...]
    first: int
    """The first line of the quiz in the text of its page's source, from 1."""
    last: int
    """The last line of the quiz there."""

    @property
    def name(self) -> str:
        """Its link target on the page."""
        return f"quiz-{self.number}"

    @property
    def right(self) -> int:
        """How many of its choices are right."""
        return sum(choice.is_right for choice in self.choices)


class Item(Struct, frozen=True, kw_only=True):
    """What stands in the list of a quiz, whether it can be read as a choice or not."""

    line: int
    """An index of the lines that Markdown sees, as all lines of a draft are."""
    text: str
    is_one: bool
    """Whether it is one paragraph."""


class Draft(Struct, frozen=True, kw_only=True):
    """A quiz as Markdown has found it on a page."""

    line: int
    question: str
    items: tuple[Item, ...]
    strays: tuple[int, ...]
    """The lines of what is neither question nor choice."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Its choices, as far as they can be read."""
        return tuple(read_choice(item.text)[0] for item in self.items)

    def problems(self) -> Iterator[tuple[int, str]]:
        """What is wrong with it, each with its line; what follows from something else that is wrong is left out."""
        found = [*self.wrong_parts()]
        yield from found
        if not found and len(self.items) < FEWEST:
            yield self.line, TOO_FEW
        elif not found and not any(choice.is_right for choice in self.choices):
            yield self.line, NONE_RIGHT

    def wrong_parts(self) -> Iterator[tuple[int, str]]:
        """What is wrong with its question, with each choice, and what should not be there."""
        if not self.question.strip():
            yield self.line, NO_QUESTION
        for item in self.items:
            if problem := read_choice(item.text)[1] if item.is_one else MORE_THAN_ONE:
                yield item.line, problem
        for line in self.strays:
            yield line, STRAY


FEWEST = 2
NO_QUIZ = 'write a quiz as !!! quiz "question" on a line of its own, with its choices below, indented by four spaces'
NO_QUESTION = 'this quiz asks nothing: write its question in its first line, !!! quiz "question"'
TOO_FEW = "a quiz has two choices or more, each a line such as - [x] choice: explanation, indented by four spaces"
NONE_RIGHT = "no choice of this quiz is right: mark what is with [x]"
STRAY = "a quiz holds its question and its choices and nothing else: put what else is here above or below it"
MORE_THAN_ONE = "a choice is one paragraph, what is chosen and why: put the rest above or below the quiz"
MARKS = "[x] and a space if it is right, [ ] and a space if it is not"
NO_MARK = f"this choice has no mark: begin it with {MARKS}"
NO_TEXT = "there is nothing to choose here: write the choice between its mark and its explanation"
NO_WHY = "this choice is not explained: write a colon and a space behind it, then why it is right or wrong"

MARK = re.compile(r"\[([^\[\]\n]{0,3})\](?=\s|$)\s*")
COLON = re.compile(
    r"""(?xs)
    <!--.*?-->
    | <[a-zA-Z/][^<>]*>
    | \\\((?:\\.|[^\\])+?\\\)
    | \\.
    | (?<!`)(?P<ticks>`+)(?!`) .+? (?<!`)(?P=ticks)(?!`)
    | \$\$(?:\\.|[^\\$])+?\$\$
    | \$(?!\s|\$)(?:\\.|[^\\$])+?(?<!\s)\$
    | \[(?:[^\[\]]|\[[^\[\]]*\])*+\](?:\([^()]*(?:\([^()]*\)[^()]*)*+\)|\[[^\[\]]*\])
    | (?P<colon>:(?=\s|$))
    """
)
"""A colon before a space, and what such a colon does not count in: tags, formulas, code, links."""


def read_choice(text: str) -> tuple[Choice, str]:
    """A choice as far as it can be read, and what is wrong with it, or nothing."""
    mark = MARK.match(text)
    chosen, why = split(text[mark.end() :] if mark else text)
    choice = Choice(text=chosen, why=why, is_right=mark is not None and mark[1] in ("x", "X"))
    if mark is None:
        return choice, NO_MARK
    if mark[1] not in ("x", "X", " "):
        return choice, f"[{mark[1]}] is no mark: a choice begins with {MARKS}"
    return choice, "" if chosen and why else NO_WHY if chosen else NO_TEXT


def split(text: str) -> tuple[str, str]:
    """What stands before the colon that ends a choice, and what stands behind it."""
    colon = next((match for match in COLON.finditer(text) if match["colon"]), None)
    if colon is None:
        return text.strip(), ""
    return text[: colon.start()].strip(), text[colon.end() :].strip()
