"""What a page reads besides its own text: local modules, data files, packages. A record is stale when they change."""

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder
from pathlib import Path
from typing import Any

from workings.fingerprint import listing
from workings.running.commands import named
from workings.running.imports import FreshLoader, Imports, NotingFinder, distributions, file_of, searched
from workings.running.scratch import reads_file

_IMPORTING = ("<frozen importlib", os.path.dirname(importlib.__file__))  # noqa: PTH120 - compared with code's own names
"""How the files begin of code that lists folders to find modules."""
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
"""The flags that say what a file was opened for."""
_MODULE = "module:"
"""How a forked process's word of a package begins; what it says of files begins with a folder."""
SCRIPT = "workings.script"
"""The audit event of a cell that is a script for another program."""


class Reads:
    """Watches what this process and those that it forks open, list, and name to programs, from when it is made."""

    def __init__(self, root: Path, *, scratch: str) -> None:
        """Watch reading under the project's root; forked processes tell of theirs in a scratch file."""
        self._root = str(root.resolve()) + os.sep
        self._roots = (self._root, os.path.join(os.path.abspath(root), ""))  # noqa: PTH100, PTH118 - see `_names`
        self._opened: dict[str, bool] = {}
        self._listed: dict[str, str] = {}
        self._written: set[str] = set()
        self._asked: set[str] = set()
        self._imports = Imports()
        self._seers: dict[str, Callable[..., None]] = {
            "open": self._see_open,
            "import": self._see_import,
            "os.rename": self._see_rename,
            "os.listdir": self._see_listing,
            "os.scandir": self._see_listing,
            "sqlite3.connect": self._see_database,
            "subprocess.Popen": self._see_program,
            "os.system": self._see_program,
            "os.exec": self._see_program,
            "os.posix_spawn": self._see_program,
            SCRIPT: self._see_program,
        }
        self.move(scratch)
        sys.path_hooks.insert(0, self._finder)
        for folder, real in searched().items():
            if self._is_ours(real + os.sep):
                sys.path_importer_cache.pop(folder, None)
        sys.addaudithook(self._see)

    def move(self, scratch: str) -> None:
        """Be the reads of this process from now on."""
        self._owner, self._notes = os.getpid(), reads_file(scratch)
        apart = (os.path.join(folder, "") for folder in (sys.prefix, scratch, tempfile.gettempdir()))  # noqa: PTH118
        self._apart = tuple(folder for folder in apart if folder.startswith(self._roots))

    def modules(self) -> tuple[str, ...]:
        """Files of the modules imported from the project, sorted."""
        files = (getattr(sys.modules.get(name), "__file__", None) for name in self._imports.names())
        return tuple(sorted({str(Path(file).resolve()) for file in files if file and self._is_local(file)}))

    def files(self) -> tuple[str, ...]:
        """What of the project was read before the page wrote it, sorted: files, absent ones too, and listings."""
        self.hear()
        read = (file for file, reading in self._opened.items() if reading and not file.endswith(".pyc"))
        files = (str(file) for file in map(Path, read) if file.is_file() or not file.exists())
        return tuple(sorted({*files, *self._listed.values()}))

    def written(self) -> tuple[str, ...]:
        """Files of the project that were opened for writing, or put in place by another name; sorted."""
        return tuple(sorted(self._written))

    def hear(self) -> None:
        """Take over what forked processes have told so far."""
        with contextlib.suppress(FileNotFoundError):
            for name in os.fsdecode(self._notes.read_bytes()).split("\0")[:-1]:
                folder, is_listing, _ = name.rpartition("//")
                if is_listing:
                    self._listed.setdefault(folder, name)
                elif name.startswith(_MODULE):
                    self._imports.hear(name.removeprefix(_MODULE))
                else:
                    self._opened[name] = True

    def packages(self) -> tuple[str, ...]:
        """Distributions of the packages imported since the start, sorted; the warm process's own are in every key."""
        self.hear()
        tops = (name for name in self._imports.packages() if name not in sys.stdlib_module_names)
        return tuple(sorted({name for top in tops if not self._is_local_module(top) for name in distributions(top)}))

    def _is_local_module(self, name: str) -> bool:
        file = file_of(name)
        return file is None or self._is_local(file)

    def _is_local(self, file: str) -> bool:
        real = os.path.realpath(file) + (os.sep if file.endswith(os.sep) else "")
        return self._is_ours(real)

    def _is_ours(self, real: str) -> bool:
        return real.startswith(self._root) and "site-packages" not in real

    def _finder(self, folder: str) -> FileFinder:
        """Import modules of the project from their source alone."""
        if not self._is_local(os.path.join(folder, "")):  # noqa: PTH118 - with a separator at its end
            raise ImportError(folder)
        loaders = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (FreshLoader, SOURCE_SUFFIXES))
        return NotingFinder(folder, *loaders, note=self._note_absent)

    def _note_absent(self, folder: str, name: str) -> None:
        """A module was looked for where it is not: the day it is there, another one is imported."""
        for file in (f"{name}.py", os.path.join(name, "__init__.py")):  # noqa: PTH118
            self._note(os.path.join(os.path.realpath(folder), file), reading=True)  # noqa: PTH118

    def _see(self, event: str, arguments: tuple[object, ...]) -> None:
        see = self._seers.get(event)
        if see is not None:
            see(*arguments)

    def _see_open(self, file: object, _mode: object, flags: object) -> None:
        mode = (flags if isinstance(flags, int) else 0) & _ACCESS
        if isinstance(file, (str, bytes, os.PathLike)):
            self._note_file(os.fsdecode(file), reading=mode != os.O_WRONLY)
            if mode != os.O_RDONLY:
                self._see_write(file)

    def _see_import(self, name: str, *_more: object) -> None:
        package = name.partition(".")[0]
        if os.getpid() != self._owner and package not in self._asked:
            self._asked.add(package)
            self._tell(f"{_MODULE}{package}")

    def _see_rename(self, _old: object, new: object, *_folders: object) -> None:
        if isinstance(new, (str, bytes, os.PathLike)):
            self._see_write(new)

    def _see_write(self, file: str | bytes | os.PathLike[str]) -> None:
        if self._is_local(os.fsdecode(file)):
            self._written.add(os.path.realpath(os.fsdecode(file)))

    def _see_database(self, database: str | bytes | os.PathLike[str]) -> None:
        """A database that is not there is made, and so is written."""
        file = os.fsdecode(database).removeprefix("file:").partition("?")[0]
        self._note_file(file, reading=os.path.exists(file))  # noqa: PTH110

    def _see_listing(self, folder: object) -> None:
        if sys._getframe(2).f_code.co_filename.startswith(_IMPORTING):  # noqa: SLF001 - whose listing it is
            return
        if folder is None or isinstance(folder, (str, bytes, os.PathLike)):
            self._note_folder(os.fsdecode(folder or "."))

    def _see_program(self, path: Any, command: Any = (), folder: Any = "", *_more: object) -> None:
        """A program, by its path and its arguments, or a text for the shell."""
        words = [path, *(command if isinstance(command, (list, tuple)) else [command])]
        for name in named(words, os.fsdecode(folder) if isinstance(folder, (str, bytes, os.PathLike)) else ""):
            if os.path.isdir(name):  # noqa: PTH112
                self._note_folder(name)
            else:
                self._note_file(name, reading=True)

    def _note_file(self, file: str, *, reading: bool) -> None:
        for name in self._names(file):
            self._note(name, reading=reading)

    def _note_folder(self, folder: str) -> None:
        """Note what stands in a folder when it is first listed."""
        for name in self._names(folder):
            if name not in self._listed:
                self._listed[name] = ""  # looking is listing
                self._listed[name] = listing(name)
                self._tell(self._listed[name])

    def _names(self, file: str) -> list[str]:
        """The names in the project of what is there: by which it was asked for, and to which links lead."""
        try:
            asked = os.path.abspath(file)  # noqa: PTH100
            names = {asked, _real(asked)}
        except (OSError, ValueError):  # no such folder to be in, no such name: whoever asked hears of it
            return []
        return [name for name in names if (name + os.sep).startswith(self._roots) and not self._is_apart(name)]

    def _is_apart(self, name: str) -> bool:
        """Whether it belongs to a package, to an environment that lies in the project, or to this run alone."""
        return "site-packages" in name or (name + os.sep).startswith(self._apart)

    def _note(self, file: str, *, reading: bool) -> None:
        if file not in self._opened:
            self._opened[file] = reading
            if reading:
                self._tell(file)

    def _tell(self, name: str) -> None:
        """Tell of it, in a process that a cell has forked."""
        if os.getpid() != self._owner:
            with contextlib.suppress(OSError), self._notes.open("ab", buffering=0) as notes:
                notes.write(os.fsencode(f"{name}\0"))


def _real(path: str) -> str:
    """The path to which links lead, where most are looked up in a few folders."""
    folder, name = os.path.split(path)
    real = os.path.join(_real_folder(folder), name)  # noqa: PTH118
    return os.path.realpath(real) if os.path.islink(real) else real  # noqa: PTH114


@lru_cache(maxsize=1000)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)
