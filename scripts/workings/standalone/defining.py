"""Imports, functions and classes: statements that give a name to something new."""

import ast

from workings.standalone.assigning import Assigning
from workings.standalone.known import KNOWN
from workings.standalone.objects import NOTHING, UNBOUND, Obj, Value, reach, union
from workings.standalone.scopes import Function
from workings.standalone.state import Arguments


class Defining(Assigning):
    """Looks at definitions."""

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
            self.effect.demands.add(self.setting("files", "files"))
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
        self.use_future()
        decorators = [(part, self.evaluate(_getter(part))) for part in node.decorator_list]
        value = self.defined(node)
        for part, decorator in reversed(decorators):
            value = self._decorate(part, decorator, value)
        self.bind(node.name, value)

    def _decorate(self, part: ast.expr, decorator: Value, value: Value) -> Value:
        """What a function or class is behind a decorator."""
        if _getter(part) is not part:
            for obj in value:
                obj.path = "property"
            return value | decorator
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
        self._fill_class(owner, frame, node)
        if self.has_base(owner, "enum."):
            self.make_members(owner, node)
        value: Value = frozenset((owner,))
        self._tell_bases(owner, bases, more, node)
        for part, decorator in reversed(decorators):
            value = self._decorate(part, decorator, value) | value
        self.bind(node.name, value)

    def _fill_class(self, owner: Obj, frame: Obj, node: ast.AST) -> None:
        for name, value in frame.fields.items():
            self._set(owner, name, owner.fields.get(name, NOTHING) | (value - {UNBOUND}), weak=False)
            for obj in value:
                if obj.kind == "function":
                    obj.bases |= {owner}
            self.operate(value, ("__set_name__",), frozenset((owner,)), node)

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


def _getter(part: ast.expr) -> ast.expr:
    """The property that `@name.setter` belongs to."""
    if isinstance(part, ast.Attribute) and part.attr in ("setter", "getter", "deleter"):
        return part.value
    return part
