"""Which names some code makes, and whether it means the same in a function."""

import ast
import symtable
from collections.abc import Iterator

from workings.takeaway.indenting import indented

_ALWAYS_NEW = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp, ast.Lambda)


def names_made(code: str, *, head: str = "def f():") -> list[str]:
    """The names that code would make its own in a function; raises SyntaxError where it can't stand in one."""
    table = symtable.symtable(f"{head}\n{indented(code)}", "cell", "exec").get_children()[0]
    return sorted(symbol.get_name() for symbol in table.get_symbols() if symbol.is_local())


def names_given(code: str) -> set[str]:
    """The names that code leaves behind, but for those that it imports; none where it is no Python."""
    return {each.get_name() for each in _names(code) if each.is_assigned() and not each.is_imported()}


def names_renewed(code: str) -> set[str]:
    """The names that code gives to what is surely another object each time it runs: a function, a class, a list."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {name for each in body for name in _renewed(each)}


def names_taken(code: str) -> set[str]:
    """The names that code reads and its functions don't make; none where it is no Python."""
    return {each.get_name() for each in _names(code) if each.is_referenced()}


def only_defines(code: str) -> bool:
    """Whether code does nothing but define functions and import what they need."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(each, ast.FunctionDef | ast.Import | ast.ImportFrom) for each in body)


def fits_function(code: str) -> bool:
    """Whether code does in a function what it does outside: it reads no name before it has made it its own."""
    try:
        tree = ast.parse(code)
        made = set(names_made(code))
        compile(f"def f():\n{indented(code)}", "cell", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    ready: set[str] = set()
    for statement in tree.body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        if any(node.id in made - ready for node in names if isinstance(node.ctx, ast.Load)):
            return False
        if isinstance(statement, ast.AugAssign) and made & {node.id for node in names} - ready:
            return False
        ready |= {name for name in made if name in _bound(statement)}
    return True


def _names(code: str) -> Iterator[symtable.Symbol]:
    """The names of a module, as it uses them itself and as its functions do."""
    try:
        table = symtable.symtable(code, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from table.get_symbols()
    yield from _global(table)


def _global(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    for child in table.get_children():
        yield from (symbol for symbol in child.get_symbols() if symbol.is_global())
        yield from _global(child)


def _renewed(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(value, _ALWAYS_NEW):
            yield name


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement certainly makes."""
    match statement:
        case ast.Assign() | ast.AnnAssign():
            return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
    return set()
