"""The YAML between two rules at the top of a page, as far as it concerns the engine."""

import re
from functools import lru_cache

import yaml
from msgspec import Struct

# The same words as `mkdocs.utils.meta`, so that both see the same front matter.
FRONT_MATTER = re.compile(r"^-{3}[ \t]*\n(.*?\n)(?:\.{3}|-{3})[ \t]*\n", re.DOTALL)
BRACKETS = 300
WANTED = {"cpu": "cpu", "cuda": "cuda", "any": None, None: None}


class FrontMatter(Struct, frozen=True, kw_only=True):
    """What a page says of itself."""

    lines: int = 0
    """How many lines it takes, its rules included."""
    execute: bool = True
    backend: str | None = None
    problems: tuple[tuple[int, str], ...] = ()
    """Lines of the page, and what is wrong with them."""


def read_front_matter(text: str) -> FrontMatter:
    """Read the front matter of a page, which may have none."""
    match = FRONT_MATTER.match(text)
    return FrontMatter() if match is None else _read(match[0])


@lru_cache(maxsize=1024)
def _read(text: str) -> FrontMatter:
    """Read front matter by itself; YAML is slow, and a page is read in several places."""
    match = FRONT_MATTER.match(text)
    assert match is not None  # noqa: S101 - the caller has seen it
    try:
        values = load(match[1])
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        line, message = explain(error)
        return FrontMatter(problems=((line, message),))
    if not isinstance(values, dict):
        return FrontMatter()  # a page that begins with a rule, as MkDocs sees it too
    return checked(values, match)


def load(text: str) -> object:
    """Parse YAML, but no tower of brackets, over which PyYAML takes for ever and its C sister crashes."""
    if len(re.findall(r"[\[{]|- ", text)) > BRACKETS:
        raise ValueError(f"it has more than {BRACKETS} lists and mappings")
    return yaml.safe_load(text)


def checked(values: dict[object, object], match: re.Match[str]) -> FrontMatter:
    """Take what concerns the engine, and say what it can't have."""
    problems: list[tuple[int, str]] = []
    execute, backend = values.get("execute", True), values.get("backend")
    if not isinstance(execute, bool):
        problems.append((line_of("execute", match), f"execute is true or false, not {execute!r}"))
    if not (backend is None or isinstance(backend, str)) or backend not in WANTED:
        problems.append((line_of("backend", match), f"backend is cpu, cuda or any, not {backend!r}"))
        backend = None
    return FrontMatter(
        lines=match[0].count("\n"),
        execute=execute is not False,
        backend=WANTED[backend],
        problems=tuple(problems),
    )


def line_of(key: str, match: re.Match[str]) -> int:
    """The line of the page that sets this key."""
    found = re.search(rf"^{key}\s*:", match[1], re.MULTILINE)
    return match[1].count("\n", 0, found.start()) + 2 if found else 1


def explain(error: Exception) -> tuple[int, str]:
    """The line of the page and the reason why its front matter can't be read."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 2 if mark is not None else 1
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).split("\n")[0]
    return line, f"the front matter is not valid YAML: {reason}; mend it, or begin the page with an empty line"
