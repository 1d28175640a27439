"""From a file to the source of a page, whichever kind it is."""

from pathlib import Path

from workings.errors import SourceError
from workings.place import Place
from workings.reading.notebook import read_notebook
from workings.reading.source import Source, read_text


def load_source(path: Path, root: Path) -> Source:
    """Read a Markdown page or a notebook, which stands under the project's root."""
    place = Place(path=relative(path, root))
    text = read_text(path, place)
    if path.suffix == ".ipynb":
        return read_notebook(text, place.path, root=root)
    if path.suffix not in (".md", ".markdown"):
        raise SourceError(
            place, f"a page is a .md or .ipynb file, and this is '{path.suffix}': rename it or leave it out"
        )
    return Source(path=place.path, root=root, text=text if text.endswith("\n") or not text else text + "\n")


def relative(path: Path, root: Path) -> str:
    """A path as an author types it, from the root."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.as_posix()
