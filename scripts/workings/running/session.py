"""The process of one page: it runs the cells in order and tells what each of them shows."""

import errno
import faulthandler
import gc
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial

from workings.outputs import Failure, Provenance
from workings.page import Cell
from workings.running import device, drawing
from workings.running.capture import Capture
from workings.running.checkpoints import Boundary, Resumed, suspend
from workings.running.copies import Copies, unclean
from workings.running.deaths import UNHEARD, leave_stack, place_of_stack, watch_for_crashes
from workings.running.displays import Displays
from workings.running.forks import Forks, end_daemons
from workings.running.frames import Cleared, Done, Ended, Job, Showed, Started, Suspended
from workings.running.keyboard import leave_no_wait, take_debuggers_out
from workings.running.limits import too_many_processes, too_much_text
from workings.running.processes import peak
from workings.running.reads import Reads
from workings.running.refusals import FileLimit, explained
from workings.running.scratch import contents, fault_file, stack_file
from workings.running.shell import CellShell
from workings.running.tracebacks import describe
from workings.running.trials import try_exercise
from workings.running.values import values_of
from workings.running.verdict import announced, nothing_raised
from workings.running.wire import Wire


class Session:
    """One page, from its first cell to its last or to the first that fails unannounced."""

    def __init__(self, job: Job, *, shell: CellShell, wire: Wire) -> None:
        """Prepare the process: folder, streams, device, seeds, figures."""
        self._job, self._shell, self._wire = job, shell, wire
        self._displays = Displays(job.limits)
        self._overflow = ""
        self._began = time.perf_counter() - job.spent
        os.environ["TMPDIR"] = tempfile.tempdir = job.temporary
        folder = str(job.page.folder)
        os.chdir(folder)
        sys.path.insert(0, folder)
        self._capture = Capture(wire.send, scratch=job.scratch, limit=job.limits.output, overflowing=self._note_stack)
        shell.send, shell.before_showing = self._show, self._capture.collect
        self._gallery = drawing.Gallery(shell, pixels=job.limits.pixels, refuse=self._refuse)
        device.bind(job.backend, seed=job.seed, dtype=job.dtype)
        leave_no_wait()
        self._reads = Reads(job.page.root, scratch=job.scratch)
        self._forks = Forks(limit=job.limits.processes, refusing=self._note_stack)
        self._files = FileLimit()
        self._boundary = Boundary() if job.checkpoints else None

    def run(self) -> None:
        """Run the cells, then say that the page is complete."""
        if self._job.page.independent:
            self._run_apart()
        else:
            self._run_in_turn()
        self._wire.send(self._done())

    def _run_in_turn(self) -> None:
        """Run one cell after the other; a copy of this process that is told to goes on from its own cell."""
        index = 0
        while index < len(self._job.page.cells) and self._passes(index):
            index += 1
            self._suspend(index)

    def _run_apart(self) -> None:
        """Run each cell in a copy of this process, which has run none, and the last in this."""
        self._capture.rest()
        copies, (*others, last) = Copies(self._job.temporary), range(len(self._job.page.cells))
        for index in others:
            if not copies.run(partial(self._run_first, index)):
                self._wire.send(Ended(seconds=0.0, memory=0, failure=unclean(self._job.page.cells[index])))
        self._run_first(last)

    def _run_first(self, index: int) -> None:
        """Run a cell as the first of this process."""
        self._wire.adopt()
        self._capture.adopt()
        self._passes(index)

    def _passes(self, index: int) -> bool:
        """Run a cell; whether the page goes on."""
        cell = self._job.page.cells[index]
        if cell.skipped or self._job.page.needs(cell) not in (None, self._job.backend):
            return True
        self._wire.send(Started(index=index))
        ended = self._run_cell(cell)
        self._wire.send(ended)
        return ended.failure is None or ended.announced

    def _suspend(self, index: int) -> None:
        """Leave a copy of this process before that cell; in a page that it forks, go on with that page's job."""
        if self._boundary is None or not self._boundary.is_clear():
            return
        self._reads.hear()
        temporary = contents(self._job.temporary)
        made = suspend()
        if isinstance(made, Resumed):
            self._resume(made.job, made.descriptor)
            return
        self._boundary.note(made.pid)
        reads = self._reads
        modules, files, packages = reads.modules(), reads.files(), reads.packages()
        frame = Suspended(
            index=index, pid=made.pid, modules=modules, files=files, packages=packages, temporary=temporary
        )
        with made.connection as connection:
            self._wire.send(frame, descriptor=connection.fileno())

    def _resume(self, job: Job, descriptor: int) -> None:
        """Bind this process, which has the state of an earlier run, to a new one."""
        self._job, self._wire = job, Wire(descriptor)
        self._began = time.perf_counter() - job.spent
        watch_for_crashes(job.scratch)
        self._capture.move(self._wire.send, scratch=job.scratch)
        self._reads.move(job.scratch)
        self._boundary = Boundary() if job.checkpoints else None

    def _run_cell(self, cell: Cell) -> Ended:
        self._overflow = ""
        self._displays.begin_cell()
        self._capture.begin_cell()
        self._gallery.begin_cell()
        self._forks.begin_cell()
        self._files.begin_cell()
        began = time.perf_counter()
        failure, expected = self._outcome(cell)
        values: tuple[str, ...] = ()
        if failure is None or expected:
            values, fault = values_of(cell, page=self._job.page, shell=self._shell)
            failure, expected = (fault, False) if fault is not None else (failure, expected)
        self._capture.collect()
        seconds = time.perf_counter() - began
        take_debuggers_out()
        return Ended(seconds=seconds, memory=peak(), failure=failure, announced=expected, values=values)

    def _outcome(self, cell: Cell) -> tuple[Failure | None, bool]:
        """Run a cell, or try it where it is only an answer; how it failed, and whether its author said so."""
        failure, expected = (None, False) if cell.runs_apart else self._judge(self._execute(cell), cell)
        if failure is None and cell.options.role is not None:
            failure = try_exercise(cell, job=self._job, shell=self._shell)
        return failure, expected

    def _execute(self, cell: Cell) -> BaseException | None:
        error = self._shell.run(cell)
        if error is not None:
            return self._shell.passed_over or error
        try:
            self._gallery.show_open()
        except Exception as drawing_error:  # noqa: BLE001 - drawing runs code of the cell's figures
            return drawing_error
        return self._shell.passed_over

    def _judge(self, error: BaseException | None, cell: Cell) -> tuple[Failure | None, bool]:
        self._capture.collect()
        if self._capture.overflowed:
            self._overflow = too_much_text(self._job.limits.output)
        if self._overflow or self._forks.refused:
            return self._refusal(cell), False
        if error is None:
            return (nothing_raised(cell), False) if cell.must_fail else (None, False)
        failure = describe(error, cell=cell, page=self._job.page)
        return explained(failure, error, limits=self._job.limits, files=self._files), announced(error, cell)

    def _refusal(self, cell: Cell) -> Failure:
        """The failure of a cell that was not let show, or start, all that it wanted."""
        place, stack = place_of_stack(self._job.page, self._job.scratch)
        where = place or cell.place
        if self._overflow:
            return Failure("OutputLimit", self._overflow, where, traceback=stack, reason="output")
        said = too_many_processes(self._job.limits.processes)
        return Failure("ProcessLimit", said, where, traceback=stack, reason="processes")

    def _refuse(self, why: str) -> None:
        """Leave out what the cell is showing: it is too large, or too much."""
        if not self._overflow:
            self._note_stack()
            self._overflow = why

    def _note_stack(self) -> None:
        """Leave the stack of the write that passes the limit: whoever stops the page, its line is the same."""
        leave_stack(self._job.scratch)

    def _show(self, frame: Showed | Cleared) -> None:
        if isinstance(frame, Cleared):
            self._displays.forget()
            self._capture.forget()
            os.truncate(stack_file(self._job.scratch), 0)
        else:
            why = self._displays.refusal(frame)
            if why:
                self._refuse(why)
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
            memory=peak(),
            date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        reads = self._reads
        read, packages = reads.files(), reads.packages()
        return Done(
            provenance=provenance, modules=reads.modules(), files=read, packages=packages, written=reads.written()
        )


def run_and_leave(job: Job, *, shell: CellShell, descriptor: int) -> None:
    """Be the process of this page; never returns, and no `atexit`, `__del__` or thread of a cell holds it up."""
    leave: Callable[[int], None] = os._exit
    status = 1
    try:
        gc.collect()  # else its counts are those of the process that it was forked from, which has had other pages
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=faulthandler.disable)  # the stack of its child is not the page's
        watch_for_crashes(job.scratch)
        Session(job, shell=shell, wire=Wire(descriptor)).run()
        end_daemons()
        status = 0
    except BaseException as error:
        if isinstance(error, OSError) and error.errno == errno.EBADF:
            leave(UNHEARD)  # a cell has closed what the engine had open
        with fault_file(job.scratch).open("w", encoding="utf-8") as report:
            traceback.print_exc(file=report)
        raise
    finally:
        leave(status)
