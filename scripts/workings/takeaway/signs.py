"""How marks within running text are written: formulas, links, code, attributes and what a site may add to them."""

import re
from collections.abc import Mapping
from functools import lru_cache

from workings.takeaway.heads import ATTRIBUTES

_BODY = r"(?:\\.|(?!\n[ \t>]*\n)[^\\])+?"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+)"""

ALWAYS: Mapping[str, str] = {
    "comment": r"<!--.*?-->",
    "code": r"(?<!`)(?P<ticks>`+)(?!`)(?P<inner>(?:(?!\n[ \t>]*\n).)+?)(?<!`)(?P=ticks)(?!`)",
    "display": rf"\$\$(?P<dollars>{_BODY})\$\$|\\\[(?P<brackets>{_BODY})\\\]"
    rf"|(?P<bare>\\begin\{{(?P<name>[a-z]+\*?)\}}{_BODY}\\end\{{(?P=name)\}})",
    "reference": r"\$\s*\\(?P<alone>(?:eq)?ref)\{(?P<of>[^{}\n$]+)\}\s*\$"
    r"|\\(?P<how>(?:eq)?ref)\{(?P<label>[^{}\n$]+)\}",
    "inline": r"\$(?!\s|\$)(?P<tex>(?:\\.|(?!\n[ \t>]*\n)[^\\$])+?)(?<!\s)\$|\\\((?P<round>" + _BODY + r")\\\)",
    "escaped": r"\\[^\w\s]",
    "link": r"\]\(\s*(?P<target><[^<>\n]*>|(?:[^()\s\\]|\\.|\([^()\s]*\))*)"
    r"""(?P<title>\s+(?:"[^"]*"|'[^']*'))?\s*\)""",
    "definition": r"^(?P<label_of> {0,3}\[[^\]^\n][^\]\n]*\]:[ \t]+)(?P<defined>\S+)",
    "tag": rf"<[a-zA-Z][\w-]*(?:\s+[\w:@-]+(?:\s*=\s*{_VALUE})?)+\s*/?>",
    "note": r"\[\^(?P<noted>[^\]\n]+)\](?!:)",
    "attributes": rf"[ \t]+{ATTRIBUTES}[ \t]*$|(?<=[)\]*_`>]){ATTRIBUTES}",
    "annotation": r"\((?P<annotated>\d+)\)!",
    "dollar_sign": r"\$",
}
"""What any page may hold, by the name of what reads it; the first that fits is taken."""

BY_FEATURE: Mapping[str, tuple[str, str]] = {
    "pymdownx.mark": ("mark", r"==(?=\S)(?P<marked>[^=\n]+?)(?<=\S)=="),
    "pymdownx.caret": ("caret", r"\^\^(?=\S)(?P<inserted>[^\^\n]+?)\^\^|\^(?P<raised>[^\s\^]+)\^"),
    "pymdownx.tilde": ("tilde", r"(?<!~)~(?P<lowered>[^\s~]+)~(?!~)"),
    "pymdownx.keys": ("keys", r"\+\+(?P<pressed>[\w\"'.+-]+?)\+\+"),
    "pymdownx.critic": (
        "critic",
        r"\{\+\+(?P<added>.*?)\+\+\}|\{--.*?--\}|\{>>.*?<<\}|\{~~.*?~>(?P<changed>.*?)~~\}|\{==(?P<noticed>.*?)==\}",
    ),
    "pymdownx.emoji": ("emoji", r"(?<![\w:]):(?P<picture>[a-z][\w+-]*|[+-]1):(?![\w:])"),
}
"""What is ordinary text on a site without an extension, by the extension's name."""


@lru_cache
def signs(features: frozenset[str]) -> re.Pattern[str]:
    """All marks of a site with these extensions; the last group of a match has the name of what reads it."""
    known = dict(pair for feature, pair in BY_FEATURE.items() if feature in features)
    parts = (f"(?P<{name}>{pattern})" for name, pattern in {**known, **ALWAYS}.items())
    return re.compile("|".join(parts), re.DOTALL | re.MULTILINE)
