"""Superfences' own parser, with an ear at each place where it decides something, so that nothing is lost in silence.

It reads a page line by line: outside a fence it calls `parse_whitespace` for each line, inside one `parse_fence_line`,
and `clear` where it gives a fence up. Counting the first two gives line numbers without a copy of its loop.
"""

# pymdownx has no types, so its classes are Any:
# mypy: disable-error-code="import-untyped, misc, no-any-return"

import re
from typing import Any

from markdown import Markdown
from msgspec import Struct
from pymdownx.superfences import SuperFencesBlockPreprocessor, highlight_validator

from workings.reading import headers, marks, quiz_lines, suspects
from workings.reading.headers import LANGUAGE, Header
from workings.reading.options import DISPLAY
from workings.reading.suspects import Trouble

LINE_NUMBERS = ("hl_lines", "linenums")
TOO_LONG = re.compile(r"\d{10}")
"""Digits that are no line number, and that Python may refuse to read."""


class Fence(Struct, frozen=True, kw_only=True):
    """A python fence that superfences took."""

    start: int
    """The index of its header among the lines that superfences saw."""
    stop: int
    """The index of the line that closes it."""
    indent: int
    """The columns before it: of lists, admonitions and quotes."""
    header: Header
    code: str
    """The code as superfences has it: dedented, with spaces for tabs."""
    html: str
    """The code, highlighted."""


class CellFences(SuperFencesBlockPreprocessor):
    """Finds fences as superfences does, and hears of every cell and of every fence that is none."""

    def __init__(self, md: Markdown, extension: Any) -> None:
        """Take the place of the parser of superfences' extension."""
        super().__init__(md)
        self.config = extension.getConfigs()
        self.extension = extension
        self.nonce = ""
        self.fence: str | None = None
        self.highlighting = True
        self.begin([])
        extension.superfences[:] = [entry for entry in extension.superfences if entry["name"] != LANGUAGE]
        extension.extend_super_fences(LANGUAGE, self.format_cell, self.validate_cell, None)
        if extension.superfences[0]["name"] == "superfences":
            extension.superfences[0]["formatter"] = self.highlight

    def begin(self, lines: list[str]) -> None:
        """Forget the last page."""
        self.seen = lines
        self.at = -1
        self.fences: list[Fence] = []
        self.marked: list[Trouble] = []
        self.written: list[Trouble] = []
        self.inline: list[int] = []
        self.quizzes: dict[int, int] = {}
        self.closing = False

    # What superfences calls, in the order in which it does.

    def search_nested(self, lines: list[str]) -> list[str]:
        """Read a page."""
        self.begin(lines)
        return super().search_nested(lines)

    def parse_whitespace(self, line: str) -> str:
        """Hear of a line outside fences."""
        self.at += 1
        if suspects.INLINE.search(line):
            self.inline.append(self.at)
        if quiz_lines.HEAD.match(line):
            self.quizzes[self.at] = self.at
        if suspects.IN_LIST.match(line):
            self.written.append(Trouble(line=self.at, message=suspects.BEHIND_LIST_MARKER))
        return super().parse_whitespace(line)

    def parse_fence_line(self, line: str) -> tuple[str, str]:
        """Hear of a line inside a fence."""
        self.at += 1
        return super().parse_fence_line(line)

    def parse_options(self, m: re.Match[str]) -> bool:
        """Hear of a header with words."""
        self.opens(headers.read_words(m["options"] or ""))
        return super().parse_options(m)

    def handle_attrs(self, m: re.Match[str]) -> bool:
        """Hear of a header with braces."""
        self.opens(headers.read_braces(m["attrs"]))
        self.foreign = suspects.FOREIGN.match(m[0]) is not None
        return super().handle_attrs(m)

    def handle_unrecognized(self, m: re.Match[str]) -> bool:
        """Hear of a header that superfences can't read; a cell's is taken all the same, so that the page goes on."""
        words = m["unrecognized"] or m["options"] or m["attrs"] or ""
        if m["lang"] == LANGUAGE and not (m["fence"][0] == "`" and "`" in words):
            self.opens(headers.read_words(words))
            self.lang, self.formatter = LANGUAGE, self.format_cell
            return True
        if suspects.FOREIGN.match(m[0]):
            self.written.append(Trouble(line=self.at, message=suspects.FOREIGN_HEADER))
        return super().handle_unrecognized(m)

    def opens(self, header: Header) -> None:
        """Remember the fence whose header was just read."""
        self.header, self.opened, self.foreign, self.closing = header, self.at, False, False
        self.unfit: list[str] = []

    def validate_cell(self, language: str, inputs: dict[str, Any], options: Any, attrs: Any, md: Markdown) -> bool:
        """Hand what belongs to pymdownx to pymdownx; the other words are read from the header."""
        self.get_hl_settings()
        shown = {k: v for k, v in inputs.items() if v is not None and (k in DISPLAY or k.startswith("data-"))}
        highlight_validator(language, shown, options, attrs, md)
        refused = [name for name in attrs if not name.startswith("data-")]
        for name in refused:
            del attrs[name]  # with one of them superfences would take the fence for none
        refused = [name for name in LINE_NUMBERS if name in refused or TOO_LONG.search(options.get(name, ""))]
        for name in refused if self.use_pygments else []:
            options.pop(name, None)
            self.unfit.append(f"{name} '{shown[name][:40]}' is not line numbers: write them as in \"2 4-6\"")
        return True

    def process_nested_block(self, ws: str, content: str, start: int, end: int) -> None:
        """Hear where a fence ends; where the formatter of somebody else fails, superfences leaves the text as it is."""
        self.closing = True
        super().process_nested_block(ws, content, start, end)

    def format_cell(self, *, src: str, language: str, md: Markdown, **how: Any) -> str:
        """Keep a cell's code for later, and leave a mark where it stood."""
        shown = self.highlight(src, language, md=md, **{**how, "id_value": ""})
        header = Header(options=self.header.options, problems=(*self.header.problems, *self.unfit))
        self.fences.append(
            Fence(start=self.opened, stop=self.at, indent=self.ws_virtual_len, header=header, code=src, html=shown)
        )
        return marks.element(self.nonce, f"f{len(self.fences) - 1}")

    def highlight(self, src: str = "", language: str = "", **how: Any) -> str:
        """Highlight code, where somebody is going to look at it."""
        return super().highlight(src, language, **how) if self.highlighting else "<pre><code></code></pre>"

    def _store(self, source: str, code: str, start: int, end: int) -> None:
        """Leave a mark beside a fence that has probably swallowed another, or was meant as a cell."""
        inner = suspects.swallowed(self.rebuild_block(self.code), self.fence or "", cell=self.lang == LANGUAGE)
        if inner is not None:
            trouble = Trouble(line=self.opened, message=suspects.SWALLOWS, other=self.opened + 1 + inner)
            code += self.note(trouble)
        if self.foreign:
            code += self.note(Trouble(line=self.opened, message=suspects.FOREIGN_HEADER, breaks=False))
        super()._store(source, code, start, end)

    def note(self, trouble: Trouble) -> str:
        """The mark for a trouble, which counts where a reader can see the fence."""
        self.marked.append(trouble)
        return marks.element(self.nonce, f"t{len(self.marked) - 1}")

    def undent(self, line: str, columns: int) -> str:
        """A line of code without so many columns of indentation and quote marks before it, tabs elsewhere kept."""
        self.ws_virtual_len = columns
        before, rest = super().parse_fence_line(line)
        return (before + rest)[columns:]

    def clear(self) -> None:
        """Hear that a fence is given up, because a line of it is indented less than its header."""
        if self.fence is not None and not self.closing:
            lost = self.seen[self.opened + 1 : self.at + 1]
            if self.lang == LANGUAGE or any(suspects.OPENS.match(line) for line in lost):
                self.written.append(Trouble(line=self.opened, message=suspects.LESS_INDENTED, other=self.at))
        self.closing = False
        super().clear()

    def reassemble(self, lines: list[str]) -> list[str]:
        """Hear of the end of the page, and write a word beside each trouble, to see where it comes out."""
        if self.fence is not None:
            self.written.append(Trouble(line=self.opened, message=suspects.NEVER_CLOSED))
        lines = list(lines)
        for number, trouble in enumerate(self.written):
            lines[trouble.line] += marks.word(self.nonce, "w", number)
        for at in self.inline:
            lines[at] = suspects.INLINE.sub(lambda m, at=at: m[0] + marks.word(self.nonce, "i", at), lines[at])
        self.quizzes = {head: quiz_lines.last_line(lines, head, self.md.tab_length) for head in self.quizzes}
        quiz_lines.mark(lines, self.quizzes, self.nonce)
        return super().reassemble(lines)
