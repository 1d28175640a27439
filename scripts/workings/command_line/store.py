"""`python -m workings store verify`: reads what is kept."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workings.command_line.pages import site_at
from workings.command_line.terminal import say
from workings.report import plain
from workings.store import Store

if TYPE_CHECKING:
    from workings.command_line.terminal import Commands


def add(commands: "Commands") -> None:
    """Add the command."""
    store = commands.add_parser("store", help="look after the records that are kept")
    verify = store.add_subparsers(required=True, metavar="COMMAND").add_parser("verify", description=_verify.__doc__)
    verify.set_defaults(do=_verify)


def _verify(_options: argparse.Namespace) -> int:
    """Read every file of the store of the mkdocs.yml here or above, change none, and say what is wrong with any."""
    settings = site_at(Path("mkdocs.yml")).settings
    if settings.store is None:
        say("this site keeps no records: its store is switched off")
        return 0
    verdicts = list(Store(settings.store, limit=settings.store_bytes).verify())
    faults = [verdict for verdict in verdicts if verdict.fault]
    for verdict in faults:
        say(plain(f"{verdict.path}: {verdict.fault}"))
    say(plain(f"{settings.store}: {len(verdicts)} files, {len(faults)} damaged"))
    return 1 if faults else 0
