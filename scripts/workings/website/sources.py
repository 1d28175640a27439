"""A page of a site by itself, for those who do not build the site: the tests and the command line."""

from pathlib import Path

from msgspec import Struct

from workings.errors import SourceError
from workings.math_extension import MathExtension
from workings.page import Page
from workings.proofs import proof_problems
from workings.reading import find_cells, load_source
from workings.website.config import Site


class ReadPage(Struct, frozen=True, kw_only=True):
    """A page of a site as it was read."""

    page: Page
    problems: tuple[SourceError, ...]
    """All that is wrong with its source."""
    labels: tuple[str, ...]
    """The labels of its formulas."""
    quizzes: int
    text: str
    """Its Markdown."""


def load_page(file: Path, site: Site) -> tuple[Page | None, list[SourceError]]:
    """Read a page of the site: its cells, and all that is wrong with its source, formulas included."""
    try:
        read = read_page(file, site)
    except SourceError as error:
        return None, [error]
    return read.page, list(read.problems)


def read_page(file: Path, site: Site) -> ReadPage:
    """Read a page of the site; raises SourceError when its file can't be read at all."""
    source = load_source(file, site.root)
    formulas = MathExtension()
    formulas.expect(source)
    found = find_cells(source, extensions=(*site.extensions, formulas), configs=site.configs)
    problems = (*found.problems, *formulas.problems, *proof_problems(found.page, formulas.labels, source))
    return ReadPage(
        page=found.page,
        problems=problems,
        labels=tuple(formulas.labels),
        quizzes=len(found.quizzes),
        text=source.text,
    )
