"""Statements: what each binds, changes and needs."""

import ast
from collections.abc import Callable, Sequence

from workings.standalone.defining import Defining
from workings.standalone.known import KNOWN, LOCAL_STATE, SWALLOWS
from workings.standalone.objects import NOTHING, UNBOUND, Obj, Value, reach, union
from workings.standalone.scopes import bound_by

ROUNDS = 12


class Blocks(Defining):
    """Looks at statements."""

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Look at statements, one after another."""
        for node in body:
            look = _LOOKS.get(type(node))
            if look:
                look(self, node)
            else:
                self.every_part(node)

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

    def check(self, node: ast.Assert) -> None:
        """`assert`."""
        self.look_at(self.evaluate(node.test), node)
        with self.perhaps():
            self.evaluate(node.msg)

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

    def while_loop(self, node: ast.While) -> None:
        """`while`."""
        self._repeat(node, lambda: self.look_at(self.evaluate(node.test), node))

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
        with self.perhaps(unsure=jumps):
            self.run(node.orelse)

    def raising(self, node: ast.Raise) -> None:
        """`raise`: what it raises is caught further out."""
        self.raised |= self.every_part(node)

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
                error = self.made("any", handler, holds=self.raised, path="builtins.error")
                self.bind(handler.name, self.raised | {error})
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
        written, settles = set(self.effect.writes), set(self.effect.settles)
        with self.perhaps(unsure=swallows):
            self.run(node.body)
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
        self.write(frozenset(obj for obj in value if obj.kind in ("any", "instance")))
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered | value | self.items(value, item.context_expr))
        return value | self._libraries(paths), kept

    def _libraries(self, paths: set[str]) -> Value:
        return union(*(self.library(path) for path in paths))

    def match(self, node: ast.Match) -> None:
        """`match`."""
        value = self.evaluate(node.subject)
        self.look_at(value, node)
        inner = frozenset(reach(value)) | self.items(value, node)

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
    ast.Raise: Blocks.raising,
    ast.Assert: Blocks.check,
    ast.Global: Blocks.nothing_happens,
    ast.Nonlocal: Blocks.nothing_happens,
}
