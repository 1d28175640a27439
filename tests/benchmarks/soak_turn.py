"""One action of a soak: what it acts on, the chances of its own, and how it waits for what must be served."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .soak_server import PATIENCE, Answer, Broken, Server
from .soak_site import Site, address
from .soak_text import LOUD, cell_mark, count_cells, prose_mark, showing, with_code, with_prose
from .soak_watch import named

GOING_SECONDS = 20.0
"""What a process that was ended, or left behind by a page, may take to be gone."""


class Turn:
    """An action by its number; the same seed and number have the same chances, whatever was before."""

    def __init__(self, site: Site, server: Server, *, seed: int, number: int, signals: Path) -> None:
        """Take what is acted on."""
        self.site, self.server, self.number, self._signals = site, server, number, signals
        self.chance = random.Random(f"{seed} {number}")  # noqa: S311  not a secret
        self.said: list[str] = []

    def note(self, text: str) -> None:
        """Say what is being done."""
        self.said.append(text)

    def page(self, names: Sequence[str]) -> str:
        """One of these pages."""
        name = self.chance.choice(names)
        self.note(name)
        return name

    def cell(self, name: str) -> int:
        """The first cell of a page, the last, or one between them."""
        last = count_cells(name, self.site.good[name]) - 1
        cell = self.chance.choice([0, last // 2, last])
        self.note(f"cell {cell + 1} of {last + 1}")
        return cell

    def edit_prose(self, name: str, number: int | None = None) -> None:
        """Save a page with new prose."""
        text = with_prose(name, self.site.good[name], self.number if number is None else number)
        self.site.save(name, text, how=self.chance)

    def edit_cell(self, name: str, cell: int) -> None:
        """Save a page one of whose cells shows something new."""
        text = with_code(name, self.site.good[name], cell, showing(self.number))
        self.site.save(name, text, how=self.chance)

    def spoil(self, name: str, cell: int, code: str) -> None:
        """Save a page one of whose cells shows something new and then has a fault."""
        fault = showing(self.number) + "".join(f"{line}  # soak\n" for line in f"{LOUD}\n{code}".split("\n"))
        self.site.spoil(name, with_code(name, self.site.good[name], cell, fault).encode(), how=self.chance)

    def said_on(self, name: str) -> None:
        """Wait for new prose."""
        self.on(name, prose_mark(self.number))

    def shown_on(self, name: str, *also: str, seconds: float = PATIENCE) -> None:
        """Wait for what a cell shows."""
        self.on(name, cell_mark(self.number), *also, seconds=seconds)

    def on(self, name: str, *texts: str, seconds: float = PATIENCE) -> None:
        """Wait until a page is served with these texts."""

        def holds(answer: Answer) -> bool:
            return answer.status == 200 and all(text in answer.text for text in texts)

        self.server.wait(address(name), holds, what=" and ".join(map(repr, texts)), seconds=seconds)

    def absent(self, name: str) -> None:
        """Wait until a page is no longer served."""
        self.server.wait(address(name), lambda answer: answer.status == 404, what="answer that it is gone")

    def signal(self) -> Path:
        """The file by which a cell tells that it runs."""
        return self._signals / f"{self.number}"

    def running(self) -> int:
        """Wait until the cell of this action runs, and give its process."""
        file = self.signal()
        self.until(lambda: file.is_file() and file.read_text().isdigit(), "run of the spoilt cell")
        return int(file.read_text())

    def announcing(self, code: str) -> str:
        """Code that first tells that it runs."""
        return f"open({str(self.signal())!r}, 'w').write(str(os.getpid()))\n{code}"

    def left(self, mark: str) -> None:
        """Wait until nothing that a cell has left can be found."""
        shared = Path("/dev/shm") / mark  # noqa: S108  where shared memory is
        self.until(lambda: not named(mark) and not shared.exists(), f"end of what a cell left ({mark})", GOING_SECONDS)

    def until(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait for something other than a page."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise Broken(f"no {what} within {seconds:.0f} s")
            time.sleep(0.02)


Action = Callable[[Turn], None]


def listed(*actions: tuple[Action, int]) -> dict[str, tuple[Action, int]]:
    """Actions by their name, each with how often it is done."""
    return {action.__name__.replace("_", " "): (action, often) for action, often in actions}
