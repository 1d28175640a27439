"""What an author does who makes no mistake, in whatever order: edits, saves, renames, new pages, settings."""

import time

from .soak_site import write
from .soak_text import is_notebook, prose_mark, with_prose, with_title
from .soak_turn import Action, Turn, listed

NEW_PAGES = 6
"""As many pages as are made before the oldest of them is deleted."""
LONG = "soak/long.md"


def prose(turn: Turn) -> None:
    """Edit the prose of a page."""
    name = turn.page(turn.site.pages)
    turn.edit_prose(name)
    turn.said_on(name)


def cell(turn: Turn) -> None:
    """Edit a cell."""
    name = turn.page(turn.site.running)
    turn.edit_cell(name, turn.cell(name))
    turn.shown_on(name)


def notebook(turn: Turn) -> None:
    """Edit a cell of a notebook."""
    name = turn.page([name for name in turn.site.pages if is_notebook(name)])
    turn.edit_cell(name, turn.cell(name))
    turn.shown_on(name)


def back(turn: Turn) -> None:
    """Edit a cell and take the edit back, so that what is in the store is good again."""
    name = turn.page(turn.site.running)
    before = turn.site.good[name]
    turn.edit_cell(name, turn.cell(name))
    turn.shown_on(name)
    turn.site.save(name, with_prose(name, before, turn.number), how=turn.chance)
    turn.said_on(name)


def during(turn: Turn) -> None:
    """Edit the prose of a page, then a cell, while the page runs."""
    turn.edit_cell(LONG, 0)
    time.sleep(turn.chance.uniform(0.2, 1.5))
    turn.edit_prose(LONG)
    time.sleep(turn.chance.uniform(0, 1))
    turn.edit_cell(LONG, turn.cell(LONG))
    turn.shown_on(LONG, prose_mark(turn.number))


def burst(turn: Turn) -> None:
    """Save a page five times within 50 ms."""
    name = turn.page(turn.site.pages)
    for _ in range(4):
        turn.edit_prose(name, turn.chance.randrange(10**6, 10**7))
        time.sleep(0.01)
    turn.edit_prose(name)
    turn.said_on(name)


def everywhere(turn: Turn) -> None:
    """Save all pages at once, as a replacement in the whole project does."""
    names = turn.site.pages
    for name in names:
        turn.edit_prose(name)
    for name in names:
        turn.said_on(name)


def halves(turn: Turn) -> None:
    """Save a page as a slow disk does: cut off, in part, then whole."""
    name = turn.page(turn.site.pages)
    whole = with_prose(name, turn.site.good[name], turn.number)
    data = whole.encode()
    for part in (b"", data[: turn.chance.randrange(len(data))]):
        write(turn.site.docs / name, part)
        time.sleep(turn.chance.choice([0.001, 0.05, 0.3, 1]))
    turn.site.save(name, whole)
    turn.said_on(name)


def module(turn: Turn) -> None:
    """Edit a module that a page imports."""
    text = f"VALUE = 'module-%d-read' % {turn.number}\n"
    turn.site.save("soak/soak_module.py", text, how=turn.chance)
    turn.on("soak/module.md", f"module-{turn.number}-read")


def title(turn: Turn) -> None:
    """Change the title of a page that the navigation lists without one: the pages before and after it show it."""
    name = "01-tensors/index.md"
    turn.site.save(name, with_title(name, turn.site.good[name], turn.number), how=turn.chance)
    for page in (name, "index.md", "01-tensors/broadcasting.md"):
        turn.on(page, f"Soak {turn.number}")


def front_matter(turn: Turn) -> None:
    """Change the title of any page, in its front matter."""
    name = turn.page([page for page in turn.site.pages if turn.site.good[page].startswith("---") or is_notebook(page)])
    turn.site.save(name, with_title(name, turn.site.good[name], turn.number), how=turn.chance)
    turn.on(name, f"Soak {turn.number}")


def new_page(turn: Turn) -> None:
    """Make a page; when there are many, delete the oldest."""
    name = f"soak/new-{turn.number}.md"
    turn.site.save(name, f"---\ntitle: New\n---\n\n# New\n\n```python\n{turn.number} + 1\n```\n", how=turn.chance)
    turn.edit_cell(name, 0)
    turn.shown_on(name)
    if len(turn.site.new) > NEW_PAGES:
        oldest = turn.site.new[0]
        turn.site.remove(oldest)
        turn.absent(oldest)


def delete(turn: Turn) -> None:
    """Delete a page, wait until it is gone or not, and make it again."""
    name = turn.page([page for page in turn.site.pages if page != "index.md"])
    text = turn.site.good[name]
    turn.site.remove(name)
    if turn.chance.random() < 0.7:
        turn.absent(name)
    turn.site.save(name, with_prose(name, text, turn.number))
    turn.said_on(name)


def rename(turn: Turn) -> None:
    """Give a page another name and then its old one."""
    name = turn.page([page for page in turn.site.pages if page != "index.md"])
    other = name.replace(".", f"-{turn.number}.")
    turn.site.rename(name, other)
    turn.on(other, "</html>")
    turn.absent(name)
    turn.site.rename(other, name)
    turn.on(name, "</html>")
    turn.absent(other)


def configuration(turn: Turn) -> None:
    """Break mkdocs.yml, and mend it; nothing can be built meanwhile, so nothing is asked but that it comes back."""
    path, kind = turn.site.folder / "mkdocs.yml", turn.chance.choice(["yaml", "option", "empty", "gone", "plugin"])
    turn.note(kind)
    said = turn.site.config
    broken = {
        "yaml": said + "\n  - [",
        "option": said.replace("timeout:", "time-out:"),
        "empty": "",
        "plugin": said.replace("- workings:", "- no-such-plugin:"),
    }
    if kind == "gone":
        path.unlink()
    else:
        write(path, broken[kind].encode())
    time.sleep(turn.chance.uniform(0, 3))
    name = turn.page(turn.site.pages)
    turn.edit_prose(name)
    time.sleep(turn.chance.uniform(0, 2))
    write(path, said.encode())
    turn.said_on(name)


def setting(turn: Turn) -> None:
    """Change mkdocs.yml: every page shows it."""
    lines = [line for line in turn.site.config.split("\n") if not line.startswith("site_name:")]
    turn.site.config = "\n".join([f"site_name: Soak {turn.number} named", *lines])
    write(turn.site.folder / "mkdocs.yml", turn.site.config.encode())
    for page in turn.site.pages:
        turn.on(page, f"Soak {turn.number} named")


EDITS: dict[str, tuple[Action, int]] = listed(
    (prose, 14),
    (cell, 14),
    (notebook, 5),
    (back, 4),
    (during, 4),
    (burst, 5),
    (everywhere, 1),
    (halves, 5),
    (module, 3),
    (title, 2),
    (front_matter, 2),
    (new_page, 3),
    (delete, 3),
    (rename, 2),
    (configuration, 2),
    (setting, 1),
)
"""What is done, and how often in comparison."""
