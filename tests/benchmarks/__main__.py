"""The command: measures what it is told to, in turns, and prints the table of numbers to reach.

    python -m tests.benchmarks                              # everything
    python -m tests.benchmarks --only cold tests --peers none
    python -m tests.benchmarks --pages 5 --rounds 1         # a quick look at whether all of it works

The exit status is 1 when a number is not reached, or ours was not measured.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from .bench import Bench, Options
from .commands import Failed
from .environment import machine, peers_python, sources
from .peers import BUILDERS, TESTERS
from .rows import KERNEL, Measure, Row, rows
from .table import Figures, document, terminal, verdict

PROJECT = Path(__file__).parents[2]
SLOW = 60.0
"""Seconds from which on something is slow, and measured in fewer rounds."""
_PEERS = [*dict.fromkeys(subject.name for subject in (*BUILDERS, *TESTERS)), KERNEL]


def main() -> int:
    """Measure, print, and say whether all is reached."""
    options = _parser().parse_args()
    cache = options.cache.absolute()
    cache.mkdir(parents=True, exist_ok=True)
    chosen = _PEERS if options.peers is None else [name for name in options.peers if name != "none"]
    python = peers_python(cache) if chosen else Path(sys.executable)
    where = machine(python if chosen else None)
    bench = Bench(
        Options(
            project=PROJECT, cache=cache, python=python, pages=options.pages, edits=options.edits, limit=options.limit
        )
    )
    wanted = [row for row in rows(bench) if options.only is None or row.key in options.only]
    print(f"{where.cores} cores of {where.processor}, Python {where.python}, load {where.load:.1f}; see {bench.logs}")
    began, before = time.monotonic(), sources(PROJECT)
    measured = [(row, _measure(row, bench, chosen, options)) for row in wanted]
    for row, figures in measured:
        print("\n".join(terminal(row, figures)))
    print(f"\nmeasured in {(time.monotonic() - began) / 60:.0f} min; load when it began {where.load:.1f}")
    if sources(PROJECT) != before:
        print("The engine's sources were edited meanwhile: measure again.")
    _keep(measured, cache / "results.json")
    if options.table is not None:
        how = f"medians of {options.rounds} rounds in turns, {options.slow_rounds} of what takes over {SLOW:.0f} s"
        options.table.write_text(document(measured, where, how=how), "utf-8")
    return 0 if all(row.allowed is None or verdict(row, figures) for row, figures in measured) else 1


def _measure(row: Row, bench: Bench, peers: list[str], options: argparse.Namespace) -> dict[str, Figures]:
    """Measure the contestants of a row in turns."""
    chosen = {name: measure for name, measure in row.contestants.items() if name in peers or name not in _PEERS}
    measured = {name: Figures() for name in chosen}
    for number in range(options.rounds):
        for name, measure in chosen.items():
            figures = measured[name]
            slow = max([*figures.samples, *figures.lost], default=0) > SLOW
            if slow and number >= options.slow_rounds:
                continue
            said = _try(measure, bench, figures)
            print(f"  {row.key} {number + 1}/{options.rounds} {name}: {said}", file=sys.stderr, flush=True)
    return measured


def _try(measure: Measure, bench: Bench, figures: Figures) -> str:
    """Measure once; what fails is told in the table and keeps nothing else from being measured."""
    began = time.monotonic()
    try:
        figures.samples += measure(bench)
    except (Failed, OSError) as error:
        figures.lost.append(time.monotonic() - began)
        figures.failures.append(" ".join(str(error).split()))
        return f"failed: {figures.failures[-1]}"
    return f"{figures.samples[-1]:.2f}"


def _keep(measured: list[tuple[Row, dict[str, Figures]]], file: Path) -> None:
    """Keep every single figure."""
    found = {
        row.key: {name: {"samples": figures.samples, "failures": figures.failures} for name, figures in figure.items()}
        for row, figure in measured
    }
    file.write_text(json.dumps({"load": os.getloadavg(), "rows": found}, indent=1), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=50, help="pages of the generated course")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--slow-rounds", type=int, default=1, help="how often what takes over a minute is measured")
    parser.add_argument("--edits", type=int, default=15, help="edits in the preview, in each round")
    parser.add_argument("--only", nargs="+", metavar="ROW", choices=_keys(), help=f"of {', '.join(_keys())}")
    parser.add_argument("--peers", nargs="+", choices=[*_PEERS, "none"], metavar="PEER", help=", ".join(_PEERS))
    parser.add_argument("--table", type=Path, metavar="FILE", help="write a Markdown table too")
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds that a command may take")
    parser.add_argument("--cache", type=Path, default=PROJECT / ".cache" / "benchmarks", help="where all of it works")
    return parser


def _keys() -> list[str]:
    here = Options(project=PROJECT, cache=PROJECT, python=Path(sys.executable))
    return [row.key for row in rows(Bench(here))]


if __name__ == "__main__":
    sys.exit(main())
