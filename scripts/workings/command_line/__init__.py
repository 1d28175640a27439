"""The command line: `python -m workings COMMAND`; each command is a file of its own."""

import argparse
from collections.abc import Sequence

from workings.command_line import check, diff, run, store
from workings.command_line.terminal import say
from workings.errors import WorkingsError, leaves
from workings.report import plain

_COMMANDS = (run, check, diff, store)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 0 when all is as it should be, 1 when not, 2 when it can't be tried."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except* WorkingsError as errors:
        for error in leaves(errors):
            say(plain(str(error)))
    except* KeyboardInterrupt:
        say("stopped")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m workings", description="Pages whose cells run.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
