"""The warm process: it has imported what pages need and run no cell of any, and forks a supervisor for each page.

It must have one thread when it forks: another thread's lock, or a pool that was started, hangs the child.
"""

import contextlib
import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

from workings.environment import HUGE_PAGES
from workings.running.forking import serve
from workings.running.frames import Job
from workings.running.huge_pages import move_into_huge_pages
from workings.running.inheritance import inherited
from workings.running.preparation import READY, prepare
from workings.running.processes import WARM, children_of, rename, signal_all
from workings.running.supervisor import adopt_orphans, kill_children

if TYPE_CHECKING:
    from workings.running.shell import CellShell

_LOOK_SECONDS = 0.5
_END_SECONDS = 8.0


def main() -> None:
    """Import everything, then fork what is asked for until the other side is gone."""
    (connection,) = inherited()
    for name in HUGE_PAGES:
        os.environ.pop(name, None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    rename(WARM)
    adopt_orphans()
    shell = prepare()
    move_into_huge_pages()
    connection.send(READY)
    looked = time.monotonic()
    with contextlib.suppress(EOFError):
        while True:
            page = serve(connection, stays=True)
            if page is not None:
                _be_page(*page, shell)
            if time.monotonic() > looked + _LOOK_SECONDS:
                looked = time.monotonic()
                kill_children()  # what a page has left whose supervisor was killed before it could end it
    _end()


def _end() -> None:
    """Wait for supervisors and checkpoints, whose own connections tell them to end; take the shell's folder along."""
    until = time.monotonic() + _END_SECONDS
    while children := set(children_of(os.getpid())):
        kill_children()
        if time.monotonic() > until:
            signal_all(children, signal.SIGKILL)
        time.sleep(0.05)
    shutil.rmtree(os.environ["IPYTHONDIR"], ignore_errors=True)
    os._exit(0)  # what was imported needs no taking down


def _be_page(job: Job, descriptor: int, shell: "CellShell") -> None:
    from workings.running.session import run_and_leave

    run_and_leave(job, shell=shell, descriptor=descriptor)


if __name__ == "__main__":
    main()
