"""What the lessons of a site say of themselves, and the lessons that they ask for."""

import logging
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from html import unescape
from pathlib import PurePosixPath

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from workings.rendering.lesson import Before, Lesson

log = logging.getLogger("mkdocs.plugins.workings")

LEVELS = frozenset({"beginner", "intermediate", "advanced"})


class Lessons:
    """The lessons of a site, by the names of their files."""

    def __init__(self, files: Files) -> None:
        """Take the site, now that all of its pages are read; warn of lessons that ask for what is not there."""
        self._files = {PurePosixPath(file.src_uri).stem: file for file in files.documentation_pages()}
        for file in self._files.values():
            for name in _names(file.page):
                if name not in self._files:
                    log.warning(_missing(file, name, self._files))

    def of(self, page: Page) -> Lesson:
        """What a page says of itself; nothing, if it is no lesson."""
        level, minutes = _level(page), page.meta.get("minutes")
        if not level:
            return Lesson()
        return Lesson(level=level, minutes=minutes if isinstance(minutes, int) else 0, needs=tuple(self._before(page)))

    def _before(self, page: Page) -> Iterator[Before]:
        for name in _names(page):
            file = self._files.get(name)
            if file is not None and file.page is not None:
                yield Before(title=unescape(str(file.page.title)), address=file.url_relative_to(page.file))


def _level(page: Page | None) -> str:
    """The level of a lesson; nothing for another page, whose front matter may use these words in its own way."""
    level = page.meta.get("level") if page is not None else None
    return level if isinstance(level, str) and level in LEVELS else ""


def _names(page: Page | None) -> list[str]:
    """The names of the lessons that a lesson asks for."""
    needs = page.meta.get("needs") if page is not None and _level(page) else None
    return [str(name) for name in needs] if isinstance(needs, list) else []


def _missing(file: File, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "name the file of a page without its ending"
    return f"Doc file '{file.src_uri}' needs '{name}' in its front matter, and no page has that name: {hint}"
