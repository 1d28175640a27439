"""Claims: what cells showed in a compact form, and whether two of them say the same.

Numbers are compared as numbers, with a tolerance for their type; words exactly, without what a machine adds; figures by
what they are made of, then by where things stand.
"""

from workings.claims.comparison import Difference, difference, listed
from workings.claims.making import digest_of, shown_by, shown_of
from workings.claims.pages import Acceptance, accepting, decoded, encoded, judged
from workings.claims.parts import part_like
from workings.claims.runs import changes, told_changes
from workings.claims.telling import told_difference
from workings.claims.values import Claims, Ran, Shown

__all__ = [
    "Acceptance",
    "Claims",
    "Difference",
    "Ran",
    "Shown",
    "accepting",
    "changes",
    "decoded",
    "difference",
    "digest_of",
    "encoded",
    "judged",
    "listed",
    "part_like",
    "shown_by",
    "shown_of",
    "told_changes",
    "told_difference",
]
