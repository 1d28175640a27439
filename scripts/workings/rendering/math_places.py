"""The line on which each formula of a page stands, for messages: Markdown itself forgets it."""

import re
from collections import defaultdict, deque

_BODY = r"(?:\\.|(?!\n[ \t>]*\n)[^\\])+?"
_SIGNS = re.compile(
    rf"""(?xs)
    <!--.*?-->
    | (?P<fence>`{{3,}}|~{{3,}})[^\n]*\n .*? (?P=fence)
    | (?<!`)(?P<ticks>`+)(?!`) (?:(?!\n[ \t>]*\n).)+? (?<!`)(?P=ticks)(?!`)
    | \\(?:\\|\$)
    | \$\$(?P<dollars>{_BODY})\$\$
    | \\\[(?P<brackets>{_BODY})\\\]
    | (?P<bare>\\begin\{{(?P<name>[a-z]+\*?)\}}{_BODY}\\end\{{(?P=name)\}})
    | \$(?!\s|\$)(?P<dollar>(?:\\.|(?!\n[ \t>]*\n)[^\\$])+?)(?<!\s)\$
    | \\\((?P<round>{_BODY})\\\)
    | (?P<reference>\\(?:eq)?ref\{{[^{{}}\n]*\}})
    | (?P<stray>\$\$)
    """
)
"""What may hold a formula, and what hides one: comments, fences, code in prose, escaped dollars."""
_GROUPS = ("dollars", "brackets", "bare", "dollar", "round", "reference", "stray")


class Lines:
    """Hands out the lines of a page's formulas: ask for each formula once, in any order but for equal ones."""

    def __init__(self, text: str) -> None:
        """Find all formulas of this Markdown text."""
        self._text = text
        self._found: dict[str, deque[int]] = defaultdict(deque)
        line = end = 0
        for match in _SIGNS.finditer(text):
            group = next((name for name in _GROUPS if match[name] is not None), None)
            if group is not None:
                line, end = line + text.count("\n", end, match.start(group)), match.start(group)
                self._found[_bare(match[group])].append(line + 1)

    def take(self, tex: str) -> int:
        """The line of the next formula with this TeX; where it can't be told, of the first text like it."""
        lines = self._found.get(_bare(tex))
        if lines:
            return lines.popleft()
        return self._text.count("\n", 0, max(self._text.find(tex.strip().partition("\n")[0]), 0)) + 1


def _bare(tex: str) -> str:
    """TeX without what Markdown takes away from it in lists, quotes and admonitions."""
    return re.sub(r"[\s>]+", "", tex)
