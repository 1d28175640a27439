"""Assignments: what stands left of a sign, and what becomes of it."""

import ast

from workings.standalone.expressions import OPERATORS, Expressions
from workings.standalone.objects import NOTHING, UNBOUND, Value


class Assigning(Expressions):
    """Looks at assignments and deletions."""

    def assignment(self, node: ast.Assign) -> None:
        """`a = b = value`."""
        if len(node.targets) == 1 and self._assign_pairwise(node.targets[0], node.value):
            return
        value = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _assign_pairwise(self, target: ast.expr, value: ast.expr) -> bool:
        """`a, b = c, d`, where each name has its own value."""
        if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
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
            self.use_future()
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value))

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
                obj.path = "" if obj.kind == "tensor" else obj.path
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
            self._delete(target)

    def _delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._forget(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._delete(part)
            case ast.Attribute(value=owner, attr=name):
                value = self.evaluate(owner)
                self.write(value)
                self._set_attribute_of(frozenset(obj for obj in value if obj.kind != "instance"), name, NOTHING, target)
                self.operate(value, ("__delattr__", "__delete__"), NOTHING, target)
            case ast.Subscript(value=owner, slice=index):
                value, inner = self.evaluate(owner), self.evaluate(index)
                self._set_item(value, NOTHING, NOTHING, target)
                self.operate(value, ("__delitem__",), inner, target)

    def _forget(self, name: str) -> None:
        if self.frames[-1] is self.names or name in self.declared(self.frames[-1]).globals:
            self.look_up(name)
            self.bind(name, frozenset((UNBOUND,)))
            self.effect.forgets.add(name)


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
