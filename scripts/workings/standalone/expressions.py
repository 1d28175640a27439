"""Expressions: what each may be, and what evaluating it needs and changes."""

import ast
from collections.abc import Callable

from workings.standalone.functions import Running, is_generator

from workings.standalone.libraries import Libraries
from workings.standalone.objects import NOTHING, Obj, Value, union
from workings.standalone.scopes import COMPREHENSIONS, Comprehension, Function
from workings.standalone.state import Arguments
from workings.standalone.syntax import MAGIC, TIMES, name_of

OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv", ast.Invert: "invert", ast.UAdd: "pos", ast.USub: "neg",
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge",
    ast.In: "contains", ast.NotIn: "contains", ast.Not: "bool",
}  # fmt: skip
"""The special methods of operators."""
HARMLESS_MAGICS = frozenset(
    {"pwd", "who", "whos", "who_ls", "magic", "lsmagic", "quickref", "pinfo", "pinfo2", "psource"}
)
FILE_MAGICS = frozenset({"cd", "ls", "mkdir", "cat", "pip", "conda", "sx", "system", "sc", "rm", "cp", "mv"})
SETTING_MAGICS = {"matplotlib": "matplotlib", "config": "matplotlib", "env": "*", "set_env": "*", "precision": "*"}


class Expressions(Libraries):
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
            results |= {self.made("tensor", node, links=both)}
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
        values = [self.evaluate(part) for part in (node.left, *node.comparators)]
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
        return self.evaluate(node.body) | self.evaluate(node.orelse)

    def either(self, node: ast.BoolOp) -> Value:
        """`and`, `or`: one of the values."""
        values = [self.evaluate(value) for value in node.values]
        for value in values:
            self.look_at(frozenset(obj for obj in value if obj.kind == "instance"), node)
        return union(*values)

    def walrus(self, node: ast.NamedExpr) -> Value:
        """A value that is given a name on the way; in a comprehension the name is the function's around it."""
        value = self.evaluate(node.value)
        inner: list[Obj] = []
        while isinstance(self.frames[-1].node, COMPREHENSIONS):
            inner.append(self.frames.pop())
        self.weak += bool(inner)
        self.bind(node.target.id, value)
        self.weak -= bool(inner)
        self.frames += reversed(inner)
        return value

    def function(self, node: Function) -> Value:
        """A lambda."""
        return self.defined(node)

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
        holds = union(held, *(obj.holds for obj in held), inner, frozenset((function,)))
        made = self.made("iterator", node, holds=holds)
        self.come_from(made, first)
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

    def call_of(self, node: ast.Call) -> Value:
        """A call."""
        if isinstance(node.func, ast.Name) and node.func.id == MAGIC:
            return self.magic(node)
        if isinstance(node.func, ast.Attribute):
            receiver = self.evaluate(node.func.value)
            self.attribute(frozenset(obj for obj in receiver if obj.kind == "library"), node.func.attr, node.func)
            given = self._arguments(node)
            if not receiver:
                return self._call_of_plain(given, node)
            return self.call_method(receiver, node.func.attr, given, node)
        callee = self.evaluate(node.func)
        return self.call(callee, self._arguments(node), node)

    def _call_of_plain(self, given: Arguments, node: ast.Call) -> Value:
        """A method of a number or a text, which changes nothing: `", ".join(...)`."""
        self.consume(given.all)
        self.look_at(given.all, node)
        return NOTHING

    def _arguments(self, node: ast.Call) -> Arguments:
        positional, named, rest = [], [], NOTHING
        for argument in node.args:
            value = self.evaluate(argument)
            if isinstance(argument, ast.Starred):
                rest |= value
            elif not rest:
                positional.append(value)
            else:
                rest |= value
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                rest |= self.items(value, node)
            else:
                named.append((keyword.arg, value))
        return Arguments(tuple(positional), tuple(named), rest)

    def call(self, callee: Value, given: Arguments, node: ast.AST) -> Value:
        """What calling something may give."""
        results = NOTHING
        for obj in callee:
            match obj.kind:
                case "function":
                    results |= self.call_function(obj, given, node)
                case "class":
                    results |= self.make_instance(obj, given, node)
                case "library":
                    results |= self.call_library(obj.path, given, node)
                case "instance":
                    results |= self.call_instance_method(obj, "__call__", given, node)
                case "bound":
                    for held in obj.holds:
                        if held.kind == "instance":
                            results |= self.call_instance_method(held, obj.path, given, node)
                case "layer":
                    results |= self.call_layer(obj, given, node)
                case _:
                    results |= self.call_thing(obj, given, node)
        return results

    def call_thing(self, obj: Obj, given: Arguments, node: ast.AST) -> Value:
        """What calling a thing gives that is known only by where it comes from."""
        from workings.standalone.known import CALLERS
        from workings.standalone.objects import reach

        if obj.kind == "any" and CALLERS.match(obj.path):
            everything = Arguments(rest=given.all | obj.holds)
            results = self.call_back(frozenset(reach(frozenset((obj,)))), everything)
            layers = frozenset(held for held in obj.holds if held.kind in ("layer", "instance"))
            results |= self.call(layers, given, node)
            return results | {self.made("tensor", node, links=given.all | {obj})}
        return self.call_unknown(frozenset((obj,)), given, node)

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

    def magic(self, node: ast.Call) -> Value:
        """What stands for IPython alone: a command, a question, a setting, or something that may do anything."""
        (text,) = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
        name = name_of(str(text))
        for word in names_in(str(text)):
            self.look_up(word)
        if str(text).startswith("!") or name in FILE_MAGICS:
            self.touch_files()
            return frozenset((self.made("container", node),))
        if name in SETTING_MAGICS:
            self.set_magic(SETTING_MAGICS[name], name)
        elif not (str(text).startswith("?") or str(text).rstrip().endswith("?") or name in HARMLESS_MAGICS | TIMES):
            self.surrender()
        return frozenset((self.made("any", node, path="builtins.magic"),))

    def set_magic(self, root: str, name: str) -> None:
        """Note that a magic sets the state of a library."""
        self.effect.writes.add(self.setting(root, f"%{name}"))


def names_in(text: str) -> list[str]:
    """The names of Python that a magic puts into its text: `{x.shape}`, `$x`."""
    import re

    found = re.findall(r"\$(\w+)", text)
    for part in re.findall(r"\{(.*?)\}", text):
        try:
            tree = ast.parse(part.strip(), mode="eval")
        except SyntaxError:
            continue
        found += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return found


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
