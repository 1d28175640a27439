"""Files that others may cut, garble, replace or delete at any moment: read with suspicion, written in one step."""

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path

TEMPORARY = ".tmp-"
"""How the name of a half-written file begins."""


class DamagedError(Exception):
    """A file of the store is not what it should be; the text says what is wrong with it."""

    def __init__(self, fault: str, *, path: Path | None = None) -> None:
        """Take the fault, and the file that has it when it is not the one that was asked for."""
        super().__init__(fault)
        self.path = path


def read_regular(path: Path, *, limit: int) -> bytes:
    """The content of a file that is a regular file, reached by no link and no larger than the limit.

    Never waits, whatever stands there: a pipe is opened without blocking and then refused.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        file = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise DamagedError("it is no regular file") from None
        raise
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedError("it is no regular file")
        if status.st_size > limit:
            raise DamagedError(f"it has {status.st_size} bytes, more than any file of a store")
        with open(file, "rb", closefd=False) as stream:
            return stream.read(limit)
    finally:
        os.close(file)


def write_whole(path: Path, data: bytes, *, stamp: int) -> None:
    """Write a file in one step, for its owner alone: others see the old one, then the new one, never a part.

    `stamp` is the time of its last use, in nanoseconds.
    """
    file, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with open(file, "wb") as stream:  # noqa: PTH123  a descriptor is opened, not a path
            stream.write(data)
        os.chmod(name, 0o600)  # noqa: PTH101  mkstemp's mode is cut by the umask, which may take the owner's bits
        os.utime(name, ns=(stamp, stamp))
        os.replace(name, path)  # noqa: PTH105  a name from mkstemp, not a Path
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108  as above
        raise


def make_private(folder: Path) -> None:
    """Make sure of a folder for its owner alone, in place of anything else of that name."""
    try:
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
    except FileExistsError:
        if not is_folder(folder):
            folder.unlink()
            make_private(folder)


def is_folder(path: Path) -> bool:
    """Whether a folder stands there, reached by no link."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def remove(path: Path) -> bool:
    """Remove whatever has that name, and say whether it is gone."""
    with contextlib.suppress(OSError):
        if is_folder(path):
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        return True
    return False


def touch(path: Path, *, stamp: int) -> None:
    """Note a use; a file that has gone, or a disk that takes no writes, is no one's loss."""
    with contextlib.suppress(OSError):
        os.utime(path, ns=(stamp, stamp))
