"""A course on disk as one of those who are measured has it, and the runs of its command."""

import html
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import structs

from .commands import Failed, Finished, run
from .course import CELLS, Page
from .peers import WHOLE_PAGES, Subject, text_of

_PASSED = re.compile(r"\b(\d+) passed")


class Site:
    """The course of one subject."""

    def __init__(self, subject: Subject, *, folder: Path, python: Path, logs: Path, limit: float) -> None:
        """Take whose it is, where it lies, the peers' interpreter, and the seconds that a command may take."""
        self.subject, self.folder = subject, folder
        self._python = Path(sys.executable) if subject.ours else python
        self._logs, self._limit = logs, limit
        self._runs = 0
        self.pages: list[Page] = []
        self.current = False
        """Whether what is built is what the pages say."""

    def write(self, pages: Sequence[Page]) -> None:
        """Write the course, and nothing else beside it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.pages, self.current = list(pages), False
        for path, text in [*self.subject.files.items(), *(text_of(self.subject, page) for page in pages)]:
            self._put(path, text)

    def edit(self, index: int, change: Callable[[Page], Page]) -> Page:
        """Change one page."""
        page = self.pages[index] = change(self.pages[index])
        self._put(*text_of(self.subject, page))
        return page

    def clear(self) -> None:
        """Delete all that was made."""
        self.current = False
        for name in self.subject.kept:
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if self.subject.begins:
            log, limit = self.log(f"begins {self.subject.home}"), self._limit
            run(self.command(*self.subject.begins), folder=self.folder, log=log, limit=limit)

    def run(self, label: str) -> Finished:
        """Run the command, and see that it did its work."""
        self._runs += 1
        name = re.sub(r"\W+", "-", f"{label} {self._runs} {self.subject.name}")
        finished = run(self.command(), folder=self.folder, log=self._logs / f"{name}.txt", limit=self._limit)
        if self.subject.shows:
            self._check_site()
        else:
            self._check_tests(finished.output)
        self.current = True
        return finished

    def command(self, *arguments: str) -> list[str]:
        """The command with the interpreter that it needs; with other arguments than its own, if any are given."""
        return [str(self._python), *(arguments or self.subject.arguments)]

    def log(self, name: str) -> Path:
        """The file for the output of something else than the command."""
        self._logs.mkdir(parents=True, exist_ok=True)
        return self._logs / f"{name}.txt"

    def _check_site(self) -> None:
        """Raise Failed unless each page is there, of its last edit, with what its last cell computes."""
        for page in self.pages:
            path = self.folder / self.subject.shows.format(name=page.name)
            text = plain(path.read_text("utf-8")) if path.is_file() else ""
            for wanted in (page.revision, *([page.result] if self.subject.executes else [])):
                if wanted not in text:
                    raise Failed(f"{path} does not show {wanted!r}")

    def _check_tests(self, output: str) -> None:
        """Raise Failed unless as many tests passed as there are cells, or pages."""
        found = _PASSED.search(output)
        wanted = len(self.pages) * (1 if self.subject.name in WHOLE_PAGES else CELLS)
        if found is None or int(found[1]) != wanted:
            raise Failed(f"{found[1] if found else 'none'} of {wanted} tests passed")

    def _put(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def with_prose(page: Page) -> Page:
    """The page after another edit of its prose."""
    return structs.replace(page, prose=page.prose + 1)


def with_cell(page: Page) -> Page:
    """The page after another edit of its last cell."""
    return structs.replace(page, cell=page.cell + 1)


def plain(page: str) -> str:
    """The text of a page of HTML, on one line: a highlighter may have put tags between the words."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())
