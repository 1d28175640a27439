"""Terminal text as HTML: what a terminal would show in the end, in time linear in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from workings.rendering.ansi import PLAIN, Style, restyled

MOST_RUNS = 20_000
"""Changes of style after which a text is shown without any: a page must not grow tenfold by colours."""

ESCAPE = re.compile(
    r"\x1b(?:"
    r"\[(?P<parameters>[0-?]*+)[ -/]*+(?P<final>[@-~])?"  # a control sequence
    r"|[\]PX^_][^\x07\x1b\n]*+(?:\x07|\x1b\\)?"  # an operating system command or another string, to its end
    r"|[ -/]*+[0-~]?)"  # any other escape sequence
)
TOKEN = re.compile(rf"(?P<text>[^\x07\x1b\b\r]++)|(?P<back>\x08)|(?P<home>\r++)|(?P<escape>{ESCAPE.pattern})")
# The bell is kept until sequences are read: it ends some of them.
UNSHOWN = re.compile(r"[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]+")
SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass
class Line:
    """A line being written as on a terminal: a character for each column, and a cursor that goes back."""

    characters: list[str] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    cursor: int = 0

    def write(self, text: str, style: Style) -> None:
        """Put the text at the cursor, over what stands there; slices of one length move nothing behind them."""
        end = self.cursor + len(text)
        self.characters[self.cursor : end] = text
        self.styles[self.cursor : end] = [style] * len(text)
        self.cursor = end

    def erase(self, parameters: str) -> None:
        """Erase to the end of the line, or all of it; programs that erase all of it write from its start."""
        self.cursor = 0 if parameters == "2" else self.cursor
        if parameters in {"", "0", "2"}:
            del self.characters[self.cursor :], self.styles[self.cursor :]

    def runs(self) -> Iterator[tuple[Style, str]]:
        """The line's characters, joined where they have one style."""
        for style, pairs in groupby(zip(self.styles, self.characters, strict=True), key=lambda pair: pair[0]):
            yield style, "".join(character for _, character in pairs)


def escaped(text: str) -> str:
    """A line of text in HTML, as content or in an attribute: no markup, no control and no half of a character."""
    return escape(UNSHOWN.sub("", SURROGATE.sub("\ufffd", text)))


def terminal_html(text: str) -> str:
    """The text as HTML: escaped, with spans of `wk-ansi-` classes, and as a terminal leaves it."""
    runs = [run for run in terminal_runs(text) if run[1]]
    if len(runs) > MOST_RUNS:
        return escape("".join(run for _, run in runs), quote=False)
    return "".join(run_html(style, run) for style, run in runs)


def terminal_text(text: str) -> str:
    """The text without any style, as a terminal leaves it."""
    return "".join(run for _, run in terminal_runs(text))


def run_html(style: Style, text: str) -> str:
    """One run, in a span when it has a style."""
    shown = escape(text, quote=False)
    return f'<span class="{style.classes}">{shown}</span>' if style.classes else shown


def terminal_runs(text: str) -> Iterator[tuple[Style, str]]:
    """Every line's runs, with its newline; a style lasts until it is changed, over lines too."""
    style = PLAIN
    lines = UNSHOWN.sub("", SURROGATE.sub("\ufffd", text)).replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines):
        if number:
            yield PLAIN, "\n"
        if "\x1b" in line or "\b" in line:
            written = Line()
            style = write_line(written, line, style)
            yield from written.runs()
        else:
            yield style, overwritten(line.replace("\x07", ""))


def overwritten(line: str) -> str:
    """What is left of a line that went back to its start at every carriage return."""
    shown = ""
    for part in reversed(line.split("\r")):
        if len(part) > len(shown):
            shown += part[len(shown) :]
    return shown


def write_line(line: Line, text: str, style: Style) -> Style:
    """Write what a terminal was sent on one line, and return the style it ends with."""
    for token in TOKEN.finditer(text):
        if token["text"]:
            line.write(token["text"], style)
        elif token["back"]:
            line.cursor = max(0, line.cursor - 1)
        elif token["home"]:
            line.cursor = 0
        elif token["final"] == "m":
            style = restyled(style, token["parameters"])
        elif token["final"] == "K":
            line.erase(token["parameters"])
        elif token["final"] == "G" and token["parameters"] in {"", "1"}:
            line.cursor = 0
    return style


def cut_note(text: str, cut: int) -> str:
    """The line that says what the output limit left out, in HTML; nothing if that is nothing."""
    if cut <= 0:
        return ""
    shown = len(text.encode(errors="surrogatepass"))
    return f'<span class="wk-cut">… shown {shown:,} of {shown + cut:,} bytes</span>'
