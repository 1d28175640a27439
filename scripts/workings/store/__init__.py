"""The store: records kept on disk and found by content, in JSON and plain files."""

from workings.store.entry import Entry, entry_holds, keepable, make_entry
from workings.store.store import Store, Verdict

__all__ = ["Entry", "Store", "Verdict", "entry_holds", "keepable", "make_entry"]
