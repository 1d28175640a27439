"""The rows of the table: who is measured how, what it is compared with, and what is to be reached."""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from . import memory, preview
from .bench import Bench
from .commands import Failed, Finished
from .course import Code, Page
from .dialects import notebook_of
from .own import OWN_LIMIT, PLAIN, build_own, own_limit, tests_of_two
from .peers import ALONE, BUILDERS, MKDOCS, OURS, TESTERS, WORKINGS, WORKINGS_TESTS, Subject
from .sites import with_cell, with_prose

LIMIT = "the limit"
NEEDED = "one import and the page's cells"
KERNEL = "a Jupyter kernel"
DIRTY = "MkDocs alone, --dirty"

_RAN = re.compile(r"\b(\d+) (?:pages? )?ran\b")

Medians = Mapping[str, float]
Measure = Callable[[Bench], list[float]]
"""Measures one contestant once; a preview gives a figure for each edit."""


class Row(Struct, frozen=True, kw_only=True):
    """A row of the table."""

    key: str
    title: str
    target: str
    contestants: Mapping[str, Measure]
    base: str = ""
    """The contestant that the others are compared with, if there is one."""
    allowed: Callable[[Medians], float] | None = None
    """The most that ours may be, from the medians of this row; nothing to reach without it."""
    unit: str = "s"


def rows(bench: Bench) -> list[Row]:
    """All rows, those that build for the first time before those that build again."""
    edited = bench.options.pages // 2
    return [
        Row(
            key="cold",
            title=f"cold build of {bench.options.pages} pages, run and rendered",
            target="at most 1.30 x the limit",
            contestants={LIMIT: _limit, **_each((WORKINGS, MKDOCS, *BUILDERS), _cold)},
            base=LIMIT,
            allowed=lambda found: 1.30 * found[LIMIT],
        ),
        Row(
            key="nothing",
            title="nothing changed",
            target="at most 1.15 x MkDocs alone",
            contestants=_each((MKDOCS, WORKINGS, *BUILDERS), _again(edited, None)),
            base=ALONE,
            allowed=lambda found: 1.15 * found[ALONE],
        ),
        Row(
            key="prose",
            title="prose edited on one page",
            target="at most 1.15 x MkDocs alone",
            contestants=_each((MKDOCS, WORKINGS, *BUILDERS), _again(edited, with_prose)),
            base=ALONE,
            allowed=lambda found: 1.15 * found[ALONE],
        ),
        Row(
            key="cell",
            title="one cell edited, new build",
            target="that, one import, the cells that must run, and at most 0.3 s",
            contestants={
                NEEDED: _needed(edited),
                **_each((MKDOCS, WORKINGS, *BUILDERS), _again(edited, with_cell)),
            },
            base=ALONE,
            allowed=lambda found: 1.15 * found[ALONE] + found[NEEDED] + 0.3,
        ),
        Row(
            key="tests",
            title=f"cold test run of the {bench.options.pages} pages",
            target="at most 1.40 x the limit",
            contestants={LIMIT: _limit, **_each((WORKINGS_TESTS, *TESTERS), _cold)},
            base=LIMIT,
            allowed=lambda found: 1.40 * found[LIMIT],
        ),
        Row(
            key="tests-after-build",
            title=f"tests right after a build, {8 * bench.options.pages} cells, none of which runs",
            target="under 3 s",
            contestants={OURS: _tests_after_build},
            allowed=lambda _: 3.0,
        ),
        Row(
            key="preview-prose",
            title="preview of 60 pages: prose saved to page ready",
            target="0.15 s median",
            contestants={
                OURS: _preview(WORKINGS, 6, with_prose),
                ALONE: _preview(MKDOCS, 6, with_prose, most=5),
                DIRTY: _preview(MKDOCS, 6, with_prose, most=5, dirty=True),
                "markdown-exec": _preview(BUILDERS[0], 6, with_prose, most=2),
            },
            base=ALONE,
            allowed=lambda _: 0.15,
        ),
        Row(
            key="preview-cell",
            title="preview: last cell saved to its output ready, first cell takes 5 s",
            target="0.2 s plus that cell, which takes under a millisecond",
            contestants={
                OURS: _preview(WORKINGS, -1, with_cell),
                "markdown-exec": _preview(BUILDERS[0], -1, with_cell, most=2),
            },
            allowed=lambda _: 0.2,
        ),
        Row(
            key="memory",
            title="memory a running page adds before its own tensors",
            target="under 40 MB private",
            contestants={OURS: _our_memory, KERNEL: _kernel_memory},
            allowed=lambda _: 40.0,
            unit="MB",
        ),
        Row(
            key="own",
            title="the project's own pages, cold build",
            target="none: reported",
            contestants={OWN_LIMIT: own_limit, OURS: build_own},
            base=OWN_LIMIT,
        ),
        Row(
            key="verified",
            title="two of the project's lessons, with their outputs and standalone copies, cold",
            target="at most 1.20 x the tests of their cells alone",
            contestants={PLAIN: tests_of_two(), OURS: tests_of_two("--outputs", "--standalone")},
            base=PLAIN,
            allowed=lambda found: 1.20 * found[PLAIN],
        ),
    ]


def _each(subjects: tuple[Subject, ...], measure: Callable[[Bench, Subject], list[float]]) -> dict[str, Measure]:
    """The same measurement of several subjects."""

    def of(subject: Subject) -> Measure:
        return lambda bench: measure(bench, subject)

    return {subject.name: of(subject) for subject in subjects}


def _limit(bench: Bench) -> list[float]:
    return [bench.limit().seconds]


def _needed(page: int) -> Measure:
    """One import, and the cells of one page."""

    def measure(bench: Bench) -> list[float]:
        limit = bench.limit()
        return [limit.imported + list(limit.pages.values())[page]]

    return measure


def _cold(bench: Bench, subject: Subject) -> list[float]:
    """A run where nothing is kept."""
    site = bench.site(subject)
    site.clear()
    return [site.run("cold").seconds]


def _again(index: int, change: Callable[[Page], Page] | None) -> Callable[[Bench, Subject], list[float]]:
    """A run after an edit of one page, or after none."""

    def measure(bench: Bench, subject: Subject) -> list[float]:
        site = bench.site(subject)
        if not site.current:
            site.run("prepare")
        if change is not None:
            site.current = False
            site.edit(index, change)
        finished = site.run("again")
        if subject.name == OURS:
            _expect_runs(finished, int(change is with_cell))
        return [finished.seconds]

    return measure


def _tests_after_build(bench: Bench) -> list[float]:
    """Our tests when the site was built just before."""
    tests, site = bench.site(WORKINGS_TESTS), bench.site(WORKINGS)
    site.write(site.pages)
    site.run("prepare")
    finished = tests.run("tests-after-build")
    _expect_runs(finished, 0)
    return [finished.seconds]


def _expect_runs(finished: Finished, pages: int) -> None:
    """Raise Failed unless exactly so many pages ran: the seconds of another run say nothing."""
    found = _RAN.search(finished.output)
    if found is None or int(found[1]) != pages:
        raise Failed(f"{found[1] if found else 'an unknown number of'} pages ran instead of {pages}")


def _preview(
    subject: Subject, index: int, change: Callable[[Page], Page], *, most: int = 1000, dirty: bool = False
) -> Measure:
    """Edits of one page under `mkdocs serve`, fewer of them where each takes long."""

    def measure(bench: Bench) -> list[float]:
        count = min(most, bench.options.edits)
        return preview.edits(bench.preview(subject), index=index, change=change, count=count, dirty=dirty)

    return measure


def _our_memory(bench: Bench) -> list[float]:
    folder = bench.folder("memory")
    marker = folder / "running"
    (folder / "page.md").write_text(f"# Page\n\n```python\n{memory.cell(marker)}\n```\n", "utf-8")
    command = [*bench.site(WORKINGS).command("-m", "workings", "run", "--no-store", "page.md")]
    log = bench.logs / "memory.txt"
    return [memory.added(command, folder=folder, log=log, marker=marker, parent="workings.running.zygote")]


def _kernel_memory(bench: Bench) -> list[float]:
    folder = bench.folder("memory-of-a-kernel")
    marker = folder / "running"
    (folder / "page.ipynb").write_text(notebook_of([Code(memory.cell(marker))]), "utf-8")
    python = str(bench.options.python)
    command = [python, "-m", "nbconvert", "--to", "notebook", "--execute", "page.ipynb"]
    log = bench.logs / "memory-of-a-kernel.txt"
    return [memory.added(command, folder=folder, log=log, marker=marker, parent="ipykernel_launcher")]
