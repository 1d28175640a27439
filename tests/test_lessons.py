"""The standard of a lesson, as far as it can be counted: what `docs/contributing.md` says that each of them has."""

import re
import shutil
import subprocess
import sys
import textwrap
from itertools import takewhile
from pathlib import Path

import pytest
import torch
from lessons import MKDOCS, ROOT, Lesson, lessons, read_lesson, torch_functions, words
from sites import WITHOUT

from workings.website.config import load_site

REFERENCE = "https://docs.pytorch.org/docs/stable/"
SECTIONS = ("Exercises", "Quiz", "Summary", "Reference", "Sources")
LEVELS = ("beginner", "intermediate", "advanced")
FEWEST_WORDS, MOST_WORDS = 900, 2800
LONGEST_CELL = 20
"""Lines; code that draws is folded and may be longer."""
LONGEST_LINE = 80
"""Characters that a desk's page shows without scrolling."""
FLATTERING = re.compile(r"\b(simply|just|easy|easily|obvious(?:ly)?|of course|trivial(?:ly)?)\b", re.IGNORECASE)
"""Words that tell a reader who is stuck that others are not."""
SENTENCE_END = re.compile(r"[a-z)`$*][.?!][)\"*]* (?=[A-Z])(?<!et al\. )(?<!vs\. )")
WITHOUT_FORMULAS = frozenset[str]()
"""Lessons whose topic has no formula."""
NOT_IN_REFERENCE = ("torch.utils.flop_counter.",)
"""Modules that the reference has no pages of."""
NAMES = re.compile(r"(torch(?:\.\w+)+)(?:\.html|\b)")

each_lesson = pytest.mark.parametrize("lesson", lessons().values(), ids=list(lessons()))


def test_there_are_lessons() -> None:
    """What follows is asked of some pages."""
    assert {"broadcasting", "matrix-multiplication"} <= set(lessons())


@each_lesson
def test_it_says_what_it_is(lesson: Lesson) -> None:
    """Its front matter has all that a list of lessons shows, and asks only for lessons that come before."""
    matter = lesson.matter
    assert isinstance(matter["title"], str)
    assert isinstance(matter["description"], str)
    assert len(matter["description"]) <= 160
    assert matter["level"] in LEVELS
    assert isinstance(matter["minutes"], int)
    needs = matter.get("needs", [])
    assert isinstance(needs, list)
    earlier = set(takewhile(lambda slug: slug != lesson.slug, lessons()))
    assert set(needs) <= earlier


@each_lesson
def test_it_has_the_parts_of_a_lesson(lesson: Lesson) -> None:
    """It begins with the Professor and what readers will be able to do, and ends with its sections in order."""
    assert re.match(r"\s*# [^\n]+\n\n> ", lesson.body)
    assert "\nAfter this page we can\n" in lesson.body
    places = [lesson.body.find(f"\n## {title}\n") for title in SECTIONS]
    assert -1 not in places
    assert places == sorted(places)


@each_lesson
def test_it_is_neither_thin_nor_thick(lesson: Lesson) -> None:
    """Its prose takes a sitting to read; references and sources do not count."""
    read = words(lesson.body.partition("\n## Reference\n")[0])
    assert FEWEST_WORDS <= len(read) <= MOST_WORDS, len(read)


@each_lesson
def test_it_takes_as_long_as_it_says(lesson: Lesson) -> None:
    """One minute for 200 words, a third of one for a cell and three for an exercise; a lab takes what it takes."""
    read = words(lesson.body.partition("\n## Reference\n")[0])
    cells = [cell for cell in lesson.shown if cell.options.role is None]
    expected = len(read) / 200 + len(cells) / 3 + 3 * len(lesson.exercises)
    minutes = lesson.matter["minutes"]
    assert isinstance(minutes, int)
    assert lesson.slug.endswith("-lab") or abs(minutes - expected) <= 4, round(expected, 1)


@each_lesson
def test_its_cells_are_short(lesson: Lesson) -> None:
    """A cell has one idea and fits a screen; code that draws is folded and may be longer."""
    for cell in lesson.shown:
        lines = cell.code.split("\n")
        assert max(map(len, lines)) <= LONGEST_LINE, f"{cell}: a line of {max(map(len, lines))} characters"
        assert len(lines) <= LONGEST_CELL or "hide-input" in cell.options.tags, f"{cell}: {len(lines)} lines"


@each_lesson
def test_it_has_a_figure(lesson: Lesson) -> None:
    """Its own code draws at least one figure, and says what it shows to those who can't see it."""
    assert any(cell.options.alt for cell in lesson.page.cells)


@each_lesson
def test_it_proves_formulas(lesson: Lesson) -> None:
    """At least two of its formulas are proved by cells, where its topic has any."""
    proved = {label for cell in lesson.page.cells for label in cell.options.proves}
    assert lesson.slug in WITHOUT_FORMULAS or len(proved) >= 2, proved


@each_lesson
def test_it_has_exercises(lesson: Lesson) -> None:
    """At least two exercises, each with two wrong answers or more, and a quiz of three questions or more."""
    assert len(lesson.exercises) >= 2
    assert {len(each.wrong) >= 2 for each in lesson.exercises} == {True}, [each.name for each in lesson.exercises]
    assert lesson.quizzes >= 3


@each_lesson
def test_something_explodes(lesson: Lesson) -> None:
    """A mistake that readers make is made for real, in the cell below the Professor's box."""
    assert re.search(r'^!!! failure "It exploded"\n', lesson.body, re.MULTILINE)
    assert any(cell.must_fail for cell in lesson.page.cells)


@each_lesson
def test_its_words_are_kind(lesson: Lesson) -> None:
    """No word says that a thing is easy, and only the Professor shouts."""
    said = " ".join(words(lesson.sober))
    assert [found[0] for found in FLATTERING.finditer(said)] == []
    marks = re.compile(r"`[^`]+`|\$[^$]+\$|!\[|<!--|^(?:!!!|\?\?\?) ", re.MULTILINE)
    text = marks.sub("", lesson.sober)
    assert [line for line in text.split("\n") if "!" in line] == []


@each_lesson
def test_a_sentence_has_a_line_of_its_own(lesson: Lesson) -> None:
    """One sentence in a source line, so that a change of one shows as one."""
    prose = lesson.sober.partition("\n## Reference\n")[0]
    lines = [line for line in prose.split("\n") if not re.match(r"\s*(- |\d+\.|\||!!! quiz )", line)]
    assert [line for line in lines if SENTENCE_END.search(line)] == []


@each_lesson
def test_it_leads_to_the_reference(lesson: Lesson) -> None:
    """Each function of torch that its cells call by name is linked, and each link names something that torch has."""
    links = re.findall(rf"\({re.escape(REFERENCE)}([^)\s]+)\)", lesson.body)
    named = {name.removesuffix(".html") for link in links for name in NAMES.findall(link)}
    assert {name for name in named if not exists(name)} == set()
    linked = [found(name) for name in named]
    used = {name for name in torch_functions(lesson.shown) if not name.startswith(NOT_IN_REFERENCE)}
    functions = {name for name in used if exists(name) and not isinstance(found(name), torch.dtype)}
    assert {name for name in functions if not any(found(name) is other for other in linked)} == set()


def exists(name: str) -> bool:
    """Whether torch has something of that name."""
    return found(name) is not None


def found(name: str) -> object:
    """What torch has under that name."""
    value: object = torch
    for part in name.split(".")[1:]:
        value = getattr(value, part, None)
    return value


@each_lesson
def test_it_names_its_sources(lesson: Lesson) -> None:
    """At least two sources, each with its year."""
    sources = [line for line in lesson.section("Sources").split("\n") if line.startswith("- ")]
    assert len(sources) >= 2
    assert [line for line in sources if not re.search(r"\b(1[5-9]|20)\d\d\b", line)] == []


TEMPLATE = re.compile(r"^    ~{6}markdown\n(.*?)^    ~{6}$", re.MULTILINE | re.DOTALL)
"""The template, in the page about contributing."""
COUNTED = (
    test_it_says_what_it_is,
    test_it_has_the_parts_of_a_lesson,
    test_its_cells_are_short,
    test_it_has_a_figure,
    test_it_proves_formulas,
    test_it_has_exercises,
    test_something_explodes,
    test_its_words_are_kind,
    test_a_sentence_has_a_line_of_its_own,
    test_it_leads_to_the_reference,
    test_it_names_its_sources,
)
"""All that is asked of a lesson but its length."""


def test_the_template_is_a_lesson(tmp_path: Path) -> None:
    """What authors begin with passes every check that their lesson will have to pass, but for its length."""
    contributing = ROOT / "docs" / "contributing.md"
    (template,) = TEMPLATE.findall(contributing.read_text("utf-8"))
    page = tmp_path / "docs" / "lesson.md"
    page.parent.mkdir()
    page.write_text(textwrap.dedent(template), "utf-8")
    shutil.copy(contributing, page.parent)
    (tmp_path / "mkdocs.yml").write_text(without_nav(MKDOCS.read_text("utf-8")), "utf-8")
    run(tmp_path, "pytest", "-q", *WITHOUT, "--accept-outputs", "docs/lesson.md")
    assert "everything on the site is verified" in run(tmp_path, "workings", "check", "docs/lesson.md")
    lesson = read_lesson(page, load_site(tmp_path / "mkdocs.yml"))
    for standard in COUNTED:
        standard(lesson)


def without_nav(config: str) -> str:
    """A configuration whose navigation is that of its files."""
    return re.sub(r"^nav:\n(?: .*\n|\n)*", "", config, flags=re.MULTILINE)


def run(folder: Path, module: str, *arguments: str) -> str:
    """What a module prints that is run as a program and has to come out well."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
