"""The statements of a cell, each with the text that the author wrote for it."""

import ast
from collections.abc import Sequence
from itertools import pairwise

from workings.page import Cell
from workings.standalone.syntax import Parsed, name_of, parse

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


class Statement:
    """A whole statement of a cell, at the top of its indentation; a cell that belongs to a magic is one."""

    __slots__ = ("cell", "fails", "first", "last", "nodes", "parsed", "row", "text")

    def __init__(self, cell: Cell, nodes: list[ast.stmt], *, parsed: Parsed, first: int, last: int) -> None:
        """Take the lines that it stands on, from 0, both included."""
        self.cell, self.nodes, self.parsed = cell, nodes, parsed
        self.first, self.last = first, last
        self.text = ""
        """What is taken of it when another statement on its lines is not."""
        self.row: list[Statement] = [self]
        """The statements that share lines with it, itself among them."""
        self.fails = False
        """Whether it is the one in which its cell is meant to fail."""

    @property
    def is_import(self) -> bool:
        """Whether it imports."""
        return isinstance(self.nodes[0], IMPORTS) if self.nodes else False

    @property
    def is_definition(self) -> bool:
        """Whether it defines a function or a class."""
        return isinstance(self.nodes[0], DEFINITIONS) if self.nodes else False

    @property
    def is_line(self) -> bool:
        """Whether it is no import and fits on a line."""
        return bool(self.nodes) and self.first == self.last and not (self.is_import or self.is_definition)

    @property
    def is_future(self) -> bool:
        """Whether it has to stand above all others."""
        node = self.nodes[0] if self.nodes else None
        return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def statements_of(cell: Cell) -> list[Statement]:
    """The statements of a cell that come to run, in order."""
    parsed = parse(cell.code)
    lines = cell.code.split("\n")
    if parsed.tree is None or parsed.magic:
        nodes = parsed.tree.body if parsed.tree else []
        if parsed.tree is None and cell.must_fail:
            return []
        return [Statement(cell, nodes, parsed=parsed, first=0, last=len(lines) - 1)]
    found = [_statement(cell, node, parsed) for node in parsed.tree.body]
    for above, statement in pairwise(found):
        if statement.first == above.last:
            above.row.append(statement)
            statement.row = above.row
    for statement in found:
        statement.text = _text(statement, lines)
    return _until_failure(found) if cell.must_fail else found


def _statement(cell: Cell, node: ast.stmt, parsed: Parsed) -> Statement:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(part.lineno for part in decorators)]) - 1
    last = (node.end_lineno or node.lineno) - 1
    return Statement(cell, [node], parsed=parsed, first=first, last=last)


def _text(statement: Statement, lines: list[str]) -> str:
    """A statement without those beside it; the last of a row keeps the comment behind it."""
    node, last = statement.nodes[0], statement is statement.row[-1]
    taken = [line.encode("utf-8", "surrogatepass") for line in lines[statement.first : statement.last + 1]]
    if not last and node.end_col_offset is not None:
        taken[-1] = taken[-1][: node.end_col_offset]
    if statement is not statement.row[0]:
        taken[0] = taken[0][node.col_offset :]
    return b"\n".join(taken).decode("utf-8", "surrogatepass")


def _until_failure(found: list[Statement]) -> list[Statement]:
    """The statements of a cell that is meant to fail: the last that can fail does, and what is below it never runs."""
    raising = [statement for statement in found if isinstance(statement.nodes[0], ast.Raise)][:1]
    candidates = raising or [statement for statement in found if _can_fail(statement.nodes[0])]
    while len(candidates) > 1 and _only_shows(candidates[-1].nodes[0], candidates[-2].nodes[0]):
        candidates.pop()
    if not candidates:
        return found
    candidates[-1].fails = True
    return found[: found.index(candidates[-1]) + 1]


def _can_fail(node: ast.stmt) -> bool:
    """Whether a statement is more than a definition, an import or a constant with a name."""
    if isinstance(node, ast.Assign):
        return bool(names_given(node) == set() or not isinstance(node.value, ast.Constant))
    return not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass))


def _only_shows(node: ast.stmt, above: ast.stmt) -> bool:
    """Whether a statement shows what the one above it has made, so that this one is hardly the one that fails."""
    shown = node.value if isinstance(node, ast.Expr) else None
    if isinstance(shown, ast.Call) and isinstance(shown.func, ast.Name) and shown.func.id == "print":
        return any(isinstance(argument, ast.Name) and argument.id in names_given(above) for argument in shown.args)
    return isinstance(shown, ast.Name) and shown.id in names_given(above)


def names_given(node: ast.stmt) -> set[str]:
    """The names to which an assignment gives a value when it is done, and that are all that it changes."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    parts = targets[0].elts if isinstance(targets[0], ast.Tuple | ast.List) else targets
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    return names if len(targets) == 1 and len(names) == len(parts) else set()


def as_lines(taken: Sequence[Statement]) -> list[str]:
    """The text of statements of one cell, in order: comments stay, and one empty line where the author left any."""
    lines: list[str] = []
    done: set[Statement] = set()
    for index, statement in enumerate(taken):
        if statement not in done:
            if index and _are_apart(taken[index - 1], statement):
                lines.append("")
            together = [other for other in taken if other in statement.row]
            done.update(together)
            lines += _lines_of(together)
    return lines


def _are_apart(above: Statement, statement: Statement) -> bool:
    """Whether an empty line belongs between two statements of a cell."""
    between = statement.cell.code.split("\n")[above.last + 1 : statement.first]
    differ = above.is_definition or statement.is_definition or above.is_import != statement.is_import
    return any(not line.strip() for line in between) or (differ and bool(between))


def _lines_of(together: Sequence[Statement]) -> list[str]:
    """The lines of the statements of a row, the comments directly above it among them."""
    first, row = together[0], together[0].row
    if first.parsed.magic:
        return [as_call(first.cell.code)]
    lines = first.cell.code.split("\n")
    if first.parsed.tree is None:
        return lines
    if len(together) == len(row):
        own = lines[row[0].first : row[-1].last + 1]
        return [*_comments_above(lines, row[0].first), *_guarded(row[-1], own, row[0].first)]
    texts = [_guarded(statement, statement.text.split("\n"), statement.first) for statement in together]
    return [line for text in texts for line in text]


def _comments_above(lines: list[str], first: int) -> list[str]:
    start = first
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return lines[start:first]


def _guarded(statement: Statement, lines: list[str], first: int) -> list[str]:
    """The same lines, in a `try` when they are meant to fail: what they did before that is needed."""
    if not statement.fails:
        return lines
    kept = _inside_texts(statement.nodes)
    moved = [line if index + first in kept or not line else f"    {line}" for index, line in enumerate(lines)]
    raised = statement.cell.options.raises
    caught = raised if raised in ("SystemExit", "KeyboardInterrupt") else "Exception"
    return ["try:", *moved, f"except {caught}:", "    pass"]


def _inside_texts(nodes: list[ast.stmt]) -> set[int]:
    """The lines, from 0, that begin inside a text with several lines."""
    inside: set[int] = set()
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant | ast.JoinedStr) and part.end_lineno:
                inside.update(range(part.lineno, part.end_lineno))
    return inside


def as_call(code: str) -> str:
    """A cell that belongs to a magic, as IPython itself spells it where other code stands above it."""
    first, _, body = code.lstrip("\n").partition("\n")
    line = first.partition(" ")[2]
    written = f'"""\\\n{body}\n"""' if '"""' not in body and "\\" not in body else repr(body + "\n")
    return f"get_ipython().run_cell_magic({name_of(first)!r}, {line!r}, {written})"
