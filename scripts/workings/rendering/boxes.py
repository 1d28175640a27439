"""Boxes that outputs stand in: preformatted text that scrolls in itself, and notes."""

from workings.rendering.text import cut_note, escaped, terminal_html, terminal_text

TALL = 32
"""Lines from which a text scrolls in its own box."""

WIDE = 36
"""Columns from which a text may not fit a phone, so that a keyboard must be able to scroll it."""


def preformatted(text: str, *, css: str, label: str, cut: int = 0) -> str:
    """Terminal text in a `pre` with these classes, which a keyboard can scroll where it is long or wide."""
    body = terminal_html(text.removesuffix("\n"))
    note = cut_note(text, cut)
    between = "\n" if note and body else ""
    return f"<pre{shape(text, css=css, label=label)}>{body}{between}{note}</pre>"


def shape(text: str, *, css: str, label: str) -> str:
    """The attributes of a box for a text of this size."""
    lines = terminal_text(text).split("\n")
    tall = len(lines) > TALL
    classes = f"{css} wk-tall" if tall else css
    if tall or max(map(len, lines)) > WIDE:
        return f' class="{classes}"{scrolling(label)}'
    named = f' role="group" aria-label="{escaped(label)}"' if "wk-stderr" in css else ""
    return f' class="{classes}"{named}'


def scrolling(label: str) -> str:
    """The attributes of an element that scrolls: reached by a keyboard, and named."""
    return f' tabindex="0" role="region" aria-label="{escaped(label)}"'


def note(text: str) -> str:
    """A quiet line in place of an output."""
    return f'<p class="wk-note">{escaped(text)}</p>'
