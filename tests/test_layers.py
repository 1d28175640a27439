"""The rooms of the engine: who may import whom, and how long a file may be."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "scripts" / "workings"

# A room imports rooms of a lower level, and itself. A part of a room that has its own level is named with a dot.
LEVELS = {
    "place": 0.0,
    "errors": 0.1,
    "page": 0.2,
    "exercise": 0.3,
    "counterparts": 0.3,
    "outputs": 0.2,
    "settings": 0.2,
    "events": 0.2,
    "reading": 1.0,
    "fingerprint": 1.0,
    "rendering": 1.1,  # fills a page that was read
    "environment": 1.0,
    "masking": 1.1,
    "proofs": 1.15,
    "coverage": 1.2,
    "report": 1.1,
    "standalone": 1.1,  # parts of a page, from its code alone
    "unfinished": 1.1,
    "arrivals": 1.2,
    "transcript": 1.1,
    "math_extension": 1.2,  # Markdown in, Markdown out: so are both of these
    "finding": 1.2,
    "claims": 1.2,  # what finished records say
    "hygiene": 1.3,
    "takeaway": 1.2,
    "running": 2.0,
    "store": 2.0,
    "progress": 2.0,
    "beside": 2.05,
    "recorded": 2.1,
    "accepted": 2.1,
    "saved": 2.2,
    "keeping": 2.5,
    "engine": 3.0,
    "website": 3.5,
    "standalone_runs": 3.1,  # pages of their own, which run
    "verification": 3.6,
    "cell_tests": 3.7,  # tests of cells, whatever runs them
    "markdown_extension": 4.0,
    "website.plugin": 4.0,
    "pytest_plugin": 4.0,
    "command_line": 4.0,
    "__main__": 4.5,  # calls the command line, and no more
    "assets": 5.0,  # no part of the engine: what makes the files that it publishes
}

HOMES = {
    "torch": "running",
    "IPython": "running",
    "matplotlib": "running",
    "mkdocs": "website",
    "mkdocs_jupyter": "website",
    "material": "website",
    "pytest": "pytest_plugin",
    "_pytest": "pytest_plugin",
    "psutil": "running",
}

ADAPTERS = {"markdown_extension", "math_extension", "website.plugin", "pytest_plugin", "command_line", "__main__"}
LONGEST, LONGEST_ADAPTER = 250, 150


class Import(NamedTuple):
    """One import: where it stands, the module that it stands in, and what it asks for, with dots."""

    place: str
    module: str
    target: str


def python_files(package: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a package with its module's name inside the package: "" for the package, "reading.live"."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(package: Path) -> Iterator[Import]:
    """Every import of a package, wherever in a file it stands: in functions and for type checking too."""
    for module, path in python_files(package):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            place = f"{path.relative_to(package.parent).as_posix()}:{getattr(node, 'lineno', 0)}"
            for target in targets(node, module, path.name == "__init__.py"):
                yield Import(place, module, target)


def targets(node: ast.AST, module: str, is_package: bool) -> list[str]:  # noqa: FBT001 - a fact of the file
    """What a statement imports, as absolute names; a call of `import_module` with a fixed name counts."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=name, names=names, level=level):
            start = ".".join([*parents(module, level - is_package), *filter(None, [name])]) if level else name
            return [f"{start}.{alias.name}" for alias in names]
        case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
            return [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return []


def parents(module: str, up: int) -> list[str]:
    """The package that so many dots mean in a module."""
    parts = ["workings", *filter(None, module.split("."))]
    return parts[: len(parts) - up]


def room_of(module: str) -> str | None:
    """The longest name in the table that a module stands in."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next((name for name in names if name in LEVELS), None)


def wrong_arrows(package: Path) -> list[str]:
    """The imports inside the package that do not go downwards."""
    found = []
    for place, module, target in imports(package):
        if target.split(".")[0] != "workings" or not module:
            continue
        here, there = room_of(module), room_of(target.removeprefix("workings").lstrip("."))
        if here is None or there is None:
            found.append(f"{place}: {module if here is None else target} has no level in the table")
        elif here != there and LEVELS[there] >= LEVELS[here]:
            found.append(f"{place}: {here} imports {there}, which is not below it")
    return found


def strangers(package: Path) -> list[str]:
    """The imports of a library outside the one room that may use it."""
    found = []
    for place, module, target in imports(package):
        library = target.split(".")[0]
        home = HOMES.get(library)
        if home is not None and module.split(".")[0] != home:
            found.append(f"{place}: imports {library}, which only {home} may")
    return found


def borrowed_names(package: Path) -> list[str]:
    """The modules and packages that have the name of one in the standard library."""
    names = {(path.parent if path.name == "__init__.py" else path) for _, path in python_files(package)} - {package}
    return sorted(f"{path.relative_to(package).as_posix()}" for path in names if path.stem in sys.stdlib_module_names)


def too_long(package: Path) -> list[str]:
    """The files that have as many lines as the limit of their kind, or more."""
    found = []
    for module, path in python_files(package):
        lines = len(path.read_text("utf-8").splitlines())
        limit = LONGEST_ADAPTER if module in ADAPTERS else LONGEST
        if lines >= limit:
            found.append(f"{path.relative_to(package).as_posix()}: {lines} lines of {limit - 1} allowed")
    return found


def test_imports_go_downwards() -> None:
    """No room imports one that is not below it."""
    assert wrong_arrows(PACKAGE) == []


def test_a_library_has_one_room() -> None:
    """Torch, IPython and matplotlib are imported in running alone, MkDocs in site, pytest in its plugin."""
    assert strangers(PACKAGE) == []


def test_no_module_has_a_name_of_the_standard_library() -> None:
    """A module's name means one thing."""
    assert borrowed_names(PACKAGE) == []


def test_files_are_short() -> None:
    """A file is one noun: under 250 lines, and an adapter under 150."""
    assert too_long(PACKAGE) == []


def package_with(folder: Path, path: str, text: str) -> Path:
    """A package with one file."""
    file = folder / "workings" / path
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return folder / "workings"


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("page.py", "from workings.place import Place", None),
        ("errors.py", "from workings.page import Page", "errors.py:1: errors imports page, which"),
        ("page.py", "import workings.outputs", "page imports outputs"),
        ("reading/live.py", "from workings.store import Store", "reading imports store"),
        ("reading/live.py", "from ..store import Store", "reading imports store"),
        ("reading/live.py", "from .. import store", "reading imports store"),
        ("reading/live.py", "from .options import OPTIONS", None),
        ("reading/__init__.py", "from .options import OPTIONS", None),
        ("reading/__init__.py", "from ..engine import run_pages", "reading imports engine"),
        (
            "store/disk.py",
            "if TYPE_CHECKING:\n    from workings import engine",
            "workings/store/disk.py:2: store imports",
        ),
        ("running/child.py", "def run():\n    import workings.store", "child.py:2: running imports store"),
        ("engine.py", "import importlib\nimportlib.import_module('workings.website')", "engine imports website"),
        ("website/config.py", "from workings.website.plugin import Plugin", "website imports website.plugin"),
        ("website/plugin.py", "from workings.website.config import read", None),
        ("website/plugin.py", "from workings.pytest_plugin import Item", "website.plugin imports pytest_plugin"),
        ("command_line.py", "from workings.markdown_extension import x", "command_line imports markdown_extension"),
        ("helpers.py", "from workings.place import Place", "helpers has no level"),
        ("engine.py", "from workings.helpers import help", "workings.helpers.help has no level"),
    ],
)
def test_an_arrow_upwards_is_found(tmp_path: Path, path: str, text: str, problem: str | None) -> None:
    """However an import is written, it is seen, and only a wrong one is reported."""
    found = wrong_arrows(package_with(tmp_path, path, text))
    assert len(found) == (problem is not None)
    assert (problem or "") in "".join(found)


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("rendering/figures.py", "import matplotlib.pyplot as plt", 1),
        ("store/store.py", "def f():\n    from torch import nn", 1),
        ("engine.py", "from importlib import import_module\nimport_module('IPython')", 1),
        ("running/shell.py", "import torch, IPython, matplotlib", 0),
        ("markdown_extension.py", "import mkdocs", 1),
        ("website/plugin.py", "import mkdocs_jupyter.plugin\nfrom mkdocs.plugins import BasePlugin", 0),
        ("website/plugin.py", "import pytest", 1),
        ("pytest_plugin/__init__.py", "import pytest", 0),
    ],
)
def test_a_library_outside_its_room_is_found(tmp_path: Path, path: str, text: str, count: int) -> None:
    """A library that has a room is reported in every other room."""
    assert len(strangers(package_with(tmp_path, path, text))) == count


def test_a_borrowed_name_is_found(tmp_path: Path) -> None:
    """Both a file and a folder can have a name of the standard library."""
    assert borrowed_names(package_with(tmp_path / "a", "reading/types.py", "")) == ["reading/types.py"]
    assert borrowed_names(package_with(tmp_path / "b", "json/__init__.py", "")) == ["json"]


def test_a_long_file_is_found(tmp_path: Path) -> None:
    """The limit is one line less than the number in its name, and lower for an adapter."""
    assert too_long(package_with(tmp_path / "a", "engine.py", "\n" * 249)) == []
    assert too_long(package_with(tmp_path / "b", "engine.py", "\n" * 250)) == ["engine.py: 250 lines of 249 allowed"]
    assert too_long(package_with(tmp_path / "c", "website/plugin.py", "\n" * 150)) != []
