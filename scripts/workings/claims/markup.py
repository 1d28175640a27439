"""HTML as text: its elements and what stands in them, without styles, scripts and names."""

import hashlib
from html.parser import HTMLParser

_LEFT_OUT = {"style", "script"}
_KEPT = ("alt", "checked", "colspan", "href", "rowspan", "src", "title")
"""The attributes that a reader notices."""


def markup(html: str) -> str:
    """The elements of an HTML text with their words, a line for each that begins a row, a paragraph or an item."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.written).strip()


class _Reader(HTMLParser):
    """HTML being read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._ignored = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write an element's name, and what a reader notices of its attributes."""
        self._ignored += tag in _LEFT_OUT
        if not self._ignored:
            kept = "".join(f' {name}="{_value(value or "")}"' for name, value in sorted(attrs) if name in _KEPT)
            self.written.append(f"\n<{tag}{kept}>" if tag in {"tr", "p", "li", "table", "div"} else f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        """Write the end of an element."""
        if not self._ignored:
            self.written.append(f"</{tag}>")
        self._ignored = max(0, self._ignored - (tag in _LEFT_OUT))

    def handle_data(self, data: str) -> None:
        """Write text, whose white space is one space."""
        if not self._ignored:
            self.written.append(" ".join(data.split()))


def _value(value: str) -> str:
    """An attribute's value; of data, the digest."""
    if not value.startswith("data:"):
        return value
    return f"data:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
