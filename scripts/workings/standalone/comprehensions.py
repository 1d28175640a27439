"""Comprehensions and generator expressions."""

import ast

from workings.standalone.calling import Calling
from workings.standalone.functions import is_generator
from workings.standalone.objects import NOTHING, Obj, Value, union
from workings.standalone.scopes import COMPREHENSIONS, Comprehension
from workings.standalone.state import Arguments


class Comprehensions(Calling):
    """Looks at comprehensions."""

    def walrus(self, node: ast.NamedExpr) -> Value:
        """A value that is given a name on the way; in a comprehension the name is the function's around it."""
        value = self.evaluate(node.value)
        inner: list[Obj] = []
        while isinstance(self.frames[-1].node, COMPREHENSIONS):
            inner.append(self.frames.pop())
        with self.perhaps(unsure=bool(inner)):
            self.bind(node.target.id, value)
        self.frames += reversed(inner)
        return value

    def comprehension(self, node: Comprehension) -> Value:
        """A list, set or dict made in a loop, or a generator, which is gone through later."""
        first = self.evaluate(node.generators[0].iter)
        frame = self.frames[-1]
        scope = self.made("scope", node)
        scope.node = node
        around = frame.scope if isinstance(frame.node, ast.ClassDef) else (frame, *frame.scope)
        scope.scope = tuple(outer for outer in around if outer is not self.names)
        scope.fields[""] = first
        if isinstance(node, ast.GeneratorExp):
            return self._generator(node, scope)
        self.consume(first)
        self.frames.append(scope)
        held = self.go_through(node)
        self.frames.pop()
        return frozenset((self.made("container", node, holds=held),))

    def _generator(self, node: ast.GeneratorExp, scope: Obj) -> Value:
        function = self.made("function", node)
        function.node, function.scope = node, (scope, *scope.scope)
        held = self.call_function(function, Arguments(), node)
        first = scope.fields.get("", NOTHING)
        inner = frozenset(obj for obj in first if obj.kind == "iterator")
        made = self.made("iterator", node, holds=union(held, *(obj.holds for obj in held), inner))
        self.come_from(made, first | {function})
        return frozenset((made,))

    def go_through(self, node: ast.AST) -> Value:
        """The items of a comprehension; twice, as what one round has changed the next one sees."""
        assert isinstance(node, COMPREHENSIONS)  # noqa: S101
        held = NOTHING
        for _ in range(2):
            for index, generator in enumerate(node.generators):
                over = self.frames[-1].fields.get("", NOTHING) if not index else self.evaluate(generator.iter)
                if not index and is_generator(node):
                    over = self.look_in(node)
                self.consume(over)
                self.assign(generator.target, self.items(over, node))
                for condition in generator.ifs:
                    self.look_at(self.evaluate(condition), node)
            parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            held |= union(*[self.evaluate(part) for part in parts])
        return held

    def look_in(self, node: ast.AST) -> Value:
        """What a generator goes over, which was evaluated when it was made."""
        return union(*(scope.fields.get("", NOTHING) for scope in self.frames[-1].scope if scope.node is node))

    def assign(self, target: ast.AST, value: Value) -> None:
        """Give a value to what stands left of `=`."""
        raise NotImplementedError
