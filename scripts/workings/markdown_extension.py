"""The Markdown extension `workings`: a text's cells run while it is converted, in whatever program converts it.

With MkDocs the plugin does this for all pages at once. The extension runs the one text that it is given, as in
`markdown.markdown(text, extensions=["workings"])`, or for a program that knows extensions and no plugins.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from msgspec import ValidationError, convert, structs
from pymdownx.superfences import SuperFencesCodeExtension  # type: ignore[import-untyped]

from workings.engine import run_pages
from workings.errors import SettingsError, SourceError
from workings.math_extension import MathExtension
from workings.outputs import Record
from workings.page import Page
from workings.proofs import proof_problems
from workings.reading import CellFinder, Source
from workings.rendering.page import fill
from workings.report import line
from workings.settings import Settings


class WorkingsExtension(Extension):
    """Runs the cells of each text that is converted, and raises `SourceError` for the first thing that is wrong."""

    def __init__(self, **options: Any) -> None:
        """Take the options of `config`."""
        self.config = {
            "path": ["page.md", "The file that the text is from, relative to the working directory"],
            "backend": ["auto", "Where cells run: auto, cpu, cuda or mps"],
            "errors": ["stop", "stop: a cell that fails is an error; show: it is shown, and no more"],
        }
        super().__init__(**options)
        self.formulas = MathExtension()

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Have the text pass through us, since its cells can be looked for only when it is known whose they are."""
        self.formulas.extendMarkdown(md)
        whole = md.convert
        md.convert = lambda source: self.run(source, md, whole)  # type: ignore[method-assign]

    def run(self, text: str, md: Markdown, whole: Callable[[str], str]) -> str:
        """Convert a text, run what is in it, and put in what that showed."""
        if not any(isinstance(known, SuperFencesCodeExtension) for known in md.registeredExtensions):
            md.registerExtensions(["pymdownx.superfences"], {})
        root = Path.cwd()
        source = Source(path=Path(self.getConfig("path")).as_posix(), root=root, text=text)
        finder = CellFinder(source)
        finder.install(md)
        self.formulas.expect(source)
        html = whole(text)
        found = finder.found()
        proofs = proof_problems(found.page, self.formulas.labels, source)
        for problem in (*source.problems, *found.problems, *self.formulas.problems, *proofs):
            raise problem
        settings = self.settings(root)
        record = run_pages([found.page], settings=settings).records[found.page.path]
        if settings.errors == "stop":
            refuse(found.page, record)
        return fill(html, found, record, settings=settings)

    def settings(self, root: Path) -> Settings:
        """The settings of a site, as far as a single text has any."""
        try:
            settings = convert({name: self.getConfig(name) for name in ("backend", "errors")}, Settings)
        except ValidationError as error:
            raise SettingsError(f"the Markdown extension `workings`: {error}") from error
        return structs.replace(settings, store=root / ".workings")


def refuse(page: Page, record: Record) -> None:
    """Raise the first failure of a page as an error of its source."""
    for index, failure in record.failures():
        text = line(page.cells[index], failure).removeprefix(f"{failure.place}: ")
        raise SourceError(failure.place, text)


def makeExtension(**options: Any) -> WorkingsExtension:  # noqa: N802 - the name that Markdown calls
    """Make the extension by the name of this module."""
    return WorkingsExtension(**options)
