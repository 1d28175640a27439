"""The Markdown extensions that pages need, added to those that a site has."""

from collections.abc import Iterable, Mapping
from typing import Any

NEEDED: Mapping[str, Mapping[str, Any]] = {
    "attr_list": {},
    "md_in_html": {},
    "pymdownx.highlight": {},
    "pymdownx.superfences": {},
}
"""By name, with their options where a site has not said any."""

OURS = frozenset({"workings", "workings.markdown_extension"})
"""The extension that runs a text by itself, for programs without plugins; here all pages are run at once."""

BUNDLES: Mapping[str, frozenset[str]] = {
    "extra": frozenset({"attr_list", "md_in_html"}),
    "pymdownx.extra": frozenset({"attr_list", "md_in_html", "pymdownx.superfences"}),
}
"""Extensions that bring others with them, whose options stand in the bundle's."""

WITH_MARKS = frozenset({"abbr", "def_list", "footnotes"})
"""Extensions of every bundle that give a meaning to what is ordinary text without them."""


def with_needed(extensions: Iterable[Any], configs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Add what is missing at the end, where it wins over `fenced_code`; what a site has keeps its options."""
    listed = [extension for extension in extensions if extension not in OURS]
    names = {_short(name) for name in listed if isinstance(name, str)}
    present = names.union(*(BUNDLES.get(name, ()) for name in names))
    missing = [name for name in NEEDED if name not in present]
    added = {name: dict(NEEDED[name]) for name in missing if NEEDED[name]}
    return [*listed, *missing], {**configs, **added}


def names_of(extensions: Iterable[Any]) -> frozenset[str]:
    """The short names of extensions, and of those that come with a bundle."""
    names = {_short(name) for name in extensions if isinstance(name, str)}
    return frozenset(names.union(*(WITH_MARKS for name in names & BUNDLES.keys())))


def _short(name: str) -> str:
    """The name of an extension, without the ways to spell it longer."""
    return name.partition(":")[0].removeprefix("markdown.extensions.")
