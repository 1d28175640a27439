"""The browsers that look at a preview, and what they wait for: a page's next version, or another site."""

import threading
import time
from collections import Counter

LOOKED_AT_SECONDS = 5.0
"""How long a page counts as looked at after its browser has asked for news."""


class Browsers:
    """Tells browsers what is new; called by many threads at once."""

    def __init__(self) -> None:
        """Begin with the first version of everything, which no earlier server has used."""
        self._version = self._first = time.time_ns() // 1_000_000
        self._versions: dict[str, int] = {}
        self._site = 0
        self._asking: Counter[str] = Counter()
        self._asked: dict[str, float] = {}
        self._open = True
        self._news = threading.Condition()

    def version(self, address: str) -> int:
        """The version of the page at this path of the site's folder."""
        with self._news:
            return self._versions.get(address, self._first)

    def announce(self, address: str) -> None:
        """A page has a new version."""
        with self._news:
            self._version += 1
            self._versions[address] = self._version
            self._news.notify_all()

    def announce_site(self, epoch: int) -> None:
        """There is another site, by MkDocs' count: whatever a browser shows is to be loaded again."""
        with self._news:
            self._site = epoch
            self._news.notify_all()

    def look(self, address: str) -> None:
        """A browser asks for this page: it counts as looked at from now on."""
        with self._news:
            now = time.monotonic()
            self._asked = {page: when for page, when in self._asked.items() if when > now - LOOKED_AT_SECONDS}
            self._asked[address] = now

    def wait(self, address: str, *, since: int, seconds: float) -> int:
        """The version of a page, when it is another than this one or the time is over."""
        with self._news:
            self._asking[address] += 1
            self._news.wait_for(lambda: self._versions.get(address, self._first) != since or not self._open, seconds)
            self._asking -= Counter([address])  # keeps what is more than none
            version = self._versions.get(address, self._first)
        self.look(address)
        return version

    def wait_for_site(self, epoch: int, *, seconds: float) -> int:
        """The count of the newest site, when it is higher than this one or the time is over."""
        with self._news:
            self._news.wait_for(lambda: self._site > epoch or not self._open, seconds)
            return self._site

    def looked_at(self) -> frozenset[str]:
        """The pages that some browser shows at this moment, by their path in the site's folder."""
        with self._news:
            recent = time.monotonic() - LOOKED_AT_SECONDS
            asked = {address for address, when in self._asked.items() if when > recent}
            return frozenset(asked | self._asking.keys())

    def close(self) -> None:
        """Let go whoever waits."""
        with self._news:
            self._open = False
            self._news.notify_all()
