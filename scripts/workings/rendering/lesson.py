"""The line below a lesson's title: for whom it is, how long it takes, and which lessons to read before it."""

import re
from collections.abc import Sequence

from msgspec import Struct

from workings.rendering.text import escaped

_TITLE_ENDS = re.compile(r"</h1>")
_HOUR = 60


class Before(Struct, frozen=True, kw_only=True):
    """A lesson to be read before another."""

    title: str
    address: str
    """Relative to the page that asks for it."""


class Lesson(Struct, frozen=True, kw_only=True):
    """What a lesson says of itself in its front matter."""

    level: str = ""
    minutes: int = 0
    needs: Sequence[Before] = ()


def below_title(html: str, lesson: Lesson) -> str:
    """A page's HTML with the line below its title; as it is, where it has no title or the lesson says nothing."""
    said = [part for part in (lesson.level.capitalize(), _minutes(lesson.minutes), _needs(lesson.needs)) if part]
    title = _TITLE_ENDS.search(html)
    if not said or title is None:
        return html
    line = f'\n<p class="wk-lesson" data-search-exclude>{" · ".join(said)}</p>'
    return f"{html[: title.end()]}{line}{html[title.end() :]}"


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    if hours > 1 and not rest:
        return f"{hours} hours"
    return f"{minutes} minutes" if minutes > 1 else ""


def _needs(lessons: Sequence[Before]) -> str:
    links = (f'<a href="{escaped(lesson.address)}">{escaped(lesson.title)}</a>' for lesson in lessons)
    listed = ", ".join(links)
    return f"read first: {listed}" if listed else ""
