"""What all measurements share: the folder they work in, the courses in it, and the limits that are known."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, structs

from . import limits
from .course import Page, make_course
from .limits import Limit
from .peers import Subject
from .sites import Site

PAUSE = 5.0
"""Seconds that the first cell of the page takes whose last cell is edited in the preview."""
PREVIEWED = 60
"""Pages of the course that is previewed."""


class Options(Struct, frozen=True, kw_only=True):
    """How to measure."""

    project: Path
    cache: Path
    python: Path
    """The peers' interpreter."""
    pages: int = 50
    edits: int = 15
    limit: float = 1200.0
    """Seconds that a command may take."""


class Bench:
    """The courses on disk, each written when it is first asked for."""

    def __init__(self, options: Options) -> None:
        """Begin with nothing."""
        self.options = options
        self.logs = options.cache / "logs"
        self._sites: dict[str, Site] = {}

    def site(self, subject: Subject) -> Site:
        """The course of a subject; those that share its folder share its edits only if they share its command."""
        key = f"{subject.name} {subject.shows}"
        if key not in self._sites:
            self._sites[key] = self._made(subject, subject.home, make_course(self.options.pages))
        return self._sites[key]

    def preview(self, subject: Subject) -> Site:
        """The course of a subject for the preview, in which the first cell of the last page takes long."""
        key = f"{subject.name} preview"
        if key not in self._sites:
            pages = make_course(PREVIEWED)
            pages[-1] = structs.replace(pages[-1], pause=PAUSE)
            self._sites[key] = self._made(subject, f"{subject.home}-preview", pages)
        return self._sites[key]

    def limit(self) -> Limit:
        """The limit of the generated course, measured now."""
        pages = limits.generated(make_course(self.options.pages), self.folder("limit"))
        return limits.measure(pages, log=self.logs / "limit.txt", limit=self.options.limit)

    def folder(self, name: str) -> Path:
        """A folder for something else."""
        folder = self.options.cache / "courses" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _made(self, subject: Subject, home: str, pages: Sequence[Page]) -> Site:
        options = self.options
        folder = options.cache / "courses" / home
        site = Site(subject, folder=folder, python=options.python, logs=self.logs, limit=options.limit)
        site.write(pages)
        return site
