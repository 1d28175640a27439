"""Text without what differs from machine to machine and from run to run, and says nothing about the subject."""

import re

_MICRO = "\u03bc\u00b5u"  # two characters look like a Greek mu, and programs print both
TIME = rf"(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|[{_MICRO}]s|ms|s|secs?|seconds?|minutes?|hours?)\b"
RATE = r"(?<![\w.])\d[\d.]*\s?(?:it/s|s/it)\b"
_SIZE = r"(?<![\w.])\d+(?:\.\d+)?\s?(?:[KMGT]i?B|[kKMGT]bytes)\b"
ADDRESS = r"(?<=\bat )0x[0-9a-fA-F]{6,}\b|\b0x[0-9a-fA-F]{9,14}\b"
"""Not the bits of a float, of which there are 8 or 16 digits."""
PATH = r"(?<![\w:/.~)\]])~?/(?:[\w.+-]+/)+[\w.+-]*|\b[A-Z]:\\(?:[\w.+ -]+\\)*[\w.+-]*"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(ADDRESS), "<address>"),
    (re.compile(r"(\.(?:py|md|ipynb|cpp|cc|h))(?:#cell-[\w-]+)?:\d+"), r"\1:<line>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z\b|[+-]\d\d:?\d\d\b)?"), "<date>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:\.\d+)?\b|\b\d\d:\d\d(?=<)|(?<=<)\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\(mean ± std\. dev\. of [^)\n]*\)"), ""),
    (re.compile(rf"{TIME}(?:\s?±\s?{TIME})?"), "<time>"),
    (re.compile(RATE), "<rate>"),
    (re.compile(_SIZE), "<size>"),
)
_PATH = re.compile(PATH)
_FILE = re.compile(r"[\w+-]+\.[A-Za-z]\w{0,5}$")


def steady(text: str) -> str:
    """The text with a word in the place of addresses, folders of the machine, times, and sizes of memory."""
    text = _PATH.sub(lambda found: f"<folder>/{_file(found[0])}", text)
    for pattern, word in _RULES:
        text = pattern.sub(word, text)
    return text


def _file(path: str) -> str:
    """The name of the file that a path leads to, if it has an ending: other names may be made up at each run."""
    found = _FILE.search(path)
    return found[0] if found else ""
