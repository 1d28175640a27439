"""A page's quizzes, as far as they are of use to those who do not read them on it."""

import re

CHOICE = re.compile(r'<details class="wk-choice\b.*?</details>\s*', re.DOTALL)
"""A choice with its explanation: neither holds anything that folds."""


def without_choices(html: str) -> str:
    """The page with the questions of its quizzes alone: a search that found a wrong choice would tell it as a fact."""
    return CHOICE.sub("", html)
