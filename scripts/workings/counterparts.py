"""Which cell of a page is which cell of an earlier one: `cell-3` is another cell when one is put in above."""

from collections.abc import Mapping
from difflib import SequenceMatcher

from workings.page import OWN_NAME


def counterparts(now: Mapping[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """The names that cells had, by those that they have; both pages are digests of code by cells' names, in order.

    A cell that its author named has its name. Any other is known by its code and its turn; one with new code is the
    cell of its name, if that is no other's. What has no counterpart is left out.
    """
    found = {name: name for name in now if name in was and not OWN_NAME.fullmatch(name)}
    ours, theirs = ([name for name in names if OWN_NAME.fullmatch(name)] for names in (now, was))
    codes = ([now[name] for name in ours], [was[name] for name in theirs])
    for block in SequenceMatcher(None, *codes, autojunk=False).get_matching_blocks():
        found |= zip(ours[block.a :][: block.size], theirs[block.b :][: block.size], strict=True)
    free = dict.fromkeys(name for name in theirs if name not in found.values())
    for name in (name for name in ours if name not in found):
        moved = next((other for other in free if was[other] == now[name]), name)
        if moved in free:
            del free[moved]
            found[name] = moved
    return found
