"""From the messages of a page's process to the record of the page, as if they were a text: nothing else is asked."""

import codecs
from typing import Literal

from workings.outputs import CellRecord, Display, Failure, Output, Stream
from workings.page import Cell, Page
from workings.running.frames import Cleared, Done, Ended, Frame, Showed, Started, Wrote


class CellFold:
    """The outputs of one cell as they come."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self.outputs: list[Output] = []
        self.names: dict[str, list[int]] = {}
        self.ended: Ended | None = None
        self._clear_next = False
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}

    def write(self, name: Literal["stdout", "stderr"], data: bytes, *, cut: int = 0, final: bool = False) -> None:
        """Add text, to the last output if that is the same stream."""
        text = self._decoders[name].decode(data, final)
        if not text and not cut:
            return
        self._begin_output()
        last = self.outputs[-1] if self.outputs else None
        if isinstance(last, Stream) and last.name == name:
            self.outputs[-1] = Stream(name=name, text=last.text + text, cut=last.cut + cut)
        else:
            self.outputs.append(Stream(name=name, text=text, cut=cut))

    def show(self, frame: Showed) -> None:
        """Add a display."""
        self._begin_output()
        if frame.display_id is not None:
            self.names.setdefault(frame.display_id, []).append(len(self.outputs))
        self.outputs.append(Display(data=frame.data, metadata=frame.metadata, result=frame.result))

    def replace(self, frame: Showed) -> None:
        """Give every display of that name its new content."""
        for index in self.names.get(frame.display_id or "", ()):
            old = self.outputs[index]
            result = isinstance(old, Display) and old.result
            self.outputs[index] = Display(data=frame.data, metadata=frame.metadata, result=result)

    def clear(self, *, wait: bool) -> None:
        """Take all back, now or when the next output comes."""
        self._clear_next = wait
        if not wait:
            self.outputs.clear()
            self.names.clear()

    def finish(self) -> None:
        """Say what the decoders still hold: a character that was cut in two."""
        self.write("stdout", b"", final=True)
        self.write("stderr", b"", final=True)

    def copied(self) -> "CellFold":
        """A copy of a cell that has ended: a later cell may replace its displays."""
        copy = CellFold()
        copy.outputs, copy.ended = list(self.outputs), self.ended
        copy.names = {name: list(found) for name, found in self.names.items()}
        return copy

    def _begin_output(self) -> None:
        if self._clear_next:
            self.clear(wait=False)


class PageFold:
    """The cells of one page as their messages come."""

    def __init__(self, page: Page) -> None:
        """Begin before the first cell."""
        self.page = page
        self.cells: dict[int, CellFold] = {}
        self.current: int | None = None
        self.done: Done | None = None
        self.received = {"stdout": 0, "stderr": 0}

    def copied(self) -> "PageFold":
        """The state at the end of a cell."""
        return self.resumed(self.page)

    def resumed(self, page: Page) -> "PageFold":
        """The same state in a page that is the same up to here."""
        fold = PageFold(page)
        fold.cells = {index: cell.copied() for index, cell in self.cells.items()}
        fold.current = self.current
        return fold

    def take(self, frame: Frame) -> None:
        """Let one message change the state."""
        match frame:
            case Started(index=index):
                self._begin(index)
            case Done():
                self._complete(frame)
            case Wrote(name=name, data=data, cut=cut):
                self.received[name] += len(data) + cut
                self._cell.write(name, data, cut=cut)
            case Showed(update=True):
                for cell in self.cells.values():
                    cell.replace(frame)
            case Showed():
                self._cell.show(frame)
            case Cleared(wait=wait):
                self._cell.clear(wait=wait)
            case Ended():
                self._cell.finish()
                self._cell.ended = frame

    def _begin(self, index: int) -> None:
        if not (-1 if self.current is None else self.current) < index < len(self.page.cells):
            msg = f"cell {index} can't begin now"
            raise ValueError(msg)
        self.current = index
        self.cells[index] = CellFold()

    def _complete(self, frame: Done) -> None:
        here = frame.provenance.backend
        wanted = {n for n, cell in enumerate(self.page.cells) if not cell.skipped and not self._elsewhere(cell, here)}
        if self.running is not None or not (self.failed or wanted <= set(self.cells)):
            msg = "the page can't be complete yet"
            raise ValueError(msg)
        self.done = frame

    @property
    def _cell(self) -> CellFold:
        return self.cells.setdefault(self.current or 0, CellFold())

    @property
    def running(self) -> int | None:
        """The index of the cell that has started and not ended."""
        if self.current is None or self.cells[self.current].ended is not None:
            return None
        return self.current

    @property
    def failed(self) -> bool:
        """Whether a cell has ended with a failure that was not announced."""
        ends = (cell.ended for cell in self.cells.values())
        return any(end is not None and end.failure is not None and not end.announced for end in ends)

    def fail(self, failure: Failure, *, seconds: float) -> None:
        """End the cell that was running, or the page before its next cell, with a failure that no message told."""
        index = self.running
        if index is None:
            index = min(0 if self.current is None else self.current + 1, len(self.page.cells) - 1)
        self.current = index
        cell = self.cells.setdefault(index, CellFold())
        cell.finish()
        cell.ended = Ended(seconds=seconds, memory=0, failure=failure)

    def records(self, *, backend: str) -> tuple[CellRecord, ...]:
        """The cells' records, those that did not run included."""
        found = [
            _record(self.cells.get(index), cell, self._elsewhere(cell, backend))
            for index, cell in enumerate(self.page.cells)
        ]
        cells = zip(self.page.cells, found, strict=True)
        failed = (cell.known_as for cell, record in cells if record is not None and record.outcome == "failed")
        who = next(failed, None)
        why = "the page ended before it" if who is None else f"cell {who} failed before it"
        return tuple(record or CellRecord(outcome="not-run", why=why) for record in found)

    def so_far(self, *, backend: str) -> tuple[CellRecord, ...]:
        """The cells' records while the page goes on."""
        return tuple(
            _record(self.cells.get(index), cell, self._elsewhere(cell, backend))
            or (_unfinished(self.cells[index]) if index == self.running else CellRecord(outcome="waiting"))
            for index, cell in enumerate(self.page.cells)
        )

    def _elsewhere(self, cell: Cell, backend: str) -> str:
        """The backend that the cell needs, if it is another one."""
        needed = self.page.needs(cell)
        return needed if needed is not None and needed != backend else ""


def _record(fold: CellFold | None, cell: Cell, elsewhere: str) -> CellRecord | None:
    """The record of a cell, or None when the page ended before it."""
    if cell.skipped:
        return CellRecord(outcome="skipped", why=cell.options.reason or "")
    if elsewhere:
        return CellRecord(outcome="not-run", why=f"it needs the backend {elsewhere}")
    if fold is None or fold.ended is None:
        return None
    ended = fold.ended
    failure = () if ended.failure is None else (ended.failure,)
    return CellRecord(
        outcome="passed" if ended.failure is None or ended.announced else "failed",
        outputs=(*fold.outputs, *failure),
        seconds=ended.seconds,
        memory=ended.memory,
        values=ended.values,
    )


def _unfinished(fold: CellFold) -> CellRecord:
    """The record of the cell that is running."""
    return CellRecord(outcome="running", outputs=tuple(fold.outputs))
