"""Statements: what each binds, changes and needs."""

import ast
from collections.abc import Callable, Sequence

from workings.standalone.expressions import OPERATORS, Expressions
from workings.standalone.known import KNOWN, LOCAL_STATE, SWALLOWS
from workings.standalone.objects import NOTHING, UNBOUND, Obj, Value, reach, union
from workings.standalone.scopes import FUNCTIONS, Function, bound_by
from workings.standalone.state import Arguments

ROUNDS = 12


class Blocks(Expressions):
    """Looks at statements."""

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Look at statements, one after another."""
        for node in body:
            look = _LOOKS.get(type(node))
            if look:
                look(self, node)
            else:
                self.every_part(node)

    # simple statements

    def expression(self, node: ast.Expr) -> None:
        """An expression on its own."""
        self.discarded = node.value
        value = self.evaluate(node.value)
        self.look_at(frozenset(obj for obj in value if obj.kind == "instance"), node)

    def returned(self, node: ast.Return) -> None:
        """`return`."""
        value = self.evaluate(node.value)
        running = self.current()
        if running is not None:
            running.returns |= value

    def assignment(self, node: ast.Assign) -> None:
        """`a = b = value`."""
        for target in node.targets:
            if isinstance(target, ast.Tuple) and self._assign_pairwise(target, node.value):
                return
        value = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _assign_pairwise(self, target: ast.Tuple, value: ast.expr) -> bool:
        """`a, b = c, d`, where each name has its own value."""
        if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
            return False
        if any(isinstance(part, ast.Starred) for part in (*target.elts, *value.elts)):
            return False
        values = [self.evaluate(part) for part in value.elts]
        for part, got in zip(target.elts, values, strict=True):
            self.assign(part, got)
        return True

    def noted(self, node: ast.AnnAssign) -> None:
        """`a: kind = value`."""
        if len(self.frames) == 1 or isinstance(self.frames[-1].node, ast.ClassDef):
            self.evaluate(node.annotation)
            if isinstance(node.target, ast.Name):
                self.bind_notes()
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value))

    def bind_notes(self) -> None:
        """An annotation is remembered in a dict of its own, which is asked for by hand only."""

    def assign(self, target: ast.AST, value: Value) -> None:
        """Give a value to what stands left of `=`."""
        match target:
            case ast.Name(id=name):
                self.bind(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self.consume(value)
                inner = self.items(value, target) | frozenset(obj for obj in value if obj.kind != "iterator")
                for part in parts:
                    self.assign(part, inner)
            case ast.Starred(value=inner_target):
                self.assign(inner_target, frozenset((self.made("container", target, holds=value),)))
            case ast.Attribute(value=owner, attr=name):
                self._set_attribute_of(self.evaluate(owner), name, value, target)
            case ast.Subscript(value=owner, slice=index):
                self._set_item(self.evaluate(owner), self.evaluate(index), value, target)

    def _set_attribute_of(self, owner: Value, name: str, value: Value, node: ast.AST) -> None:
        for obj in owner:
            if obj.kind == "library":
                self._patch(f"{obj.path}.{name}", value)
            elif obj.kind == "instance":
                self.set_attribute_of_instance(obj, name, value, node)
            else:
                self.write(frozenset((obj,)))
                self.hold(obj, value)
                if obj.kind == "class":
                    obj.fields[name] = obj.fields.get(name, NOTHING) | value

    def _patch(self, path: str, value: Value) -> None:
        """Note that something in a library is another thing from now on."""
        self.set_state(path, value, exact=True)
        setting = self.setting(path.partition(".")[0], path)
        self.patches[path] = setting

    def _set_item(self, owner: Value, index: Value, value: Value, node: ast.AST) -> None:
        self.operate(owner, ("__setitem__",), index | value, node)
        self.write(owner)
        for obj in owner:
            if obj.kind == "library":
                self.set_state(obj.path, value)
            elif obj.kind == "tensor":
                self.link(obj, value)
            else:
                self.hold(obj, value | (index if obj.kind == "container" else NOTHING))

    def augmented(self, node: ast.AugAssign) -> None:
        """`a += value`: it may change what `a` is, or give the name another value, or both."""
        load = _loading(node.target)
        old, value = self.evaluate(load), self.evaluate(node.value)
        name = OPERATORS[type(node.op)]
        given = self.operate(old, (f"__i{name}__",), value, node)
        self.write(old)
        self.consume(value)
        for obj in old:
            if obj.kind == "tensor":
                self.link(obj, value)
            elif obj.kind != "library":
                self.hold(obj, value | self.items(value, node))
        made = self.combine(old, value, name, node) if not old or _may_be_new(old) else NOTHING
        self.assign(node.target, old | given | made)

    def deleted(self, node: ast.Delete) -> None:
        """`del`."""
        for target in node.targets:
            match target:
                case ast.Name(id=name):
                    self._forget(name)
                case ast.Attribute(value=owner, attr=name):
                    value = self.evaluate(owner)
                    self.write(value)
                    self._set_attribute_of(
                        frozenset(obj for obj in value if obj.kind != "instance"), name, NOTHING, node
                    )
                    self.operate(value, ("__delattr__", "__delete__"), NOTHING, node)
                case ast.Subscript(value=owner, slice=index):
                    value, inner = self.evaluate(owner), self.evaluate(index)
                    self._set_item(value, NOTHING, NOTHING, node)
                    self.operate(value, ("__delitem__",), inner, node)
                case _:
                    self.every_part(target)

    def _forget(self, name: str) -> None:
        if self.frames[-1] is self.names or name in self.declared(self.frames[-1]).globals:
            self.look_up(name)
            self.bind(name, frozenset((UNBOUND,)))
            self.effect.forgets.add(name)

    # imports

    def imported(self, node: ast.Import) -> None:
        """`import a.b as c`."""
        before = self.version
        again = len(self.frames) == 1 and not self.weak
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            value = self.library(alias.name if alias.asname else name)
            again = again and self.names.fields.get(name) == value and "." not in alias.name
            if "." in alias.name:
                self.effect.writes.add(self.setting(f"import {alias.name}", f"import {alias.name}"))
            self._import(alias.name, name, value)
        self.effect.again = again and before == self.version

    def _import(self, path: str, name: str, value: Value) -> None:
        if path.partition(".")[0] not in KNOWN:
            self.touch_files()
            self.use_everything()
        self.use(value)
        self.bind(name, value)

    def taken(self, node: ast.ImportFrom) -> None:
        """`from a import b`."""
        path, again = "." * node.level + (node.module or ""), len(self.frames) == 1 and not self.weak
        if path == "__future__":
            self.effect.writes.add(self.setting("future", "future"))
        for alias in node.names:
            if alias.name == "*":
                self._import_all(path)
                return
            value = self.library_attribute(f"{path}.{alias.name}")
            again = again and self.names.fields.get(alias.asname or alias.name) == value
            self._import(path, alias.asname or alias.name, value)
        self.effect.again = again and path != "__future__"

    def _import_all(self, path: str) -> None:
        self.effect.star = True
        if path.partition(".")[0] not in KNOWN:
            self.surrender()

    # definitions

    def definition(self, node: Function) -> None:
        """`def`."""
        assert not isinstance(node, ast.Lambda)  # noqa: S101
        for argument in (
            *node.args.posonlyargs,
            *node.args.args,
            *node.args.kwonlyargs,
            node.args.vararg,
            node.args.kwarg,
        ):
            self.evaluate(argument.annotation if argument else None)
        self.evaluate(node.returns)
        self._use_future()
        decorators = [(part, self.evaluate(_getter(part))) for part in node.decorator_list]
        value = self.defined(node)
        for part, decorator in reversed(decorators):
            value = self._decorate(part, decorator, value)
        self.bind(node.name, value)

    def _use_future(self) -> None:
        self.effect.demands |= self.settings.get("future", set())

    def _decorate(self, part: ast.expr, decorator: Value, value: Value) -> Value:
        """What a function or class is behind a decorator."""
        if _getter(part) is not part:
            for obj in value:
                obj.path = "property"
            return value | decorator
        paths = {obj.path for obj in decorator if obj.kind == "library"}
        for path in paths:
            kind = path.rpartition(".")[2].replace("cached_", "").replace("abstract", "")
            for obj in value:
                if kind in ("property", "staticmethod", "classmethod"):
                    obj.path = kind
        return self.call(decorator, Arguments((value,)), part)

    def class_definition(self, node: ast.ClassDef) -> None:
        """`class`."""
        decorators = [(part, self.evaluate(part)) for part in node.decorator_list]
        bases = union(*[self.evaluate(base) for base in node.bases])
        more = union(*[self.evaluate(keyword.value) for keyword in node.keywords])
        owner = self.made("class", node)
        owner.node, owner.bases = node, bases - {owner}
        frame = Obj("scope", node=node)
        outer = self.frames[-1]
        around = outer.scope if isinstance(outer.node, ast.ClassDef) else (outer, *outer.scope)
        frame.scope = tuple(scope for scope in around if scope is not self.names)
        self.frames.append(frame)
        self.run(node.body)
        self.frames.pop()
        self._fill_class(owner, frame)
        value: Value = frozenset((owner,))
        self._tell_bases(owner, bases, more, node)
        for part, decorator in reversed(decorators):
            value = self._decorate(part, decorator, value) | value
        self.bind(node.name, value)

    def _fill_class(self, owner: Obj, frame: Obj) -> None:
        for name, value in frame.fields.items():
            self._set(owner, name, owner.fields.get(name, NOTHING) | (value - {UNBOUND}), weak=False)
            for obj in value:
                if obj.kind == "function":
                    obj.bases |= {owner}

    def _tell_bases(self, owner: Obj, bases: Value, more: Value, node: ast.AST) -> None:
        """Do to a new class what its bases and its metaclass may do to it."""
        this = frozenset((owner,))
        for base in bases:
            if base.kind == "class":
                functions, _ = self.find(base, "__init_subclass__")
                self.call_all(functions, Arguments((this,), rest=more), node)
            elif base.kind != "library":
                self.call_unknown(frozenset((base,)), Arguments((this,)), node)
        self.hold(owner, more)
        makers = frozenset(
            obj for obj in reach(frozenset((owner,))) if obj.kind == "class" and self.has_base(obj, "builtins.type")
        )
        if makers - this:
            self.call_unknown(makers, Arguments((this,)), node)

    # compound statements

    def branch(self, node: ast.If) -> None:
        """`if`."""
        self.look_at(self.evaluate(node.test), node)
        self.either_of([node.body, node.orelse])

    def either_of(self, bodies: Sequence[Sequence[ast.stmt]], *, first: Callable[[int], None] | None = None) -> None:
        """One of several bodies."""
        frame = self.frames[-1]
        fields, assigned = frame.fields, self.assigned
        ends = []
        for index, body in enumerate(bodies):
            frame.fields, self.assigned = dict(fields), set(assigned)
            if first is not None:
                first(index)
            self.run(body)
            if not _leaves(body):
                ends.append((frame.fields, self.assigned))
            elif frame.path == "remembered":
                ends.append((frame.fields, set(assigned)))
        frame.fields = joined([end for end, _ in ends]) if ends else fields
        self.assigned = set.intersection(*(names for _, names in ends)) if ends else assigned

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        """`for`."""
        over = self.evaluate(node.iter)
        self.operate(over, ("__iter__", "__next__", "__aiter__", "__anext__", "__getitem__"), NOTHING, node)
        self.consume(over)
        self._repeat(node, lambda: self.assign(node.target, self.items(over, node)))
        self.run(node.orelse)

    def while_loop(self, node: ast.While) -> None:
        """`while`."""
        self._repeat(node, lambda: self.look_at(self.evaluate(node.test), node))
        self.run(node.orelse)

    def _repeat(self, node: ast.For | ast.AsyncFor | ast.While, begin: Callable[[], None]) -> None:
        """Look at the body of a loop until nothing new comes of it."""
        frame, assigned = self.frames[-1], set(self.assigned)
        jumps = _jumps(node.body)
        self.weak += jumps
        for _ in range(ROUNDS):
            before, version = dict(frame.fields), self.version
            begin()
            if isinstance(node, ast.While):
                assigned |= self.assigned
            self.run(node.body)
            frame.fields = joined([before, frame.fields])
            self.assigned = set(assigned)
            if frame.fields == before and self.version == version:
                break
        else:
            self.surrender()
        self.weak -= jumps

    def attempt(self, node: ast.Try) -> None:
        """`try`, which may leave its body anywhere."""
        assigned = set(self.assigned)
        self.weak += 1
        self.run(node.body)
        self.run(node.orelse)
        self.weak -= 1
        ends = [self.assigned]
        for handler in node.handlers:
            self.assigned = set(assigned)
            self.weak += 1
            self.evaluate(handler.type)
            if handler.name:
                self.bind(handler.name, frozenset((self.made("any", handler, path="builtins.error"),)))
            self.run(handler.body)
            self.weak -= 1
            if not _leaves(handler.body):
                ends.append(self.assigned - {handler.name or ""})
        self.assigned = set.intersection(*ends)
        self.run(node.finalbody)

    def context(self, node: ast.With | ast.AsyncWith) -> None:
        """`with`."""
        settings: set[str] = set()
        swallows = False
        for item in node.items:
            value, kept = self._enter(item)
            settings |= kept
            swallows = swallows or any(_may_swallow(obj) for obj in value)
        assigned, settles = set(self.assigned), set(self.effect.settles)
        written = set(self.effect.writes)
        self.weak += swallows
        self.run(node.body)
        self.weak -= swallows
        if swallows:
            self.assigned = assigned
        local = union(*(frozenset(self.settings.get(library, ())) for library in settings))
        local |= frozenset(self.stream(name.removeprefix("random ")) for name in settings if name.startswith("random "))
        self.effect.writes -= local - written
        self.effect.settles -= local - settles

    def _enter(self, item: ast.withitem) -> tuple[Value, set[str]]:
        """Begin a context; what it is, and the libraries whose state it puts back."""
        written, settles = set(self.effect.writes), set(self.effect.settles)
        value = self.evaluate(item.context_expr)
        called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
        paths = {obj.path for obj in self.evaluate(called) if obj.kind == "library"}
        kept = {library for path in paths for library in LOCAL_STATE.get(path, ())}
        if kept:
            self.effect.writes, self.effect.settles = written, settles
        entered = self.operate(value, ("__enter__", "__exit__", "__aenter__", "__aexit__"), NOTHING, item.context_expr)
        self.consume(value)
        self.write(frozenset(obj for obj in value if obj.kind == "any"))
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered | value | self.items(value, item.context_expr))
        return value | self._libraries(paths), kept

    def _libraries(self, paths: set[str]) -> Value:
        return union(*(self.library(path) for path in paths))

    def match(self, node: ast.Match) -> None:
        """`match`."""
        value = self.evaluate(node.subject)
        self.look_at(value, node)
        inner = value | self.items(value, node) | self.items(self.items(value, node), node)
        fields = [attribute for obj in inner for attribute in obj.fields.values()]
        inner = union(inner, *fields)

        def capture(index: int) -> None:
            if index < len(node.cases):
                self._capture(node.cases[index], inner)

        self.either_of([*(case.body for case in node.cases), []], first=capture)

    def _capture(self, case: ast.match_case, value: Value) -> None:
        for part in ast.walk(case.pattern):
            for name in bound_by(part):
                holds = frozenset((self.made("container", part, holds=value),))
                self.bind(name, value if isinstance(part, ast.MatchAs) else holds)
            for child in ast.iter_child_nodes(part):
                if isinstance(child, ast.expr):
                    self.evaluate(child)
        self.look_at(self.evaluate(case.guard), case)

    def nothing_happens(self, _node: ast.AST) -> None:
        """`pass`, `global` and such."""


def joined(ends: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """The names after one of several ways."""
    if len(ends) == 1:
        return ends[0]
    names: dict[str, None] = {name: None for end in ends for name in end}
    missing = frozenset((UNBOUND,))
    return {name: union(*(end.get(name, missing) for end in ends)) for name in names}


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether what stands behind this body is not come to from it."""
    return bool(body) and isinstance(body[-1], ast.Return | ast.Raise)


def _jumps(body: Sequence[ast.stmt]) -> bool:
    """Whether a body may be left in its middle."""
    return any(isinstance(node, ast.Break | ast.Continue | ast.Return) for part in body for node in ast.walk(part))


def _getter(part: ast.expr) -> ast.expr:
    """The property that `@name.setter` belongs to."""
    if isinstance(part, ast.Attribute) and part.attr in ("setter", "getter", "deleter"):
        return part.value
    return part


def _loading(target: ast.expr) -> ast.expr:
    """The same place, read instead of written; always the same node, as things are known by where they are made."""
    known: ast.expr | None = getattr(target, "_loading", None)
    if known is not None:
        return known
    known = target
    match target:
        case ast.Name(id=name):
            known = ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            known = ast.Attribute(value, name, ast.Load())
        case ast.Subscript(value=value, slice=index):
            known = ast.Subscript(value, index, ast.Load())
    target._loading = known  # type: ignore[attr-defined]  # noqa: SLF001 - a tree is ours
    return known


def _may_be_new(old: Value) -> bool:
    """Whether `+=` may give another object, as it does for a tuple."""
    return any(obj.kind != "tensor" for obj in old)


def _may_swallow(obj: Obj) -> bool:
    """Whether a context may end its body early and go on behind it."""
    known = obj.path.partition(".")[0] in KNOWN
    return obj.kind in ("instance", "iterator") or not known or bool(SWALLOWS.match(obj.path))


_LOOKS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Expr: Blocks.expression,
    ast.Return: Blocks.returned,
    ast.Assign: Blocks.assignment,
    ast.AnnAssign: Blocks.noted,
    ast.AugAssign: Blocks.augmented,
    ast.Delete: Blocks.deleted,
    ast.Import: Blocks.imported,
    ast.ImportFrom: Blocks.taken,
    ast.FunctionDef: Blocks.definition,
    ast.AsyncFunctionDef: Blocks.definition,
    ast.ClassDef: Blocks.class_definition,
    ast.If: Blocks.branch,
    ast.For: Blocks.loop,
    ast.AsyncFor: Blocks.loop,
    ast.While: Blocks.while_loop,
    ast.Try: Blocks.attempt,
    ast.TryStar: Blocks.attempt,
    ast.With: Blocks.context,
    ast.AsyncWith: Blocks.context,
    ast.Match: Blocks.match,
    ast.Global: Blocks.nothing_happens,
    ast.Nonlocal: Blocks.nothing_happens,
}

__all__ = ["FUNCTIONS", "Blocks"]
