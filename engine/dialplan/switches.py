"""Switches that people turn by phone or command: a night switch, or hours that are kept open or closed for a while.

How a switch stands is a fact that outlives a restart (``Standing``), by the name ``switch/NAME``. Switches and hours
share one set of names, so that ``during`` and whoever turns one need not know which of the two it is.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.model import REFERENCE, Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.sound import Announcements
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import Name
from engine.office.standing import Standing

FACT = "switch/"
"""How the names of the facts begin that say how switches stand."""
MAX_SWITCHES = 50


class Setting(Enum):
    """How a switch stands. ``AUTO``: it was not turned; hours then go by the clock, a switch of its own is off."""

    ON = "on"
    OFF = "off"
    AUTO = "auto"


def setting_of(name: str, standing: Standing) -> Setting:
    """How the switch stands, or whether the hours of that name are kept open (ON) or closed (OFF)."""
    try:
        return Setting(standing.get(FACT + name) or Setting.AUTO.value)
    except ValueError:
        return Setting.AUTO


def fact_of(name: str, setting: Setting) -> tuple[str, str | None]:
    """The fact to put so that the switch stands that way."""
    return FACT + name, None if setting is Setting.AUTO else setting.value


class Switch(Section):
    """One of the ``switches``: what people hear who turn it."""

    on: Announcements | None = Field(default=None, description="What is heard by whoever turns it on")
    off: Announcements | None = Field(default=None, description="What is heard by whoever turns it off")


def _by_name(value: Any, info: ValidationInfo) -> Any:
    """``[night, holidays]`` is short for blocks that say nothing. What is named like hours is told at its place."""
    if isinstance(value, SourceList):
        value = _block(value)
    if not isinstance(value, dict):
        raise Wrong(f"{shown(value)} will not do here", "expected switches: [night]")
    if len(value) > MAX_SWITCHES:
        raise Wrong("there are too many switches", f"at most {MAX_SWITCHES}")
    reading = info.context
    if isinstance(reading, Reading) and isinstance(value, SourceMapping):
        for name in value:
            if name in reading.names["hours"]:
                what = f"'{name}' is a block of hours already"
                reading.error(
                    value.key_at[name], what, "give the switch another name; hours can be switched themselves"
                )
        said = value.without()
        said.update({name: SourceMapping(value.value_at[name]) for name in value if value[name] is None})
        return said
    return value


def _block(items: SourceList) -> SourceMapping:
    block = SourceMapping(items.at)
    for item, at in zip(items, items.item_at, strict=True):
        if not isinstance(item, str | int) or isinstance(item, bool):
            raise Wrong(f"{shown(item)} is no name of a switch", "expected switches: [night]")
        name = str(item)
        if name in block:
            raise Wrong(f"the switch {shown(name)} is there twice", "name each switch once")
        block.put(name, SourceMapping(at), at)
    return block


Switches = Annotated[
    dict[Name, Switch],
    BeforeValidator(_by_name),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "integer"]}, "maxItems": MAX_SWITCHES},
                {"type": "object", "additionalProperties": {"anyOf": [{REFERENCE: "Switch"}, {"enum": [None]}]}},
            ]
        }
    ),
]
