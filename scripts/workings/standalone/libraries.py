"""Calls of libraries and of Python's own functions."""

import ast

from workings.standalone.known import (
    ASKS,
    CALLERS,
    CHANGES_ALL,
    CHANGES_FIRST,
    DRAWS,
    EVERYWHERE,
    EXACT_SETTERS,
    FACTORIES,
    FILES,
    FRESH,
    KNOWN,
    LAYERS,
    MUTATORS,
    NO_DRAWS,
    NO_TENSORS,
    SAME,
    SCALARS,
    SEEDS,
    SETTERS,
    SHARING,
    STANDARD,
    TENSOR_FUNCTIONS,
    UFUNCS,
    VIEWS,
)  # fmt: skip
from workings.standalone.objects import NOTHING, PLAIN, Value, reach, union
from workings.standalone.own_functions import OwnFunctions
from workings.standalone.state import ANYWHERE, Arguments

CONTAINERS = frozenset(
    {"collections.deque", "collections.Counter", "collections.OrderedDict", "collections.defaultdict", "copy.copy"}
)
BACKWARD = frozenset({"torch.autograd.grad", "torch.autograd.backward"})
DATA = ("sys.path.", "os.environ.", "matplotlib.rcParams.", "matplotlib.pyplot.rcParams.", "sys.modules.")


class Libraries(OwnFunctions):
    """Knows libraries."""

    def call_library(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What calling something in a library gives."""
        self._note_state(path, given)
        patch = self.patches.get(path)
        results = self.call(patch.holds, given, node) if patch else NOTHING
        root, _, name = path.partition(".")
        if path.endswith("()") or path in SAME:
            self._mark(name.replace("cached_", "").replace("abstract", ""), given.all)
            return results | given.all | (self.library(path) if not given.all else NOTHING)
        if root == "builtins":
            return results | self.call_own(name, given, node)
        if path in FACTORIES:
            return results | self._make_decorator(path, given)
        if root in ("matplotlib", "mpl_toolkits"):
            return results | self._draw(path, given, node)
        if root not in KNOWN:
            return results | self._call_foreign(path, given, node)
        return results | self._call_known(path, given, node)

    def _mark(self, kind: str, functions: Value) -> None:
        """Note that functions are called as properties are, without their object or with its class."""
        for obj in functions:
            if obj.kind == "function" and kind.rpartition(".")[2] in ("property", "staticmethod", "classmethod"):
                obj.path = kind.rpartition(".")[2]

    def _make_decorator(self, path: str, given: Arguments) -> Value:
        """`torch.no_grad` with and without brackets."""
        functions = frozenset(obj for obj in given.all if obj.kind in ("function", "class"))
        return functions if functions and path != "functools.wraps" else self.library(f"{path}()")

    # state without a name

    def _note_state(self, path: str, given: Arguments) -> None:
        """Note the seeds, settings, files and random numbers that a call is about."""
        named = dict(given.named)
        if named.keys() & SHARING:
            self.write(frozenset(reach(named.get("out", given.all))))
        if path in SEEDS:
            for stream in ("torch", "cuda") if SEEDS[path] == "torch" else (SEEDS[path],):
                self.settle(self.stream(stream))
        elif not NO_DRAWS.match(path):
            for pattern, streams in DRAWS:
                self.use_streams(streams if pattern.match(path) and "generator" not in named else ())
        if FILES.match(path):
            self.touch_files()
        if path.startswith(DATA) and path.rpartition(".")[2] in MUTATORS:
            self.set_state(path.rpartition(".")[0], given.all)
        elif SETTERS.search(path):
            self.set_state(path, given.all, exact=bool(EXACT_SETTERS.match(path)))

    def set_state(self, path: str, value: Value, *, exact: bool = False) -> None:
        """Note that the statement changes the state of a library; `exact`: whatever it was."""
        root = ANYWHERE if EVERYWHERE.match(path + ".") else path.partition(".")[0]
        setting = self.setting(root, path)
        self.hold(setting, value)
        self.effect.writes.add(setting)
        if exact:
            self.effect.demands.discard(setting)
            self.settle(setting)

    def touch_files(self) -> None:
        """Note that the statement reads or writes files."""
        files = self.setting("files", "files")
        self.effect.demands.add(files)
        self.effect.writes.add(files)

    # kinds of functions

    def _call_known(self, path: str, given: Arguments, node: ast.AST) -> Value:  # noqa: PLR0911 - one for each kind
        """What a function of a well-known library gives."""
        name = path.rpartition(".")[2]
        if path in BACKWARD:
            self.go_back(given.all)
            return frozenset((self.made("tensor", node, links=given.all),))
        if CHANGES_ALL.match(path):
            self.write_reach(given.all)
            for obj in reach(given.all):
                self.hold(obj, given.all if obj.kind == "layer" else NOTHING)
        if CHANGES_FIRST.match(path) or (name.endswith("_") and not name.startswith("_")):
            return self._change_first(given, node)
        if LAYERS.match(path) and not dict(given.named).keys() & SHARING:
            return self._make_layer(path, given, node)
        if TENSOR_FUNCTIONS.match(path) and not NO_TENSORS.match(path):
            return self._compute(path, given, node)
        if path in SEEDS:
            return frozenset((self.stream(SEEDS[path]),))
        if path in ("torch.Generator", "random.Random") or path.startswith(
            ("numpy.random.default", "numpy.random.Gen")
        ):
            return frozenset((self.made("random", node, holds=given.all),))
        if path in CONTAINERS or path == "copy.deepcopy":
            return self._contain(path, given, node)
        return self._call_other(path, given, node)

    def _change_first(self, given: Arguments, node: ast.AST) -> Value:
        first = given.positional[0] if given.positional else given.all
        self.write_reach(first)
        for obj in first:
            self.hold(obj, given.all - first)
        return given.all | self.items(given.all, node)

    def _make_layer(self, path: str, given: Arguments, node: ast.AST) -> Value:
        if path == "torch.nn.Parameter":
            return given.all | {self.made("tensor", node)}
        holds = given.all | self.items(given.all, node)
        return frozenset((self.made("layer", node, holds=holds, path=path),))

    def _compute(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What a function of tensors gives: numbers of its own, and perhaps those it was given."""
        name = path.rpartition(".")[2]
        out = self._out_of(path, given)
        self.write(out)
        inner = given.all | self.items(given.all, node)
        self.consume(given.all)
        self.call_back(given.all, Arguments(rest=inner))
        self.look_at(frozenset(obj for obj in given.all if obj.kind == "instance"), node)
        if name in SCALARS:
            return NOTHING
        kind = "" if given.rest or "requires_grad" in dict(given.named) else PLAIN
        fresh = frozenset((self.made("tensor", node, links=inner, path=kind),))
        shares = name not in FRESH or VIEWS.match(path) or dict(given.named).keys() & SHARING
        if shares or (name == "einsum" and len(given.positional) < 3):  # noqa: PLR2004 - of one tensor it is a view
            return fresh | frozenset(obj for obj in inner if obj.kind != "container")
        return fresh | out

    def _out_of(self, path: str, given: Arguments) -> Value:
        """Where a function of NumPy puts its result, when that is given without a name."""
        name = path.rpartition(".")[2]
        place = 1 if name in UFUNCS else 2
        out = path.startswith("numpy.") and name in FRESH - {"where"}
        return union(*given.positional[place:]) if out else NOTHING

    def _contain(self, path: str, given: Arguments, node: ast.AST) -> Value:
        self.consume(given.all)
        if path.startswith("copy."):
            return self._copy(path, given.all, node)
        holds = union(self.pairs(given.all, node), *(value for name, value in given.named), given.rest)
        functions = frozenset(obj for obj in given.all if obj.kind in ("function", "class"))
        return frozenset((self.made("container", node, holds=holds | functions, path=path),))

    def _copy(self, path: str, value: Value, node: ast.AST) -> Value:
        """What `copy` gives; what is more than numbers or a container may share anything with its copy."""
        copies = NOTHING
        for obj in value:
            apart = obj.kind in ("tensor", "layer") and all(
                held.kind != "instance" for held in reach(frozenset((obj,)))
            )
            if path == "copy.copy" and obj.kind == "container":
                copies |= {self.made("container", node, holds=obj.holds, path=obj.path)}
            else:
                copies |= {self.made(obj.kind, node, path=obj.path) if path == "copy.deepcopy" and apart else obj}
        return copies

    def _call_other(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What any other function of a well-known library gives: something that remembers what it was given."""
        root, name = path.partition(".")[0], path.rpartition(".")[2]
        self.consume(given.all)
        self.look_at(given.all, node)
        everything = Arguments(rest=given.all | self.items(given.all, node))
        results = self.call_back(given.all, everything)
        if CALLERS.match(path):
            results |= self.call(
                frozenset(obj for obj in given.all if obj.kind in ("layer", "instance")), everything, node
            )
        makes = name[:1].isupper() or root in STANDARD or CALLERS.match(path) or ASKS.match(name)
        if not makes:
            if node is self.discarded:
                self.set_state(path, given.all)
            return self.call_unknown(NOTHING, given, node)
        kind = "iterator" if root == "itertools" or path in ("os.scandir", "csv.reader", "io.StringIO") else "any"
        pair = self.made("container", node, holds=given.all | self.items(given.all, node) | results, path="pair")
        holds = pair.holds | {pair}
        return results | {self.made(kind, node, holds=holds, path=path)}  # type: ignore[arg-type]

    def _call_foreign(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What a function of an unknown library gives; it may change whatever it can get at, and its own state."""
        self.touch_files()
        self.set_state(path.partition(".")[0] + ".state", given.all)
        return self.call_unknown(self.library(path), given, node)

    def _draw(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What a function of matplotlib gives; the current figure is closed at the end of its cell."""
        self.call_back(given.all, given)
        current = self.setting(f"figure {self.cell}", f"figure {self.cell}")
        drawn = frozenset(obj for obj in reach(given.all) if obj.path.startswith("matplotlib"))
        if path.startswith("matplotlib.pyplot."):
            self.effect.writes.add(current)
            self.effect.demands.add(current)
            self.write_reach(drawn)
        made = self.made("any", node, holds=drawn | {current}, path=path)
        return frozenset((made,))
