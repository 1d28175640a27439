"""What a process imports and makes before it has a page, so that no page waits for it."""

import gc
import sys
import warnings
from importlib import import_module
from typing import IO, TYPE_CHECKING

from workings.running.device import device_name, has_only_processor
from workings.running.imports import loaded
from workings.running.processes import libc

if TYPE_CHECKING:
    from workings.running.shell import CellShell

READY = b"ready"
"""Said by a process that is prepared to the one that waits for pages."""
STARTS = 4
"""How often such a process may be started before the fault must be the machine's."""
START_SECONDS = 180.0
_FIRST_CELL = """
def first():
    import torch
    torch.manual_seed(0)
    some = torch.randn(2, 2)
    torch.testing.assert_close(some @ some, some @ some)
    return repr(some), f"{some.sum():.2f}"

first()
del first
"""
"""What most pages do, which takes 6 ms the first time and 2 ms then; a page sets the seeds anew, and finds no name."""


def last_line(errors: IO[bytes]) -> str:
    """The last that such a process said of what went wrong."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().split("\n")
    return lines[-1] or "nothing"


def prepare() -> "CellShell":
    """Import, make and use the shell, draw one figure; no child copies or writes out what it shares.

    It does not collect before: what is imported stays, and to look for the little that does not takes a third of
    the time.
    """
    gc.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        import torch._dynamo  # the first optimiser of a process imports it: a second for every page without this
        import torch._subclasses.schema_check_mode  # the first tensor that is shown does: 2 ms

        from workings.running import drawing, shell
    import_module("workings.running.session")
    made = shell.make_shell()
    torch.set_num_threads(1)
    shell.use(made, _FIRST_CELL if has_only_processor() else "pass")
    drawing.prepare()
    _optimise_nothing()
    device_name("cpu")  # known from now on: the system makes that text anew each time
    loaded()
    _write_out()
    gc.freeze()
    gc.collect()  # of what Python keeps to use again, which each page would give back, and copy: 440 pages of memory
    gc.enable()
    return made


def _optimise_nothing() -> None:
    """Have torch import what it imports only when an optimiser takes its first step."""
    import torch

    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.empty(0))])
    optimiser.zero_grad()
    optimiser.step()


def _write_out() -> None:
    """Write out what imports have said, in Python and in C: a page would do it, and show it as its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform != "win32":
        libc().fflush(None)
