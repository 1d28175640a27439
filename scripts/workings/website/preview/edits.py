"""What an author has changed, told from what cells and builds have written."""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from workings.website.preview.activity import Activity
from workings.website.preview.state import MODULES, SOURCES, UNKNOWN, State, changes, digest, stamps, state

_ENOUGH = 2
"""How often a file has to change because of its own change until that is taken for what cells do."""


class Edits:
    """What has changed from one look to the next, without what was not an author's doing.

    A page, a module and what pages read are an author's, unless a page is known to write the file. Any other file that
    changes while cells run may be a cell's. It is taken for one when the build that it causes makes it change again,
    and that build once more, with no other edit between: so a cell that writes a file at each run causes some builds
    and no endless row of them, and the next edit of anything else has the file looked at as if it were new.
    """

    def __init__(self, watched: Callable[[], Iterable[str]], activity: Activity) -> None:
        """Take what is watched, which other plugins may add to, and what cells do."""
        self._watched, self._activity = watched, activity
        self._tops: frozenset[str] = frozenset()
        self._seen: State = {}
        self._stamps: State = {}
        self._digests: dict[str, str | None] = {}
        self._again: dict[str, int] = {}
        self._looked = time.time()
        self.note()

    def note(self) -> None:
        """Note the files that are watched for the first time as they are now."""
        tops = frozenset(self._watched())
        self._stamps = {**stamps(tops - self._tops), **self._stamps}
        self._seen = {**state(tops - self._tops), **self._seen}
        self._tops = tops

    def settle(self) -> None:
        """A build is over: a page that was saved since the last look may have been read half, and so has changed."""
        touched = (path for path, stamp in self._stamps.items() if stamps([path]).get(path) != stamp)
        self._seen = {**self._seen, **dict.fromkeys(touched, UNKNOWN)}

    def look(self) -> frozenset[str]:
        """The files that an author has changed since the last look, for whoever builds them now."""
        self.note()
        self._stamps = stamps(self._tops)  # before what they hold: a page is read again rather than once too seldom
        now = state(self._tops)
        changed = {path for path in changes(self._seen, now) if self._says_anew(path)}
        self._seen = now
        suspects = {path for path in changed if self._is_suspect(path)}
        edited = changed - {path for path in suspects if self._again.get(path, 0) >= _ENOUGH}
        if edited:
            self._count(edited, caused=edited <= suspects)
            self._looked = time.time()
        return frozenset(path for path in edited if self._again.get(path, 0) < _ENOUGH)

    def are_there(self) -> bool:
        """Whether files have changed since the last look."""
        self.note()
        return bool(changes(self._seen, state(self._tops)))

    def _says_anew(self, path: str) -> bool:
        """Whether a file that pages read holds something else than at its last change; of other files, always."""
        if not self._activity.read(path):
            self._digests.pop(path, None)
            return True
        before, self._digests[path] = self._digests.get(path, ""), digest(path)
        return before != self._digests[path]

    def _is_suspect(self, path: str) -> bool:
        """Whether a file that has changed may have been changed by a cell or a build."""
        is_input = Path(path).suffix in SOURCES or self._activity.read(path)
        return self._activity.hold(_moment(path)) and (self._activity.written(path) or not is_input)

    def is_input(self, path: str) -> bool:
        """Whether pages may have read this file, and have not written it themselves."""
        may_be_read = Path(path).suffix in MODULES or self._activity.read(path)
        return may_be_read and not self._activity.written(path)

    def _count(self, edited: set[str], *, caused: bool) -> None:
        """Count how often each file was changed by what its own change had set going; an author's edit ends it all."""
        if not caused:
            self._again.clear()
            return
        for path in edited:
            is_own = self._activity.hold(_moment(path), since=self._looked)
            self._again[path] = self._again.get(path, -1) + 1 if is_own else 0


def _moment(path: str) -> float:
    """When a file was written, or now if it is gone."""
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - a path as MkDocs has it
    except OSError:
        return time.time()
