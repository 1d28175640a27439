"""Starting a fresh interpreter that has sockets of ours: the one room that knows how a system hands them over.

Where there are file descriptors, the child inherits them, and their numbers are its arguments. Windows has a message
for each socket that only the process it is made for can use; it goes to the child's standard input.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

_END = b"\0"


def start(
    module: str, sockets: Sequence[socket.socket], *, environment: Mapping[str, str], said: IO[bytes] | None = None
) -> "subprocess.Popen[bytes]":
    """Run a module of the engine in a session of its own, with these sockets; what it writes goes to `said`."""
    options = ["-P", "-m", module]
    if sys.platform == "win32":
        return _start_sharing(options, sockets, environment=environment, said=said)
    numbers = [each.fileno() for each in sockets]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, *options, *map(str, numbers)],
        pass_fds=numbers,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        start_new_session=True,
    )


def inherited() -> list[socket.socket]:
    """The sockets that this process was started with."""
    if sys.platform == "win32":
        return [socket.fromshare(bytes.fromhex(line)) for line in sys.stdin]
    return [socket.socket(fileno=int(number)) for number in sys.argv[1:]]


def tell(line: socket.socket, scratch: str) -> None:
    """Send the name of a page's scratch folder."""
    line.sendall(os.fsencode(scratch) + _END)


def hear(line: socket.socket) -> str:
    """Wait for the name of a page's scratch folder, and read no further; "" when nobody is left to send one."""
    name = b""
    while not name.endswith(_END):
        try:
            byte = line.recv(1)
        except OSError:
            byte = b""
        if not byte:
            return ""
        name += byte
    return os.fsdecode(name.removesuffix(_END))


if sys.platform == "win32":

    def _start_sharing(
        options: list[str],
        sockets: Sequence[socket.socket],
        *,
        environment: Mapping[str, str],
        said: IO[bytes] | None,
    ) -> "subprocess.Popen[bytes]":
        """Start the interpreter itself: that of a virtual environment starts another one, which has another number."""
        process = subprocess.Popen(  # noqa: S603
            [getattr(sys, "_base_executable", sys.executable), *options],  # as multiprocessing does
            env={**environment, "__PYVENV_LAUNCHER__": sys.executable},
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
        assert process.stdin is not None  # noqa: S101
        with process.stdin as line:
            line.writelines(each.share(process.pid).hex().encode() + b"\n" for each in sockets)
        return process
