"""Cells that run by themselves: for each, the smallest part of its page that it needs, as a text to copy.

A page is looked at from top to bottom without running it: what each statement binds, changes and needs (`looking`).
Then it is gone through from a cell upwards, and the statements are taken that the cell depends on (`slicing`).
What can't be told is taken: a text may hold more than it needs, and never less.
"""

from workings.standalone.texts import standalone_texts

__all__ = ["standalone_texts"]
