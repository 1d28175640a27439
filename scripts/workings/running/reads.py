"""What a page reads besides its own text: local modules, data files, packages. A record is stale when they change."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any


class Reads:
    """Watches what this process opens, from the moment it is made."""

    def __init__(self, root: Path, *, ignored: tuple[Path, ...] = ()) -> None:
        """Watch reading under the project's root, except in the ignored folders."""
        self._root = str(root.resolve()) + os.sep
        self._ignored = tuple(str(folder) + os.sep for folder in ignored)
        self._opened: dict[str, bool] = {}
        self._known = frozenset(sys.modules)
        sys.path_hooks.insert(0, self._finder)
        sys.path_importer_cache.clear()
        sys.addaudithook(self._see)

    def modules(self) -> tuple[str, ...]:
        """Files of the modules imported from the project, sorted."""
        files = (getattr(sys.modules.get(name), "__file__", None) for name in self._new_modules())
        return tuple(sorted({str(Path(file).resolve()) for file in files if file and self._is_local(file)}))

    def files(self) -> tuple[str, ...]:
        """Files of the project that were opened for reading before the page wrote them, absent ones too; sorted."""
        read = (file for file, reading in self._opened.items() if reading and not file.endswith(".pyc"))
        return tuple(sorted(str(file) for file in map(Path, read) if file.is_file() or not file.exists()))

    def packages(self) -> tuple[str, ...]:
        """Distributions of the packages imported since the start, sorted; the warm process's own are in every key."""
        tops = {name.partition(".")[0] for name in self._new_modules()} - {n.partition(".")[0] for n in self._known}
        tops = {name for name in tops if name not in sys.stdlib_module_names and not self._is_local_module(name)}
        return tuple(sorted({name for top in tops for name in _distributions(top)}))

    def _new_modules(self) -> list[str]:
        return [name for name in list(sys.modules) if name not in self._known]

    def _is_local_module(self, name: str) -> bool:
        file = getattr(sys.modules.get(name), "__file__", None)
        return file is None or self._is_local(file)

    def _is_local(self, file: str) -> bool:
        real = os.path.realpath(file) + (os.sep if file.endswith(os.sep) else "")
        return real.startswith(self._root) and not real.startswith(self._ignored) and "site-packages" not in real

    def _finder(self, folder: str) -> FileFinder:
        """Import modules of the project from their source alone."""
        if not self._is_local(os.path.join(folder, "")):  # noqa: PTH118 - with a separator at its end
            raise ImportError(folder)
        loaders = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (FreshLoader, SOURCE_SUFFIXES))
        return NotingFinder(folder, *loaders, note=self._note_absent)

    def _note_absent(self, folder: str, name: str) -> None:
        """A module was looked for where it is not: the day it is there, another one is imported."""
        for file in (f"{name}.py", os.path.join(name, "__init__.py")):  # noqa: PTH118
            self._opened.setdefault(os.path.join(os.path.realpath(folder), file), True)  # noqa: PTH118

    def _see(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], (str, bytes)):
            return
        file = os.fsdecode(arguments[0])
        if self._is_local(file):
            flags = arguments[2] if isinstance(arguments[2], int) else 0
            self._opened.setdefault(os.path.realpath(file), flags & os.O_ACCMODE != os.O_WRONLY)


class NotingFinder(FileFinder):
    """Finds modules in a folder, and tells of those that are not there."""

    def __init__(self, folder: str, *loaders: Any, note: Callable[[str, str], None]) -> None:
        """Take the folder, what loads which files, and whom to tell."""
        super().__init__(folder, *loaders)
        self._note = note

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a module."""
        spec = super().find_spec(fullname, target)
        if spec is None:
            self._note(self.path, fullname.rpartition(".")[2])
        return spec


class FreshLoader(SourceFileLoader):
    """Reads no bytecode and writes none: Python trusts it by time and size, and an edit can keep both."""

    def path_stats(self, path: str) -> Mapping[str, int]:
        """Say that nothing is known of the file, so that its bytecode can't be taken for fresh."""
        raise OSError(path)


def _distributions(package: str) -> list[str]:
    """The distributions that a package comes from: most have its name, and a full search takes a fifth of a second."""
    try:
        return [distribution(package).name]
    except PackageNotFoundError:
        return _all_distributions().get(package, [])


@lru_cache(maxsize=1)
def _all_distributions() -> dict[str, list[str]]:
    return {package: list(names) for package, names in packages_distributions().items()}
