"""A lesson as the tests of the standard see it: a page whose front matter says for which level it is."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml
from mkdocs.utils.yaml import yaml_load
from msgspec import Struct

from workings.exercise import Exercise, exercises_of
from workings.hygiene import prose_of
from workings.page import Cell, Page
from workings.reading.front_matter import FRONT_MATTER
from workings.website.config import Site, load_site
from workings.website.sources import read_page

ROOT = Path(__file__).parents[1]
MKDOCS = ROOT / "mkdocs.yml"

_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_EXPLODED = re.compile(r'^!!! failure "It exploded"\n(?:\n|[ \t]+.*\n)*', re.MULTILINE)
_NOT_WORDS = (
    re.compile(r"^[ \t]*\$\$.*?\$\$", re.MULTILINE | re.DOTALL),  # displayed formulas
    re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL),  # code
    re.compile(r"\$[^$\n]+\$"),  # formulas in a line
    re.compile(r"\]\([^)\s]*\)"),  # where links lead
)


class Lesson(Struct, frozen=True, kw_only=True):
    """What stands in the source of a lesson."""

    slug: str
    page: Page
    matter: dict[str, object]
    """Its front matter."""
    text: str
    """Its Markdown."""
    labels: tuple[str, ...]
    """The labels of its formulas."""
    quizzes: int

    @property
    def body(self) -> str:
        """Its Markdown without front matter and cells."""
        return prose_of(FRONT_MATTER.sub("", self.text, count=1))

    @property
    def sober(self) -> str:
        """What is not the Professor's: the text without quotations and explosions."""
        return _QUOTED.sub("", _EXPLODED.sub("", self.body))

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Its exercises."""
        return exercises_of(self.page)

    @property
    def shown(self) -> list[Cell]:
        """The cells that a reader sees."""
        return [cell for cell in self.page.cells if cell.options.role != "wrong"]

    def section(self, title: str) -> str:
        """What stands under a heading of the second level; nothing where there is no such heading."""
        found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.body, re.MULTILINE | re.DOTALL)
        return found[1] if found else ""


@cache
def site() -> Site:
    """The course."""
    return load_site(MKDOCS)


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by slug, in the order of the navigation; one that is not in it comes last."""
    order = {str(place): number for number, place in enumerate(_places(yaml_load(MKDOCS.read_text("utf-8"))["nav"]))}
    files = sorted(site().pages, key=lambda file: order.get(file.relative_to(site().docs).as_posix(), len(order)))
    return {lesson.slug: lesson for lesson in (read_lesson(file, site()) for file in files) if "level" in lesson.matter}


def _places(nav: object) -> Iterator[object]:
    """The pages of a navigation, with its sections opened."""
    match nav:
        case list():
            yield from (place for entry in nav for place in _places(entry))
        case dict():
            yield from (place for entry in nav.values() for place in _places(entry))
        case _:
            yield nav


def read_lesson(file: Path, site: Site) -> Lesson:
    """Read a page of a site as a lesson."""
    read = read_page(file, site)
    match = FRONT_MATTER.match(read.text)
    matter = yaml.safe_load(match[1]) if match else {}
    return Lesson(
        slug=file.stem, page=read.page, matter=matter, text=read.text, labels=read.labels, quizzes=read.quizzes
    )


def words(text: str) -> list[str]:
    """The words of Markdown that are neither code nor formulas nor addresses."""
    for part in _NOT_WORDS:
        text = part.sub(" ", text)
    return re.findall(r"[^\W\d_][\w'-]*", text)


def torch_functions(cells: Iterable[Cell]) -> set[str]:
    """The functions and classes of torch that cells call by name, in full: `torch.nn.functional.softmax`."""
    trees = [ast.parse(cell.code) for cell in cells]
    names = {name: full for tree in trees for name, full in _imported(tree)}
    called = {_called(node, names) for tree in trees for node in ast.walk(tree)}
    return {name for name in called if name.startswith("torch.")}


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What names stand for after the imports of a cell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.asname, name.name) for name in node.names if name.asname)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((name.asname or name.name, f"{node.module}.{name.name}") for name in node.names)


def _called(node: ast.AST, names: dict[str, str]) -> str:
    """The full name of what is called here; nothing for what has no name of a module."""
    if not isinstance(node, ast.Call):
        return ""
    first, dot, rest = ast.unparse(node.func).partition(".")
    return names.get(first, first) + dot + rest
