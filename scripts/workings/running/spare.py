"""A fresh interpreter that has prepared itself for one page, and becomes that page's process."""

import os
import signal

from workings.running.frames import job_decoder
from workings.running.inheritance import hear, inherited
from workings.running.isolation import isolate
from workings.running.preparation import READY, prepare
from workings.running.scratch import job_file


def main() -> None:
    """Prepare, say so, wait for a page, and run it."""
    (line,) = inherited()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shell = prepare()
    line.sendall(READY)
    scratch = hear(line)
    if not scratch:
        os._exit(0)
    from workings.running.session import run_and_leave

    job = job_decoder.decode(job_file(scratch).read_bytes())
    run_and_leave(job, shell=shell, descriptor=isolate(job, line.detach()))


if __name__ == "__main__":
    main()
