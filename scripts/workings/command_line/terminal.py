"""What all commands say and are told: lines on stderr, and the kinds of their arguments."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name


def say(text: str) -> None:
    """Say a line of what is not the command's result."""
    sys.stderr.write(f"{text}\n")


def seconds(text: str) -> float:
    """A time."""
    value = float(text)
    if not 0 < value < float("inf"):
        msg = f"{text} is not a time: give seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return value


def count(text: str) -> int:
    """A whole number that is not negative."""
    value = int(text)
    if value < 0:
        msg = f"{text} is not such a number: give 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return value
