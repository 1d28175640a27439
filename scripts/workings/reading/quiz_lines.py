"""The lines of quizzes, marked with words before Markdown sees them, because Markdown forgets where a line was."""

import re
from collections.abc import Mapping

from workings.reading import marks

KIND = "q"
"""The kind of the words of quizzes; the number of a word is the index of its line."""
BEFORE = re.compile(r"(?P<indent>[ \t>]*)(?P<markers>(?:(?:[-*+]|\d+[.)])[ \t]+)*)")
"""What stands before a text: indentation and quote marks, then the markers of lists."""
HEAD = re.compile(
    BEFORE.pattern + r"""(?:(?P<sign>!!!|\?\?\?\+?|/{3,})[ \t]*["']?(?:[\w-]+[ \t]+)*|type:[ \t]*)(?i:quiz)(?![\w-])"""
)
"""The head of a quiz, or what was meant as one; without a sign it is an option in a head of another kind."""


def last_line(lines: list[str], head: int, tab_length: int) -> int:
    """The last line below the head of a quiz that is indented further than it."""
    needed = indentation(lines[head]) + tab_length
    last = head
    for at in range(head + 1, len(lines)):
        if is_blank(lines[at]):
            continue
        if indentation(lines[at]) < needed:
            break
        last = at
    return last


def mark(lines: list[str], quizzes: Mapping[int, int], nonce: str) -> None:
    """Put a word into each head, and before each text in a quiz where something new may begin.

    `quizzes` has the index of the last line of each, by that of its head.
    """
    inside = {at for head, last in quizzes.items() for at in range(head + 1, last + 1)} - set(quizzes)
    ends = {at: end for at in inside if (end := text_start(lines, at, after_head=at - 1 in quizzes))}
    ends |= {head: match.end() for head in quizzes if (match := HEAD.match(lines[head]))}
    for at, end in ends.items():
        lines[at] = lines[at][:end] + marks.word(nonce, KIND, at) + lines[at][end:]


def text_start(lines: list[str], at: int, *, after_head: bool) -> int | None:
    """Where the text of a line begins, if a choice or a paragraph may begin with it."""
    before = BEFORE.match(lines[at])
    if before is None or is_blank(lines[at]):
        return None
    return before.end() if after_head or before["markers"] or is_blank(lines[at - 1]) else None


def is_blank(line: str) -> bool:
    """Whether nothing stands in a line but quote marks."""
    return not line.strip(" \t>")


def indentation(line: str) -> int:
    """The columns before a text, those of quote marks included."""
    before = BEFORE.match(line)
    return len(before["indent"]) if before else 0
