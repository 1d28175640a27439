"""The process of one page: it runs the cells in order and tells what each of them shows."""

import builtins
import errno
import faulthandler
import os
import resource
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from msgspec import structs

from workings.outputs import Failure, Provenance
from workings.page import Cell
from workings.running import device, drawing
from workings.running.capture import Capture
from workings.running.deaths import UNHEARD, place_of_stack
from workings.running.frames import Cleared, Done, Ended, Frame, Job, Showed, Started, pack
from workings.running.limits import too_much_memory, too_much_text
from workings.running.reads import Reads
from workings.running.scratch import fault_file, stack_file, temporary_folder
from workings.running.shell import CellShell, no_keyboard
from workings.running.tracebacks import describe

_MESSAGES = 10_000
"""Displays that a cell may send, those included that it takes back or replaces."""
_KILO = 1024


class Wire:
    """The way to the process that waits for the page; forked copies of this process stay silent."""

    def __init__(self, descriptor: int) -> None:
        """Bind what is needed now: cells may replace any function."""
        self._descriptor, self._owner = descriptor, os.getpid()
        self._write, self._who, self._leave = os.write, os.getpid, os._exit

    def send(self, frame: Frame) -> None:
        """Write a whole frame."""
        if self._who() != self._owner:
            return
        data = memoryview(pack(frame))
        try:
            while data:
                data = data[self._write(self._descriptor, data) :]
        except OSError:
            self._leave(UNHEARD)


class Session:
    """One page, from its first cell to its last or to the first that fails unannounced."""

    def __init__(self, job: Job, *, shell: CellShell, wire: Wire) -> None:
        """Prepare the process: folder, streams, device, seeds, figures."""
        self._job, self._shell, self._wire = job, shell, wire
        self._displays = self._messages = 0
        self._overflow = ""
        self._began = time.perf_counter()
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary_folder(job.scratch))
        folder = str(job.page.folder)
        os.chdir(folder)
        sys.path.insert(0, folder)
        self._capture = Capture(wire.send, scratch=job.scratch, limit=job.limits.output, overflowing=self._note_stack)
        shell.send, shell.before_showing = self._show, self._capture.collect
        self._gallery = drawing.Gallery(shell)
        device.bind(job.backend, seed=job.seed)
        _leave_no_wait()
        self._reads = Reads(job.page.root)

    def run(self) -> None:
        """Run the cells, then say that the page is complete."""
        for index, cell in enumerate(self._job.page.cells):
            if cell.skipped or self._job.page.needs(cell) not in (None, self._job.backend):
                continue
            self._wire.send(Started(index=index))
            ended = self._run_cell(cell)
            self._wire.send(ended)
            if ended.failure is not None and not ended.announced:
                break
        self._wire.send(self._done())

    def _run_cell(self, cell: Cell) -> Ended:
        self._displays, self._messages, self._overflow = 0, 0, ""
        self._capture.begin_cell()
        self._gallery.begin_cell()
        began = time.perf_counter()
        error = self._execute(cell)
        self._capture.collect()
        seconds = time.perf_counter() - began
        _stop_watching()
        failure, announced = self._judge(error, cell)
        return Ended(seconds=seconds, memory=_peak(), failure=failure, announced=announced)

    def _execute(self, cell: Cell) -> BaseException | None:
        error = self._shell.run(cell)
        if error is not None:
            return error
        try:
            self._gallery.show_open()
        except Exception as drawing_error:  # noqa: BLE001 - drawing runs code of the cell's figures
            return drawing_error
        return None

    def _judge(self, error: BaseException | None, cell: Cell) -> tuple[Failure | None, bool]:
        if self._capture.overflowed:
            self._overflow = too_much_text(self._job.limits.output)
        if self._overflow:
            place, stack = place_of_stack(self._job.page, self._job.scratch)
            failure = Failure("OutputLimit", self._overflow, place or cell.place, traceback=stack, reason="output")
            return failure, False
        if error is None:
            return (_nothing_raised(cell), False) if cell.must_fail else (None, False)
        failure = describe(error, cell=cell, page=self._job.page)
        if _is_memory(error):
            return _memory_failure(failure, self._job.limits.memory), _announced(error, cell)
        return failure, _announced(error, cell)

    def _note_stack(self) -> None:
        """Leave the stack of the write that passes the limit: whoever stops the page, its line is the same."""
        with stack_file(self._job.scratch).open("a", encoding="utf-8") as file:
            faulthandler.dump_traceback(file, all_threads=False)

    def _show(self, frame: Showed | Cleared) -> None:
        self._messages += 1
        if isinstance(frame, Cleared):
            self._displays = 0
            self._capture.forget()
            os.truncate(stack_file(self._job.scratch), 0)
        else:
            self._displays += not frame.update
            size = sum(len(str(value)) for value in frame.data.values())
            if size > self._job.limits.display:
                self._overflow = f"one display has {size:,} bytes (limit {self._job.limits.display:,})"
            elif self._displays > self._job.limits.displays or self._messages > _MESSAGES:
                self._overflow = f"more than {self._job.limits.displays} displays in one cell"
            if self._overflow:
                return
        self._wire.send(frame)

    def _done(self) -> Done:
        import torch

        provenance = Provenance(
            backend=self._job.backend,
            device=device.device_name(self._job.backend),
            torch=str(torch.__version__),
            python=sys.version.split()[0],
            seed=self._job.seed,
            seconds=time.perf_counter() - self._began,
            memory=_peak(),
            date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        reads = self._reads
        return Done(provenance=provenance, modules=reads.modules(), files=reads.files(), packages=reads.packages())


def run_and_leave(job: Job, *, shell: CellShell, descriptor: int) -> None:
    """Be the process of this page; never returns, and no `atexit`, `__del__` or thread of a cell holds it up."""
    leave: Callable[[int], None] = os._exit
    status = 1
    try:
        _watch_for_crashes(stack_file(job.scratch))
        Session(job, shell=shell, wire=Wire(descriptor)).run()
        status = 0
    except BaseException as error:
        if isinstance(error, OSError) and error.errno == errno.EBADF:
            leave(UNHEARD)  # a cell has closed what the engine had open
        with fault_file(job.scratch).open("w", encoding="utf-8") as report:
            traceback.print_exc(file=report)
        raise
    finally:
        leave(status)


def _watch_for_crashes(path: Path) -> None:
    """On a crash, and when a time-out asks for it by SIGUSR1, write the Python stack to a file."""
    import signal

    stack = path.open("a", encoding="utf-8")
    faulthandler.enable(stack, all_threads=False)
    faulthandler.register(signal.SIGUSR1, stack, all_threads=False)
    os.register_at_fork(after_in_child=faulthandler.disable)  # the stack of a page's own child is not the page's


def _leave_no_wait() -> None:
    """Answer at once where a person would be asked."""
    builtins.input = no_keyboard
    sys.breakpointhook = _no_debugger


def _no_debugger(*_args: object, **_kwargs: object) -> None:
    msg = "breakpoint() needs somebody at the keyboard: run this page in Jupyter or as a script to debug it"
    raise RuntimeError(msg)


def _stop_watching() -> None:
    sys.settrace(None)
    sys.setprofile(None)
    threading.settrace(None)
    threading.setprofile(None)


def _announced(error: BaseException, cell: Cell) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    names |= {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return cell.must_fail and (cell.options.raises is None or cell.options.raises in names)


def _nothing_raised(cell: Cell) -> Failure:
    expected = cell.options.raises or "an exception"
    message = f"this cell was announced to raise {expected}, and it raised nothing: mend the cell, or remove the option"
    return Failure(name="NothingRaised", message=message, place=cell.place, reason="no-failure")


def _is_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def _memory_failure(failure: Failure, limit: int) -> Failure:
    said = failure.message
    message = f"{said} (a page may take {limit / 2**30:.3g} GiB: raise the limit with the setting `memory`)"
    return structs.replace(failure, message=message if said else too_much_memory(limit), reason="memory")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILO
