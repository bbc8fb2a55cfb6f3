"""Set how the phones rung from here on show a call, and how urgent it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from engine.call.protocol import Call
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node, Section
from engine.dialplan.path import Path
from engine.dialplan.reading import shown

MAX_PREFIX = 40
MAX_PRIORITY = 100
RING_TONE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}|(?:https?|urn):[A-Za-z0-9/:._~%?&=+@-]{1,150}")
"""A name, or a URI: neither can hold what would end the header they are sent in."""


def _prefix(value: Any) -> str:
    expected = f"expected a text of at most {MAX_PREFIX} characters on one line"
    if not isinstance(value, str | int) or isinstance(value, bool) or len(str(value)) > MAX_PREFIX:
        raise Wrong(f"{shown(value)} cannot stand before a name", expected)
    if not str(value).isprintable():
        raise Wrong("this text with unprintable characters cannot stand before a name", expected)
    return str(value)


def _ring_tone(value: Any) -> str:
    if not isinstance(value, str) or (value and not RING_TONE.fullmatch(value)):
        raise Wrong(f"{shown(value)} is no ring tone", "expected a name such as Bellcore-dr2, or a URI")
    return str(value)


_TEXT = WithJsonSchema({"type": ["string", "integer"], "maxLength": MAX_PREFIX})
Prefix = Annotated[str, BeforeValidator(_prefix), _TEXT]
RingTone = Annotated[
    str, BeforeValidator(_ring_tone), WithJsonSchema({"type": "string", "pattern": f"^(?:{RING_TONE.pattern})?$"})
]


class Values(Section):
    """What can be set. What is left out stays as it is; an empty text takes back what was set before."""

    name_prefix: Prefix | None = Field(
        default=None, description='Shown before the caller\'s name on the phones rung, such as "Sales: "'
    )
    ring_tone: RingTone | None = Field(
        default=None, description="How these phones ring: a name they know, such as Bellcore-dr2, or a URI"
    )
    priority: int | None = Field(
        default=None, ge=0, le=MAX_PRIORITY, strict=True, description="The higher, the sooner a queue lets the call out"
    )

    @model_validator(mode="after")
    def _something(self) -> Values:
        if self.name_prefix is None and self.ring_tone is None and self.priority is None:
            raise Wrong("nothing is set here", "expected name_prefix, ring_tone or priority")
        return self


class Set(Node):
    """Set, for the rest of the call, what the phones it rings show before the caller's name and how they ring.

    ```yaml
    {set: {name_prefix: "Sales: ", ring_tone: Bellcore-dr2, priority: 5}, then: {ring: orders}}
    ```
    ``ring_tone`` is sent as Alert-Info. For a name both ways that phones look for are used, the address
    ``http://127.0.0.1/Bellcore-dr2`` and ``info=Bellcore-dr2``; set up the phone to play a melody for one of them. An
    ``http:`` address or a ``urn:alert:`` is sent as it is. ``priority`` (0 to 100) counts in queues.
    """

    kind = "set"
    keys = ("set",)

    values: Values = Field(alias="set", description="What to set: name_prefix, ring_tone, priority")
    then: Destination = Field(description="Where the caller goes afterwards")

    @property
    def name(self) -> str:
        given = self.values.model_dump(exclude_none=True)
        return ", ".join(f"{key} {value}".rstrip() for key, value in given.items())

    def exits(self) -> Iterable[Exit]:
        return (Exit("set", self.then),)

    async def run(self, call: Call, path: Path) -> Exit:  # noqa: ARG002
        values = self.values
        if values.name_prefix is not None:
            path.shown = replace(path.shown, name_prefix=values.name_prefix)
        if values.ring_tone is not None:
            path.shown = replace(path.shown, ring_tone=values.ring_tone)
        if values.priority is not None:
            path.priority = values.priority
        return Exit("set", self.then)
