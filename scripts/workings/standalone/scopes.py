"""Which names belong to a function, a lambda, a class or a comprehension, and which it takes from around it."""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Names(NamedTuple):
    """The names of one scope."""

    own: frozenset[str]
    """Bound here."""
    free: frozenset[str]
    """Taken from around, here or further in."""
    globals: frozenset[str]
    """Bound here, and the page's."""
    nonlocals: frozenset[str]
    """Bound here, and those of a function around."""
    yields: bool
    """Whether there is a `yield`."""


class Scan:
    """The names that stand in some nodes, without those that belong to scopes inside."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        """Look at all nodes, and at those below them."""
        self.bound: set[str] = set()
        self.loaded: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.inner: set[str] = set()
        self.yields = False
        todo = list(nodes)
        while todo:
            todo += self._visit(todo.pop())

    def _visit(self, node: ast.AST) -> Iterable[ast.AST]:
        """Note what a node says of names; the nodes that belong to this scope too."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.loaded.add(name)
            case ast.Name(id=name):
                self.bound.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                return self._scope(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(node)
            case ast.Global(names=names):
                self.globals.update(names)
            case ast.Nonlocal(names=names):
                self.nonlocals.update(names)
            case ast.Yield() | ast.YieldFrom():
                self.yields = True
                return ast.iter_child_nodes(node)
            case _:
                self.bound.update(bound_by(node))
                return ast.iter_child_nodes(node)
        return ()

    def _scope(self, node: Function | ast.ClassDef) -> Iterable[ast.AST]:
        if not isinstance(node, ast.Lambda):
            self.bound.add(node.name)
        self.inner |= names_of(node).free
        return outside(node)

    def _comprehension(self, node: Comprehension) -> Iterable[ast.AST]:
        self.inner |= names_of(node).free
        walrus = (inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
        return [*walrus, node.generators[0].iter]


def names_of(node: ast.AST) -> Names:
    """The names of a function, a lambda, a class or a comprehension."""
    known: Names | None = getattr(node, "_names", None)
    if known is None:
        known = _names_of(node)
        node._names = known  # type: ignore[attr-defined]  # noqa: SLF001 - a tree is ours, and asked again and again
    return known


def _names_of(node: ast.AST) -> Names:
    scan = Scan(inside(node))
    own = (scan.bound | set(parameters(node))) - scan.globals - scan.nonlocals
    if isinstance(node, COMPREHENSIONS):
        walrus = {inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)}
        own -= walrus
    hidden = set() if isinstance(node, ast.ClassDef) else own
    free = ((scan.loaded | scan.inner) - hidden) | scan.globals | scan.nonlocals
    return Names(
        own=frozenset(own),
        free=frozenset(free),
        globals=frozenset(scan.globals),
        nonlocals=frozenset(scan.nonlocals),
        yields=scan.yields,
    )


def parameters(node: ast.AST) -> list[str]:
    """The names of a function's parameters."""
    if not isinstance(node, FUNCTIONS):
        return []
    return [argument.arg for argument in arguments(node.args)]


def arguments(args: ast.arguments) -> list[ast.arg]:
    """All parameters of a function, stars included."""
    stars = [star for star in (args.vararg, args.kwarg) if star]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *stars]


def outside(node: Function | ast.ClassDef) -> Iterator[ast.expr]:
    """What is evaluated around a function or a class when it is defined: decorators, defaults, annotations, bases."""
    if isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords))
        return
    yield from node.args.defaults
    yield from filter(None, node.args.kw_defaults)
    if not isinstance(node, ast.Lambda):
        yield from node.decorator_list
        notes = (node.returns, *(argument.annotation for argument in arguments(node.args)))
        yield from filter(None, notes)


def inside(node: ast.AST) -> list[ast.AST]:
    """The nodes that belong to a scope itself."""
    if isinstance(node, ast.DictComp):
        return [node.key, node.value, *_generators(node)]
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return [node.elt, *_generators(node)]
    body = getattr(node, "body", [])
    return list(body) if isinstance(body, list) else [body]


def _generators(node: Comprehension) -> list[ast.AST]:
    """The loops of a comprehension, without what its first one goes over, which is evaluated outside."""
    parts: list[ast.AST] = []
    for index, generator in enumerate(node.generators):
        parts += [generator.target, *generator.ifs, *([generator.iter] if index else [])]
    return parts


def bound_by(node: ast.AST) -> list[str]:
    """The names that a node binds by itself, beside those that stand in it as `Name`."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
    return []
