"""The command line: `python -m workings run PAGE...` runs pages without a site, `store verify` reads what is kept."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import structs

from workings.engine import Results, run_pages
from workings.errors import SourceError, WorkingsError, leaves
from workings.page import Page
from workings.progress import progress
from workings.recorded import keep
from workings.report import count, plain, plain_lines, report
from workings.settings import BACKENDS, Settings
from workings.store import Store
from workings.transcript import transcript
from workings.website.config import Site, load_site, plain_site
from workings.website.sources import load_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 0 when every cell did what it should, 1 when not, 2 when it can't be tried."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except* WorkingsError as errors:
        for error in leaves(errors):
            _say(plain(str(error)))
    except* KeyboardInterrupt:
        _say("stopped")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workings", description="Pages whose cells run.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run pages and print what their cells show", description=_run.__doc__)
    run.set_defaults(do=_run)
    run.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a .md or .ipynb file")
    run.add_argument("--backend", choices=BACKENDS, help="where torch runs")
    run.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="the limit for a cell")
    run.add_argument("--jobs", type=_jobs, metavar="N", help="pages that run at the same time; one for each core if 0")
    run.add_argument("--record", action="store_true", help="keep what cells show that need this backend, for others")
    run.add_argument("--no-store", action="store_true", help="run every page, and keep no record")
    store = commands.add_parser("store", help="look after the records that are kept")
    verify = store.add_subparsers(required=True, metavar="COMMAND").add_parser("verify", description=_verify.__doc__)
    verify.set_defaults(do=_verify)
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


def _verify(_options: argparse.Namespace) -> int:
    """Read every file of the store of the mkdocs.yml here or above, change none, and say what is wrong with any."""
    settings = _site(Path("mkdocs.yml")).settings
    if settings.store is None:
        _say("this site keeps no records: its store is switched off")
        return 0
    verdicts = list(Store(settings.store, limit=settings.store_bytes).verify())
    faults = [verdict for verdict in verdicts if verdict.fault]
    for verdict in faults:
        _say(plain(f"{verdict.path}: {verdict.fault}"))
    _say(plain(f"{settings.store}: {len(verdicts)} files, {len(faults)} damaged"))
    return 1 if faults else 0


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


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
