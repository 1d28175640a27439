"""What a limit of the system's is to a cell: an exception, which says nothing of the limit nor of its setting."""

import errno
import signal
import sys

from msgspec import structs

from workings.outputs import Failure, Reason
from workings.running.limits import too_large_file, too_much_memory
from workings.settings import Limits

_WORKERS = frozenset({"BrokenProcessPool", "ProcessExitedException"})
_SPAWN = (
    "a process that was started with `spawn` knows nothing that a cell defines: use the context `fork`, "
    "or put it into a module beside the page"
)


class FileLimit:
    """Notes that the system did not let a file grow: what torch and NumPy raise then is of all kinds."""

    def __init__(self) -> None:
        """Hear of it from now on."""
        self.passed = False
        if hasattr(signal, "SIGXFSZ"):
            signal.signal(signal.SIGXFSZ, self._note)

    def begin_cell(self) -> None:
        """Start a cell: it has happened in none before."""
        self.passed = False

    def _note(self, _number: int, _frame: object) -> None:
        self.passed = True


def explained(failure: Failure, error: BaseException, *, limits: Limits, files: FileLimit) -> Failure:
    """The failure, with the limit that was passed if it was one."""
    if isinstance(error, MemoryError) or "can't allocate memory" in failure.message:
        return _because(failure, too_much_memory(limits.memory), "memory")
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return _because(failure, too_large_file(limits), "file-size")
    if files.passed and isinstance(error, OSError | RuntimeError):
        return _because(failure, too_large_file(limits), "file-size")
    return _advised(failure, error)


def _advised(failure: Failure, error: BaseException) -> Failure:
    """The failure, with what to do, where torch and Python leave that out."""
    names = {kind.__name__ for kind in type(error).__mro__}
    text = failure.message
    if "InvalidCxxCompiler" in text:
        return _because(failure, "torch.compile needs a C++ compiler: install g++, or name one in CXX")
    if "multiprocessing.popen_spawn_posix" in sys.modules and (names & _WORKERS or "exited unexpectedly" in text):
        return _because(failure, _SPAWN)
    return failure


def _because(failure: Failure, why: str, reason: Reason = "exception") -> Failure:
    said = failure.message.strip().partition("\n")[0] if reason == "exception" else failure.message
    return structs.replace(failure, message=f"{said} ({why})" if said else why, reason=reason)
