"""Code of a notebook's cell as plain Python takes it: without magics, its value printed, its await in a function."""

import ast
import inspect
import re
import types
import warnings
from itertools import takewhile

from workings.takeaway.indenting import indented
from workings.takeaway.scopes import names_made

MAGIC = re.compile(
    r"""(?x) (?P<indent>\s*) (?P<line> (?:
        [%!] | \?{1,2}\w                                       # %time f(), !ls, ?f
        | [\w.]+\s* (?:,\s*[\w.]+\s*)* =\s* [%!]\w            # files = !ls
        | [\w.]+\?{1,2}\s*$                                   # f?
    ) .*)"""
)
HINT = re.compile(r"(?:^|=|\bin\b)\s*[%!?]|\?\s*$", re.MULTILINE)
"""What a cell with a magic has in it, and a few others."""
TIMED = re.compile(r"%time\s+(?P<statement>\S.*)")
BODY_RUNS = frozenset({"time", "timeit", "capture", "prun"})
"""Magics of a whole cell whose cell is run all the same."""
_ALIGNED = re.compile(rb"^ {7}(  +#)")
"""What stands before a comment that is lined up with those above: as much as `print()` takes can go."""
ONLY_THERE = "# This works in a notebook only:"


def plain_python(code: str, *, may_fail: bool) -> str:
    """The code with its magics commented out; a cell that is nothing without them is a comment altogether."""
    if not (may_fail or HINT.search(code)) or _parses(code):
        return code
    lines = code.split("\n")
    cell_magic = re.match(r"\s*%%(?P<name>[\w!]*)", lines[0])
    if cell_magic and cell_magic["name"] not in BODY_RUNS:
        return _commented(code)
    plain = "\n".join([*([f"# {lines.pop(0)}"] if cell_magic else []), *(_without_magic(line) for line in lines)])
    if _parses(plain):
        return plain
    return f"exec({code!r})" if may_fail and plain == code else _commented(code)


def printing(code: str) -> str:
    """The code, with its last expression printed."""
    if not _parses(code):
        return code
    body = ast.parse(code).body
    if not body or not isinstance(body[-1], ast.Expr):
        return code
    value = body[-1].value
    lines = [line.encode() for line in code.split("\n")]
    last, first = (value.end_lineno or 1) - 1, value.lineno - 1
    end, begin = value.end_col_offset or 0, value.col_offset
    lines[last] = lines[last][:end] + b")" + _ALIGNED.sub(rb"\1", lines[last][end:])
    lines[first] = lines[first][:begin] + b"print(" + lines[first][begin:]
    return b"\n".join(lines).decode()


def awaited(code: str, name: str) -> str:
    """The code, in a function that is run if it waits for something by itself."""
    if not ("await" in code or "async" in code) or not _waits(code):
        return code
    imports, code = _imports_apart(code)
    head = f"async def {name}():"
    names = names_made(code, head=head)
    shared = f"    global {', '.join(names)}\n" if names else ""
    above = "\n".join(dict.fromkeys(["import asyncio", *imports]))
    return f"{above}\n\n{head}\n{shared}{indented(code)}\n\nasyncio.run({name}())"


def guarded(code: str, exception: str, *, why: str, name: str) -> str:
    """The code, which may end with an exception; what follows it goes on."""
    body = indented(code) if code.strip() else "    pass"
    body = body if _has_statement(code) else f"{body}\n    pass"
    return f'# {why}\ntry:\n{body}\nexcept {exception} as {name}:\n    print(f"{{type({name}).__name__}}: {{{name}}}")'


def without_semicolon(code: str) -> str:
    """The code without a semicolon at its end, by which a notebook hides a value."""
    shorter = code.rstrip().removesuffix(";")
    commented = "#" in shorter.rpartition("\n")[2]
    return code if commented or not (_parses(code) and _parses(shorter)) else shorter


def _imports_apart(code: str) -> tuple[list[str], str]:
    """The lines of the imports that code begins with, and the rest."""
    body = ast.parse(code).body
    imports = list(takewhile(lambda each: isinstance(each, ast.Import | ast.ImportFrom), body))
    end = imports[-1].end_lineno or 0 if imports else 0
    lines = code.split("\n")
    if len(imports) < len(body) and body[len(imports)].lineno <= end:  # on one line, behind a semicolon
        end = 0
    return lines[:end], "\n".join(lines[end:]).lstrip("\n")


def _without_magic(line: str) -> str:
    match = MAGIC.fullmatch(line)
    if match is None:
        return line
    if timed := TIMED.fullmatch(match["line"]):
        return f"{match['indent']}{timed['statement']}  # %time"
    return f"{match['indent']}pass  # {match['line']}" if match["indent"] else f"# {line}"


def _commented(code: str) -> str:
    return "\n".join([ONLY_THERE, *(f"# {line}".rstrip() for line in code.split("\n"))])


def _parses(code: str) -> bool:
    """Whether this is Python, with or without a wait by itself."""
    return _compiled(code) is not None


def _waits(code: str) -> bool:
    """Whether it waits for something outside a function."""
    found = _compiled(code)
    return found is not None and bool(found.co_flags & inspect.CO_COROUTINE)


def _has_statement(code: str) -> bool:
    """Whether there is more than comments."""
    return not _parses(code) or bool(ast.parse(code).body)


def _compiled(code: str) -> types.CodeType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled: types.CodeType = compile(
                code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
            )
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return compiled
