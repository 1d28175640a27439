"""What names of a page refer to, as far as can be told without running it: who shares memory with whom."""

import ast
from typing import Literal

Kind = Literal[
    "tensor",  # numbers in memory, which views share; arrays too
    "layer",  # a module of torch.nn that only computes, its parameters included
    "container",  # list, dict, set, tuple and their like
    "iterator",  # used up by looking at it
    "function",
    "bound",  # a method together with its object
    "class",
    "instance",
    "super",
    "scope",  # the variables of a function that is running, or that functions inside it remember
    "library",  # a module, or something in it, by its dotted name
    "random",  # a stream of random numbers
    "setting",  # state that has no name: a seed, a default, a filter, a folder
    "any",
]


class Obj:
    """One thing, or all things, that a place in the code makes."""

    __slots__ = ("bases", "fields", "holds", "kind", "links", "node", "path", "scope")

    def __init__(self, kind: Kind, *, path: str = "", node: ast.AST | None = None) -> None:
        """Make one that knows no other."""
        self.kind: Kind = kind
        self.path = path
        """Where it comes from, dotted; what a function is: `property`, `staticmethod`."""
        self.node = node
        """The definition of a function or class."""
        self.holds: Value = NOTHING
        """What it refers to: items, attributes, closures."""
        self.fields: dict[str, Value] = {}
        """What it refers to by name: the variables of a scope, the attributes of a class or an instance."""
        self.links: Value = NOTHING
        """What it was computed from, which `backward` goes back to."""
        self.bases: Value = NOTHING
        """The bases of a class."""
        self.scope: tuple[Obj, ...] = ()
        """The scopes of the functions around a function, innermost first."""

    @property
    def is_own(self) -> bool:
        """Whether it is one of Python's own functions."""
        return self.kind == "library" and self.path.startswith("builtins.")


Value = frozenset[Obj]
"""All that an expression may be; numbers, texts and the like, which nobody can change, are nothing."""
NOTHING: Value = frozenset()
UNBOUND = Obj("setting", path="unbound")
"""What a name is on the ways on which it has no value."""


PLAIN = "plain"
"""Where a tensor comes from of which nobody has asked for gradients."""


def union(*values: Value) -> Value:
    """What any of these may be."""
    return NOTHING.union(*values)


def graph(value: Value) -> set[Obj]:
    """What `backward` may change: all that a value was computed from, without numbers that no gradient goes to."""
    found = reach(value, links=True)
    alive = {obj for obj in found if obj.kind != "tensor" or obj.path != PLAIN}
    more = True
    while more:
        new = {obj for obj in found - alive if not obj.links.isdisjoint(alive)}
        alive |= new
        more = bool(new)
    return alive


def reach(value: Value, *, links: bool = False) -> set[Obj]:
    """All that can be got at from a value; with `links`, also what it was computed from."""
    found = set(value)
    todo = list(value)
    while todo:
        obj = todo.pop()
        near = [obj.holds, obj.bases, frozenset(obj.scope), *obj.fields.values()]
        for held in (*near, obj.links) if links else near:
            new = held - found
            found |= new
            todo += new
    return found
