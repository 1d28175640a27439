"""From the lines of a page to pieces: what Jupyter's Markdown has no word for is put in words that it has."""

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec.structs import replace

from workings.takeaway import heads
from workings.takeaway.context import Context
from workings.takeaway.folds import folded
from workings.takeaway.paragraphs import Paragraphs
from workings.takeaway.pieces import CellMark, Line, Piece, Run, blank
from workings.takeaway.quizzes import quiz_lines
from workings.takeaway.texts import body_end, content_of, dedented, indent_of, stripped, summary_of

PLAIN_BLOCKS = frozenset({"html", "caption", "figure-caption", "table-caption", "define"})
"""Blocks of pymdownx that show their content and nothing around it."""
INDENT = 4
"""Columns by which what belongs to a line is indented."""


def pieces_of(lines: Sequence[Line], context: Context, *, prefix: str = "", top: bool = False) -> list[Piece]:
    """The pieces of these lines."""
    return Blocks(lines, context, prefix=prefix, top=top).pieces()


class Blocks(Paragraphs):
    """Reads lines that stand at one place: on the page itself, or in something that has a prefix in the copy."""

    def pieces(self) -> list[Piece]:
        """All of them, in order."""
        while self.at < len(self.lines):
            self.step()
        self.flush()
        return self.found

    def step(self) -> None:
        """Read what begins at this line."""
        number, text = self.lines[self.at]
        if self.top and number in self.context.starts:
            self.break_here()
        if self.is_code(text) and not self.context.is_cell(number):
            self.code()
            return
        sign = text.lstrip(" ")[:1]
        for signs, pattern, take in self.KINDS if sign else ():
            if sign in signs and (match := pattern.match(text)) and take(self, match):
                return
        self.plain()

    def code(self) -> None:
        """Code by its indentation, as it is."""
        first = self.lines[self.at]
        stop = body_end(self.lines, self.at, indent_of(first.text))
        self.verbatim(line.text[self.shift :] for line in self.lines[self.at : stop])
        self.at = stop

    def fence(self, match: re.Match[str]) -> bool:
        """A cell, or code in a fence that is only shown; a fence that is never closed is text."""
        number, indent = self.lines[self.at].number, len(match["indent"])
        closing = re.compile(rf" {{{indent}}}{match['fence']}[ \t]*$")
        stop = next((at for at in range(self.at + 1, len(self.lines)) if closing.match(self.lines[at].text)), None)
        if stop is None:
            return False
        self.leave_lists(self.lines[self.at].text)
        self.flush()
        cells = self.context.take(number, match["header"])
        if cells:
            title = heads.title_in(match["header"])
            self.found += [CellMark(number=cell) for cell in cells[:-1]]
            self.found.append(CellMark(number=cells[-1], title=title))
            self.shift = indent
        else:
            self.shown_fence(match, self.lines[self.at + 1 : stop])
        self.at = stop + 1
        return True

    def shown_fence(self, match: re.Match[str], body: Sequence[Line]) -> None:
        """Code in a fence, with its language and no other option; its title stands above it."""
        before = match["indent"][self.shift :]
        if title := heads.title_in(match["header"]):
            self.found.append(Run(lines=(f"**{title}**", ""), prefix=self.prefix + before))
        header = f"{before}{match['fence']}{heads.language_in(match['header'])}"
        texts = [line.text[min(self.shift, indent_of(line.text)) :] for line in body]
        self.verbatim([header, *texts, f"{before}{match['fence']}"])

    def admonition(self, match: re.Match[str]) -> bool:
        """An admonition, folded or not, or a quiz."""
        kind, indent = (match["kind"] or "").split(), len(match["indent"])
        if not kind and match["title"] is None:
            return False
        quiz = self.context.quizzes.get(self.lines[self.at].number)
        body = self.indented(indent)
        name = kind[0].capitalize() if kind else "Details"
        if quiz is not None:
            self.inside(quiz_lines(quiz), title=quiz.question, indent=indent)
        elif match["sign"].startswith("?"):
            self.fold(body, title=match["title"] or name, is_open=match["sign"].endswith("+"), indent=indent)
        else:
            self.inside(body, title=name if match["title"] is None else match["title"], mark="> ", indent=indent)
        return True

    def tab(self, match: re.Match[str]) -> bool:
        """A tab: its title, and what is in it."""
        self.inside(self.indented(len(match["indent"])), title=match["title"], indent=len(match["indent"]))
        return True

    def block(self, match: re.Match[str]) -> bool:
        """A block between slashes."""
        indent, rest = len(match["indent"]), range(self.at + 1, len(self.lines))
        stop = next((at for at in rest if self.lines[at].text.strip() == match["slashes"]), None)
        if stop is None:
            return False
        body = dedented(self.lines[self.at + 1 : stop], indent)
        options = next((at for at, line in enumerate(body) if indent_of(line.text) < INDENT), len(body))
        said = re.search(r"\btype: *([\w-]+)", "\n".join(line.text for line in body[:options]))
        kind, title = said[1] if said else match["kind"], match["title"] or ""
        if match["kind"] == "tab" or match["kind"] in PLAIN_BLOCKS:
            self.inside(body[options:], title=title, indent=indent)
        elif match["kind"] == "details":
            is_open = any(heads.OPEN.match(line.text) for line in body[:options])
            self.fold(body[options:], title=title or kind.capitalize(), is_open=is_open, indent=indent)
        else:
            self.inside(body[options:], title=title or kind.capitalize(), mark="> ", indent=indent)
        self.at = stop + 1
        return True

    def quote(self, match: re.Match[str]) -> bool:
        """Lines behind quote marks."""
        stop = next(
            (at for at in range(self.at, len(self.lines)) if not heads.QUOTE.match(self.lines[at].text)),
            len(self.lines),
        )
        body = [Line(line.number, re.sub(r"^ *> ?", "", line.text)) for line in self.lines[self.at : stop]]
        self.inside(body, mark="> ", indent=len(match["indent"]))
        self.at = stop
        return True

    def footnote(self, match: re.Match[str]) -> bool:
        """A footnote, which is kept for the end of the page; a cell in it stays where it is."""
        first = Line(self.lines[self.at].number, match["text"])
        pieces = pieces_of([first, *self.indented(0)], self.context)
        self.flush()
        self.context.footnotes[match["name"]] = [piece for piece in pieces if isinstance(piece, Run)]
        self.found += [piece for piece in pieces if isinstance(piece, CellMark)]
        return True

    def element(self, match: re.Match[str]) -> bool:
        """An element whose content is Markdown: only its content is kept, unless it folds."""
        content = content_of(self.lines, self.at, match)
        if content is None or (match["how"] or "").strip("\"'") == "0":
            return False
        if match["tag"].lower() == "details":
            title, body = summary_of(content[0])
            self.fold(stripped(body), title=title or "Details", is_open=heads.IS_OPEN.search(match[0]) is not None)
        else:
            self.inside(stripped(content[0]))
        self.at = content[1]
        return True

    def comment(self, _match: re.Match[str]) -> bool:
        """A comment: what follows it in its last line is text."""
        stop = next((at for at in range(self.at, len(self.lines)) if "-->" in self.lines[at].text), None)
        if stop is None:
            return False
        self.flush()
        rest = self.lines[stop].text.partition("-->")[2]
        self.at = stop + 1
        if rest.strip():
            self.inside([Line(self.lines[stop].number, rest)])
        return True

    def raw(self, match: re.Match[str]) -> bool:
        """An element whose content is no Markdown."""
        closing = f"</{match['tag'].lower()}>"
        stop = next((at for at in range(self.at, len(self.lines)) if closing in self.lines[at].text.lower()), None)
        if stop is None or any(self.context.is_cell(line.number) for line in self.lines[self.at : stop + 1]):
            return False
        self.verbatim(line.text for line in self.lines[self.at : stop + 1])
        self.at = stop + 1
        return True

    def indented(self, indent: int) -> list[Line]:
        """What is indented below this line, which is read with it."""
        start = self.at + 1
        self.leave_lists(self.lines[self.at].text)
        self.at = body_end(self.lines, start, indent + INDENT)
        return dedented(self.lines[start : self.at], indent + INDENT)

    def inside(self, body: Sequence[Line], *, title: str = "", mark: str = "", indent: int = 0) -> None:
        """What stands in something, with a title above it and a mark before its lines."""
        self.flush()
        outer = self._outer(indent)
        title_run = Run(lines=(f"**{title}**", ""), prefix=outer + mark, below=self.context.last)
        inner = pieces_of(body, self.context, prefix=outer + mark)
        self._place([*([title_run] if title else []), *inner], outer, indent)

    def fold(self, body: Sequence[Line], *, title: str, is_open: bool, indent: int = 0) -> None:
        """What a reader opens with a click on its title."""
        self.flush()
        outer = self._outer(indent)
        title_run = Run(lines=(title,), prefix=outer, below=self.context.last)
        inner = pieces_of(body, self.context, prefix=outer)
        self._place([*folded(inner, title_run, is_open=is_open)], outer, indent)

    def _outer(self, indent: int) -> str:
        """What stands before each line of something that is indented so far."""
        return self.prefix + " " * max(indent - self.shift, 0)

    def _place(self, pieces: Sequence[Piece], outer: str, indent: int) -> None:
        """Add what stands in something; below a cell it is no part of the list that it stood in."""
        first = next((at for at, piece in enumerate(pieces) if isinstance(piece, CellMark)), len(pieces))
        below = [self._moved(piece, outer) for piece in pieces[first:]]
        self.found += [blank(outer), *pieces[:first], *below, blank(self.prefix if below else outer)]
        self.shift = max(self.shift, indent) if below else self.shift

    def _moved(self, piece: Piece, outer: str) -> Piece:
        """A piece below a cell: no part of the list any more that the cell has split."""
        if isinstance(piece, Run) and piece.prefix.startswith(outer):
            return replace(piece, prefix=self.prefix + piece.prefix[len(outer) :])
        return piece

    KINDS: ClassVar[Sequence[tuple[str, re.Pattern[str], Callable[["Blocks", re.Match[str]], bool]]]] = (
        ("`~", heads.FENCE, fence),
        ("<", heads.COMMENT, comment),
        ("<", heads.RAW, raw),
        ("<", heads.ELEMENT, element),
        ("!?", heads.ADMONITION, admonition),
        ("=", heads.TAB, tab),
        ("/", heads.BLOCK, block),
        (">", heads.QUOTE, quote),
        ("[", heads.FOOTNOTE, footnote),
    )
    """What begins with which sign, how it is recognised, and who reads it."""
