"""What running a statement needs and what it changes."""

from workings.standalone.objects import Obj


class Effect:
    """What a statement reads, binds and changes; filled while the statement is looked at."""

    __slots__ = ("again", "binds", "demands", "forgets", "kills", "opaque", "reads", "settles", "star", "writes")

    def __init__(self) -> None:
        """Begin with a statement that does nothing."""
        self.reads: set[str] = set()
        """Names whose values from above it uses."""
        self.demands: set[Obj] = set()
        """What it looks at."""
        self.binds: set[str] = set()
        """Names that it may bind."""
        self.kills: set[str] = set()
        """Names that it binds in any case."""
        self.forgets: set[str] = set()
        """Names that have no value after it."""
        self.writes: set[Obj] = set()
        """What it may change."""
        self.settles: set[Obj] = set()
        """What it changes so that nothing of what it was before matters."""
        self.star = False
        """Whether it may bind any name."""
        self.opaque = False
        """Whether it may do anything."""
        self.again = False
        """Whether it imports only what its names have been already."""
