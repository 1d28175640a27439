"""What a soak has seen, as tables: each kind of action, what readers were answered, what was taken, what was broken."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from .soak_watch import MIB, Growth, Sample


class Done(Struct, frozen=True):
    """One action that was done."""

    number: int
    kind: str
    seconds: float
    fault: str = ""


class Report:
    """What was done, and what was wrong."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.done: list[Done] = []
        self.faults: list[str] = []
        self.samples: Sequence[Sample] = ()
        self.growths: Sequence[Growth] = ()
        self.answers: Mapping[str, int] = Counter()

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults and all(growth.flat for growth in self.growths)

    def add(self, done: Done) -> None:
        """Note what was done."""
        self.done.append(done)
        if done.fault:
            self.faults.append(f"{done.number} {done.kind}: {done.fault}")

    def text(self) -> str:
        """All of it."""
        parts = [self._actions(), self._growth(), self._answers(), self._faults()]
        return "\n\n".join(part for part in parts if part)

    def _actions(self) -> str:
        lines = [f"{'action':24}{'done':>6}{'broken':>8}{'median s':>10}{'longest s':>11}"]
        for kind in sorted({done.kind for done in self.done}):
            these = [done for done in self.done if done.kind == kind]
            seconds = [done.seconds for done in these]
            broken = sum(bool(done.fault) for done in these)
            lines.append(f"{kind:24}{len(these):6}{broken:8}{statistics.median(seconds):10.2f}{max(seconds):11.2f}")
        return "\n".join(lines)

    def _growth(self) -> str:
        if not self.growths:
            return f"{len(self.samples)} samples, too few to say what grows"
        lines = [f"{'taken':14}{'first quarter':>15}{'last quarter':>14}{'allowed':>10}{'a minute':>10}"]
        for growth in self.growths:
            said = "" if growth.flat else "  grows"
            lines.append(
                f"{growth.name:14}{growth.first:15.1f}{growth.last:14.1f}{growth.allowed:10.1f}{growth.slope:+10.2f}{said}"
            )
        memory = max(sample.memory for sample in self.samples)
        store = max(sample.store_bytes for sample in self.samples) / MIB
        lines.append(f"{len(self.samples)} samples; at most {memory:.0f} MiB, and {store:.1f} MiB in the store")
        return "\n".join(lines)

    def _answers(self) -> str:
        return "readers: " + ", ".join(f"{count} x {what}" for what, count in sorted(self.answers.items()))

    def _faults(self) -> str:
        grown = [f"{growth.name} grows" for growth in self.growths if not growth.flat]
        faults = [*self.faults, *grown]
        if not faults:
            return f"passed: {len(self.done)} actions"
        return "\n".join([f"broken, {len(faults)} times in {len(self.done)} actions:", *(f"- {one}" for one in faults)])
