"""Take-away: a page as a notebook, a script and a text, which run anywhere and hold nothing that the page showed."""

from workings.outputs import Record
from workings.reading import Found, Source
from workings.takeaway.collect import parts_of
from workings.takeaway.home import Home
from workings.takeaway.notebook import to_notebook
from workings.takeaway.script import to_script
from workings.takeaway.text import to_markdown

__all__ = ["FORMS", "Home", "take_away"]

FORMS = (".ipynb", ".py", ".md")
"""How the names of the copies end."""


def take_away(source: Source, found: Found, home: Home, record: Record | None = None) -> dict[str, str]:
    """The copies of a page by how their names end."""
    parts = parts_of(source, found, home, record)
    return dict(zip(FORMS, (to_notebook(parts, home), to_script(parts), to_markdown(parts)), strict=True))
