"""Small real sites for tests, and the real commands that build them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import yaml

MATERIAL: dict[str, object] = {"name": "material", "font": False}
FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)
URL = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)]*""", re.IGNORECASE)
LIMIT = 120
"""Seconds that a command may take before the test fails."""
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""What a run of pytest on pages does without: one plugin writes a folder, the other imports for most of a second."""
PYTEST = (sys.executable, "-m", "pytest", *WITHOUT)


def make_site(
    folder: Path, pages: Mapping[str, str], *, options: Mapping[str, object] | None = None, **settings: object
) -> Path:
    """Write a site with these pages, with the plugin's options and other settings of mkdocs.yml; give its folder."""
    for name, text in pages.items():
        write_page(folder, name, text)
    own = {"backend": "cpu", "jobs": 2, **(options or {})}
    values = {"site_name": "Test", "plugins": ["search", {"workings": own}], **settings}
    folder.mkdir(exist_ok=True)
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(values), "utf-8")
    return folder


def write_page(folder: Path, name: str, text: str) -> Path:
    """Write one page of a site."""
    path = folder / "docs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def notebook(*cells: tuple[str, str], ran: bool = False) -> str:
    """A notebook of ("markdown" or "code", source) cells; one that ran has outputs, which must not be shown."""
    tree: dict[str, object] = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [_notebook_cell(number, kind, source, ran) for number, (kind, source) in enumerate(cells)],
    }
    return json.dumps(tree, indent=1)


def _notebook_cell(number: int, kind: str, source: str, ran: bool) -> dict[str, object]:  # noqa: FBT001
    """One cell as nbformat writes it."""
    cell: dict[str, object] = {"id": f"c{number}", "cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        stale = {"output_type": "stream", "name": "stdout", "text": "stale output"}
        cell |= {"outputs": [stale] if ran else [], "execution_count": 7 if ran else None}
    return cell


def mkdocs(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a site's folder, as its author would."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def build(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build a site that has to come out well."""
    done = mkdocs(folder, "build", *arguments, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Loads(HTMLParser):
    """The addresses that a browser asks for when it opens a page."""

    def __init__(self) -> None:
        """Begin with an empty page."""
        super().__init__()
        self.addresses: list[str] = []
        self.styles: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element loads; a link to follow loads nothing."""
        values = {name: value or "" for name, value in attrs}
        self._inside = tag
        if tag == "link" and not {"stylesheet", "icon", "preload", "preconnect"} & set(values.get("rel", "").split()):
            return
        if tag != "a":
            self.addresses += [values[name] for name in ("src", "href", "data", "poster", "srcset") if name in values]
        self.styles.append(values.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note the page's own style sheets."""
        if self._inside == "style":
            self.styles.append(data)


def loads(html: str) -> Loads:
    """What a page loads."""
    parser = Loads()
    parser.feed(html)
    parser.close()
    return parser


def foreign(site: Path) -> list[str]:
    """The addresses of other hosts that the pages of a built site load, themselves or by their style sheets."""
    found = []
    for page in sorted(site.rglob("*.html")):
        parser = loads(page.read_text("utf-8"))
        found += [f"{page.name}: {address}" for address in parser.addresses if FOREIGN.match(address.strip())]
        found += [f"{page.name}: {style}" for style in parser.styles if URL.search(style)]
    for sheet in sorted(site.rglob("*.css")):
        found += [f"{sheet.name}: {found[0]}" for found in URL.finditer(sheet.read_text("utf-8"))]
    return found
