"""The memory that pages are forked from lies in huge pages where the system has them, and is what it was."""

import mmap
import platform
import re
from pathlib import Path

import pytest
from runs import make_page, run_one, text_of

from workings.running import huge_pages
from workings.running.warm import WarmProcess

LOOKS = """import torch
kept = [torch.arange(n) for n in range(1000)]
print(sum(int(each.sum()) for each in kept))"""


def collapses() -> bool:
    """Whether this system can move memory into huge pages: Linux can since 6.1, if it is built with them."""
    numbers = re.match(r"(\d+)\.(\d+)", platform.release())
    has = Path("/sys/kernel/mm/transparent_hugepage").exists()
    return has and numbers is not None and tuple(map(int, numbers.groups())) >= (6, 1)


def kilobytes(pid: int | str, name: str) -> int:
    """A line of what the system tells of a process's memory."""
    found = re.search(rf"^{name}: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_what_is_moved_is_what_it_was() -> None:
    """Bytes stay, and the process has more huge pages than before."""
    with mmap.mmap(-1, 8 * huge_pages.SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for at in range(0, len(memory), mmap.PAGESIZE):
            memory[at] = at // mmap.PAGESIZE % 251
        before, whole = kilobytes("self", "AnonHugePages"), bytes(memory)
        huge_pages.move_into_huge_pages()
        assert bytes(memory) == whole
        assert kilobytes("self", "AnonHugePages") > before or not collapses()


def test_pages_are_forked_from_huge_pages(tmp_path: Path) -> None:
    """More of what a new warm process has written lies in them than its heap, which is half of it; a page runs as ever.

    How much more is the system's affair; what the process writes while it has pages is taken out of them again.
    """
    warm = WarmProcess()
    try:
        assert text_of(run_one(make_page(tmp_path, "a.md", LOOKS), warm).cells[0]) == "166167000\n"
        huge, all_of_it = (kilobytes(warm.pid or 0, name) for name in ("AnonHugePages", "Anonymous"))
    finally:
        warm.stop()
    assert huge > 0.6 * all_of_it or not collapses()


def test_a_system_without_them_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system tells nothing of mappings, nothing is done."""
    monkeypatch.setattr(huge_pages, "_MAPS", tmp_path / "none")
    monkeypatch.setattr(huge_pages, "libc", lambda: pytest.fail("nothing was to be asked of the system"))
    huge_pages.move_into_huge_pages()
