r"""Which cell proves which formula: a label `eq:name` needs a cell with an assertion that says `proves="eq:name"`."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from workings.errors import SourceError
from workings.page import Cell, Page
from workings.reading import Source
from workings.rendering.proofs import DEFINITION

_ASSERTS = re.compile(r"assert_?(close|allclose|equal|array_equal|almost_equal|raises)\w*", re.IGNORECASE)
"""Functions that raise when two values differ: those of `torch.testing` and `numpy.testing`."""
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def proofs_of(page: Page) -> dict[str, Cell]:
    """The first cell that proves each label."""
    return {label: cell for cell in reversed(page.cells) for label in cell.options.proves}


def proof_problems(page: Page, labels: Mapping[str, int], source: Source) -> Iterator[SourceError]:
    """What is missing between the labels of a page's formulas, by their lines, and the cells that prove them."""
    proofs = proofs_of(page)
    for label, line in labels.items():
        if label not in proofs and not label.startswith(DEFINITION):
            yield source.problem(line, _unproved(label))
    for cell in page.cells:
        yield from _of_cell(cell, labels)


def _unproved(label: str) -> str:
    name = label.partition(":")[2]
    return (
        f"no cell proves the formula '{label}': compute both sides in a cell with proves=\"{label}\" and assert that "
        f"they agree, or call it a definition, \\label{{def:{name}}}"
    )


def _of_cell(cell: Cell, labels: Mapping[str, int]) -> Iterator[SourceError]:
    for label in cell.options.proves:
        if label not in labels:
            near = get_close_matches(label, labels, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"give a formula \\label{{{label}}}"
            yield SourceError(cell.place, f"no formula on this page has the label '{label}' ({hint})")
    if cell.options.proves and (cell.skipped or cell.must_fail):
        yield SourceError(cell.place, "a cell that is not run, or is meant to fail, proves nothing: remove proves")
    elif cell.options.proves and not asserts(cell.code):
        shown = " ".join(cell.options.proves)
        yield SourceError(
            cell.place,
            f"this cell proves '{shown}' and asserts nothing: add an assert, or torch.testing.assert_close(a, b)",
        )


def asserts(code: str) -> bool:
    """Whether the code, when it runs, asserts something that can fail; code that can't be parsed fails by itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_MAGIC.sub("pass", code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    called = {node.func.id for node in _run(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTION) and node.name in called]
    return any(_is_assertion(node) for body in (tree, *functions) for node in _run(body))


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are run with the tree: not those of functions that it defines."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, (*_FUNCTION, ast.Lambda)):
            yield from _run(node)


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant | ast.Tuple | ast.Lambda)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return _ASSERTS.fullmatch(name) is not None
