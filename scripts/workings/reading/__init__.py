"""Reading: from a page's file to a `Page` of `Cell`s, whether it is Markdown or a notebook."""

from workings.reading.assembly import Found
from workings.reading.fences import CellFinder, find_cells
from workings.reading.load import load_source
from workings.reading.options import parse_options
from workings.reading.quizzes import Choice, Quiz
from workings.reading.source import Source

__all__ = ["CellFinder", "Choice", "Found", "Quiz", "Source", "find_cells", "load_source", "parse_options"]
