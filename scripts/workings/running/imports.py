"""What a page imports: which modules are new, where those of the project are found, whose packages they are."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from itertools import takewhile
from types import ModuleType
from typing import Any, NamedTuple


class Loaded(NamedTuple):
    """What a process has imported before it has a page."""

    modules: frozenset[str]
    packages: frozenset[str]
    """The first parts of their names."""
    folders: Mapping[str, str]
    """Where they were searched for but in installed packages, with the folders to which links lead from there."""
    newest: str
    """The folder that was searched last."""


@lru_cache(maxsize=1)
def loaded() -> Loaded:
    """What is imported now, asked once, in the process that pages are forked from.

    A page that looked at the names of thousands of modules and of hundreds of folders would copy the memory that they
    are in: 6 ms.
    """
    modules = frozenset(sys.modules)
    folders = {folder: os.path.realpath(folder) for folder in sys.path_importer_cache}
    others = {folder: real for folder, real in folders.items() if "site-packages" not in real}
    packages = frozenset(name.partition(".")[0] for name in modules)
    return Loaded(modules, packages, others, next(reversed(folders)))


def searched() -> dict[str, str]:
    """The folders in Python's cache of finders that may be a project's, with those to which links lead from there."""
    before = loaded()
    newer = takewhile(before.newest.__ne__, reversed(sys.path_importer_cache))
    return dict(before.folders) | {folder: os.path.realpath(folder) for folder in newer}


class Imports:
    """The modules that are imported from when it is made."""

    def __init__(self) -> None:
        """Begin."""
        self._before, self._newest = loaded(), next(reversed(sys.modules))
        self._elsewhere: set[str] = set()

    def names(self) -> list[str]:
        """Their names: they stand behind what was the newest when this was made, or is gone since."""
        try:
            newer = list(takewhile(self._is_newer, reversed(sys.modules)))
        except RuntimeError:  # another thread imports at this moment
            newer = list(sys.modules)
        return [name for name in newer if name not in self._before.modules]

    def hear(self, package: str) -> None:
        """Take note of a package that a process which this one has forked tried to import."""
        self._elsewhere.add(package)

    def packages(self) -> set[str]:
        """The packages of which there was nothing before, here and in the processes that were heard of."""
        return {*(name.partition(".")[0] for name in self.names()), *self._elsewhere} - self._before.packages

    def _is_newer(self, name: str) -> bool:
        return name != self._newest


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


def file_of(package: str) -> str | None:
    """The file that a package is imported from; None if it has none, or is not there."""
    known: ModuleType | ModuleSpec | None = sys.modules.get(package)
    if known is None:  # a process that this one has forked has asked for it
        known = PathFinder.find_spec(package)
        return known.origin if known is not None and known.has_location else None
    return getattr(known, "__file__", None)


def distributions(package: str) -> list[str]:
    """The distributions that a package comes from: most have its name, and a full search takes a fifth of a second."""
    try:
        return [distribution(package).name]
    except PackageNotFoundError:
        return _all_distributions().get(package, [])


@lru_cache(maxsize=1)
def _all_distributions() -> dict[str, list[str]]:
    return {package: list(names) for package, names in packages_distributions().items()}
