"""Features by star codes: what the account's own phones dial to get at something that is no person and no number.

A code may be followed by more digits, which the node it leads to is told (``Path.dialled_rest``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from engine.dialplan.default_codes import DEFAULT_CODES, EACH, MAX_EACH, DefaultCode
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import REFERENCE, Destination, Exit, Node, Unreadable, read_destination
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import START, Position, SourceMapping

if TYPE_CHECKING:
    from engine.dialplan.path import Path

MAX_CODE_LENGTH = 8
MAX_DIALLED = 32
"""Characters of what is dialled, the code and the digits after it."""
MAX_FEATURES = 200
SWITCHED_OFF = "off"
DIALLED_UP = "#"

_CODE = re.compile(rf"[*#][0-9*#]{{1,{MAX_CODE_LENGTH - 1}}}")
_DIALLED = re.compile(rf"[*#][0-9*#]{{1,{MAX_DIALLED - 1}}}")


class Dialled(Node):
    """Where a star code leads, with the digits dialled after it."""

    to: Destination
    rest: str = ""

    def exits(self) -> Iterable[Exit]:
        return (Exit("dialled", self.to),)

    def arrive(self, path: Path) -> Node:
        path.dialled_rest = self.rest
        return self.to.arrive(path)


class Features(dict[str, Node]):
    """Where each code leads. ``places`` has those that the file names, and where."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, Position] = {}

    def find(self, dialled: str) -> Node | None:
        """What the longest code that begins ``dialled`` leads to.

        A code with further digits counts only if something behind it takes them; so nobody misdials into a feature. But
        the # with which many people end what they dial is no digit.
        """
        if not _DIALLED.fullmatch(dialled):
            return None
        for length in range(min(len(dialled), MAX_CODE_LENGTH), 1, -1):
            code, rest = dialled[:length], dialled[length:]
            if code in self and takes_digits(self[code]):
                return Dialled(to=self[code], rest=rest)
            if code in self and rest in ("", DIALLED_UP):
                return Dialled(to=self[code])
        return None

    def code_of(self, kind: str, name: str) -> str:
        """The shortest code that leads to such a node; empty if there is none."""
        codes = [code for code, node in self.items() if (node.kind, node.name) == (kind, name)]
        return min(codes, key=lambda code: (len(code), code), default="")

    def doubts(self, extensions: Iterable[str]) -> Iterator[Doubt]:
        """Codes that keep people from dialling what another code is for."""
        known = frozenset(extensions)
        for code, at in self.places.items():
            for other in self:
                rest = code.removeprefix(other)
                if other == code or rest == code or not takes_digits(self[other]):
                    continue
                if rest in known or takes_digits(self[code]):
                    yield Doubt(
                        at,
                        f"the code {code} also begins what is dialled after {other}",
                        f"whoever means {other} followed by {rest} gets {code}",
                        "choose another code",
                    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_read_features)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "object",
            "additionalProperties": {"anyOf": [{"const": SWITCHED_OFF}, {REFERENCE: "Destination"}]},
            "propertyNames": {"pattern": f"^{_CODE.pattern}$"},
        }


def takes_digits(node: Node) -> bool:
    """Whether a node, or one that follows it without the caller's doing, is told the digits after a star code."""
    waiting, seen = [node], set()
    while waiting:
        one = waiting.pop()
        if one.takes_digits:
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [way.to for way in one.exits() if way.to is not None]
    return False


def _read_features(value: Any, info: ValidationInfo) -> Features:
    if isinstance(value, Features):
        return value
    reading = info.context
    if not isinstance(reading, Reading):
        raise Wrong("features are read from a file")
    if not isinstance(value, SourceMapping):
        raise Wrong(f"'features' cannot be {shown(value)}", 'expected codes, such as "*60": {switch: night, set: on}')
    if len(value) > MAX_FEATURES:
        raise Wrong("there are too many codes", f"at most {MAX_FEATURES}")
    features = default_features(info.data, reading)
    defaults = frozenset(features)
    for code, way in value.items():
        if not _CODE.fullmatch(code):
            reading.error(value.key_at[code], *_no_code(code))
        elif way == SWITCHED_OFF:
            if features.pop(code, None) is None:
                known = ", ".join(sorted(defaults)) or "there are none"
                reading.error(value.key_at[code], f"{code} is no code that could be switched off",
                              f"codes that are there by themselves: {known}")  # fmt: skip
        else:
            features[code], features.places[code] = _read_way(way, value.value_at[code], reading), value.key_at[code]
    return features


def _no_code(code: str) -> tuple[str, str]:
    """What is wrong with a code, and what to do."""
    if code[:1] not in ("*", "#"):
        return f"{shown(code)} is no star code: it could be somebody's number", f'begin it with a star: "*{code[:6]}"'
    return f"{shown(code)} is no star code", f'expected "*" or "#" and 1 to {MAX_CODE_LENGTH - 1} keys, such as "*60"'


def _read_way(way: Any, at: Position, reading: Reading) -> Node:
    try:
        return read_destination(way, reading)
    except Wrong as wrong:
        reading.error(at, wrong.what, wrong.suggestion)
        return Unreadable()


def default_features(sections: Mapping[str, Any], reading: Reading) -> Features:
    """The codes that an account with these sections has by itself."""
    features = Features()
    for default in DEFAULT_CODES:
        for code, block in _each(default, sections):
            features[code] = read_destination(block, reading)
    return features


def _each(default: DefaultCode, sections: Mapping[str, Any]) -> Iterator[tuple[str, SourceMapping]]:
    if default.needs and not sections.get(default.needs):
        return
    if not default.each:
        yield default.code, _block(default.leads_to)
        return
    for number, name in enumerate(list(sections.get(default.each, ()))[:MAX_EACH], 1):
        leads_to = {key: name if value == EACH else value for key, value in default.leads_to.items()}
        yield f"{default.code}{number}", _block(leads_to)


def _block(values: Mapping[str, str]) -> SourceMapping:
    block = SourceMapping(START)
    for key, value in values.items():
        block.put(key, value, START)
    return block
