"""The processes that fork pages leave nothing dead in the system's table."""

import subprocess
import sys

IDLE = """
import os, socket, sys
from workings.running.forking import _further

child = os.fork()
if child == 0:
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and is in the table
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
socket.send_fds(ours, [b"scratch"], [0, 1])
print(next(_further(theirs)).scratch)
try:
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
except ChildProcessError:
    print("reaped")
"""


def test_an_idle_supervisor_reaps_what_ended_before_it_was_idle() -> None:
    """A checkpoint that dies just before its supervisor begins to ignore the ends of children is no zombie for long."""
    done = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("scratch\nreaped\n", 0), done.stderr
