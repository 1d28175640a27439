"""Terminal text becomes HTML that shows what a terminal would, and nothing that a cell printed becomes markup."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from workings.rendering.boxes import TALL, preformatted
from workings.rendering.text import MOST_RUNS, cut_note, terminal_html, terminal_text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("  0%\r 50%\r100%\n", "100%\n"),
        ("long line\rshort", "shortline"),
        ("abc\b\bX", "aXc"),
        ("\b\bstart", "start"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("working...\r\x1b[Kdone", "done"),
        ("working...\x1b[2K\rdone", "done"),
        ("12345\x1b[1Gab", "ab345"),
        ("a\tb", "a\tb"),
    ],
)
def test_progress(sent: str, shown: str) -> None:
    """Carriage returns, backspaces and erasing leave on the page what they leave on a terminal."""
    assert terminal_html(sent) == shown


@pytest.mark.parametrize(
    "sent",
    [
        "\x00a\x01\x07\x0b\x0c\x0e\x1f\x7f\x85\x9bb",
        "\x1b]0;a title\x07ab",
        "\x1b]8;;https://example.org\x1b\\a\x1b]8;;\x1b\\b",
        "\x1bPsecret\x1b\\ab",
        "a\x1b[?25l\x1b[10;20H\x1b[6nb\x1b[",
        "a\x1b(Bb\x1b",
        "a\x1b[>4;2mb",
    ],
)
def test_control(sent: str) -> None:
    """Control characters and sequences that draw nothing are left out with all they carry."""
    assert terminal_html(sent) == "ab"


def test_unterminated_string() -> None:
    """An operating system command that never ends hides its own line and no other."""
    assert terminal_html("a\x1b]0;never ended\nb") == "a\nb"


def test_surrogates() -> None:
    """A lone surrogate, which no file can hold, is shown as a replacement character."""
    html = terminal_html("a\ud800b\udfffc 🙂")
    assert html == "a\ufffdb\ufffdc 🙂"
    html.encode()


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a & b < c"])
def test_escaped(text: str) -> None:
    """Markup in text is shown as text, with and without colours."""
    for html in (terminal_html(text), terminal_html(f"\x1b[31m{text}\x1b[0m")):
        bare = html.replace('<span class="wk-ansi-1">', "").replace("</span>", "")
        assert "<" not in bare
        assert bare.count("&amp;") == text.count("&")


@pytest.mark.parametrize(
    ("codes", "classes"),
    [
        ("31", "wk-ansi-1"),
        ("97", "wk-ansi-15"),
        ("44", "wk-ansi-bg-4"),
        ("103", "wk-ansi-bg-11"),
        ("3;1;4", "wk-ansi-bold wk-ansi-italic wk-ansi-underline"),
        ("7;31;40", "wk-ansi-inverse wk-ansi-1 wk-ansi-bg-0"),
        ("1;22;31", "wk-ansi-1"),
        ("38;5;9", "wk-ansi-9"),
        ("38;5;196", "wk-ansi-9"),
        ("38;5;244", "wk-ansi-8"),
        ("48;2;0;0;230", "wk-ansi-bg-4"),
        ("38:2:250:250:250", "wk-ansi-15"),
    ],
)
def test_colours(codes: str, classes: str) -> None:
    """Every colour becomes a class of the sixteen that have a value in both colour schemes."""
    assert terminal_html(f"\x1b[{codes}mx\x1b[0my") == f'<span class="{classes}">x</span>y'


@pytest.mark.parametrize("codes", ["38;5;999", "38;9", "38", "99999999999", "39", "1;0", "31;0", ";;;", "?25", "1;22"])
def test_odd_colours(codes: str) -> None:
    """A colour that is none, or taken back, leaves plain text."""
    assert terminal_html(f"\x1b[{codes}mx") == "x"


def test_style_lasts_over_lines() -> None:
    """A colour lasts until it is changed, on the next line too, and its span never spans a newline."""
    assert terminal_html("\x1b[32ma\nb\x1b[39mc") == (
        '<span class="wk-ansi-2">a</span>\n<span class="wk-ansi-2">b</span>c'
    )


def test_overwritten_colour() -> None:
    """A character that is written over takes the colour it is written with."""
    assert terminal_html("\x1b[31mab\x1b[0m\rX") == 'X<span class="wk-ansi-1">b</span>'


def test_too_many_colours() -> None:
    """Text that changes its colour at every character is shown plain: colours must not multiply a page."""
    sent = "\x1b[31mx\x1b[32mx" * MOST_RUNS
    assert terminal_html(sent) == "x" * 2 * MOST_RUNS


HOSTILE = [
    "x\r",
    "x\b",
    "\x1b[2Kx",
    "\x1b[",
    "\x1b]",
    "\x1b[1mx\x1b[3mx",
    "\x1b[1;",
    "xx\r\x1b[K",
    "\x1bP\x1b",
    "\x1b[9",
]


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python a call runs."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("seed", HOSTILE, ids=ascii)
def test_linear(seed: str) -> None:
    """Twice the text takes at most twice the steps, whatever it is made of."""
    terminal_html(seed * 10)
    once, twice = (steps(lambda size=size: terminal_html(seed * size)) for size in (2000, 4000))  # type: ignore[misc]
    assert twice <= 2.1 * once + 100


@pytest.mark.parametrize("seed", HOSTILE, ids=ascii)
def test_megabyte(seed: str) -> None:
    """A megabyte of anything is rendered, into not much more than it was."""
    sent = seed * (2**20 // len(seed))
    assert len(terminal_html(sent)) <= 2 * len(sent)


def test_ten_megabytes_of_returns() -> None:
    """Ten megabytes that go back to the start of a line leave one line; so does a megabyte of a progress bar."""
    assert terminal_html("\r" * 10 * 2**20 + "end") == "end"
    assert terminal_text("99%\r" * 2**18) == "99%"


def test_cut() -> None:
    """Text that was cut at the limit says so, in bytes."""
    assert cut_note("é" * 1000, 5000) == '<span class="wk-cut">… shown 2,000 of 7,000 bytes</span>'
    assert cut_note("all of it", 0) == ""
    html = preformatted("a\n", css="x", label="", cut=9)
    assert html.endswith('a\n<span class="wk-cut">… shown 2 of 11 bytes</span></pre>')


def test_focus() -> None:
    """Text that may have to scroll can be reached by a keyboard and has a name; short text is left alone."""
    assert preformatted("short\n", css="wk-stream", label="Output") == '<pre class="wk-stream">short</pre>'
    for text in ("x" * 100, "x\n" * (TALL + 1)):
        html = preformatted(text, css="wk-stream", label="Output 1 of cell 3")
        assert 'tabindex="0" role="region" aria-label="Output 1 of cell 3"' in html
    assert "wk-tall" in html


def test_label_escaped() -> None:
    """A name can't leave the attribute that it stands in."""
    assert '"><b' not in preformatted("x" * 100, css="a", label='"><b>')
