"""What starts pages on this machine: a fork of a warm process, or a fresh interpreter where that can't be had."""

import os

from workings.running.line import Launcher
from workings.running.processes import cores
from workings.running.spares import Spares
from workings.running.warm import WarmProcess


def launcher(jobs: int) -> Launcher:
    """What starts pages here, of which so many run at once; 0 is one for each core."""
    return WarmProcess() if _can_fork() else Spares(jobs or cores())


def _can_fork() -> bool:
    """Whether a process can be forked and watched over; macOS has the first alone, and libraries that can't bear it."""
    return hasattr(os, "fork") and hasattr(os, "pidfd_open")
