"""What a reader of the finished HTML gets to see: elements and code, not comments, scripts and text areas."""

from html.parser import HTMLParser

HIDDEN = frozenset({"script", "style", "template", "textarea", "title", "noembed", "noframes", "iframe", "xmp"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class Sight(HTMLParser):
    """Reads HTML once and notes the marks, inline code, texts, ids and classes that a reader meets in it."""

    def __init__(self, mark: str) -> None:
        """Take the name of the attribute that marks have."""
        super().__init__(convert_charrefs=True)
        self.mark = mark
        self.marks: set[str] = set()
        self.ids: set[str] = set()
        self.inline: list[tuple[str, bool]] = []
        """The code in running text, and whether it stands in a heading."""
        self.texts: list[str] = []
        self.classes: list[str] = []
        self.hidden: list[str] = []
        self.shown_code = 0
        self.in_code = 0
        self.in_heading = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a mark, an id, a class; remember what hides its content."""
        if self.hidden:
            self.hidden += [tag] if tag == self.hidden[-1] else []
            return
        if tag in HIDDEN:
            self.hidden.append(tag)
        self.shown_code += tag == "pre"
        self.in_heading += tag in HEADINGS
        if tag == "code":
            self.in_code += 1
            self.inline.append(("", self.in_heading > 0))
        self.note(dict(attrs))

    def note(self, attrs: dict[str, str | None]) -> None:
        """Note what an element that can be seen says of itself."""
        if (mark := attrs.get(self.mark)) is not None:
            self.marks.add(mark)
        if name := attrs.get("id"):
            self.ids.add(name)
        self.classes += (attrs.get("class") or "").split()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser passes it
        """Note an element that closes itself; it hides nothing."""
        if not self.hidden:
            self.note(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if self.hidden:
            if tag == self.hidden[-1]:
                self.hidden.pop()
            return
        self.shown_code -= tag == "pre" and self.shown_code > 0
        self.in_heading -= tag in HEADINGS and self.in_heading > 0
        self.in_code -= tag == "code" and self.in_code > 0

    def handle_data(self, data: str) -> None:
        """Note running text, and inline code by itself."""
        if self.hidden or self.shown_code:
            return
        self.texts.append(data)
        if self.in_code:
            text, in_heading = self.inline[-1]
            self.inline[-1] = (text + data, in_heading)


def look(html: str, mark: str) -> Sight:
    """Read HTML to its end."""
    sight = Sight(mark)
    sight.feed(html)
    sight.close()
    return sight
