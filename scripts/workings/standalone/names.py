"""The names of a page and of its functions: reading them, and giving them values."""

import ast
import builtins
from collections.abc import Sequence

from workings.standalone.known import HISTORY, OPAQUE
from workings.standalone.objects import NOTHING, UNBOUND, Obj, Value
from workings.standalone.scopes import Names, names_of
from workings.standalone.state import Arguments, State

BUILTINS = frozenset(dir(builtins)) | {"__name__", "__doc__", "display"}


class Naming(State):
    """Knows names."""

    def read(self, name: str) -> Value:
        """The value of one of the page's names, which the statement uses."""
        value = self.names.fields.get(name)
        if name not in self.assigned:
            self.effect.reads.add(name)
        if value is None or value == {UNBOUND}:
            return self._unbound(name)
        if UNBOUND in value:
            value = (value - {UNBOUND}) | (self.library(f"builtins.{name}") if name in BUILTINS else NOTHING)
        self.use(value)
        return value

    def _unbound(self, name: str) -> Value:
        if name in OPAQUE or HISTORY.match(name):
            self.surrender()
        if name in BUILTINS or name in OPAQUE:
            value = self.library(f"builtins.{name}")
            self.use(value)
            return value
        return frozenset((self.made("any", name, path=f"unknown.{name}"),))

    def look_up(self, name: str) -> Value:
        """The value of a name where the statement is: in the innermost scope that has it."""
        frame = self.frames[-1]
        if frame is not self.names and name not in self.declared(frame).globals:
            for scope in (frame, *frame.scope):
                value = scope.fields.get(name)
                if value is not None and UNBOUND not in value:
                    return value
                if value is not None:
                    return value - {UNBOUND} | (self.read(name) if name in self.names.fields else NOTHING)
        return self.read(name)

    def bind(self, name: str, value: Value) -> None:
        """Give a name a value, where the statement is."""
        frame = self.frames[-1]
        declared = self.declared(frame)
        if frame is self.names:
            self._bind_globally(name, value)
        elif name in declared.globals:
            self.bind_perhaps(name, value)
        elif name in declared.nonlocals:
            self._bind_around(frame, name, value)
        else:
            self._set(frame, name, value, weak=bool(self.weak or frame.path == "remembered"))

    def declared(self, frame: Obj) -> Names:
        """What the definition that a scope belongs to says of names."""
        return names_of(frame.node or _NO_NODE)

    def _bind_globally(self, name: str, value: Value) -> None:
        self.effect.binds.add(name)
        self.assigned.add(name)
        self._set(self.names, name, value, weak=bool(self.weak))

    def bind_perhaps(self, name: str, value: Value) -> None:
        """Give one of the page's names a value from within a function, which may not come to it."""
        self.effect.binds.add(name)
        self._set(self.names, name, value, weak=True)

    def _bind_around(self, frame: Obj, name: str, value: Value) -> None:
        for scope in frame.scope:
            if name in scope.fields:
                self._set(scope, name, value, weak=True)
                self.effect.writes.add(scope)
                return

    def _set(self, frame: Obj, name: str, value: Value, *, weak: bool) -> None:
        if weak:
            value |= frame.fields.get(name, frozenset((UNBOUND,)) if frame is self.names else NOTHING)
        if frame.fields.get(name) != value:
            frame.fields[name] = value
            self.changes += 1
            known = self.learnt.get((frame, name), NOTHING)
            if weak and not value <= known:  # a parameter that is bound anew in each call goes to and fro
                self.learnt[frame, name] = known | value
                self.version += 1

    # what the classes below do

    def evaluate(self, node: ast.AST | None) -> Value:
        """What an expression may be."""
        raise NotImplementedError

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Look at statements, one after another."""
        raise NotImplementedError

    def call(self, callee: Value, given: Arguments, node: ast.AST) -> Value:
        """What calling something may give."""
        raise NotImplementedError

    def call_method(self, receiver: Value, name: str, given: Arguments, node: ast.AST) -> Value:
        """What calling a method may give."""
        raise NotImplementedError


_NO_NODE = ast.Module([], [])
