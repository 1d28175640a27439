"""Methods of tensors, layers and streams of random numbers."""

import ast

from workings.standalone.classes import MODULE, Classes
from workings.standalone.known import (
    CASTS,
    DRAWING,
    FRESH,
    HARMLESS,
    IN_PLACE,
    ITERATORS,
    RANDOM_IN_PLACE,
    SCALARS,
    SHARING,
)  # fmt: skip
from workings.standalone.objects import NOTHING, PLAIN, Obj, Value, reach
from workings.standalone.state import Arguments


class Tensors(Classes):
    """Knows what is done in memory that others may share."""

    def items(self, value: Value, node: ast.AST) -> Value:
        """What can come out of a value by looking into it."""
        raise NotImplementedError

    def call_tensor(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a method of a tensor gives: numbers of its own, or a view of the same memory."""
        this = frozenset((obj,))
        if name == "backward":
            self.go_back(this | given.all)
            return NOTHING
        if name.startswith(("register_", "retain_")):
            self.write_reach(this | given.all, links=True)
            self.hold(obj, given.all)
            return frozenset((self.made("any", node, holds=this, path="torch.hook"),))
        sorts = name == "sort" and node is self.discarded
        if (name.endswith("_") and not name.endswith("__")) or name in IN_PLACE or sorts:
            self.write(this)
            self.link(obj, given.all)
            obj.path = "" if name == "requires_grad_" else obj.path
            self.use_streams(("torch", "cuda") if name in RANDOM_IN_PLACE else ())
            self.call_back(given.all, Arguments(rest=this | given.all))
            return this
        if name in SCALARS:
            return frozenset((self.made("container", node),)) if name == "tolist" else NOTHING
        self.use_streams(("torch", "cuda") if name in ("bernoulli", "multinomial") else ())
        fresh = frozenset((self.made("tensor", node, links=given.all | this, path=PLAIN),))
        if name == "to":
            return fresh | this
        shares = name not in FRESH or dict(given.named).keys() & SHARING
        return this | dict(given.named).get("out", NOTHING) if shares else fresh

    def go_back(self, value: Value) -> None:
        """Go back along gradients, through hooks and the page's own functions of autograd."""
        self.write_reach(value, links=True)
        waiting = NOTHING
        for obj in reach(value, links=True):
            if obj.kind in ("tensor", "layer"):
                waiting |= {held for held in obj.holds if held.kind in ("function", "bound")}
            elif obj.kind == "class" and self.has_base(obj, "torch.autograd.Function"):
                waiting |= self.find(obj, "backward")[0]
        self.call_back(waiting, Arguments(rest=value))

    def link(self, obj: Obj, value: Value) -> None:
        """Note that a tensor is computed from others from now on."""
        if not value <= obj.links:
            obj.links |= value
            self.version += 1

    def call_random(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a stream of random numbers gives; drawing from it does not count as a change."""
        if name in ("manual_seed", "seed", "set_state", "setstate"):
            self.write(frozenset((obj,)))
            return frozenset((obj,))
        if name == "shuffle":
            self.write(given.all)
        return self.items(given.all, node) | {self.made("tensor", node)}

    def call_layer_method(self, obj: Obj, name: str, given: Arguments, node: ast.AST) -> Value:
        """What a method of a layer gives."""
        if name in ("__call__", "forward"):
            return self.call_layer(obj, given, node)
        if name in ITERATORS:
            pair = self.made("container", node, holds=frozenset((obj,)), path="pair")
            return frozenset((self.made("iterator", node, holds=frozenset((obj, pair))),))
        if name in FRESH | SCALARS:
            return self.call_tensor(obj, name, given, node)
        if name in HARMLESS - CASTS:
            return frozenset((obj,))
        self.write_reach(frozenset((obj,)) | given.all, links=name == "backward")
        if name != "apply":
            self.hold(obj, given.all)
        self.call_back(given.all, Arguments(rest=given.all | {obj}))
        return frozenset((obj,)) | given.all

    def is_module(self, instance: Obj) -> bool:
        """Whether an instance's class is one of `torch.nn`'s, made by the page."""
        owner = self.owner_of(instance)
        return owner is not None and self.has_base(owner, MODULE)

    def call_layer(self, layer: Obj, given: Arguments, node: ast.AST) -> Value:
        """What a layer of `torch.nn` gives: something computed from its input and its weights."""
        inner = parts_of(layer)
        this = frozenset((layer,))
        models = frozenset(obj for obj in inner if obj.kind == "instance")
        strange = any(obj.kind in ("any", "random", "super") for obj in inner)
        if self.hooked or strange or not all(self.is_module(model) for model in models):
            return self.call_unknown(this, given, node)
        self.write(frozenset(obj for obj in (layer, *inner) if obj.path.endswith(("Norm1d", "Norm2d", "Norm3d"))))
        results = self.call(models, given, node)
        self.use_streams(("torch", "cuda") if any(DRAWING.search(obj.path) for obj in (layer, *inner)) else ())
        passes = ("Identity", "Flatten", "Unflatten", "Sequential", "Dropout")
        alias = given.all if layer.path.endswith(passes) else NOTHING
        return results | alias | {self.made("tensor", node, links=given.all | this)}


def parts_of(layer: Obj) -> set[Obj]:
    """The layers inside a layer, and the modules of the page, but not what is inside those."""
    found: set[Obj] = set()
    todo = list(layer.holds)
    while todo:
        obj = todo.pop()
        if obj not in found:
            found.add(obj)
            todo += obj.holds if obj.kind in ("layer", "container", "iterator") else ()
    return found - {layer}
