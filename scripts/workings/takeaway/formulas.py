r"""TeX as MathJax in a notebook reads it: a formula has the number that it has on the page, and no label."""

import re
from collections.abc import Mapping

_LABEL = re.compile(r"[ \t]*\\label\s*\{([^{}]*)\}")
_REFERENCE = re.compile(r"\\(eq)?ref\s*\{([^{}]*)\}")
_LINES = re.compile(r"\\(begin|end)\s*\{(align|gather|multline)\}")
_ALONE = re.compile(r"\\(?:begin|end)\s*\{equation\*?\}\s*")


def in_text(tex: str, numbers: Mapping[str, str]) -> str:
    """A formula in a line of text."""
    return f"${_referring(tex, numbers)}$"


def displayed(tex: str, numbers: Mapping[str, str], *, in_one_line: bool) -> str:
    """A formula by itself; in one line where a mark before each line would be taken for a part of it."""
    if _LINES.search(tex):
        body = _LINES.sub(r"\\\1{\2*}", _LABEL.sub(lambda match: f" {_tag(match[1], numbers)}", tex))
    else:
        labels = [match[1] for match in _LABEL.finditer(tex)]
        bare = _LABEL.sub("", _ALONE.sub("", tex))
        body = _with_tag(bare, " ".join(_tag(label, numbers) for label in labels[:1]))
    body = _referring(body, numbers)
    if in_one_line:
        body = f" {' '.join(body.split())} "
    return f"$${body}$$"


def reference(how: str, label: str, numbers: Mapping[str, str]) -> str:
    r"""What stands for `\\eqref{label}` or `\\ref{label}`."""
    number = numbers.get(label, "?")
    return f"({number})" if how == "eqref" else number


def _with_tag(tex: str, tag: str) -> str:
    """A formula with its number behind it, before the line break at its end."""
    end = "\n" if tex.endswith("\n") else ""
    return f"{tex.rstrip()} {tag}{end}" if tag else tex


def _tag(label: str, numbers: Mapping[str, str]) -> str:
    return f"\\tag{{{numbers[label]}}}" if label in numbers else ""


def _referring(tex: str, numbers: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda match: reference(f"{match[1] or ''}ref", match[2], numbers), tex)
