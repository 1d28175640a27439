"""A page's statements with their effects, one after another."""

import ast
import re
from collections.abc import Iterable, Sequence

from workings.page import Cell
from workings.standalone.blocks import Blocks
from workings.standalone.effects import Effect
from workings.standalone.functions import LostError
from workings.standalone.objects import Value
from workings.standalone.statements import IMPORTS, Statement, names_given, statements_of
from workings.standalone.syntax import TIMES, name_of

SHOWS_TEXT = frozenset({"html", "HTML", "latex", "markdown", "svg", "SVG", "javascript", "js"})
FILES = frozenset(
    {"bash", "sh", "script", "writefile", "file", "perl", "ruby", "python", "python3", "system", "sx", "!"}
)
HOOK = re.compile(r"\bregister_\w*hook|\bregister_module_\w+|parametrize|weight_norm|spectral_norm")

STRANGE = re.compile(
    r"__torch_(function|dispatch)__|Torch(Function|Dispatch)Mode|\bweakref\b|\b__del__\b|\bset(trace|profile)\b"
    r"|\bimport __main__|modules\[(.__main__|__name__)|\b(currentframe|_getframe|__globals__|__code__)\b"
)
"""What makes of every statement below it one that may do anything, or see it."""
COUNTED = re.compile(r"\bgetrefcount\b|\bgc\.get_")
"""What sees how many names a thing has."""


class Step:
    """A statement, and what it needs and changes."""

    __slots__ = ("effect", "statement")

    def __init__(self, statement: Statement, effect: Effect) -> None:
        """Join the two."""
        self.statement, self.effect = statement, effect


def steps_of(cells: Sequence[Cell]) -> tuple[dict[int, list[Step]], dict[int, Effect]]:
    """What the statements of these cells do, and what their functions will, by the cell's number.

    Cells that run apart leave nothing to the others.
    """
    found = {cell.number: statements_of(cell) for cell in cells}
    state = Blocks(_methods(found.values()), hooked=any(HOOK.search(cell.code) for cell in cells))
    steps: dict[int, list[Step]] = {}
    ends: dict[int, Effect] = {}
    count = 0
    for cell in cells:
        state.strange = state.strange or bool(STRANGE.search(cell.code))
        fields = dict(state.names.fields)
        steps[cell.number] = []
        for statement in found[cell.number]:
            count += 1
            state.begin(statement=count, cell=cell.number)
            steps[cell.number].append(Step(statement, _effect(state, statement)))
        count += 1
        state.begin(statement=count, cell=cell.number)
        ends[cell.number] = _calls_later(state, steps[cell.number])
        if cell.runs_apart:
            state.names.fields = fields
    return steps, ends


def _calls_later(state: Blocks, own: Sequence[Step]) -> Effect:
    """What the functions and classes need that a cell defines: somebody who copies them calls them."""
    names = {name for step in own for name in step.effect.binds}
    values = [state.names.fields.get(name, frozenset()) for name in names]
    defined = frozenset(obj for value in values for obj in value if obj.node is not None)
    if defined:
        made = {id(node) for step in own for part in step.statement.nodes for node in ast.walk(part)}
        state.use(frozenset(obj for obj in defined if id(obj.node) in made))
    return state.effect


def _methods(found: Iterable[list[Statement]]) -> frozenset[str]:
    """The names of all methods that classes of the page define."""
    trees = (node for statements in found for statement in statements for node in statement.nodes)
    classes = (
        part for node in trees if _may_have_class(node) for part in ast.walk(node) if isinstance(part, ast.ClassDef)
    )
    methods = (part for owner in classes for part in owner.body)
    return frozenset(part.name for part in methods if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef))


def _may_have_class(node: ast.stmt) -> bool:
    """Whether it is worth looking for a class in there."""
    return hasattr(node, "body")


def _effect(state: Blocks, statement: Statement) -> Effect:
    if state.strange or COUNTED.search(statement.cell.code):
        state.surrender()
    try:
        if not state.strange:
            _look(state, statement)
    except (LostError, RecursionError):
        state.strange = True
        state.surrender()
    effect = state.effect
    effect.kills = state.assigned
    if effect.opaque:
        _forget_what_is_known(state)
    if statement.fails:
        _fail(state, statement)
    return effect


def _look(state: Blocks, statement: Statement) -> None:
    """Look at a statement, or at a cell that belongs to a magic."""
    magic = statement.parsed.magic
    if not magic:
        if statement.parsed.tree is None:
            state.surrender()
        state.run(statement.nodes)
        return
    name = name_of(magic)
    if name in TIMES | {"capture"}:
        _look_below(state, statement, name)
    elif name in FILES:
        state.touch_files()
        state.effect.reads.update(
            word for word in re.findall(r"\w+", statement.cell.code) if word in state.names.fields
        )
    elif name not in SHOWS_TEXT:
        state.surrender()


def _look_below(state: Blocks, statement: Statement, name: str) -> None:
    """Look at the Python below a magic; what is timed again and again binds nothing, and may change much."""
    state.weak += name == "timeit"
    state.run(statement.nodes)
    state.weak -= name == "timeit"
    if name == "timeit":
        state.assigned = set()
    for word in re.findall(r"\w+", statement.parsed.magic)[1:] if name == "capture" else ():
        state.bind(word, frozenset((state.made("any", statement, path="IPython.captured"),)))
    if " -o" in statement.parsed.magic:
        state.surrender()


def _forget_what_is_known(state: Blocks) -> None:
    """After a statement that may do anything, every name may be anything, and so is what is called next."""
    thing = frozenset((state.made("any", "opaque", path="unknown.anything"),))
    fields: dict[str, Value] = state.names.fields
    for name, value in fields.items():
        fields[name] = value | thing
    state.version += 1


def _fail(state: Blocks, statement: Statement) -> None:
    """Nobody knows how far it comes, but that no name is given, and that torch refuses before it changes a tensor."""
    effect, node = state.effect, statement.nodes[0]
    effect.kills, effect.settles, effect.forgets = set(), set(), set()
    if isinstance(node, IMPORTS) and len(node.names) == 1:
        effect.binds = set()
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        effect.binds -= names_given(node)
    if not state.calls and not hasattr(node, "body") and all(obj.kind == "tensor" for obj in effect.writes):
        effect.writes = set()
