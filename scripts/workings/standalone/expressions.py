"""Expressions: what each may be, and what evaluating it needs and changes."""

import ast
from collections.abc import Callable

from workings.standalone.comprehensions import Comprehensions
from workings.standalone.functions import Running
from workings.standalone.objects import NOTHING, PLAIN, Value, union
from workings.standalone.scopes import Function
from workings.standalone.state import Arguments

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv", ast.Invert: "invert", ast.UAdd: "pos", ast.USub: "neg",
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.In: "contains", ast.NotIn: "contains", ast.Not: "bool",
}  # fmt: skip
"""The special methods of operators."""


class Expressions(Comprehensions):
    """Looks at expressions."""

    def evaluate(self, node: ast.AST | None) -> Value:
        """What an expression may be."""
        if node is None:
            return NOTHING
        look = _LOOKS.get(type(node))
        return look(self, node) if look else self.every_part(node)

    def every_part(self, node: ast.AST) -> Value:
        """What the parts of a node may be together."""
        return union(*[self.evaluate(part) for part in ast.iter_child_nodes(node)])

    def nothing(self, _node: ast.AST) -> Value:
        """A constant."""
        return NOTHING

    def name(self, node: ast.Name) -> Value:
        """A name."""
        return self.look_up(node.id)

    def text(self, node: ast.JoinedStr) -> Value:
        """An f-string, which asks its values for their text."""
        self.look_at(self.every_part(node), node)
        return NOTHING

    def dotted(self, node: ast.Attribute) -> Value:
        """An attribute."""
        return self.attribute(self.evaluate(node.value), node.attr, node)

    def item(self, node: ast.Subscript) -> Value:
        """An item."""
        value = self.evaluate(node.value)
        index = self.evaluate(node.slice)
        return self.get_item(value, index, node)

    def get_item(self, value: Value, index: Value, node: ast.AST) -> Value:
        """What an item of a value may be; a `defaultdict` may make it."""
        results = self.operate(value, ("__getitem__", "__missing__", "__class_getitem__"), index, node)
        for obj in value:
            if obj.kind == "container" and obj.path == "collections.defaultdict":
                self.write(frozenset((obj,)))
                made = self.call(frozenset(held for held in obj.holds if held.kind != "library"), Arguments(), node)
                self.hold(obj, made | {self.made("container", node, path="default")})
        inner = self.items(value, node)
        part = node.slice if isinstance(node, ast.Subscript) else None
        if not isinstance(part, ast.Constant) and any(obj.kind == "container" for obj in value):
            inner |= {self.made("container", node, holds=inner)}
        return results | inner

    def collection(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        """A list, tuple or set that is written out."""
        holds = NOTHING
        for element in node.elts:
            value = self.evaluate(element)
            holds |= value
        if isinstance(node, ast.Tuple) and not holds:
            return NOTHING
        return frozenset((self.made("container", node, holds=holds),))

    def mapping(self, node: ast.Dict) -> Value:
        """A dict that is written out."""
        holds = NOTHING
        for key, value in zip(node.keys, node.values, strict=True):
            got = self.evaluate(value)
            holds |= self.evaluate(key) | (got if key else self.items(got, node))
        return frozenset((self.made("container", node, holds=holds),))

    def starred(self, node: ast.Starred) -> Value:
        """The items of what is behind a star."""
        value = self.evaluate(node.value)
        self.consume(value)
        return self.items(value, node)

    def operator(self, node: ast.BinOp) -> Value:
        """Two values and a sign between them."""
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return self.combine(left, right, OPERATORS[type(node.op)], node)

    def combine(self, left: Value, right: Value, name: str, node: ast.AST) -> Value:
        """What an operator gives: something new, which may hold what its sides held."""
        results = self.operate(left, (f"__{name}__",), right, node)
        results |= self.operate(right, (f"__r{name}__",), left, node)
        both = left | right
        kinds = {obj.kind for obj in both}
        if kinds & {"tensor", "layer", "random"}:
            results |= {self.made("tensor", node, links=both, path=PLAIN)}
        if "container" in kinds:
            results |= {self.made("container", node, holds=self.items(both, node))}
        if "any" in kinds:
            held = frozenset(obj for obj in both if obj.kind == "any")
            results |= held | {self.made("any", node, holds=both, path=next(iter(held)).path)}
        return results

    def sign(self, node: ast.UnaryOp) -> Value:
        """A value with a sign."""
        return self.combine(self.evaluate(node.operand), NOTHING, OPERATORS[type(node.op)], node)

    def compare(self, node: ast.Compare) -> Value:
        """A comparison; of tensors it is a tensor."""
        values = [self.evaluate(part) for part in (node.left, node.comparators[0])]
        with self.perhaps():
            values += [self.evaluate(part) for part in node.comparators[1:]]
        result = NOTHING
        for sign, left, right in zip(node.ops, values, values[1:], strict=False):
            if isinstance(sign, ast.Is | ast.IsNot):
                continue
            if isinstance(sign, ast.In | ast.NotIn):
                self.consume(right)
                self.operate(right, ("__contains__", "__iter__"), left, node)
                continue
            self.look_at(left | right, node)
            result |= frozenset(
                obj for obj in self.combine(left, right, OPERATORS[type(sign)], node) if obj.kind != "container"
            )
        return result

    def choice(self, node: ast.IfExp) -> Value:
        """One value or another."""
        self.look_at(self.evaluate(node.test), node)
        with self.perhaps():
            return self.evaluate(node.body) | self.evaluate(node.orelse)

    def either(self, node: ast.BoolOp) -> Value:
        """`and`, `or`: one of the values."""
        values = [self.evaluate(node.values[0])]
        with self.perhaps():
            values += [self.evaluate(value) for value in node.values[1:]]
        self.look_at(frozenset(obj for obj in union(*values) if obj.kind == "instance"), node)
        return union(*values)

    def function(self, node: Function) -> Value:
        """A lambda."""
        return self.defined(node)

    def produce(self, node: ast.Yield | ast.YieldFrom) -> Value:
        """`yield`: an item for whoever goes through the generator."""
        value = self.evaluate(node.value)
        if isinstance(node, ast.YieldFrom):
            self.consume(value)
            value = self.items(value, node)
        running = self.current()
        if running is not None:
            running.yields |= value
            return running.returns
        return NOTHING

    def current(self) -> Running | None:
        """The innermost call."""
        return next(reversed(self.running.values()), None)


_LOOKS: dict[type[ast.AST], Callable[..., Value]] = {
    ast.Constant: Expressions.nothing,
    ast.Name: Expressions.name,
    ast.JoinedStr: Expressions.text,
    ast.Attribute: Expressions.dotted,
    ast.Subscript: Expressions.item,
    ast.List: Expressions.collection,
    ast.Tuple: Expressions.collection,
    ast.Set: Expressions.collection,
    ast.Dict: Expressions.mapping,
    ast.Starred: Expressions.starred,
    ast.BinOp: Expressions.operator,
    ast.UnaryOp: Expressions.sign,
    ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.choice,
    ast.BoolOp: Expressions.either,
    ast.NamedExpr: Expressions.walrus,
    ast.Lambda: Expressions.function,
    ast.ListComp: Expressions.comprehension,
    ast.SetComp: Expressions.comprehension,
    ast.DictComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension,
    ast.Call: Expressions.call_of,
    ast.Yield: Expressions.produce,
    ast.YieldFrom: Expressions.produce,
}
