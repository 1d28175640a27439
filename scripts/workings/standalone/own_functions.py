"""Calls of Python's own functions."""

import ast

from workings.standalone.known import CALLBACKS, COMPUTES, COPIES, MUTATORS, OPAQUE, PAIRS, PURE
from workings.standalone.methods import Methods
from workings.standalone.objects import NOTHING, Value, reach, union
from workings.standalone.state import Arguments


class OwnFunctions(Methods):
    """Knows what everybody has."""

    def touch_files(self) -> None:
        """Note that the statement reads or writes files."""
        raise NotImplementedError

    def set_state(self, path: str, value: Value, *, exact: bool = False) -> None:
        """Note that the statement changes the state of a library."""
        raise NotImplementedError

    def call_own(self, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a function gives that everybody has."""
        if name in OPAQUE or (name in ("vars", "dir") and not given.all and len(self.frames) == 1):
            self.surrender()
            return self.call_unknown(NOTHING, given, node)
        if name in ("open", "input"):
            self.touch_files()
            return frozenset((self.made("iterator", node, holds=given.all, path="builtins.open"),))
        method = name.rpartition(".")[2]
        if method in MUTATORS:  # `list.append(xs, 1)`
            receiver, *more = given.positional or (given.rest,)
            return self.call_method(receiver, method, given._replace(positional=tuple(more)), node)
        if name not in ("isinstance", "issubclass", "id", "type", "callable", "super"):
            self.look_at(given.all, node)
        if method.strip("_") in ("setattr", "delattr"):
            return self._set_attribute(given)
        if name in ("next", "anext"):
            self.consume(given.all)
            return self.items(given.all, node)
        return self._call_pure_builtin(name, given, node)

    def _set_attribute(self, given: Arguments) -> Value:
        first = given.positional[0] if given.positional else given.all
        for obj in first:
            self.hold(obj, given.all)
            if obj.kind == "library":
                self.set_state(f"{obj.path}.attribute", given.all)
        self.write(first)
        return NOTHING

    def _call_pure_builtin(self, name: str, given: Arguments, node: ast.AST) -> Value:
        if name in ("print", "display"):
            self._print(dict(given.named).get("file", NOTHING))
        if name == "super":
            return self._super(given, node)
        if name in ("getattr", "vars", "type"):
            held = union(*(value for obj in given.all for value in (obj.holds, *obj.fields.values())))
            return given.all | held
        if name in COPIES | PAIRS | COMPUTES or name == "bytearray":
            return self._collect(name, given, node)
        self.consume(given.all if name in ("any", "all", "bytes") else NOTHING)
        if name in PURE:
            return given.all if name == "memoryview" else NOTHING
        return given.all | {self.made("any", node, holds=given.all, path=f"builtins.{name}")}

    def _print(self, file: Value) -> None:
        """Print into a file, or into what the page has put in the place of its output."""
        output = self.patches.get("sys.stdout")
        self.write(file | (output.holds if output else NOTHING))
        if any(obj.path == "builtins.open" for obj in file):
            self.touch_files()

    def _collect(self, name: str, given: Arguments, node: ast.AST) -> Value:
        """What functions give that go through what they are given."""
        inner = self.items(given.all, node)
        results = self._called(name, given, inner, node)
        if name in COMPUTES:
            self.consume(given.all)
            tensors = frozenset(obj for obj in reach(given.all) if obj.kind in ("tensor", "layer"))
            computed = frozenset((self.made("tensor", node, links=tensors),)) if tensors else NOTHING
            others = frozenset(obj for obj in inner | given.all if obj.kind in ("any", "instance"))
            chosen = inner | given.all if name in ("min", "max") else others
            lists = self.items(frozenset(obj for obj in inner if obj.kind == "container" and name == "sum"), node)
            return computed | chosen | ({self.made("container", node, holds=lists)} if lists else NOTHING)
        if name in COPIES or name == "bytearray":
            self.consume(given.all)
            holds = union(
                self.pairs(given.all, node) if name == "dict" else inner, *(value for _, value in given.named)
            )
            return frozenset((self.made("container", node, holds=holds),))
        pair = self.made("container", node, holds=inner, path="pair")
        sources = frozenset(obj for obj in given.all if obj.kind in ("iterator", "function", "bound", "instance"))
        made = self.made("iterator", node, holds=inner | results | sources | {pair})
        self.come_from(made, given.all)
        return frozenset((made,))

    def _called(self, name: str, given: Arguments, inner: Value, node: ast.AST) -> Value:
        """What the function gives that a function of Python's own calls for each item: that of `map`, a key."""
        if name not in CALLBACKS:
            return NOTHING
        first = given.positional[:1] if name in ("map", "filter") or len(given.positional) > 1 else ()
        callee = union(*first, dict(given.named).get("key", NOTHING), given.rest)
        return self.call(callee, Arguments(rest=inner), node)

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
