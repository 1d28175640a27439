"""What a cell showed, in the compact form that is accepted, kept and compared."""

from msgspec import Struct


class Text(Struct, frozen=True, array_like=True, tag="text"):
    """Words and numbers: what a stream said, or the text of a display."""

    form: str
    """`stdout`, `stderr`, or the display's MIME type."""
    text: str
    """Without what differs from machine to machine and from run to run; the numbers as they were shown."""
    rest: str = ""
    """The digest of what a long text goes on with, with its numbers left out."""


class Drawing(Struct, frozen=True, array_like=True, tag="drawing"):
    """A figure drawn with lines: its structure, and where things stand in it."""

    size: tuple[int, ...]
    """Width and height, as all lengths here in tenths of the drawing's units."""
    texts: tuple[str, ...]
    """All that is written in it, in order."""
    parts: str
    """How many elements it has of each kind."""
    colours: str
    """Its colours in order; those in a row of one kind with their number."""
    structure: str
    """The digest of the tree of its elements, without numbers, names and colours."""
    measures: str
    """Opacities, widths, sizes and angles in hundredths, in order; those in a row that are equal with their number."""
    points: tuple[int, ...]
    """The coordinates of what is drawn with few points."""
    curves: tuple[tuple[int, ...], ...] = ()
    """The silhouettes of what is drawn with many."""
    pictures: tuple["Pixels", ...] = ()
    """The images in it."""


class Pixels(Struct, frozen=True, array_like=True, tag="pixels"):
    """An image of pixels: its size, and a small copy of it."""

    size: tuple[int, ...]
    """Width and height; nothing for what could not be read."""
    digest: str
    """Of its bytes."""
    small: str
    """The small copy, red, green, blue and opacity of each pixel, in base64."""


class Other(Struct, frozen=True, array_like=True, tag="other"):
    """Anything else that a display may hold, by its digest."""

    form: str
    digest: str


class Failed(Struct, frozen=True, array_like=True, tag="failed"):
    """A failure, announced or not."""

    name: str
    message: str


Claim = Text | Drawing | Pixels | Other | Failed


class Shown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one cell showed."""

    code: str
    """The digest of its code."""
    outcome: str = "passed"
    shows: tuple[Claim, ...] = ()
    place: str = ""
    """Where the cell stands: in runs that are compared, and not in what is accepted, which prose must not change."""


class Ran(Struct, frozen=True, kw_only=True):
    """Where and with what a page ran."""

    backend: str
    device: str = ""
    torch: str = ""
    seed: int = 0
    dtype: str = "float32"
    """torch's default type of floating-point numbers."""


class Claims(Struct, frozen=True, kw_only=True):
    """What the cells of one page showed, by their names."""

    ran: Ran
    cells: dict[str, Shown]
