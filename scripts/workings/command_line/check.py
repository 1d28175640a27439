"""`python -m workings check [PAGE...]`: what of the site is verified, and what is not."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workings.command_line.pages import add_pages, chosen
from workings.command_line.terminal import say
from workings.coverage import coverage, table
from workings.engine import Running, Watch
from workings.errors import SourceError
from workings.page import Page
from workings.progress import progress
from workings.report import plain_lines
from workings.verification import judge_pages
from workings.website.config import Site
from workings.website.sources import ReadPage, read_page

if TYPE_CHECKING:
    from workings.command_line.terminal import Commands


def add(commands: "Commands") -> None:
    """Add the command."""
    check = commands.add_parser("check", help="say what of the site is verified", description=_check.__doc__)
    check.set_defaults(do=_check)
    add_pages(check)


def _check(options: argparse.Namespace) -> int:
    """Run what has not run yet, and print how much of the site is verified; 1 if anything is not, with its line."""
    site, files = chosen(options)
    pages = [_read(file, site) for file in files]
    with progress(say, len(pages)) as tally, Running(settings=site.settings, watch=_of(pages, tally)) as running:
        wrong, checked = judge_pages(pages, site, running)
    rows = coverage(checked)
    sys.stdout.write(plain_lines(table(rows)))
    for line in wrong:
        say(line)
    return 0 if not wrong and all(row.whole for row in rows) else 1


def _read(file: Path, site: Site) -> ReadPage:
    """A page; of one that can't be read at all, what is wrong with it."""
    try:
        return read_page(file, site)
    except SourceError as error:
        page = Page(path=error.place.path, root=site.root)
        return ReadPage(page=page, problems=(error,), labels=(), quizzes=0, text="")


def _of(pages: Sequence[ReadPage], tell: Watch) -> Watch:
    """Tell of what happens to these pages, and not of the copies of their cells."""
    paths = {read.page.path for read in pages}
    return lambda event: tell(event) if event.page in paths else None
