"""What is announced depending on the hour, or on how often the caller has tried: lists of announcements.

A greeting is an announcement, a list of them that are heard one after the other, or a list of variants of which the
first whose hours are open is heard:

```yaml
- {during: open, play: welcome.wav}
- {say: "We are closed. You can leave a message with key 1."}
```
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.model import REFERENCE, Section
from engine.dialplan.reading import Reading
from engine.dialplan.sound import MAX_SOUNDS, Announcement, Announcements, as_announcements
from engine.dialplan.source import Position, SourceList, SourceMapping, SourceText, block_of, position_of
from engine.dialplan.values import refer_during

if TYPE_CHECKING:
    from engine.call.protocol import Call
    from engine.dialplan.path import Path

MAX_VARIANTS = 50


@dataclass(frozen=True, slots=True)
class Variant:
    """What is announced while hours are open or a switch is on; at all other times without one."""

    announcements: tuple[Announcement, ...]
    during: str | None = None


def variant_now(greeting: Iterable[Variant], call: Call, path: Path) -> Variant | None:
    """The greeting's first variant whose hours are open, or whose switch is on."""
    for variant in greeting:
        if variant.during is None or path.holds(variant.during, call):
            return variant
    return None


class _Said(Section):
    """Reads announcements that stand where no model expects them."""

    said: Announcements = Field()


def _announcements(value: Any, at: Position, reading: Reading) -> tuple[Announcement, ...]:
    """``value`` as announcements; what is wrong with them is told."""
    made = reading.read(_Said, block_of("said", value, at), at)
    return made.said if made else ()


def _read_greeting(value: Any, info: ValidationInfo) -> Any:
    reading = info.context
    if not isinstance(reading, Reading):
        return value
    if not (isinstance(value, SourceList) and any(map(_by_hours, value))):
        return (Variant(_announcements(value, _place(value), reading)),)
    if len(value) > MAX_VARIANTS:
        raise Wrong("this list of greetings is too long", f"expected at most {MAX_VARIANTS}")
    last = len(value) - 1
    for index, (line, at) in enumerate(zip(value, value.item_at, strict=True)):
        if index == last and _by_hours(line):
            reading.error(at, "nothing is said for all other times", "end the list with a line without 'during'")
        if index < last and not _by_hours(line):
            at_next, advice = value.item_at[index + 1], "the one above it has no 'during' and is always taken"
            reading.error(at_next, "this greeting is never heard", advice)
            break
    return tuple(_variant(line, at, reading) for line, at in zip(value, value.item_at, strict=True))


def _by_hours(line: Any) -> bool:
    return isinstance(line, SourceMapping) and "during" in line


def _place(value: Any) -> Position:
    """Where announcements stand. Raises Wrong for what cannot be any, which knows no place of its own."""
    if not isinstance(value, SourceText | SourceList | SourceMapping):
        as_announcements(value)
    return position_of(value)


def _variant(line: Any, at: Position, reading: Reading) -> Variant:
    during = None
    if isinstance(line, SourceMapping) and "during" in line:
        try:
            during = refer_during(line["during"], reading)
        except Wrong as wrong:
            reading.error(line.value_at["during"], wrong.what, wrong.suggestion)
        line = line.without("during")
        if list(line) == ["play"]:
            line, at = line["play"], line.value_at["play"]
    return Variant(_announcements(line, at, reading), during)


def _read_tries(value: Any, info: ValidationInfo) -> Any:
    reading = info.context
    if not isinstance(reading, Reading):
        return value
    if not isinstance(value, SourceList):
        return (_announcements(value, _place(value), reading),)
    if not 1 <= len(value) <= MAX_SOUNDS:
        raise Wrong("this list of announcements is empty or too long", f"expected 1 to {MAX_SOUNDS}")
    return tuple(_announcements(item, at, reading) for item, at in zip(value, value.item_at, strict=True))


_SOUND: dict[str, Any] = {REFERENCE: "Sound"}
_SOUNDS: dict[str, Any] = {"anyOf": [_SOUND, {"type": "array", "items": _SOUND, "minItems": 1}]}
_LINE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "during": {"type": ["string", "integer"], "description": "Name of hours or of a switch"},
        "play": _SOUNDS,
        "say": {"type": ["string", "object"], "description": "A text that is spoken"},
    },
    "required": ["during"],
    "additionalProperties": False,
}

Greeting = Annotated[
    tuple[Variant, ...],
    BeforeValidator(_read_greeting),
    WithJsonSchema({"anyOf": [_SOUND, {"type": "array", "items": {"anyOf": [_SOUND, _LINE]}, "minItems": 1}]}),
]
PerTry = Annotated[
    tuple[tuple[Announcement, ...], ...],
    BeforeValidator(_read_tries),
    WithJsonSchema({"anyOf": [_SOUND, {"type": "array", "items": _SOUNDS, "minItems": 1}]}),
]
"""What is announced after the first try, after the second and so on; the last one also after all further ones."""
