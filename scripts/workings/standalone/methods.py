"""Methods, attributes and items of everything that is no instance of a page's class."""

import ast

from workings.standalone.known import CASTS, FILES, HARMLESS, ITERATORS, KNOWN, MUTATORS, SCALARS, STANDARD
from workings.standalone.objects import NOTHING, Obj, Value, reach, union
from workings.standalone.state import ANYWHERE, Arguments
from workings.standalone.tensors import Tensors

LOOKED_THROUGH = ("torch.", "numpy.", "matplotlib.")
"""Libraries whose things can be gone through again and again."""


class Methods(Tensors):
    """Knows methods."""

    def call_method(self, receiver: Value, name: str, given: Arguments, node: ast.AST) -> Value:
        """What calling a method may give."""
        results = NOTHING
        for obj in receiver:
            results |= self._call_one(obj, name, given, node)
        self.write(frozenset(reach(dict(given.named).get("out", NOTHING))))
        return results

    def _call_one(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        match obj.kind:
            case "library":
                return self.call_library(f"{obj.path}.{name}", given, node)
            case "instance":
                return self.call_instance_method(obj, name, given, node)
            case "class":
                return self.call_class_method(obj, name, given, node)
            case "super":
                return self.call_super_method(obj, name, given, node)
            case "bound":
                return self.call(frozenset((obj,)), given, node)
        return self.call_library_method(obj, name, given, node)

    def touch_files(self) -> None:
        """Note that the statement reads or writes files."""
        raise NotImplementedError

    def call_library(self, path: str, given: Arguments, node: ast.AST) -> Value:
        """What calling something in a library gives."""
        raise NotImplementedError

    def call_library_method(  # noqa: PLR0911 - one for each kind
        self, receiver: Obj, name: str, given: Arguments, node: ast.AST
    ) -> Value:
        """What a method gives that is no function of the page."""
        match receiver.kind:
            case "tensor":
                return self.call_tensor(receiver, name, given, node)
            case "container":
                return self._call_container(receiver, name, given, node)
            case "iterator":
                self.consume(frozenset((receiver,)))
                self.hold(receiver, given.all)
                if receiver.path == "builtins.open":
                    self.touch_files()
                return receiver.holds
            case "random":
                return self.call_random(receiver, name, given, node)
            case "layer":
                return self.call_layer_method(receiver, name, given, node)
            case "setting" | "scope":
                self.write(frozenset((receiver,)))
                return NOTHING
        return self._call_any(receiver, name, given, node)

    def _call_container(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        self.call_back(given.all, Arguments(rest=obj.holds | given.all))
        self.look_at(given.all, node)
        if name in MUTATORS:
            self.write(frozenset((obj,)))
            self.hold(obj, given.all | (self.pairs if name == "update" else self.items)(given.all, node))
            return obj.holds
        if name == "copy":
            return frozenset((self.made("container", node, holds=obj.holds, path=obj.path),))
        if name == "items":
            pair = self.made("container", node, holds=obj.holds, path="pair")
            made = self.made("container", node, holds=frozenset((pair,)))
            self.come_from(made, frozenset((obj,)))
            return frozenset((made,))
        if name in ("keys", "values"):
            made = self.made("container", node, holds=obj.holds, path=name)
            self.come_from(made, frozenset((obj,)))
            return frozenset((made,))
        if name in ("count", "index", "join", "isdisjoint", "issubset", "issuperset"):
            return NOTHING
        return obj.holds | {obj} | given.all

    def _call_any(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        this, root = frozenset((obj,)), obj.path.partition(".")[0]
        if FILES.match(f"{obj.path}.{name}"):
            self.touch_files()
        if root == "matplotlib":
            drawn = frozenset(held for held in reach(given.all) if held.path.startswith("matplotlib"))
            if not name.startswith("get_"):
                self.write_reach(this | drawn)
            self.call_back(given.all, given)
            return frozenset((self.made("any", node, holds=this | drawn, path=obj.path),))
        casts = name in CASTS and obj.path.startswith("torch.nn")
        if root == "logging":  # a logger is known by its name, and those above it do what it says
            self.hold(self.setting(ANYWHERE, "logging"), this | given.all)
            self.hold(obj, frozenset((self.setting(ANYWHERE, "logging"),)))
        if root in KNOWN and name in HARMLESS and name not in self.methods and not casts:
            self.call_back(given.all, given)
            kind = "iterator" if name in ITERATORS else "any"
            return this | {self.made(kind, node, holds=this | given.all, path=obj.path)}  # type: ignore[arg-type]
        if root in STANDARD:
            self.write_reach(this)
            self.hold(obj, given.all)
            self.consume(given.all)
            self.call_back(given.all | frozenset(reach(this)), given)
            return this | given.all | obj.holds | {self.made("any", node, holds=this | given.all, path=obj.path)}
        return self.call_unknown(this, given, node)

    # attributes and items

    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """What an attribute may be."""
        results = NOTHING
        for obj in value:
            results |= self._attribute(obj, name, node)
        return results

    def _attribute(self, obj: Obj, name: str, node: ast.AST) -> Value:
        match obj.kind:
            case "library":
                return self.library_attribute(f"{obj.path}.{name}")
            case "instance":
                return self.attribute_of_instance(obj, name, node)
            case "class":
                found, sure = self.find(obj, name)
                return found if found or sure else frozenset((obj,))
            case "tensor" | "layer" if name in SCALARS:
                return NOTHING
            case "container" if name in MUTATORS:
                return self.bound(frozenset((obj,)), name, node)
        held = union(*obj.fields.values()) if obj.kind == "function" else obj.fields.get(name, NOTHING) | obj.holds
        return frozenset((obj,)) | held

    def library_attribute(self, path: str) -> Value:
        """Something in a library, which the page may have put there."""
        patch = self.patches.get(path)
        value = self.library(path)
        self.use_library(path)
        self.use_module(path)
        return value if patch is None else value | patch.holds

    def use_module(self, path: str) -> None:
        """Note that the statement needs the import of a module inside a package."""
        parts = path.split(".")
        for count in range(2, len(parts) + 1):
            found = self.settings.get("import " + ".".join(parts[:count]))
            if found:
                self.effect.demands |= found

    def items(self, value: Value, node: ast.AST) -> Value:
        """What can come out of a value by looking into it."""
        results = NOTHING
        for obj in value:
            match obj.kind:
                case "tensor" | "layer":
                    results |= {obj}
                case "library":
                    results |= {self.made("any", node, path=obj.path)}
                case "instance":
                    names = ("__iter__", "__next__", "__getitem__", "__len__")
                    made = self.operate(frozenset((obj,)), names, NOTHING, node)
                    own = frozenset(held for held in obj.holds if held is not self.owner_of(obj))
                    results |= made | own | union(*(held.holds for held in made), *obj.fields.values())
                case "class":
                    results |= union(frozenset((obj,)), *obj.fields.values())
                case "container" | "iterator":
                    results |= obj.holds
                case "setting" | "scope":
                    pass
                case _:
                    results |= {obj} | obj.holds
        return results

    def pairs(self, value: Value, node: ast.AST) -> Value:
        """What a dict holds that is made of a value: of another dict, or of pairs."""
        inner = self.items(value, node)
        return inner | self.items(frozenset(obj for obj in inner if obj.kind == "container"), node)

    def consume(self, value: Value) -> None:
        """Note that iterators are used up, which runs the bodies that they come from."""
        loads = any(obj.path.startswith("torch.utils.data") for obj in union(value, *(obj.holds for obj in value)))
        self.use_streams(("torch", "cuda") if loads else ())
        for obj in used_up(value):
            self.write(frozenset((obj,)))
            if obj.kind == "iterator":
                held = obj.holds | obj.bases
                functions = frozenset(item for item in held if item.kind in ("function", "bound", "instance"))
                self.call_back(functions, Arguments(rest=obj.holds - functions))


def used_up(value: Value) -> set[Obj]:
    """What changes when somebody asks for the items of a value: iterators, and those that they are made of."""
    found: set[Obj] = set()
    todo = list(value)
    while todo:
        obj = todo.pop()
        if obj in found:
            continue
        if obj.kind == "iterator":
            todo += (held for held in obj.holds if held.kind == "iterator")
            found.add(obj)
        elif obj.kind == "any" and not obj.path.startswith(LOOKED_THROUGH):
            found.add(obj)
    return found
