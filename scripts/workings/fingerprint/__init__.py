"""What a record is good for: the key it is kept under, what its run read, and the lines its outputs name.

The key says what can be known before a run. What a run turns out to read (`Inputs`) and to print about its page's
lines or its project's folder (`Ties`) is known only after it, so it is kept with the record and compared when the
record is found. Content decides everywhere: no time, inode, `hash()` or order of a dict takes part.
"""

from workings.fingerprint.inputs import Inputs, Moment, describe_inputs, inputs_hold, listing, unsettled
from workings.fingerprint.key import engine_version, machine, page_key, versions
from workings.fingerprint.ties import Ties, describe_ties, ties_hold

__all__ = [
    "Inputs",
    "Moment",
    "Ties",
    "describe_inputs",
    "describe_ties",
    "engine_version",
    "inputs_hold",
    "listing",
    "machine",
    "page_key",
    "ties_hold",
    "unsettled",
    "versions",
]
