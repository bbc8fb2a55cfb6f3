"""Hang up, with a reason; before the call is answered, refuse it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, field_validator

from engine.call.protocol import Call
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Exit, Node
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.dialplan.values import MAX_NAME

STATUS_OF_REASON = {"busy": 486, "declined": 603, "not available": 480, "no answer": 480, "not found": 404}
"""What a caller who has not been answered yet is told (RFC 3261 section 21)."""


class HangUp(Node):
    """End the call. The reason stands in the call record; an unanswered caller is told ``busy`` and the like.

    ```yaml
    {hang_up: closed for the summer}
    ```
    The word ``hang_up`` alone does the same without a reason. A caller who was not answered is told of the reasons
    ``busy``, ``declined``, ``not available``, ``no answer`` and ``not found``.
    """

    kind = "hang_up"
    keys = ("hang_up",)
    words = ("hang_up",)

    hang_up: str = Field(default="", description="Why, as the call record shows it; busy or declined is also signalled")

    @field_validator("hang_up", mode="before")
    @classmethod
    def _short(cls, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > MAX_NAME or not value.isprintable():
            raise Wrong(f"{shown(value)} is no reason", f"expected a text of at most {MAX_NAME} characters")
        return str(value)

    @classmethod
    def from_word(cls, word: str) -> Self:  # noqa: ARG003
        return cls()

    @property
    def name(self) -> str:
        return self.hang_up

    def exits(self) -> Iterable[Exit]:
        return (Exit("ended"),)

    async def run(self, call: Call, path: Path) -> Exit:  # noqa: ARG002
        await call.hang_up(self.hang_up, STATUS_OF_REASON.get(self.hang_up))
        return Exit("ended")
