"""Random programs: what a standalone text gives a name is what the whole page gives it."""

# ruff: noqa: E501 - a template is easier to read on a line of its own than in pieces

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workings.page import Cell, Page
from workings.place import Place
from workings.standalone import standalone_texts

NAMES = ("a", "b", "c", "d")
TEMPLATES = (
    # making
    "{x} = [{k}]",
    "{x} = {y}",
    "{x} = [{y}, {z}]",
    "{x} = {y} + {z}",
    "{x} = {y}[:]",
    "{x} = {{'k': {y}, 'l': {z}}}",
    "{x} = ({y}, {k})",
    "{x} = {y} or {z}",
    "{x} = {y} if {z} else [{k}]",
    "{x}, {y} = {y}, {x}",
    "{x}, *{y} = {z}",
    "{x} = [v for v in {y}]",
    "{x} = [[v] for v in {y} if v != {k}]",
    "{x} = {y}['k']",
    "{x} = {y}[0]",
    "{x} = list(zip({y}, {z}))",
    "{x} = sorted([{y}, {z}], key=len)",
    "{x} = list(map(lambda v: [v], {y}))",
    "({x} := {y})",
    # changing
    "{x}.append({k})",
    "{x}.append({y})",
    "{x}[0] = {y}",
    "{x}['k'] = {y}",
    "{x}['m'] = {k}",
    "{x} += [{k}]",
    "{x} += {y}",
    "{x}[0] += [{k}]",
    "{x}.extend({y})",
    "{x}.reverse()",
    "{x}.pop()",
    "{x}[0].append({k})",
    "{x}['k'].append({k})",
    "del {x}[0]",
    "[v.append({k}) for v in {x}]",
    # ways
    "for v in {x}: v.append({k})",
    "for v in {x}: {y} = v",
    "for v in {x}:\n    {y} = [v]\n    if v: break",
    "for _ in range(2):\n    {x} = {y}\n    {y} = {z}\n    {z} = [{k}]",
    "if len({x}) > 1: {y} = {x}",
    "if {x} == {y}:\n    {z} = [{k}]\nelse:\n    {z}.append({k})",
    "while len({x}) < 3: {x}.append({k})",
    "try:\n    {x} = {y}\n    {x}.missing\nexcept AttributeError:\n    {z} = {x}",
    "match {x}:\n    case [{y}]: pass\n    case [first, *_]: {z} = first\n    case _: {y} = [{k}]",
    "{x} = [{k}]\ndel {x}\n{x} = {y}",
    "del {x}",
    # functions
    "def f(p): p.append({k}); return p",
    "def f(p): return list(p)",
    "def f(p): return [p, {x}]",
    "def f(p):\n    global {x}\n    {x} = p",
    "def f(p, q=[]): q.append(p); return q",
    "def f(p):\n    def g():\n        p.append({k})\n        return p\n    return g",
    "def f(p):\n    def g(n):\n        nonlocal p\n        p = [n, p]\n        return p\n    g({k})\n    return g({x})",
    "def f(p): return f(p[0]) if isinstance(p, list) and p and isinstance(p[0], list) else {x}",
    "def f(p):\n    for v in {x}: yield v\n    {y}.append({k})",
    "f = lambda p: {x} + [p]",
    "f = {x}.append",
    "{x} = f({y})",
    "f({x})",
    "{x} = [f]",
    "{x}[0]({y})",
    "{x} = f({y})()",
    "{x} = list(f({y}))",
    "{x} = next(f({y}))",
    # iterators
    "it = iter({x})",
    "{x} = [next(it)]",
    "it = (v for v in {x} if v != {y})",
    "{x} = list(it)",
    # objects
    "class C:\n    shared = {x}\n    def __init__(self, v): self.v = v\n    def put(self, w): self.v.append(w); return self",
    "class C:\n    def __init__(self, v): self.v = [v]\n    @property\n    def w(self):\n        {x}.append({k})\n        return self.v\n"
    "    def put(self, w): self.v = w",
    "o = C({x})",
    "o.v = {x}",
    "{x} = o.v",
    "{x} = o.w",
    "o.put({x})",
    "{x} = o.put({y}).v",
    "C.shared = {x}",
    "C.shared.append({k})",
    "{x} = C.shared",
    "{x} = [o]\n{x}[0].v.append({k})",
    "{x} = o.v",
    "o.v += [{k}]",
    "f = o.put",
    "C.put = lambda self, w: {x}.append(w)",
    "o.put = f",
    "setattr(o, 'v', {x})",
    "{x} = getattr(o, 'v')",
    "{x} = vars(o)['v']",
    "o.__dict__['v'] = {x}",
    "class D(C):\n    def put(self, w):\n        super().put([w])\n        {x}.append(w)\n        return self\no = D({y})",
    "class C:\n    def __init__(self, v): self.v = v\n    def __getitem__(self, i): len(self.v) < 5 and self.v.append(i); return self.v[i]\n"
    "    def __len__(self): return len(self.v)\n    def put(self, w): {x} += [w]",
    "{x} = o[0]",
    "len(o)",
    "{x} = [o.v, *{y}]",
    "for {x} in o: break",
    # more ways
    "def f(*p, **q):\n    for v in p: v.append({k})\n    q.setdefault('z', {x}).append({k})",
    "f(*{x})",
    "f({x}, *{y}, z={z})",
    "f(**{{'z': {x}}})",
    "def f(p, g=f): return g(p)",
    "def g(h):\n    def inner(p):\n        {x}.append({k})\n        return h(p)\n    return inner",
    "f = g(f)",
    "@g\ndef f(p): return {x}",
    "fs = [lambda p, q=v: (q, p) for v in {x}]",
    "fs = [lambda p: {x}.append(p) for _ in range(2)]",
    "{x} = [h({y}) for h in fs]",
    "{x} = fs[-1]({y})",
    "sorted([{x}, {y}], key=lambda p: p.append({k}) or len(p))",
    "{x} = max([{y}, {z}], key=len)",
    "{x} = {y}[-1:]",
    "i = slice(0, 1)\n{x} = {y}[i]",
    "{x}[0:1] = {y}",
    "{x} *= 2",
    "{x} = {y} * 2",
    "{x} = [*{y}, {z}]",
    "{x} = {{**{y}, 'n': {z}}}",
    "{x} = list({y}.items())",
    "{x} = {y}.values()\n{x} = list({x})",
    "{x} = {y}.setdefault('m', {z})",
    "{x} = {y}.get('k', {z})",
    "for v in {x}.values(): v.append({k})",
    "for {x}, {y} in zip({x}, {z}): pass",
    "for n, v in enumerate({x}):\n    if n: continue\n    {y} = v",
    "{x} = [w := {y}, w]\nw.append({k})",
    "any((w := v) for v in {x})\n{y} = w",
    "with __import__('contextlib').nullcontext({x}) as {y}: {y}.append({k})",
    "import contextlib\nwith contextlib.suppress(TypeError):\n    {x} = {y}\n    len({k})\n    {x} = {z}",
    "import contextlib\n@contextlib.contextmanager\ndef m(p):\n    p.append({k})\n    yield {x}\n    {y}.append({k})",
    "with m({x}) as {y}: {z} = {y}",
    "import copy\n{x} = copy.copy({y})",
    "import copy\n{x} = copy.deepcopy({y})",
    "import functools\nf = functools.partial(f, {x})",
    "import functools\n{x} = functools.reduce(lambda p, q: [p, q], {y}, {z})",
    "import itertools\nit = itertools.chain({x}, [{y}])",
    "import collections\n{x} = collections.deque({y})",
    "def gen():\n    got = {x}\n    for _ in range(3):\n        got = yield got\n        {y}.append({k})\nit = gen()\n{z} = next(it)",
    "{x} = it.send({y})",
    "try:\n    {x} = {y}\n    raise ValueError({z})\nexcept ValueError as error:\n    {x} = error.args[0]\nfinally:\n    {y} = {x}",
    "def f(p):\n    try:\n        return p\n    finally:\n        p.append({k})",
    "def f(p):\n    if len(p) > 1: return {x}\n    p = p[:]\n    p.append({k})\n    return p",
    "def f(p):\n    q = p\n    for v in {x}:\n        q, p = p, v\n    return q",
    "{x}, {y} = ({z}, [{k}]) if {z} else ({y}, {x})",
    "globals()['{x}'] = {y}",
    "exec('{x} = {y}')",
    "{x} = eval('{y}')",
    # what may not be come to, and methods as values
    "{x} = {y} and (w := {z})\n{z} = {y}",
    "{z} = ({x} := {y}) if {z} else [{k}]",
    "for v in {x}:\n    {z} = v\n    if v: break\nelse:\n    {z} = {y}",
    "{x} = [{y} := v for v in {z}]",
    "d = {x}, {y} = {z}, [{k}]",
    "{x} = sum([{y}, {z}], [])",
    "{x} = dict([('k', {y})])",
    "{x}.update([('k', {y})])",
    "list.append({x}, {y})",
    "list(map({x}.append, [{y}, {z}]))",
    "it = map({x}.append, {y})",
    "f = {x}.append\nf({y})",
    "sorted([{x}], key={y}.append)",
    "list(map(o.put, {x}))",
    "fs = [{x}.append, o.put]\nfor f in fs: f({y})",
    "import copy\no = copy.copy(o)",
    "class C:\n    def __init__(self, v): self.v = v\n    def _get(self):\n        {x}.append({k})\n        return self.v\n"
    "    w = property(_get)\n    def put(self, w): self.__dict__['v'] = [w, self.v]",
    "class C:\n    def __init__(self, v): self.__v = self.v = v\n    def __call__(self, p):\n        self.__v.append(p)\n        return {x}",
    "{x} = o._C__v",
    "{x} = list(map(o, {y}))",
    "assert {x}.append({k}) is None",
)
STATEMENTS = st.builds(
    lambda template, x, y, z, k: template.format(x=x, y=y, z=z, k=k),
    st.sampled_from(TEMPLATES),
    *[st.sampled_from(NAMES)] * 3,
    st.integers(0, 9),
)


def ran(statements: Sequence[str]) -> dict[str, Any]:
    """The names after these statements."""
    names: dict[str, Any] = {}
    for statement in statements:
        exec(statement, names)  # noqa: S102 - the programs are this file's
    return names


def that_run(statements: Sequence[str]) -> list[str]:
    """The statements without those that fail."""
    kept = [f"{name} = [[{number}]]" for number, name in enumerate(NAMES)]
    for statement in statements:
        try:
            ran([*kept, statement])
        except Exception:  # noqa: BLE001, S112 - whatever a random statement does
            continue
        kept.append(statement)
    return kept


def shown(names: dict[str, Any], name: str) -> str:
    """A value with all that it refers to, and which of its parts are the same."""
    seen: list[int] = []

    def walk(value: object) -> object:
        if isinstance(value, list | tuple | dict | deque) or type(value).__name__ in ("C", "D"):
            if id(value) in seen:
                return f"#{seen.index(id(value))}"
            seen.append(id(value))
            if isinstance(value, dict):
                return {key: walk(part) for key, part in value.items()}
            parts = (
                value
                if isinstance(value, list | tuple | deque)
                else [getattr(value, "v", None), getattr(type(value), "shared", 0)]
            )
            return type(value).__name__, [walk(part) for part in parts]
        return type(value).__name__ if callable(value) or hasattr(value, "__next__") else value

    return repr(walk(names[name])) if name in names else "nothing"


@settings(max_examples=60, deadline=None)
@given(st.lists(STATEMENTS, min_size=3, max_size=12))
def test_the_text_of_a_name_gives_what_the_page_gives(statements: list[str]) -> None:
    """For each name of a random program, its cell's text gives the value that the whole program gives."""
    kept = that_run(statements)
    codes = [*kept, *NAMES]
    place = Place(path="docs/p.md")
    cells = tuple(Cell(number=number, code=code, place=place) for number, code in enumerate(codes))
    texts = standalone_texts(Page(path="docs/p.md", root=Path(), cells=cells))
    whole = ran(kept)
    for number, name in enumerate(NAMES, len(kept)):
        above = texts.get(number, name).removesuffix(name)
        alone = ran([above])
        assert shown(alone, name) == shown(whole, name), above
