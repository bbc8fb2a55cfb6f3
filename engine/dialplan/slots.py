"""The numbers of parking slots, as a file writes them."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import MAX_EXTENSION_LENGTH, MIN_EXTENSION_LENGTH

MAX_SLOTS = 100
EXAMPLE = "write 701-709, or [701, 705]"


def read_slots(value: Any) -> tuple[str, ...]:
    """The numbers of ``701-709``, ``701`` or a list of such, in their order, each once. Raises Wrong."""
    slots: dict[str, None] = {}
    for item in value if isinstance(value, SourceList | list | tuple) else [value]:
        slots.update(dict.fromkeys(_range(item)))
        if len(slots) > MAX_SLOTS:
            raise Wrong("these are too many parking slots", f"at most {MAX_SLOTS}")
    if not slots:
        raise Wrong("there is no parking slot", EXAMPLE)
    return tuple(slots)


def _range(item: Any) -> list[str]:
    text = str(item).replace(" ", "") if isinstance(item, str | int) and not isinstance(item, bool) else ""
    first, dash, last = text.partition("-")
    last = last if dash else first
    for end in (first, last):
        fits = MIN_EXTENSION_LENGTH <= len(end) <= MAX_EXTENSION_LENGTH
        if not (end.isascii() and end.isdigit() and fits):
            lengths = f"{MIN_EXTENSION_LENGTH} to {MAX_EXTENSION_LENGTH} digits"
            raise Wrong(f"{shown(item)} is no number of parking slots", f"{EXAMPLE}; each has {lengths}")
    if len(first) != len(last) or first > last:
        raise Wrong(f"{shown(item)} does not go upwards", EXAMPLE)
    if int(last) - int(first) >= MAX_SLOTS:
        raise Wrong("these are too many parking slots", f"at most {MAX_SLOTS}")
    return [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


def slots_of(root: Any) -> frozenset[str]:
    """The slots that a file has. Bad shapes are somebody else's finding."""
    parking = root.get("parking") if isinstance(root, SourceMapping) else None
    if isinstance(parking, SourceMapping):
        with contextlib.suppress(Wrong):
            return frozenset(read_slots(parking.get("slots")))
    return frozenset()


def refer_slot(value: Any, reading: Reading, otherwise: str) -> str:
    """``value`` as the number of one of the file's slots. Raises Wrong."""
    slot = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if slot not in reading.names["parking"]:
        raise Wrong(f"{shown(value)} is no parking slot", otherwise)
    return slot


_ONE = {
    "anyOf": [
        {"type": "integer", "minimum": 10, "maximum": 999999},
        {"type": "string", "pattern": "^[0-9]{2,6}( ?- ?[0-9]{2,6})?$"},
    ]
}
ParkingSlots = Annotated[
    tuple[str, ...],
    BeforeValidator(read_slots),
    WithJsonSchema({"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE, "minItems": 1}]}),
]
