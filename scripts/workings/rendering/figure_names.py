"""What a figure says of itself in its titles and axis labels, for those who can't see it."""

from workings.rendering.palette import SUPTITLE_SIZE, TITLE_SIZE

TITLES = {f"font-size: {size:g}px" for size in (SUPTITLE_SIZE, TITLE_SIZE)}
LONGEST = 300


class FigureNames:
    """The titles and labels found while a figure is read: matplotlib's groups tell them from ticks and notes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._groups: list[str] = []
        self._column = 0.0
        self._characters: list[tuple[float, str]] = []
        self._titles: list[str] = []
        self._labels: list[str] = []
        self._is_title = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        if tag == "g":
            self._groups.append(attributes.get("id", ""))
        self._is_title |= any(attributes.get("style", "").startswith(size) for size in TITLES)
        if tag in {"text", "title"}:
            self._characters = []
        if tag == "tspan":
            self._column = number(attributes.get("x", ""))

    def text(self, text: str) -> None:
        """Keep the characters of a text with the column that they stand in: formulas come in no reading order."""
        self._characters.append((self._column, text))

    def end(self, tag: str) -> None:
        """Leave an element, and keep its text if that names the figure or an axis."""
        if tag == "g" and self._groups:
            self._groups.pop()
        if tag in {"text", "title"}:
            self._keep("".join(text for _, text in sorted(self._characters, key=lambda pair: pair[0])).strip())
            self._column, self._is_title = 0.0, False

    def _keep(self, text: str) -> None:
        named = [group for group in self._groups if group and not group.startswith("text_")]
        parent = named[-1] if named else ""
        if parent.startswith("matplotlib.axis"):
            self._labels.append(text)
        elif self._is_title or not self._groups:
            self._titles.append(text)

    def label(self) -> str:
        """All of it in one line: `Figure: loss of training; axes: epoch, loss`."""
        titles = ", ".join(dict.fromkeys(filter(None, self._titles)))
        labels = ", ".join(dict.fromkeys(filter(None, self._labels)))
        parts = [part for part in (titles, f"axes: {labels}" if labels else "") if part]
        return f"Figure: {'; '.join(parts)}"[:LONGEST] if parts else "Figure"


def number(text: str) -> float:
    """A coordinate, or 0 for what is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0
