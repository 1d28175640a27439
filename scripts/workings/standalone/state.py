"""The state of a page between two of its statements, as far as it can be told without running it."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from workings.standalone.effects import Effect
from workings.standalone.known import EVERYWHERE, SEEDS, STANDARD
from workings.standalone.objects import NOTHING, Kind, Obj, Value, graph, reach, union
from workings.standalone.scopes import names_of

ANYWHERE = "*"
"""The library whose state all others look at."""


class Arguments(NamedTuple):
    """What a call gives."""

    positional: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    rest: Value = NOTHING
    """What is behind stars, which may go anywhere."""

    @property
    def all(self) -> Value:
        """Everything that is given."""
        return union(*self.positional, *(value for _, value in self.named), self.rest)


class State:
    """Names, things, and the statement that is being looked at."""

    def __init__(self, methods: frozenset[str], *, hooked: bool) -> None:
        """Begin a page whose classes have these methods; `hooked` says that it may hang hooks on layers."""
        self.methods, self.hooked = methods, hooked
        self.strange = False
        """Whether every statement may do anything from here on."""
        self.names = Obj("scope")
        self.frames = [self.names]
        self.effect = Effect()
        self.assigned: set[str] = set()
        self.weak = 0
        self.raised: Value = NOTHING
        """What the statement may raise."""
        self.version = 0
        """How often something was learnt that stays true."""
        self.changes = 0
        """How often a name was given another value."""
        self.statement, self.cell = 0, 0
        self.settings: dict[str, set[Obj]] = {}
        self.patches: dict[str, Obj] = {}
        self.learnt: dict[tuple[Obj, str], Value] = {}
        """All that a variable has been of which nobody knows what it is."""
        self.discarded: ast.AST | None = None
        self._sites: dict[tuple[object, ...], Obj] = {}
        self._seen: set[Obj | str] = set()

    def begin(self, *, statement: int, cell: int) -> None:
        """Turn to the next statement."""
        self.statement, self.cell = statement, cell
        self.effect, self.assigned, self._seen = Effect(), set(), set()
        self.frames, self.weak, self.raised = [self.names], 0, NOTHING
        if "sys.stdout" in self.patches:  # what the statement shows goes there
            self.effect.demands.add(self.patches["sys.stdout"])

    @contextmanager
    def perhaps(self, *, unsure: bool = True) -> Iterator[None]:
        """Look at something that may not be come to: names may keep their values."""
        assigned = set(self.assigned)
        self.weak += unsure
        yield
        self.weak -= unsure
        if unsure:
            self.assigned = assigned

    # things

    def made(self, kind: Kind, node: object, *, holds: Value = NOTHING, links: Value = NOTHING, path: str = "") -> Obj:
        """What this place of this statement makes."""
        key = (self.statement, id(node), kind, path)
        obj = self._sites.get(key)
        if obj is None:
            obj = self._sites[key] = Obj(kind, path=path)
            self.version += 1
        self.hold(obj, holds)
        if not links <= obj.links:
            obj.links |= links
            self.version += 1
        return obj

    def library(self, path: str) -> Value:
        """Something in a library, by its dotted name."""
        key = ("library", path)
        obj = self._sites.get(key)
        if obj is None:
            obj = self._sites[key] = Obj("library", path=path)
        return frozenset((obj,))

    def setting(self, library: str, path: str) -> Obj:
        """A piece of a library's state."""
        key = ("setting", path)
        obj = self._sites.get(key)
        if obj is None:
            obj = self._sites[key] = Obj("setting", path=path)
        self.settings.setdefault(library, set()).add(obj)
        return obj

    def hold(self, obj: Obj, value: Value) -> None:
        """Note that a thing refers to others, or to itself."""
        if not value <= obj.holds:
            obj.holds |= value
            self.version += 1

    def come_from(self, obj: Obj, value: Value) -> None:
        """Note that a thing shows what is in others, as an iterator and the view of a dict do."""
        value -= {obj}
        if not value <= obj.bases:
            obj.bases |= value
            self.version += 1

    def bound(self, value: Value, name: str, node: object) -> Value:
        """A method together with its object."""
        obj = self.made("bound", node, path=name)
        self.come_from(obj, value)
        return frozenset((obj,))

    # what a statement needs and changes

    def use(self, value: Value, *, links: bool = False) -> None:
        """Note that the statement looks at all that can be got at from here."""
        for obj in reach(value, links=links):
            self.effect.demands.add(obj)
            if obj not in self._seen:
                self._seen.add(obj)
                self._use_one(obj)

    def _use_one(self, obj: Obj) -> None:
        if obj.kind == "library":
            self.use_library(obj.path)
        elif obj.kind in ("tensor", "layer"):
            self.use_library("torch")
        elif obj.kind in ("function", "class") and obj.node is not None:
            for name in names_of(obj.node).free:
                if not any(name in scope.fields for scope in obj.scope):
                    self.read(name)

    def use_library(self, path: str) -> None:
        """Note that the statement depends on the state of a library."""
        root = path.partition(".")[0]
        alone = root in STANDARD and not EVERYWHERE.match(path + ".")
        for library in (root,) if alone else (root, ANYWHERE):
            if library in self.settings and library not in self._seen:
                self._seen.add(library)
                self.use(frozenset(self.settings[library]))

    def use_streams(self, streams: tuple[str, ...]) -> None:
        """Note that the statement draws random numbers."""
        for stream in streams:
            self.effect.demands.add(self.stream(stream))

    def use_everything(self) -> None:
        """Note that the statement may look at any state without a name."""
        self.use_streams(tuple(set(SEEDS.values())))
        for library, found in list(self.settings.items()):
            if not library.startswith(("figure ", "import ")) or library == f"figure {self.cell}":
                self.use(frozenset(found))

    def use_future(self) -> None:
        """Note that the statement has notes of types, which a future import leaves alone."""
        self.effect.demands |= self.settings.get("future", set())

    def stream(self, name: str) -> Obj:
        """A stream of random numbers that everybody draws from."""
        key = ("stream", name)
        if key not in self._sites:
            self._sites[key] = Obj("random", path=f"random {name}")
        return self._sites[key]

    def read(self, name: str) -> Value:
        """The value of one of the page's names, which the statement uses."""
        raise NotImplementedError

    def write(self, value: Value) -> None:
        """Note that the statement changes these things, and not what they refer to."""
        self.effect.writes |= {obj for obj in value if obj.kind != "library"}

    def write_reach(self, value: Value, *, links: bool = False) -> None:
        """Note that the statement may change all that can be got at from here; with `links`, gradients too."""
        self.use(value, links=links)
        self.write(frozenset(reach(value) | (graph(value) if links else set())))

    def settle(self, obj: Obj) -> None:
        """Note that the statement sets a state anew, whatever it was."""
        self.effect.writes.add(obj)
        if not self.weak and len(self.frames) == 1:
            self.effect.settles.add(obj)

    def surrender(self) -> None:
        """Note that the statement may do anything."""
        self.effect.opaque = True
