"""Classes of a page and their instances: construction, methods, properties, operators."""

import ast

from workings.standalone.functions import DUNDER, Functions
from workings.standalone.objects import NOTHING, Obj, Value, reach, union
from workings.standalone.state import Arguments

PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing.NamedTuple"})
MODULE = "torch.nn.Module"
MEMBERS = "members of an enum"
ACCESSORS = frozenset({"__getattr__", "__getattribute__"})


class Classes(Functions):
    """Knows what happens to instances of a page's classes."""

    def find(self, owner: Obj, name: str, *, after: Obj | None = None) -> tuple[Value, bool]:
        """An attribute of a class, and whether nobody else may have it; `after` leaves that class itself out."""
        own = owner.fields.get(name) if owner is not after else None
        if own is not None:
            return own, True
        found, sure = NOTHING, True
        for base in owner.bases:
            value, known = self.find(base, name) if base.kind == "class" else (NOTHING, base.path in PLAIN_BASES)
            found |= value
            sure = sure and known
        return found, sure

    def has_base(self, owner: Obj, start: str) -> bool:
        """Whether a class comes from a library's class, at any distance."""
        return any(base.path.startswith(start) or self.has_base(base, start) for base in owner.bases)

    def make_instance(self, owner: Obj, given: Arguments, node: ast.AST) -> Value:
        """What calling a class of the page gives."""
        if self.has_base(owner, "builtins.type"):
            return self.call_unknown(frozenset((owner,)), given, node)
        if MEMBERS in owner.fields:
            return owner.fields[MEMBERS]
        made = self.made("instance", node, path=f"{id(owner)}")
        self.hold(made, frozenset((owner,)))
        value = frozenset((made,))
        known = False
        for name in ("__new__", "__init__", "__post_init__"):
            functions, _ = self.find(owner, name)
            if functions:
                first = frozenset((owner,)) if name == "__new__" else value
                more = given if name != "__post_init__" else Arguments(rest=given.all)
                self.call_all(functions, with_first(first, more), node)
                known = known or name == "__init__"
        if not known:
            self.hold(made, given.all)
        return value

    def make_members(self, owner: Obj, node: ast.AST) -> None:
        """Make the members of an `Enum`, which are instances of it."""
        values = {name: value for name, value in owner.fields.items() if all(obj.kind != "function" for obj in value)}
        members = self.make_instance(owner, Arguments(rest=union(*values.values())), node)
        owner.fields |= {name: value | members for name, value in values.items()} | {MEMBERS: members}

    def call_all(self, functions: Value, given: Arguments, node: ast.AST) -> Value:
        """Call what a class has under a name; whatever is no function of the page is called as it is."""
        results = NOTHING
        for obj in functions:
            if obj.kind == "function":
                results |= self.call_function(obj, given, node)
            else:
                results |= self.call(frozenset((obj,)), given, node)
        return results

    def owner_of(self, instance: Obj) -> Obj | None:
        """The class of an instance."""
        return next((held for held in instance.holds if held.kind == "class" and f"{id(held)}" == instance.path), None)

    def call_instance_method(self, instance: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a method of an instance gives."""
        owner = self.owner_of(instance)
        own = instance.fields.get(name, NOTHING)
        functions, sure = self.find(owner, name) if owner else (NOTHING, False)
        results = self.call(own, given, node) if own else NOTHING
        if functions:
            return results | self._call_found(functions, instance, given, node)
        if own:
            return results
        if owner and name == "__call__" and self.has_base(owner, MODULE) and not self.hooked:
            return self._call_forward(owner, instance, given, node)
        if sure and name.startswith(DUNDER):
            return NOTHING
        if owner and self.has_base(owner, MODULE):
            return self.call_layer_method(instance, name, given, node)
        return self.call_library_method(instance, name, given, node)

    def call_layer_method(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a method of a layer gives."""
        raise NotImplementedError

    def _call_forward(self, owner: Obj, instance: Obj, given: Arguments, node: ast.AST) -> Value:
        own = instance.fields.get("forward", NOTHING)
        if own:
            return self.call(own, given, node)
        functions, _ = self.find(owner, "forward")
        return self._call_found(functions, instance, given, node)

    def _call_found(self, functions: Value, instance: Obj, given: Arguments, node: ast.AST) -> Value:
        results = NOTHING
        for obj in functions:
            if obj.kind != "function" or obj.path == "staticmethod":
                results |= self.call(frozenset((obj,)), given, node)
                continue
            first = frozenset((instance,))
            if obj.path == "classmethod":
                first = frozenset(held for held in instance.holds if held.kind == "class")
            if obj.path == "property":
                results |= self.call(self.call_function(obj, with_first(first, Arguments()), node), given, node)
                continue
            results |= self.call_function(obj, with_first(first, given), node)
        return results

    def call_library_method(self, receiver: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a method gives that is no function of the page."""
        raise NotImplementedError

    def call_class_method(self, owner: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What `Class.name(...)` gives."""
        functions, _ = self.find(owner, name)
        if not functions and name == "apply" and self.has_base(owner, "torch.autograd.Function"):
            context = frozenset((self.made("any", node, path="torch.context"),))
            forward, _ = self.find(owner, "forward")
            results = self.call_all(forward, with_first(context, given), node)
            return results | {self.made("tensor", node, links=given.all | {owner})}
        if not functions:
            return self.call_library_method(owner, name, given, node)
        results = NOTHING
        for obj in functions:
            more = with_first(frozenset((owner,)), given) if obj.path == "classmethod" else given
            results |= self.call_all(frozenset((obj,)), more, node)
        return results

    def call_super_method(self, above: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What `super().name(...)` gives; the class is where it is written, the instance where it is called."""
        results = NOTHING
        for instance in above.holds:
            owner = self.owner_of(instance) if instance.kind == "instance" else None
            here = self._written_in(above)
            functions, sure = self.find(here, name, after=here) if here else (NOTHING, False)
            if functions:
                results |= self._call_found(functions, instance, given, node)
            elif not sure and not (owner and name in ("__init__", "__init_subclass__")):
                results |= self.call_library_method(instance, name, given, node)
            else:
                self.write(frozenset((instance,)))
                self.hold(instance, given.all)
        return results

    def _written_in(self, above: Obj) -> Obj | None:
        return next(iter(above.bases), None)

    def attribute_of_instance(self, instance: Obj, name: str, node: ast.AST) -> Value:
        """What an attribute of an instance may be: its own, its class's, or what a property gives."""
        owner = self.owner_of(instance)
        value = instance.fields.get(name, NOTHING)
        found = self.find(owner, name)[0] if owner else NOTHING
        for obj in found:
            value |= self._bound(obj, instance, name, node)
        if owner and not found and not value:
            for accessor in ACCESSORS:
                functions, _ = self.find(owner, accessor)
                value |= self._call_found(functions, instance, Arguments(), node)
            if DUNDER in name:  # it may be another spelling of a private name
                value |= union(*instance.fields.values())
        if name == "__dict__":
            value |= {instance}
        return value | frozenset(held for held in instance.holds if held is not owner)

    def _bound(self, obj: Obj, instance: Obj, name: str, node: ast.AST) -> Value:
        """What the class's attribute is when it is asked for at an instance."""
        this = frozenset((instance,))
        if obj.kind == "function" and obj.path == "property":
            return self.call_function(obj, Arguments((this,)), node)
        if obj.kind == "function":
            return self.bound(this, name, node)
        if obj.kind == "instance":
            owner = self.owner_of(obj)
            getter = self.find(owner, "__get__")[0] if owner else NOTHING
            if getter:
                return self._call_found(getter, obj, Arguments((this, this)), node) | {obj}
        return frozenset((obj,))

    def set_attribute_of_instance(self, instance: Obj, name: str, value: Value, node: ast.AST) -> None:
        """Set an attribute of an instance, or call what its class has for that."""
        owner = self.owner_of(instance)
        self.write(frozenset((instance,)))
        instance_value = instance.fields.get(name, NOTHING) | value
        if instance.fields.get(name) != instance_value:
            instance.fields[name] = instance_value
            self.version += 1
        if owner is None:
            return
        for obj in self.find(owner, name)[0] | self.find(owner, "__setattr__")[0]:
            if obj.kind == "function":
                self.call_function(obj, Arguments((frozenset((instance,)), value), rest=value), node)
            elif obj.kind == "instance":
                self.operate(frozenset((obj,)), ("__set__",), union(value, frozenset((instance,))), node)

    def operate(self, value: Value, names: tuple[str, ...], given: Value, node: ast.AST) -> Value:
        """What an operator gives for instances of the page's classes, which may have methods for it."""
        results = NOTHING
        for obj in value:
            owner = self.owner_of(obj) if obj.kind == "instance" else None
            for name in names if owner else ():
                functions, _ = self.find(owner, name) if owner else (NOTHING, True)
                results |= self._call_found(functions, obj, Arguments((given,), rest=given), node)
        return results

    def look_at(self, value: Value, node: ast.AST) -> None:
        """Do to instances what Python's own functions may do to them: call their special methods."""
        for obj in reach(value):
            owner = self.owner_of(obj) if obj.kind == "instance" else None
            if owner is not None:
                for name in special_methods(owner):
                    self.operate(frozenset((obj,)), (name,), value, node)


def special_methods(owner: Obj) -> list[str]:
    """The names of a class's special methods that others call."""
    own = [name for name in owner.fields if name.startswith(DUNDER) and name.endswith(DUNDER)]
    inherited = [name for base in owner.bases if base.kind == "class" for name in special_methods(base)]
    return [name for name in (*own, *inherited) if name not in ("__init__", "__new__", "__call__", "__setattr__")]


def with_first(first: Value, given: Arguments) -> Arguments:
    """The arguments of a method, its object among them."""
    return Arguments((first, *given.positional), given.named, given.rest)
