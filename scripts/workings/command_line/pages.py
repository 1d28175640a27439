"""The site that a command is about, and its pages."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from workings.errors import SettingsError, SourceError
from workings.page import Page
from workings.website.config import Site, load_site, plain_site
from workings.website.sources import load_page


def site_at(page: Path) -> Site:
    """The site of the nearest mkdocs.yml at or above the page, else one of defaults around the working directory."""
    here = page.absolute()
    found = (folder / "mkdocs.yml" for folder in here.parents)
    config = next((file for file in found if file.is_file()), None)
    return load_site(config) if config is not None else plain_site(Path.cwd())


def add_pages(command: argparse.ArgumentParser) -> None:
    """Have a command take pages."""
    command.add_argument(
        "pages", nargs="*", type=Path, metavar="PAGE", help="a .md or .ipynb file; all of the site if none"
    )


def chosen(options: argparse.Namespace) -> tuple[Site, list[Path]]:
    """The site, and the files of the pages that were named, each once; all of the site if none was.

    Raises SettingsError when there are none.
    """
    site = site_at(options.pages[0] if options.pages else Path("mkdocs.yml"))
    files = list(dict.fromkeys(file.absolute() for file in options.pages or site.pages))
    if not files:
        raise SettingsError("there is no mkdocs.yml here or above with pages: name a PAGE")
    return site, files


def read_pages(files: Iterable[Path], site: Site) -> list[Page]:
    """Read the pages; all that is wrong with any of them is raised together."""
    pages: list[Page] = []
    errors: list[SourceError] = []
    for file in files:
        page, problems = load_page(file, site)
        errors += problems
        pages += [page] if page is not None else []
    if errors:
        raise ExceptionGroup("pages can't be read", errors)
    return pages
