"""The live preview: what an author saves is on the page at once, and cells appear as they are done."""

from workings.website.preview.preview import Preview

__all__ = ["Preview"]
