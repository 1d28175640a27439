"""The copy of the project's own site that is soaked: its sources as they should be, and as they are at the moment."""

import os
import random
import shutil
from pathlib import Path

from .soak_text import LIMIT_SECONDS, count_cells

PROJECT = Path(__file__).parents[2]
STORE_BYTES = 4_000_000
OPTIONS = f"""
      timeout: {LIMIT_SECONDS}
      memory: 1 GiB
      output: 200 kB
      store_size: {STORE_BYTES}
"""
OWN = {
    "soak/module.md": "---\ntitle: Module\n---\n\n# Module\n\n```python\nimport soak_module\nsoak_module.VALUE\n```\n",
    "soak/soak_module.py": "VALUE = 'module-%d-read' % 0\n",
    "soak/long.md": "---\ntitle: Long\n---\n\n# Long\n"
    + "".join(f"\n```python\nimport time\ntime.sleep(0.2)\n{number}\n```\n" for number in range(6)),
}
"""Pages that the project does not have: one that reads a module of its own, one that takes its time."""


class Site:
    """A site's sources; `good` is what they are without the faults of the moment."""

    def __init__(self, folder: Path) -> None:
        """Copy the project's pages and add our own."""
        self.folder, self.docs, self.store = folder, folder / "docs", folder / ".workings"
        shutil.copytree(PROJECT / "docs", self.docs, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        text = (PROJECT / "mkdocs.yml").read_text("utf-8")
        self.config = text.replace("  - workings:\n", f"  - workings:{OPTIONS.rstrip()}\n")
        (folder / "mkdocs.yml").write_text(self.config, "utf-8")
        pages = [path for path in self.docs.rglob("*") if path.suffix in {".md", ".ipynb"}]
        self.good = {path.relative_to(self.docs).as_posix(): path.read_text("utf-8") for path in pages}
        self.faulty: set[str] = set()
        self.gone: set[str] = set()
        for name, content in OWN.items():
            self.save(name, content)

    @property
    def pages(self) -> list[str]:
        """All pages that there should be, in order."""
        return sorted(name for name in self.good if not name.endswith(".py"))

    @property
    def running(self) -> list[str]:
        """The pages that have cells."""
        return [name for name in self.pages if count_cells(name, self.good[name])]

    @property
    def new(self) -> list[str]:
        """The pages that were made while soaking, the oldest first."""
        return [name for name in self.good if name.startswith("soak/new-")]

    def save(self, name: str, text: str, *, how: random.Random | None = None) -> None:
        """Have a file hold something good."""
        self.good[name] = text
        self.faulty.discard(name)
        self.gone.discard(name)
        write(self.docs / name, text.encode(), how=how)

    def spoil(self, name: str, content: bytes, *, how: random.Random | None = None) -> None:
        """Have a file hold a fault, for the moment."""
        self.faulty.add(name)
        write(self.docs / name, content, how=how)

    def remove(self, name: str) -> None:
        """Delete a page."""
        del self.good[name]
        self.faulty.discard(name)
        self.gone.add(name)
        (self.docs / name).unlink()

    def rename(self, old: str, new: str) -> None:
        """Move a page."""
        self.good[new] = self.good.pop(old)
        if old in self.faulty:  # the fault moves along
            self.faulty = {*self.faulty, new} - {old}
        self.gone = {*self.gone, old} - {new}
        (self.docs / old).rename(self.docs / new)

    def mend(self) -> None:
        """Take all faults back."""
        for name in sorted(self.faulty):
            self.save(name, self.good[name])
        write(self.folder / "mkdocs.yml", self.config.encode())

    def copy(self, folder: Path) -> None:
        """Write the sources as they should be into another folder, in place of what is there."""
        shutil.rmtree(folder / "docs", ignore_errors=True)
        shutil.copytree(self.docs, folder / "docs", ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in self.good.items():
            write(folder / "docs" / name, text.encode())
        write(folder / "mkdocs.yml", self.config.encode())


def write(path: Path, content: bytes, *, how: random.Random | None = None) -> None:
    """Save a file as editors do: over the old one, or beside it and then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    if how is None or how.random() < 0.5:
        path.write_bytes(content)
        return
    beside = path.with_name(f".{path.name}.swp")
    beside.write_bytes(content)
    os.replace(beside, path)  # noqa: PTH105  what an editor does


def address(name: str) -> str:
    """Where a page is served."""
    path = Path(name).with_suffix("")
    parts = path.parent.parts if path.name == "index" else path.parts
    return "".join(f"/{part}" for part in parts) + "/"
