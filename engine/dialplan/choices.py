"""The keys of a menu: where each leads, and for whom and when it is there at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from engine.call.protocol import Call
from engine.dialplan.findings import Wrong
from engine.dialplan.model import REFERENCE, Node, Unreadable, read_destination
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceMapping
from engine.dialplan.values import MENU_KEYS_SCHEMA, read_key, refer_during
from engine.dialplan.who import Who, read_who

if TYPE_CHECKING:
    from engine.dialplan.path import Path

T = TypeVar("T")

CONDITIONS = ("during", "only_for")


@dataclass(frozen=True, slots=True)
class Condition:
    """When and for whom a key is there; None means always, or everybody.

    ``during`` names hours or a switch.
    """

    during: str | None = None
    only_for: Who | None = None

    def holds(self, call: Call, path: Path) -> bool:
        if self.during is not None and not path.holds(self.during, call):
            return False
        return self.only_for is None or path.account.callers.includes(self.only_for, call.caller)


class Choices(dict[str, Node]):
    """Where each key leads. ``conditions`` holds those of keys that are not there for everybody at all times."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: dict[str, Condition] = {}

    def open_to(self, call: Call, path: Path) -> frozenset[str]:
        """The keys that are there for a call now; any other one is a wrong key for it."""
        if not self.conditions:
            return frozenset(self)
        return frozenset(key for key in self if key not in self.conditions or self.conditions[key].holds(call, path))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_read_choices)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {REFERENCE: "Choice"}, **MENU_KEYS_SCHEMA}


def _read_choices(value: Any, info: ValidationInfo) -> Choices:
    """The block ``keys``. What is wrong within it is told at its place. Raises Wrong."""
    if isinstance(value, Choices):
        return value
    reading = info.context
    if not isinstance(value, SourceMapping) or not isinstance(reading, Reading):
        raise Wrong(f"'keys' cannot be {shown(value)}", "expected names, each with a colon and a value")
    choices = Choices()
    for name, way in value.items():
        try:
            key = read_key(name)
        except Wrong as wrong:
            reading.error(value.key_at[name], wrong.what, wrong.suggestion)
            continue
        if isinstance(way, SourceMapping) and any(word in way for word in CONDITIONS):
            choices.conditions[key] = _read_condition(way, reading)
            way = way.without(*CONDITIONS)
        try:
            choices[key] = read_destination(way, reading)
        except Wrong as wrong:
            choices[key] = Unreadable()
            reading.error(value.value_at[name], wrong.what, wrong.suggestion)
    return choices


def _read_condition(block: SourceMapping, reading: Reading) -> Condition:
    def read(word: str, of: Callable[[Any], T]) -> T | None:
        try:
            return of(block[word]) if word in block else None
        except Wrong as wrong:
            reading.error(block.value_at[word], wrong.what, wrong.suggestion)
            return None

    return Condition(
        during=read("during", lambda value: refer_during(value, reading)),
        only_for=read("only_for", lambda value: read_who(value, reading)),
    )
