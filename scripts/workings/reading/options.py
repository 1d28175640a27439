"""What an author says of a cell: from the words of a fence header or of notebook tags to `Options`."""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from workings.errors import SourceError
from workings.page import OWN_NAME, Options, Role
from workings.place import Place
from workings.settings import DEVICES

TAGS = (
    "hide-cell",
    "hide-input",
    "hide-output",
    "raises-exception",
    "remove-cell",
    "remove-input",
    "remove-output",
    "scroll-output",
    "skip-execution",
)
ROLES: tuple[Role, ...] = ("exercise", "check", "wrong", "solution")
"""Options whose value is the name of an exercise."""
NAMES = ("alt", "backend", "id", "proves", "raises", "reason", "tags", "timeout", *ROLES)
DISPLAY = ("title", "title_mode", "hl_lines", "linenums")
"""Options of pymdownx, which we hand on to it."""

ID = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
LABEL = re.compile(r"eq:[A-Za-z0-9][\w.:-]*", re.ASCII)
EXCEPTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def parse_options(header: Mapping[str, str], place: Place) -> Options:
    """Read a cell's options; raise the first problem of `check_options`."""
    options, problems = check_options(header)
    if problems:
        raise SourceError(place, problems[0])
    return options


def check_options(header: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Read a cell's options: those that can be used, and a sentence for each that can't."""
    problems = [unknown(name) for name in header if name not in NAMES]
    values: dict[str, object] = {}
    for name, read in READERS.items():
        if name in header:
            try:
                values[name] = read(header[name])
            except ValueError as error:
                problems.append(str(error))
    roles = [role for role in ROLES if role in values]
    values |= {"role": roles[0], "exercise": values[roles[0]]} if roles else {}
    options = Options(**{name: value for name, value in values.items() if name in Options.__struct_fields__})  # type: ignore[arg-type]
    return options, problems or [*several(roles), *conflicts(options)]


def unknown(name: str) -> str:
    """Say that there is no such option, and which one was probably meant."""
    if name in TAGS:
        return f"'{name}' is a tag, not an option: write tags=\"{name}\""
    like = difflib.get_close_matches(name.lower(), (*NAMES, *DISPLAY, *TAGS), n=1)
    hint = f"did you mean '{like[0]}'?" if like else f"options are {', '.join(NAMES)}"
    return f"unknown option '{name}' ({hint})"


def nearest(name: str, known: Iterable[str], *, among: str) -> str:
    """The end of a message: the known name that is most like this one, or all of them."""
    like = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1)
    return f" (did you mean '{like[0]}'?)" if like else f" ({among} are {', '.join(known)})"


def read_id(text: str) -> str:
    """A stable name, which must be fit for a link and can't be one that the engine gives."""
    if OWN_NAME.fullmatch(text):
        raise ValueError(f"id '{text}' is what a cell without an id is called: choose a name that says what it does")
    if not ID.fullmatch(text):
        raise ValueError(
            f"id '{text}' can't be a link target: begin with a letter, go on with letters, digits, - and _"
        )
    return text


def read_proves(text: str) -> tuple[str, ...]:
    """Labels of formulas, divided by spaces or commas."""
    labels = [label for label in re.split(r"[\s,]+", text) if label]
    for label in labels:
        if not LABEL.fullmatch(label):
            raise ValueError(f"proves '{label}' is not the label of a formula, as in proves=\"eq:softmax\"")
        if labels.count(label) > 1:
            raise ValueError(f"label '{label}' stands here twice: remove one")
    if not labels:
        raise ValueError('proves is empty: give the label of the formula, as in proves="eq:softmax"')
    return tuple(labels)


def read_exercise(text: str) -> str:
    """The name of an exercise, which is a link target too."""
    if not ID.fullmatch(text):
        raise ValueError(
            f"'{text}' can't be the name of an exercise: begin with a letter, go on with letters, digits, - and _"
        )
    return text


def read_tags(text: str) -> tuple[str, ...]:
    """Tags, divided by spaces or commas."""
    tags = [tag for tag in re.split(r"[\s,]+", text) if tag]
    for tag in tags:
        if tag not in TAGS:
            raise ValueError(f"unknown tag '{tag}'{nearest(tag, TAGS, among='tags')}")
        if tags.count(tag) > 1:
            raise ValueError(f"tag '{tag}' stands here twice: remove one")
    return tuple(sorted(tags))


def read_raises(text: str) -> str:
    """The name of an exception, with or without its module."""
    if not EXCEPTION.fullmatch(text):
        raise ValueError(f"raises '{text}' is not the name of an exception, as in raises=\"ValueError\"")
    return text


def read_backend(text: str) -> str:
    """One of the backends that there are."""
    if text not in DEVICES:
        raise ValueError(f"unknown backend '{text}'{nearest(text, DEVICES, among='backends')}")
    return text


def read_timeout(text: str) -> float:
    """A number of seconds in which something can happen."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"timeout '{text}' is not a number of seconds above 0, as in timeout=\"60\"")
    return seconds


def read_reason(text: str) -> str:
    """Why a cell is not run: words for the reader, so there must be some."""
    if not text.strip():
        raise ValueError('reason is empty: say why the cell is not run, as in reason="needs a camera"')
    return text.strip()


READERS: dict[str, Callable[[str], object]] = {
    "id": read_id,
    "tags": read_tags,
    "reason": read_reason,
    "raises": read_raises,
    "backend": read_backend,
    "timeout": read_timeout,
    "alt": str,
    "proves": read_proves,
    **dict.fromkeys(ROLES, read_exercise),
}


def several(roles: Sequence[Role]) -> Iterator[str]:
    """A cell has one part in one exercise."""
    if len(roles) > 1:
        yield f"a cell is one part of an exercise, and this is '{roles[0]}' and '{roles[1]}': make it two cells"


def conflicts(options: Options) -> Iterator[str]:
    """What can't be meant together."""
    skipped = "skip-execution" in options.tags
    if skipped and options.reason is None:
        yield "tag 'skip-execution' needs a reason for the reader: add reason=\"...\""
    if options.reason is not None and not skipped:
        yield 'a reason belongs to a cell that is not run: add tags="skip-execution", or remove the reason'
    if skipped and (options.raises is not None or "raises-exception" in options.tags):
        yield "a cell that is not run can't raise: remove either 'skip-execution' or the exception"
    if options.role is not None:
        yield from conflicts_in_exercise(options)
    for part in ("cell", "input", "output"):
        if {f"hide-{part}", f"remove-{part}"} <= set(options.tags):
            yield f"'hide-{part}' and 'remove-{part}' can't both hold: keep one"


def conflicts_in_exercise(options: Options) -> Iterator[str]:
    """What can't be said of a part of an exercise."""
    if options.tags:
        yield f"a part of an exercise is shown and run in its own way: remove the tag '{options.tags[0]}'"
    if options.proves:
        yield "a part of an exercise proves nothing to the reader: prove the formula in a cell of its own"
    if options.raises is not None and options.role in ("check", "solution"):
        yield f"'{options.role}' can't be meant to fail: remove raises"


def tags_to_header(tags: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Turn a notebook cell's tags into what a fence header would say: bare tags, and `key=value` ones."""
    header: dict[str, str] = {}
    problems: list[str] = []
    for tag in tags:
        name, equals, value = tag.partition("=")
        name = name.strip()
        if equals and name in header:
            problems.append(f"option '{name}' stands here twice: remove one")
        elif equals:
            header[name] = value.strip()
    bare = [tag.strip() for tag in tags if "=" not in tag]
    for name in NAMES:
        if name in bare:
            problems.append(f"tag '{name}' needs a value, as in '{name}=...'")
            bare = [tag for tag in bare if tag != name]
    if bare:
        header["tags"] = " ".join([*bare, header["tags"]] if "tags" in header else bare)
    return header, problems
