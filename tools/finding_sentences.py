"""The sentences that findings of a dialplan are made of, as the engine's code has them: read from it, not run.

They begin where a finding is made, and are followed back from there: to what names were given, to what functions
return, and to what those who call a function give it. What is put into a sentence is a gap, numbered.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

MAKERS = {
    "Finding": slice(4, 7),
    "Wrong": slice(0, 2),
    "Doubt": slice(1, 4),
    "Unreadable": slice(1, 3),
    "_report": slice(1, 3),
}
"""What makes a finding, and which of its arguments are sentences."""
NOUNS = frozenset(
    [
        *("conference", "dialplan", "domain", "extension", "group", "hours", "key", "mailbox", "menu", "name"),
        *("nothing", "number", "person", "queue", "recording", "s", "show", "shows", "switch", "text"),
    ]
)
"""Words alone that are said; any other stands for what is typed into a dialplan, and stays as it is."""
NAMED = {"what", "suggestion", "effect"}
BESIDES = (
    "expected greater than or equal to {0}",
    "expected less than or equal to {0}",
    "expected greater than {0}",
    "expected less than {0}",
    " {0} to {1}",
)
"""What no code of the engine says like this: pydantic's words about numbers, and a list that lost its first letter."""
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
Place = tuple[str, FUNCTION | None]


@dataclass
class _Code:
    """What names stand for, in all modules: functions, who calls them, and constants of modules and classes."""

    functions: dict[str, list[tuple[str, FUNCTION]]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[tuple[Place, ast.Call]]] = field(default_factory=lambda: defaultdict(list))
    around: dict[FUNCTION, FUNCTION] = field(default_factory=dict)
    constants: dict[str, list[tuple[str, ast.expr]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, module: str, node: ast.AST, function: FUNCTION | None = None) -> None:
        """Note what ``node`` holds."""
        for child in ast.iter_child_nodes(node):
            inside = function
            if isinstance(child, FUNCTION):
                self.functions[child.name].append((module, child))
                if function is not None:
                    self.around[child] = function
                inside = child
            elif isinstance(child, ast.Call):
                self.calls[_name(child.func)].append(((module, function), child))
            elif function is None and isinstance(child, ast.Assign | ast.AnnAssign) and child.value is not None:
                for name, value in _assigned(child):
                    self.constants[name].append((module, value))
            self.read(module, child, inside)


@cache
def sentences(root: Path) -> dict[str, list[str]]:
    """Every sentence that findings of the code below ``root`` may hold, each with the modules that have it."""
    code = _Code()
    for path in sorted(root.rglob("*.py")):
        code.read(path.relative_to(root.parent.parent).as_posix(), ast.parse(path.read_text()))
    return _Trail(code).followed()


class _Trail:
    """Expressions that end up in findings, followed back to their words."""

    def __init__(self, code: _Code) -> None:
        self._code = code
        self._seen: set[ast.AST] = set()
        self._found: dict[str, list[str]] = {}

    def followed(self) -> dict[str, list[str]]:
        for maker, which in MAKERS.items():
            for place, call in self._code.calls[maker]:
                named = [word.value for word in call.keywords if word.arg in NAMED]
                for value in [*call.args[which], *named]:
                    self._follow(place, value)
        for place, call in self._code.calls["Field"]:
            if not call.args and not any(str(word.arg).startswith("default") for word in call.keywords):
                for word in call.keywords:
                    if word.arg == "description":  # told where the field is missing
                        self._follow(place, word.value)
        for text in BESIDES:
            self._found[text] = []
        return {text: sorted(set(places)) for text, places in sorted(self._found.items())}

    def _follow(self, place: Place, node: ast.AST) -> None:
        if node in self._seen:
            return
        self._seen.add(node)
        match node:
            case ast.Constant(value=str()):
                self._say(place, "".join(map(str, _pieces(node))))
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                pieces = list(_pieces(node))
                numbered = iter(range(len(pieces)))
                self._say(place, "".join(p if isinstance(p, str) else f"{{{next(numbered)}}}" for p in pieces))
                for piece in pieces:
                    if isinstance(piece, ast.AST):
                        self._follow(place, piece)
            case ast.IfExp():
                self._follow(place, node.body)
                self._follow(place, node.orelse)
            case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.List(elts=several):
                for each in several:
                    self._follow(place, each)
            case ast.Dict():
                for value in node.values:
                    self._follow(place, value)
            case ast.GeneratorExp() | ast.ListComp():
                self._follow(place, node.elt)
            case ast.NamedExpr(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
                self._follow(place, value)
            case ast.Name():
                self._follow_name(place, node.id)
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                for module, value in self._code.constants.get(node.attr, ()):
                    self._follow((module, None), value)
            case ast.Call():
                self._follow_call(place, node)

    def _follow_call(self, place: Place, call: ast.Call) -> None:
        name = _name(call.func)
        if name == "join" and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant):
            between = str(call.func.value.value)
            self._say(place, f"{{0}}{between}{{1}}")
            if any(map(str.isalpha, between)) or isinstance(call.args[0], ast.GeneratorExp):
                self._follow(place, call.args[0])  # else it lists words that are typed as they are
        elif name == "map" and isinstance(call.args[0], ast.Name):
            self._follow_returns(place, call.args[0].id)
        elif name in self._code.functions:
            self._follow_returns(place, name)
        elif isinstance(call.func, ast.Attribute):
            self._follow(place, call.func.value)

    def _follow_returns(self, place: Place, name: str) -> None:
        functions = self._code.functions[name]
        for module, function in [each for each in functions if each[0] == place[0]] or functions:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    self._follow((module, function), node.value)

    def _follow_name(self, place: Place, name: str) -> None:
        module, function = place
        if function is not None:
            given = [value for node in ast.walk(function) for key, value in _assigned(node) if key == name]
            for value in given:
                self._follow(place, value)
            parameters = function.args.posonlyargs + function.args.args
            names = [each.arg for each in parameters if each.arg not in ("self", "cls")]
            if name in names or name in [each.arg for each in function.args.kwonlyargs]:
                self._follow_callers(function.name, name, names.index(name) if name in names else None)
                return
            if given:
                return
            if function in self._code.around:
                self._follow_name((module, self._code.around[function]), name)
                return
        constants = self._code.constants.get(name, [])
        for where, value in [each for each in constants if each[0] == module] or constants:
            self._follow((where, None), value)

    def _follow_callers(self, function: str, parameter: str, index: int | None) -> None:
        for place, call in self._code.calls[function]:
            for word in call.keywords:
                if word.arg == parameter:
                    self._follow(place, word.value)
            if index is not None and index < len(call.args):
                self._follow(place, call.args[index])

    def _say(self, place: Place, text: str) -> None:
        said = _without_gaps(text)
        if any(map(str.isalpha, said)) and (" " in text or text in NOUNS):
            self._found.setdefault(text, []).append(place[0])


def _pieces(node: ast.AST) -> Iterator[str | ast.AST]:
    """A sentence's words, and what its gaps hold. Braces of its own are doubled."""
    match node:
        case ast.Constant(value=str() as text):
            yield text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _pieces(value)
        case ast.BinOp(op=ast.Add()):
            yield from _pieces(node.left)
            yield from _pieces(node.right)
        case ast.FormattedValue():
            yield node.value
        case _:
            yield node


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives something, and what."""
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        if isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple):
                for index, name in enumerate(target.elts):
                    if isinstance(name, ast.Name):
                        yield name.id, node.value.elts[index] if isinstance(node.value, ast.Tuple) else node.value
    elif isinstance(node, ast.Call):
        match node.func:
            case ast.Attribute(value=ast.Name(id=name), attr="append"):
                yield name, node.args[0]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _without_gaps(text: str) -> str:
    return "".join(said for said, _, _, _ in Formatter().parse(text))
