"""Calls of libraries and of Python's own functions."""

import ast

from workings.standalone.known import (
    CALLERS, CHANGES_FIRST, COMPUTES, COPIES, DRAWS, EVERYWHERE, EXACT_SETTERS, FACTORIES, FILES, FRESH, KNOWN, LAYERS,
    MUTATORS, NO_DRAWS, NO_TENSORS, OPAQUE, PAIRS, PURE, SAME, SCALARS, SEEDS, SETTERS, STANDARD, TENSOR_FUNCTIONS,
)  # fmt: skip
from workings.standalone.methods import Methods
from workings.standalone.objects import NOTHING, Value, reach, union
from workings.standalone.state import ANYWHERE, Arguments

CONTAINERS = frozenset(
    {"collections.deque", "collections.Counter", "collections.OrderedDict", "collections.defaultdict", "copy.copy"}
)
BACKWARD = frozenset({"torch.autograd.grad", "torch.autograd.backward"})
DATA = ("sys.path.", "os.environ.", "matplotlib.rcParams.", "matplotlib.pyplot.rcParams.", "sys.modules.")


class Libraries(Methods):
    """Knows libraries."""

    def call_library(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What calling something in a library gives."""
        self._note_state(path, given, node)
        patch = self.patches.get(path)
        results = self.call(patch.holds, given, node) if patch else NOTHING
        root, _, name = path.partition(".")
        if path.endswith("()") or path in SAME:
            return results | given.all | (self.library(path) if not given.all else NOTHING)
        if root == "builtins":
            return results | self._call_builtin(name, given, node)
        if path in FACTORIES:
            return results | self._make_decorator(path, given)
        if root == "matplotlib" or root == "mpl_toolkits":
            return results | self._draw(path, given, node)
        if root not in KNOWN:
            return results | self._call_foreign(path, given, node)
        return results | self._call_known(path, given, node)

    def _make_decorator(self, path: str, given: Arguments) -> Value:
        """`torch.no_grad` with and without brackets."""
        functions = frozenset(obj for obj in given.all if obj.kind in ("function", "class"))
        return functions if functions and path != "functools.wraps" else self.library(f"{path}()")

    # state without a name

    def _note_state(self, path: str, given: Arguments, node: ast.AST) -> None:
        """Note the seeds, settings, files and random numbers that a call is about."""
        out = dict(given.named)
        self.write(out.get("out", NOTHING))
        if "inplace" in out:
            self.write(given.all)
        if path in SEEDS:
            for stream in ("torch", "cuda") if SEEDS[path] == "torch" else (SEEDS[path],):
                self.settle(self.stream(stream))
        elif not NO_DRAWS.match(path):
            for pattern, streams in DRAWS:
                self.use_streams(streams if pattern.match(path) and "generator" not in out else ())
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
            self.settle(setting)

    def touch_files(self) -> None:
        """Note that the statement reads or writes files."""
        files = self.setting("files", "files")
        self.effect.demands.add(files)
        self.effect.writes.add(files)

    # kinds of functions

    def _call_known(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What a function of a well-known library gives."""
        name = path.rpartition(".")[2]
        if path in BACKWARD:
            self.write_reach(given.all, links=True)
            return frozenset((self.made("tensor", node, links=given.all),))
        if CHANGES_FIRST.match(path) or (name.endswith("_") and not name.startswith("_")):
            return self._change_first(given, node)
        if LAYERS.match(path) and "inplace" not in dict(given.named):
            return self._make_layer(path, given, node)
        if TENSOR_FUNCTIONS.match(path) and not NO_TENSORS.match(path):
            return self._compute(name, given, node)
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

    def _compute(self, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a function of tensors gives: numbers of its own, and perhaps those it was given."""
        inner = given.all | self.items(given.all, node)
        self.consume(given.all)
        self.call_back(given.all, Arguments(rest=inner))
        self.look_at(frozenset(obj for obj in given.all if obj.kind == "instance"), node)
        if name in SCALARS:
            return NOTHING
        fresh = frozenset((self.made("tensor", node, links=inner),))
        return fresh if name in FRESH else fresh | frozenset(obj for obj in inner if obj.kind != "container")

    def _contain(self, path: str, given: Arguments, node: ast.AST) -> Value:
        self.consume(given.all)
        if path == "copy.deepcopy":
            return self._deep_copy(given.all, node)
        holds = union(self.items(given.all, node), *(value for name, value in given.named), given.rest)
        functions = frozenset(obj for obj in given.all if obj.kind in ("function", "class"))
        return frozenset((self.made("container", node, holds=holds | functions, path=path),))

    def _deep_copy(self, value: Value, node: ast.AST) -> Value:
        copies = NOTHING
        for obj in value:
            if obj.kind in ("tensor", "layer", "container") and obj.kind != "container":
                copies |= {self.made(obj.kind, node, path=obj.path)}
            else:
                copies |= {obj}
        return copies

    def _call_other(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What any other function of a well-known library gives: something that remembers what it was given."""
        root, name = path.partition(".")[0], path.rpartition(".")[2]
        self.consume(given.all)
        self.look_at(given.all, node)
        results = self.call_back(given.all, Arguments(rest=given.all | self.items(given.all, node)))
        makes = name[:1].isupper() or root in STANDARD or CALLERS.match(path)
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

    # Python's own functions

    def _call_builtin(self, name: str, given: Arguments, node: ast.AST) -> Value:
        if name in OPAQUE or (name in ("vars", "dir") and not given.all and len(self.frames) == 1):
            self.surrender()
            return self.call_unknown(NOTHING, given, node)
        if name in ("open", "input"):
            self.touch_files()
            return frozenset((self.made("iterator", node, holds=given.all),))
        self.call_back(given.all, Arguments(rest=given.all | self.items(given.all, node)))
        if name not in ("isinstance", "issubclass", "id", "type", "callable", "super"):
            self.look_at(given.all, node)
        if name in ("setattr", "delattr"):
            return self._set_attribute(given, node)
        if name in ("next", "anext"):
            self.consume(given.all)
            return self.items(given.all, node)
        return self._call_pure_builtin(name, given, node)

    def _set_attribute(self, given: Arguments, node: ast.AST) -> Value:
        first = given.positional[0] if given.positional else given.all
        for obj in first:
            self.hold(obj, given.all)
            if obj.kind == "library":
                self.set_state(f"{obj.path}.attribute", given.all)
        self.write(first)
        return NOTHING

    def _call_pure_builtin(self, name: str, given: Arguments, node: ast.AST) -> Value:
        if name in ("print", "display"):
            self.write(dict(given.named).get("file", NOTHING))
        if name == "super":
            return self._super(given, node)
        if name in ("getattr", "vars", "type"):
            held = union(*(value for obj in given.all for value in (obj.holds, *obj.fields.values())))
            return given.all | held
        if name in COPIES | PAIRS | COMPUTES or name == "bytearray":
            return self._collect(name, given, node)
        self.consume(given.all if name in ("any", "all", "bytes") else NOTHING)
        if name in PURE or name.endswith(("Error", "Exception", "Warning", "Interrupt", "Exit", "Iteration", "Group")):
            return given.all if name in ("Exception", "memoryview") else NOTHING
        return given.all | {self.made("any", node, holds=given.all, path=f"builtins.{name}")}

    def _collect(self, name: str, given: Arguments, node: ast.AST) -> Value:
        """What functions give that go through what they are given."""
        inner = self.items(given.all, node)
        if name in COMPUTES:
            self.consume(given.all)
            tensors = frozenset(obj for obj in reach(given.all) if obj.kind in ("tensor", "layer"))
            computed = frozenset((self.made("tensor", node, links=tensors),)) if tensors else NOTHING
            others = frozenset(obj for obj in inner | given.all if obj.kind in ("any", "instance"))
            chosen = inner | given.all if name in ("min", "max") else others
            return computed | chosen
        if name in COPIES or name == "bytearray":
            self.consume(given.all)
            holds = inner | union(*(value for _, value in given.named))
            return frozenset((self.made("container", node, holds=holds),))
        pair = self.made("container", node, holds=inner, path="pair")
        results = self.call_back(given.all, Arguments(rest=inner))
        sources = frozenset(obj for obj in given.all if obj.kind in ("iterator", "function"))
        made = self.made("iterator", node, holds=inner | results | sources | {pair})
        self.come_from(made, given.all)
        return frozenset((made,))

    def _super(self, given: Arguments, node: ast.AST) -> Value:
        """`super()`: the instance that a method was called with, and the class that the method is written in."""
        methods = [obj for obj in reversed(list(self.running)) if obj.bases]
        if not methods:
            return given.all
        scope = self.running[methods[0]].scope
        first = next(iter(scope.node.args.args), None) if isinstance(scope.node, ast.FunctionDef) else None
        above = self.made("super", node, holds=scope.fields.get(first.arg, NOTHING) if first else given.all)
        above.bases = methods[0].bases
        return frozenset((above,))
