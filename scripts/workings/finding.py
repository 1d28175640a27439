"""The Markdown extension by which the cells of a known page are found while the page is converted."""

from markdown import Extension, Markdown

from workings.reading import CellFinder, Found, Source


class FindCells(Extension):
    """Finds the cells of the page that it was told to expect; any other text is none of its business."""

    def __init__(self) -> None:
        """Begin without a page."""
        super().__init__()
        self._expected: Source | None = None
        self._finder: CellFinder | None = None

    def expect(self, source: Source) -> None:
        """Say which page the next `Markdown` is made for."""
        self._expected, self._finder = source, None

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Look for cells, if this is the conversion that was announced, and not one of another plugin."""
        source, self._expected = self._expected, None
        if source is not None:
            self._finder = CellFinder(source)
            self._finder.install(md)

    @property
    def found(self) -> Found | None:
        """What was in the page that was expected, once it is converted."""
        return None if self._finder is None else self._finder.found()
