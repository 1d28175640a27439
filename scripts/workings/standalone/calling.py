"""Calls, also those of IPython's magics."""

import ast
import re

from workings.standalone.known import CALLERS
from workings.standalone.libraries import Libraries
from workings.standalone.objects import NOTHING, Obj, Value, reach
from workings.standalone.state import Arguments
from workings.standalone.syntax import MAGIC, TIMES, name_of

HARMLESS_MAGICS = frozenset(
    {"pwd", "who", "whos", "who_ls", "magic", "lsmagic", "quickref", "pinfo", "pinfo2", "psource"}
)
FILE_MAGICS = frozenset({"cd", "ls", "mkdir", "cat", "pip", "conda", "sx", "system", "sc", "rm", "cp", "mv"})
READS_ONLY = re.compile(
    r"[!%]+\s*(ls|echo|cat|head|tail|wc|pwd|which|nvidia-smi|date|uname|pip (list|show))\b[^>|;&`]*$"
)
"""Commands that change nothing."""
SETTING_MAGICS = {
    "matplotlib": "matplotlib",
    "config": "matplotlib",
    "env": "*",
    "set_env": "*",
    "precision": "*",
    "load_ext": "*",
    "autoreload": "*",
}


class Calling(Libraries):
    """Looks at calls."""

    def call_of(self, node: ast.Call) -> Value:
        """A call."""
        if isinstance(node.func, ast.Name) and node.func.id == MAGIC:
            return self.magic(node)
        if isinstance(node.func, ast.Attribute):
            receiver = self.evaluate(node.func.value)
            self.attribute(frozenset(obj for obj in receiver if obj.kind == "library"), node.func.attr, node.func)
            given = self._arguments(node)
            if not receiver:
                return self._call_of_plain(given, node)
            return self.call_method(receiver, node.func.attr, given, node)
        callee = self.evaluate(node.func)
        return self.call(callee, self._arguments(node), node)

    def _call_of_plain(self, given: Arguments, node: ast.Call) -> Value:
        """A method of a number or a text, which changes nothing: `", ".join(...)`."""
        self.consume(given.all)
        self.look_at(given.all, node)
        return NOTHING

    def _arguments(self, node: ast.Call) -> Arguments:
        positional, named, rest = [], [], NOTHING
        for argument in node.args:
            value = self.evaluate(argument)
            if isinstance(argument, ast.Starred):
                rest |= value
            elif not rest:
                positional.append(value)
            else:
                rest |= value
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                rest |= self.items(value, node)
            else:
                named.append((keyword.arg, value))
        return Arguments(tuple(positional), tuple(named), rest)

    def call(self, callee: Value, given: Arguments, node: ast.AST) -> Value:
        """What calling something may give."""
        results = NOTHING
        for obj in callee:
            match obj.kind:
                case "function":
                    results |= self.call_function(obj, given, node)
                case "class":
                    results |= self.make_instance(obj, given, node)
                case "library":
                    results |= self.call_library(obj.path, given, node)
                case "instance":
                    results |= self.call_instance_method(obj, "__call__", given, node)
                case "bound":
                    results |= self.call_method(obj.bases, obj.path, given, node)
                case "layer":
                    results |= self.call_layer(obj, given, node)
                case _:
                    results |= self.call_thing(obj, given, node)
        return results

    def call_thing(self, obj: Obj, given: Arguments, node: ast.AST) -> Value:
        """What calling a thing gives that is known only by where it comes from."""
        if obj.kind == "any" and CALLERS.match(obj.path):
            everything = Arguments(rest=given.all | obj.holds)
            results = self.call_back(frozenset(reach(frozenset((obj,)))), everything)
            others = frozenset(held for held in obj.holds if held.kind in ("layer", "instance", "library", "bound"))
            results |= self.call(others, everything, node)
            if "cache" in obj.path:
                self.write(frozenset((obj,)))
            if any(held.kind == "function" for held in given.all):  # it is a decorator
                return results | {self.made("any", node, holds=given.all | {obj}, path=obj.path)}
            return results | {self.made("tensor", node, links=given.all | {obj})}
        return self.call_unknown(frozenset((obj,)), given, node)

    def magic(self, node: ast.Call) -> Value:
        """What stands for IPython alone: a command, a question, a setting, or something that may do anything."""
        (text,) = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
        name = name_of(str(text))
        for word in names_in(str(text)):
            self.look_up(word)
        if READS_ONLY.match(str(text)):
            self.effect.demands.add(self.setting("files", "files"))
            return frozenset((self.made("container", node),))
        if str(text).startswith("!") or name in FILE_MAGICS:
            self.touch_files()
            return frozenset((self.made("container", node),))
        if name in SETTING_MAGICS:
            self.set_magic(SETTING_MAGICS[name], name)
        elif not (str(text).startswith("?") or str(text).rstrip().endswith("?") or name in HARMLESS_MAGICS | TIMES):
            self.surrender()
        return frozenset((self.made("any", node, path="builtins.magic"),))

    def set_magic(self, root: str, name: str) -> None:
        """Note that a magic sets the state of a library."""
        self.effect.writes.add(self.setting(root, f"%{name}"))


def names_in(text: str) -> list[str]:
    """The names of Python that a magic puts into its text: `{x.shape}`, `$x`."""
    found = re.findall(r"\$(\w+)", text)
    for part in re.findall(r"\{(.*?)\}", text):
        try:
            tree = ast.parse(part.strip(), mode="eval")
        except SyntaxError:
            continue
        found += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return found
