"""A soak of the preview: whatever an author can do to it, in random order, for as long as is asked.

    python -m tests.benchmarks.soak --minutes 30 --seed 7

It runs `mkdocs serve` on a copy of the project's own pages. At the end the sources are mended, and what is served must
equal a fresh build; the server must end at Ctrl-C and leave no process and no file; its memory must be flat.
The same seed does the same: `--upto N` stops after action N, `--only N M` does only those, on a fresh copy.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from .soak_actions import EDITS
from .soak_compare import Reference
from .soak_damage import HARM
from .soak_ending import after, faults_in
from .soak_mistakes import MISTAKES
from .soak_report import Done, Report
from .soak_server import Broken, Clients, Server
from .soak_site import Site, address
from .soak_turn import Turn
from .soak_watch import Sample, Watch, growths, take

ACTIONS = {**EDITS, **MISTAKES, **HARM}
EVERY_SECONDS = 3.0
FULL = 25
"""How many actions are between two comparisons with a build."""
OTHERS = ("/", "/assets/logo.svg", "/search/search_index.json", "/no/such/page/")
"""What readers ask for besides pages."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, and give 0 when the product did all that it promises, else 1."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    soak = Soak(folder, options)
    try:
        soak.run()
    except (KeyboardInterrupt, Broken) as error:
        soak.report.faults.append(f"ended early: {error or 'interrupted'}")
    finally:
        soak.end()
    click.echo(f"\n{soak.report.text()}")
    if soak.report.passed:
        shutil.rmtree(folder)
    else:
        click.echo(f"\nThe site, the log of the server and all else that there was: {folder}")
    return 0 if soak.report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description="A soak of the preview.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--upto", type=int, metavar="N", help="stop after action N")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="do only these actions")
    parser.add_argument("--kinds", nargs="+", choices=sorted(ACTIONS), metavar="KIND", help="do only actions of a kind")
    return parser


class Soak:
    """A preview, what is done to it, and what was seen."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        """Copy the site and start the server."""
        self.folder, self.report, self._options = folder, Report(), options
        self.site = Site(folder / "site")
        (folder / "signals").mkdir()
        self.server = Server(folder / "site", temporary=folder / "tmp", log=folder / "log")
        self._reference = Reference(self.site, self.server, folder / "reference")
        self._clients = Clients(self.server, seed=options.seed, paths=self._paths)
        self._watch = Watch(self._look, every=EVERY_SECONDS)

    def run(self) -> None:
        """Wait for the first build, do what is to be done, and settle."""
        self._began = time.monotonic()
        self.server.wait("/", lambda answer: answer.status == 200, what="first page")
        self._clients.start()
        self._watch.start()
        only, last = self._options.only, self._options.upto or sys.maxsize
        for number in only or range(1, last + 1):
            if time.monotonic() > self._began + self._options.minutes * 60:
                break
            self._act(number)
        self._check("settle", lambda: self._settle(fresh=True), number=len(self.report.done))

    def end(self) -> None:
        """Stop everything, and see what is left."""
        self._watch.stop()
        self._clients.stop()
        self.report.samples, self.report.growths = self._watch.samples, growths(self._watch.samples)
        self.report.answers = self._clients.seen
        self.report.faults += faults_in(self._clients.seen, self._watch.samples)
        self.report.faults += after(self.server, self.folder)

    def _act(self, number: int) -> None:
        turn = Turn(self.site, self.server, seed=self._options.seed, number=number, signals=self.folder / "signals")
        kinds = self._options.kinds or list(ACTIONS)
        kind = turn.chance.choices(kinds, [ACTIONS[kind][1] for kind in kinds])[0]
        if turn.chance.random() < 0.5:
            self.site.mend()
        self._check(kind, lambda: ACTIONS[kind][0](turn), turn=turn)
        if number % FULL == 0:
            self._check("settle", self._settle, number=number)

    def _check(self, kind: str, do: Callable[[], None], *, turn: Turn | None = None, number: int = 0) -> None:
        """Do something, have the server answer, and tell how that went; a server that does not is started again."""
        began, fault = time.monotonic(), ""
        try:
            do()
        except Broken as error:
            fault = str(error)
            self.server.tell_stacks()
        seconds = time.monotonic() - began
        try:
            self.server.alive()
        except Broken as error:
            fault = f"{fault + '; ' if fault else ''}{error}"
            self.server.abort()
            self.server.start()
        done = Done(turn.number if turn else number, kind, seconds, fault)
        self.report.add(done)
        said = ", ".join(turn.said) if turn else ""
        at = time.monotonic() - self._began
        click.echo(
            f"{at:7.1f} s  {done.number:4}  {kind}: {said} ({seconds:.2f} s){f'  BROKEN: {fault}' if fault else ''}"
        )

    def _settle(self, *, fresh: bool = False) -> None:
        """Take all faults back, and have the server serve what a build gives."""
        self.site.mend()
        self._reference.build(fresh=fresh)
        self._reference.compare()

    def _look(self) -> Sample:
        return take(self.server.pid, temporary=self.server.temporary, store=self.site.store)

    def _paths(self) -> list[str]:
        return [*OTHERS, *(address(name) for name in list(self.site.good) if not name.endswith(".py"))]


if __name__ == "__main__":
    sys.exit(main())
