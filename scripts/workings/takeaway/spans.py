"""Running text with its marks, as Jupyter's Markdown has them."""

import base64
import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from workings.takeaway import formulas, plainer
from workings.takeaway.folds import summary
from workings.takeaway.home import Home, Picture
from workings.takeaway.pieces import Run
from workings.takeaway.signs import signs

_TARGET = re.compile(r"""(?P<before>\s(?:href|src)\s*=\s*)(?P<quote>["'])(?P<target>[^"']*)(?P=quote)""")
_MARKDOWN = re.compile(r"""\s+markdown(?:=(?:"[^"]*"|'[^']*'|[\w-]+))?(?=[\s/>])""")
_SPECIAL = re.compile(r"([\\`*_\[\]<>$|~])")
_VALUE = re.compile(r"\{python\}[ \t]+(?P<expression>\S.*)", re.DOTALL)
_HIGHLIGHTED = re.compile(r"(?:#!|:::)[\w+.#-]+[ \t]+(?=\S)")
_BAR = re.compile(r"(?<!\\)\|")
_DATA = re.compile(r"data:(?P<kind>[\w.+/-]+);base64,(?P<data>[\w+/=]+)", re.ASCII)
_ELSEWHERE = re.compile(r"[a-zA-Z][\w+.-]*:|//")


class Spans:
    """Reads the running text of one page; `pictures` are those that the text has to carry with it, by name."""

    def __init__(self, home: Home, notes: Mapping[str, int], value: Callable[[int, str], str | None]) -> None:
        """Take where the page is at home, the numbers of its footnotes, and what gives an expression's value.

        That is asked for by the number of the last cell above the expression.
        """
        self.pictures: dict[str, Picture] = {}
        self._home, self._notes, self._value = home, notes, value
        self._signs = signs(home.features)
        self._run = Run(lines=())

    def read(self, run: Run) -> Run:
        """The same run of lines, with marks that a notebook shows."""
        if run.verbatim:
            return run
        self._run = run
        text = self._signs.sub(self._put, "\n".join(run.lines))
        text = summary(text) if run.summary else text
        return replace(run, lines=tuple(text.split("\n")))

    def _put(self, match: re.Match[str]) -> str:
        return self.READERS[match.lastgroup or ""](self, match)

    def _code(self, match: re.Match[str]) -> str:
        """Code in text, or a value."""
        inner = match["inner"].strip()
        if value := _VALUE.fullmatch(inner):
            expression = " ".join(value["expression"].split())
            text = self._value(self._run.below, expression)
            return f"`{expression}`" if text is None else _SPECIAL.sub(r"\\\1", " ".join(text.split()))
        if "pymdownx.inlinehilite" in self._home.features and (found := _HIGHLIGHTED.match(inner)):
            return f"{match['ticks']}{inner[found.end() :]}{match['ticks']}"
        return _BAR.sub(r"\\|", match[0]) if _in_table(match.string, match.start()) else match[0]

    def _display(self, match: re.Match[str]) -> str:
        tex = next(filter(None, (match["dollars"], match["brackets"], match["bare"])))
        return formulas.displayed(tex, self._home.numbers, in_one_line=">" in self._run.prefix)

    def _inline(self, match: re.Match[str]) -> str:
        return formulas.in_text(match["tex"] or match["round"].strip(), self._home.numbers)

    def _reference(self, match: re.Match[str]) -> str:
        how, label = match["alone"] or match["how"], match["of"] or match["label"]
        return formulas.reference(how, label, self._home.numbers)

    def _link(self, match: re.Match[str]) -> str:
        target = match["target"].removeprefix("<").removesuffix(">")
        new = self._leading(target, is_picture=_is_picture(match.string, match.start()))
        return f"]({f'<{new}>' if ' ' in new else new}{match['title'] or ''})"

    def _definition(self, match: re.Match[str]) -> str:
        return f"{match['label_of']}{self._leading(match['defined'], is_picture=False)}"

    def _tag(self, match: re.Match[str]) -> str:
        """An element of HTML, without what says how its content is read, and with addresses that lead somewhere."""
        is_picture = match[0][1:4].lower() == "img"
        return _TARGET.sub(
            lambda at: f"{at['before']}{at['quote']}{self._leading(at['target'], is_picture=is_picture)}{at['quote']}",
            _MARKDOWN.sub("", match[0]),
        )

    def _note(self, match: re.Match[str]) -> str:
        number = self._notes.get(match["noted"])
        return match[0] if number is None else f"<sup>{number}</sup>"

    def _plainer(self, match: re.Match[str]) -> str:
        return plainer.READERS[match.lastgroup or ""](match)

    def _leading(self, target: str, *, is_picture: bool) -> str:
        """Where a target leads from the copy; a picture that has no address is carried along."""
        picture = self._picture(target) if is_picture else None
        if picture is not None:
            name = f"picture-{len(self.pictures) + 1}"
            self.pictures[name] = picture
            return f"attachment:{name}"
        return target if not target or _ELSEWHERE.match(target) else self._home.link(target)

    def _picture(self, target: str) -> Picture | None:
        """The picture that the text itself holds, or that its site gives it to carry."""
        if data := _DATA.fullmatch(target):
            return data["kind"], base64.b64decode(data["data"])
        return None if not target or _ELSEWHERE.match(target) else self._home.picture(target)

    READERS: Mapping[str, Callable[["Spans", re.Match[str]], str]] = {
        "comment": lambda _self, _match: "",
        "code": _code,
        "display": _display,
        "inline": _inline,
        "reference": _reference,
        "escaped": lambda _self, match: match[0],
        "link": _link,
        "definition": _definition,
        "tag": _tag,
        "note": _note,
        "attributes": lambda _self, _match: "",
        "annotation": lambda _self, match: f"({match['annotated']})",
        "dollar_sign": lambda _self, _match: "\\$",
        **dict.fromkeys(plainer.READERS, _plainer),
    }


def _in_table(text: str, at: int) -> bool:
    """Whether a place in the text is in a table, where Jupyter takes a bar in code for the border of a cell."""
    paragraph = text[text.rfind("\n\n", 0, at) + 1 :].strip("\n").split("\n", 2)
    return len(paragraph) > 1 and "|" in paragraph[1] and not paragraph[1].strip("|:- ")


def _is_picture(text: str, end: int) -> bool:
    """Whether the bracket that ends here began with the sign of a picture."""
    depth = 0
    for at in range(end, -1, -1):
        depth += {"]": 1, "[": -1}.get(text[at], 0)
        if depth == 0:
            return at > 0 and text[at - 1] == "!"
    return False
