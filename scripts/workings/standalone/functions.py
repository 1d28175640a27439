"""Calls of what a page defines: functions, closures, classes; their bodies are looked at with what they are given."""

import ast

from workings.standalone.names import Naming
from workings.standalone.objects import NOTHING, Obj, Value, reach
from workings.standalone.scopes import COMPREHENSIONS, FUNCTIONS, Function, arguments, names_of
from workings.standalone.state import Arguments

DEEPEST, MOST, ROUNDS = 12, 400, 6
"""How many calls may be inside one another, how many a statement may come to, how often a recursive one is tried."""
DUNDER = "__"


class LostError(Exception):
    """A statement does more than can be looked at."""


class Running:
    """A call of a function that is being looked at."""

    def __init__(self, scope: Obj) -> None:
        """Begin it."""
        self.scope = scope
        self.returns: Value = NOTHING
        self.yields: Value = NOTHING
        self.again = False


class Functions(Naming):
    """Knows what a page's own functions and classes do."""

    running: dict[Obj, Running]
    calls: int
    waiting: tuple[set[Obj], Value] | None
    memory: dict[tuple[Obj, Arguments], tuple[tuple[int, int], Value]]

    def begin(self, *, statement: int, cell: int) -> None:
        """Turn to the next statement."""
        super().begin(statement=statement, cell=cell)
        self.running, self.calls, self.memory, self.waiting = {}, 0, {}, None

    def call_function(self, function: Obj, given: Arguments, node: ast.AST) -> Value:
        """What calling a function of the page gives."""
        if function in self.running:
            return self._recurse(function, given)
        key = (function, given)
        known = self.memory.get(key)
        if known is not None and known[0] == (self.version, self.changes):
            return known[1]
        self._count()
        value = self._call_function(function, given, node)
        self.memory[key] = ((self.version, self.changes), value)
        return value

    def _count(self) -> None:
        """Count a call, and give up where there are too many: the statement may do anything then."""
        self.calls += 1
        if self.calls > MOST or len(self.running) >= DEEPEST:
            raise LostError

    def _recurse(self, function: Obj, given: Arguments) -> Value:
        """Give to a call that goes on what another inside it is given, and look at it once more."""
        running = self.running[function]
        before = self.version
        self._give(function, running.scope, given, weak=True)
        running.again = running.again or self.version != before
        return running.returns

    def _call_function(self, function: Obj, given: Arguments, node: ast.AST) -> Value:
        scope = self.made("scope", node, path=f"{id(function)}")
        scope.path, scope.node, scope.scope = "", function.node, function.scope
        running = self.running[function] = Running(scope)
        self._give(function, scope, given, weak=bool(scope.fields))
        weak, self.weak = self.weak, 0
        self.frames.append(scope)
        self._run_until_stable(function, running)
        self.frames.pop()
        self.weak = weak
        del self.running[function]
        return self._result(function, running, node)

    def _run_until_stable(self, function: Obj, running: Running) -> None:
        for _ in range(ROUNDS):
            running.again, returns = False, running.returns
            self.run_function(function.node, running)
            if not running.again and (running.returns == returns or not returns):
                return
        self.surrender()

    def run_function(self, node: ast.AST | None, running: Running) -> None:
        """Look at a function's body."""
        if isinstance(node, ast.Lambda):
            running.returns |= self.evaluate(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.run(node.body)
        elif isinstance(node, COMPREHENSIONS):
            running.yields |= self.go_through(node)

    def go_through(self, node: ast.AST) -> Value:
        """The items of a comprehension."""
        raise NotImplementedError

    def _result(self, function: Obj, running: Running, node: ast.AST) -> Value:
        """What the caller gets; from a generator, that is what goes on with it."""
        if not running.yields and not is_generator(function.node):
            return running.returns
        made = self.made("iterator", node, holds=running.yields | running.returns, path=f"of {id(function)}")
        self.come_from(made, frozenset((function, running.scope)))
        return frozenset((made,))

    def _give(self, function: Obj, scope: Obj, given: Arguments, *, weak: bool) -> None:
        """Bind a function's parameters."""
        if not isinstance(function.node, FUNCTIONS):
            return
        args = function.node.args
        values = dict(self._given(function, function.node, given))
        for argument in arguments(args):
            value = values.get(argument.arg, NOTHING)
            if argument in (args.vararg, args.kwarg):
                value = frozenset((self.made("container", argument, holds=value),))
            self._set(scope, argument.arg, value, weak=weak)

    def _given(self, function: Obj, node: Function, given: Arguments) -> dict[str, Value]:
        """What each parameter may be."""
        args = node.args
        names = [argument.arg for argument in (*args.posonlyargs, *args.args)]
        known = {*names, *(argument.arg for argument in args.kwonlyargs)}
        sure = {*names[: len(given.positional)], *(name for name, _ in given.named)}
        values = {name: NOTHING if name in sure else function.fields.get(name, NOTHING) | given.rest for name in known}
        more = given.rest
        for index, value in enumerate(given.positional):
            if index < len(names):
                values[names[index]] |= value
            else:
                more |= value
        for name, value in given.named:
            if name in values:
                values[name] |= value
            else:
                more |= value
        for star in filter(None, (args.vararg, args.kwarg)):
            values[star.arg] = more
        return values

    def defined(self, node: Function) -> Value:
        """The function that a definition makes."""
        function = self.made("function", node)
        function.node = node
        frame = self.frames[-1]
        if frame is not self.names:
            remembered = frame.scope if isinstance(frame.node, ast.ClassDef) else (frame, *frame.scope)
            function.scope = remembered
            for scope in function.scope:
                scope.path = "remembered"
        for name, default in defaults(node):
            value = self.evaluate(default)
            function.fields[name] = function.fields.get(name, NOTHING) | value
        return frozenset((function,))

    def call_unknown(self, callee: Value, given: Arguments, node: ast.AST) -> Value:
        """What a call may give of which nothing is known: it may change all that it can get at."""
        self._count()
        everything = callee | given.all
        self.use_everything()
        self.write_reach(everything, links=True)
        self._call_all_back(reach(everything), given.all)
        for obj in everything:
            if obj.kind in ("container", "any", "instance", "bound"):
                self.hold(obj, given.all)
        return given.all | {self.made("any", node, holds=everything)}

    def _call_all_back(self, reached: set[Obj], given: Value) -> None:
        """Look at functions that an unknown one may call; those that they make possible are looked at with them."""
        waits = self.waiting is not None
        todo, rest = self.waiting or (set(), NOTHING)
        self.waiting = (todo | {obj for obj in reached if obj.kind in ("function", "bound")}, rest | given)
        while not waits and self.waiting != (todo, rest):
            todo, rest = self.waiting
            self.call_back(frozenset(todo), Arguments(rest=rest))
        if not waits:
            self.waiting = None

    def call_back(self, value: Value, given: Arguments) -> Value:
        """Look at functions that somebody may call, with anything that is at hand."""
        results = NOTHING
        for obj in value:
            if obj.kind == "function" and obj not in self.running and obj.node is not None:
                results |= self.call_function(obj, Arguments(rest=given.all), obj.node)
            elif obj.kind == "bound":
                plain = frozenset(other for other in given.all if other.kind != "bound")
                results |= self.call(frozenset((obj,)), Arguments(rest=plain), _NO_NODE)
        return results


_NO_NODE = ast.Module([], [])


def defaults(node: Function) -> list[tuple[str, ast.expr]]:
    """The parameters that have a default, with it."""
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    pairs = list(zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True))
    pairs += [(name, default) for name, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default]
    return [(argument.arg, default) for argument, default in pairs]


def is_generator(node: ast.AST | None) -> bool:
    """Whether a function's body is run when somebody asks for its items."""
    return isinstance(node, ast.GeneratorExp) or (node is not None and names_of(node).yields)
