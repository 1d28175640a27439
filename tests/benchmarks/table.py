"""What was measured, as a table for a terminal and as one for the documentation."""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from .environment import Machine
from .peers import OURS
from .rows import Row


class Figures(Struct):
    """What one contestant took, as it is measured."""

    samples: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)
    """The seconds that each failure took."""

    @property
    def median(self) -> float | None:
        """The median, if it was ever measured."""
        return statistics.median(self.samples) if self.samples else None


Measured = Mapping[str, Figures]


def verdict(row: Row, measured: Measured) -> bool | None:
    """Whether ours is as good as it should be; None when nothing is to be reached, or not all of it was measured."""
    medians = {name: figures.median for name, figures in measured.items() if figures.median is not None}
    try:
        return None if row.allowed is None else medians[OURS] <= row.allowed(medians)
    except KeyError:
        return None


def terminal(row: Row, measured: Measured) -> Iterator[str]:
    """A row as lines for a terminal: a line for each contestant, the fastest first, and what is to be reached."""
    yield f"\n{row.title}"
    base = _base(row, measured)
    for name, figures in _sorted(measured):
        mark = ">" if name == OURS else " "
        spread = _spread(row, figures)
        yield f"  {mark} {name:32} {_value(row, figures):>10}  {_ratio(row, name, figures, base):24}{spread}".rstrip()
    yield f"    {'target':32} {_allowed(row, measured):>10}  {row.target}: {_word(row, measured)}"


def document(rows: Sequence[tuple[Row, Measured]], machine: Machine, *, how: str) -> str:
    """Two Markdown tables, narrow enough for a phone: what was reached, and what others took; then the machine."""
    reached = ["| what | ours | to reach |", "|---|---|---|", *(_reached(row, measured) for row, measured in rows)]
    others = [line for row, measured in rows if (line := _others(row, measured))]
    versions = ", ".join(f"{name} {number}" for name, number in {**machine.peers, **machine.ours}.items())
    note = (
        f"Measured on {machine.date} on {machine.cores} cores of {machine.processor}, Python {machine.python}; {how}."
    )
    beside = ["| what | beside it |", "|---|---|", *others, ""] if others else []
    return "\n".join([*reached, "", *beside, note, f"Versions: {versions}.", ""])


def _reached(row: Row, measured: Measured) -> str:
    """A row of the first table."""
    ours = measured.get(OURS, Figures())
    mine = ", ".join(part for part in (_value(row, ours), _ratio(row, OURS, ours, _base(row, measured))) if part)
    missed = ": **not reached**" if verdict(row, measured) is False else ""
    return f"| {row.title} | {mine} | {_target(row, measured)}{missed} |"


def _others(row: Row, measured: Measured) -> str:
    """A row of the second table; nothing where nothing else was measured."""
    base = _base(row, measured)
    others = [_beside(row, name, figures, base) for name, figures in _sorted(measured) if name != OURS]
    return f"| {row.title} | {'<br>'.join(others)} |" if others else ""


def _target(row: Row, measured: Measured) -> str:
    """What is to be reached, with the figure of this run where it depends on what others took."""
    if row.allowed is None or _allowed(row, {}) != "unknown":
        return row.target
    return f"{row.target}, here {_allowed(row, measured)}"


def _beside(row: Row, name: str, figures: Figures, base: float | None) -> str:
    ratio = _ratio(row, name, figures, base)
    return f"{name} {_value(row, figures)}" + (f" ({ratio})" if ratio else "")


def _sorted(measured: Measured) -> list[tuple[str, Figures]]:
    return sorted(measured.items(), key=lambda item: item[1].median or float("inf"))


def _value(row: Row, figures: Figures) -> str:
    if figures.median is None:
        return f"failed: {figures.failures[0]}" if figures.failures else "not measured"
    digits = 0 if row.unit == "MB" else 2 if figures.median < 100 else 0
    return f"{figures.median:.{digits}f} {row.unit}"


def _ratio(row: Row, name: str, figures: Figures, base: float | None) -> str:
    if base is None or name == row.base or figures.median is None:
        return ""
    return f"{figures.median / base:.2f} x {row.base}"


def _spread(row: Row, figures: Figures) -> str:
    """From the best to the worst, and how often it failed."""
    parts = []
    if len(figures.samples) > 1:
        parts.append(
            f"{min(figures.samples):.2f} to {max(figures.samples):.2f} {row.unit}, {len(figures.samples)} times"
        )
    if figures.failures and figures.samples:
        parts.append(f"failed {len(figures.failures)} times: {figures.failures[0]}")
    return "  " + "; ".join(parts) if parts else ""


def _base(row: Row, measured: Measured) -> float | None:
    return measured[row.base].median if row.base in measured else None


def _allowed(row: Row, measured: Measured) -> str:
    """The figure to reach, in this run."""
    medians = {name: figures.median for name, figures in measured.items() if figures.median is not None}
    try:
        return "" if row.allowed is None else f"{row.allowed(medians):.3g} {row.unit}"
    except KeyError:
        return "unknown"


def _word(row: Row, measured: Measured) -> str:
    if row.allowed is None:
        return "-"
    found = verdict(row, measured)
    return "not measured" if found is None else "yes" if found else "NO"
