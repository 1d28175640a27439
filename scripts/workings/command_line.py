"""The command line: `python -m workings run PAGE...` runs pages without a site and prints what their cells show."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import structs

from workings.engine import Results, run_pages
from workings.errors import SourceError, WorkingsError
from workings.page import Page
from workings.progress import progress
from workings.recorded import keep
from workings.report import count, plain, report
from workings.settings import BACKENDS, Settings
from workings.transcript import transcript
from workings.website.config import Site, load_site, plain_site
from workings.website.sources import load_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 0 when every cell did what it should, 1 when not, 2 when it can't be tried."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except* WorkingsError as errors:
        for error in _leaves(errors):
            _say(plain(str(error)))
    except* KeyboardInterrupt:
        _say("stopped")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workings", description="Pages whose cells run.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run pages and print what their cells show", description=_run.__doc__)
    run.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a .md or .ipynb file")
    run.add_argument("--backend", choices=BACKENDS, help="where torch runs")
    run.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="the limit for a cell")
    run.add_argument("--jobs", type=_jobs, metavar="N", help="pages that run at the same time; one for each core if 0")
    run.add_argument("--record", action="store_true", help="keep what cells show that need this backend, for others")
    run.add_argument("--no-store", action="store_true", help="run every page, and keep no record")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        msg = f"{text} is not a time: give seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return value


def _jobs(text: str) -> int:
    value = int(text)
    if value < 0:
        msg = f"{text} is not a number of pages: give 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def _run(options: argparse.Namespace) -> int:
    """Run pages without a site and print what their cells show; settings come from the mkdocs.yml above them."""
    site = _site(options.pages[0])
    pages = _pages(options.pages, site)
    with progress(_say, len(pages)) as tally:
        results = run_pages(pages, settings=_settings(site.settings, options), watch=tally)
    status = _tell(pages, results)
    return status if not options.record else max(status, _record(pages, results))


def _record(pages: Sequence[Page], results: Results) -> int:
    kept = [cell for page in pages for cell in keep(page, results.records[page.path])]
    for cell in kept:
        _say(f"{cell}: recorded")
    if not kept:
        _say("nothing was recorded: no cell needs the backend of this run and has passed; choose one with --backend")
    return 0 if kept else 1


def _tell(pages: Sequence[Page], results: Results) -> int:
    for page in pages:
        sys.stdout.write(plain_lines(transcript(page, results.records[page.path])))
    sys.stdout.flush()
    wrong = report(pages, results.records)
    for line in (*results.warnings, *wrong, *([count(wrong)] if wrong else [])):
        _say(line)
    return 1 if wrong else 0


def plain_lines(lines: Iterable[str]) -> str:
    """Lines as text that a terminal can show without obeying it."""
    return "".join(f"{plain(line)}\n" for line in lines)


def _site(page: Path) -> Site:
    """The site of the nearest mkdocs.yml at or above the page, else one of defaults around the working directory."""
    here = page.absolute()
    found = (folder / "mkdocs.yml" for folder in here.parents)
    config = next((file for file in found if file.is_file()), None)
    return load_site(config) if config is not None else plain_site(Path.cwd())


def _pages(files: Iterable[Path], site: Site) -> list[Page]:
    """Read the pages; all that is wrong with any of them is raised together."""
    pages: list[Page] = []
    errors: list[SourceError] = []
    for file in dict.fromkeys(file.absolute() for file in files):
        page, problems = load_page(file, site)
        errors += problems
        pages += [page] if page is not None else []
    if errors:
        raise ExceptionGroup("pages can't be read", errors)
    return pages


def _settings(settings: Settings, options: argparse.Namespace) -> Settings:
    """The site's settings, with what the command line says instead."""
    limits = settings.limits
    if options.timeout is not None:
        limits = structs.replace(limits, cell_seconds=options.timeout)
    return structs.replace(
        settings,
        limits=limits,
        backend=options.backend or settings.backend,
        jobs=settings.jobs if options.jobs is None else options.jobs,
        store=None if options.no_store else settings.store,
    )


def _leaves(errors: BaseExceptionGroup[WorkingsError]) -> list[WorkingsError]:
    found: list[WorkingsError] = []
    for error in errors.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
