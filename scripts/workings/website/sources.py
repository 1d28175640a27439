"""A page of a site by itself, for those who do not build the site: the tests and the command line."""

from pathlib import Path

from workings.errors import SourceError
from workings.math_extension import MathExtension
from workings.page import Page
from workings.proofs import proof_problems
from workings.reading import find_cells, load_source
from workings.website.config import Site


def load_page(file: Path, site: Site) -> tuple[Page | None, list[SourceError]]:
    """Read a page of the site: its cells, and all that is wrong with its source, formulas included."""
    try:
        source = load_source(file, site.root)
    except SourceError as error:
        return None, [error]
    formulas = MathExtension()
    formulas.expect(source)
    found = find_cells(source, extensions=(*site.extensions, formulas), configs=site.configs)
    problems = [*found.problems, *formulas.problems, *proof_problems(found.page, formulas.labels, source)]
    return found.page, problems
