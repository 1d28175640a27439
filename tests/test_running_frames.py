"""The messages by which a page tells what it does."""

import pytest

from workings.running.frames import FrameError, Started, Wrote, frame_decoder, pack, unpack

GARBAGE = [b"\xff" * 99, pack(Started(index=2)).replace(b"started", b"stirred")]


@pytest.mark.parametrize("garbage", GARBAGE, ids=["no length", "no message"])
def test_what_came_before_garbage_counts(garbage: bytes) -> None:
    """A page that writes to the engine's descriptor has said before which cell runs, however late anyone listens."""
    said = [Started(index=0), Wrote(name="stdout", data=b"seen\n", cut=0)]
    buffer = bytearray(b"".join(map(pack, said)) + garbage)
    with pytest.raises(FrameError) as caught:
        unpack(buffer, frame_decoder)
    assert list(caught.value.before) == said
