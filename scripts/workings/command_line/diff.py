"""`python -m workings diff A B`: compares what two runs showed."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workings.claims import changes, told_changes
from workings.report import plain_lines
from workings.saved import load_saved

if TYPE_CHECKING:
    from workings.command_line.terminal import Commands


def add(commands: "Commands") -> None:
    """Add the command."""
    diff = commands.add_parser("diff", help="say which claims differ between two runs", description=_diff.__doc__)
    diff.set_defaults(do=_diff)
    diff.add_argument("was", type=Path, metavar="A", help="a folder that `run --save` has written")
    diff.add_argument("now", type=Path, metavar="B", help="another one")


def _diff(options: argparse.Namespace) -> int:
    """Compare what two runs showed, and print which cells show something else; 1 if any does, 0 if none."""
    was, now = load_saved(options.was), load_saved(options.now)
    found = changes(was, now)
    sys.stdout.write(plain_lines(told_changes(found, was, now)))
    return 1 if found.changes else 0
