"""`python -m workings run [PAGE...]`: runs pages without a site."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from workings.command_line.pages import add_pages, chosen, read_pages
from workings.command_line.terminal import count, say, seconds
from workings.engine import Results, run_pages
from workings.page import Page
from workings.progress import progress
from workings.recorded import keep
from workings.report import count as count_of
from workings.report import plain_lines, report
from workings.saved import refuse_to_overwrite, save
from workings.settings import BACKENDS, DTYPES, Settings
from workings.transcript import transcript

if TYPE_CHECKING:
    from workings.command_line.terminal import Commands


def add(commands: "Commands") -> None:
    """Add the command."""
    run = commands.add_parser("run", help="run pages and print what their cells show", description=_run.__doc__)
    run.set_defaults(do=_run)
    add_pages(run)
    run.add_argument("--backend", choices=BACKENDS, help="where torch runs")
    run.add_argument("--seed", type=count, metavar="N", help="where random numbers begin")
    run.add_argument("--dtype", choices=DTYPES, help="torch's default type of numbers")
    run.add_argument("--timeout", type=seconds, metavar="SECONDS", help="the limit for a cell")
    run.add_argument("--jobs", type=count, metavar="N", help="pages that run at the same time; one for each core if 0")
    run.add_argument("--record", action="store_true", help="keep what cells show that need this backend, for others")
    run.add_argument("--save", type=Path, metavar="FOLDER", help="keep what cells show there, to compare it by `diff`")
    run.add_argument("--no-store", action="store_true", help="run every page, and keep no record")


def _run(options: argparse.Namespace) -> int:
    """Run pages without a site and print what their cells show; settings come from the mkdocs.yml above them."""
    if options.save is not None:
        refuse_to_overwrite(options.save)
    site, files = chosen(options)
    pages = read_pages(files, site)
    settings = _settings(site.settings, options)
    with progress(say, len(pages)) as tally:
        results = run_pages(pages, settings=settings, watch=tally)
    status = _tell(pages, results, quiet=options.save is not None)
    if options.save is not None:
        save(options.save, pages, results.records, dtype=settings.dtype)
        say(f"{options.save}: what {len(pages)} pages show is kept here")
    return status if not options.record else max(status, _record(pages, results))


def _record(pages: Sequence[Page], results: Results) -> int:
    kept = [cell for page in pages for cell in keep(page, results.records[page.path])]
    for cell in kept:
        say(f"{cell}: recorded")
    if not kept:
        say("nothing was recorded: no cell needs the backend of this run and has passed; choose one with --backend")
    return 0 if kept else 1


def _tell(pages: Sequence[Page], results: Results, *, quiet: bool) -> int:
    for page in () if quiet else pages:
        sys.stdout.write(plain_lines(transcript(page, results.records[page.path])))
    sys.stdout.flush()
    wrong = report(pages, results.records)
    for line in (*results.warnings, *wrong, *([count_of(wrong)] if wrong else [])):
        say(line)
    return 1 if wrong else 0


def _settings(settings: Settings, options: argparse.Namespace) -> Settings:
    """The site's settings, with what the command line says instead."""
    said = {name: getattr(options, name) for name in ("backend", "jobs", "seed", "dtype")}
    chosen = {name: value for name, value in said.items() if value is not None}
    limits = settings.limits
    if options.timeout is not None:
        limits = structs.replace(limits, cell_seconds=options.timeout)
    store = None if options.no_store else settings.store
    return structs.replace(settings, limits=limits, store=store, **chosen)
