"""Hang up, with a reason; before the call is answered, refuse it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, field_validator

from engine.call.protocol import Call, Tone
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import ToneTime
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.model import Exit, Node
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.dialplan.values import MAX_NAME

if TYPE_CHECKING:
    from engine.dialplan.account import Account

CAUSES = {
    "busy": 486,
    "congestion": 503,
    "declined": 603,
    "rejected": 403,
    "not available": 480,
    "unavailable": 480,
    "no answer": 480,
    "not found": 404,
    "number changed": 410,
}
"""What a caller who has not been answered yet is told (RFC 3261 section 21, RFC 3398 section 7.2.4.1)."""


class HangUp(Node):
    """End the call. What is written stands in the call record as the reason.

    ```yaml
    {hang_up: closed for the summer, cause: busy, tone: 5s}
    ```
    `cause` is what the caller's telephone is told if the call was not answered yet: `busy`, `congestion`, `declined`,
    `rejected`, `unavailable`, `no answer`, `not found` or `number changed`; `{hang_up: busy}` is short for both. After
    the answer no telephone shows a cause: there `tone` lets the caller hear it for so long, the busy tone for `busy`
    and the congestion tone for all others. The word `hang_up` alone just ends the call.
    """

    kind = "hang_up"
    keys = ("hang_up",)
    words = ("hang_up",)
    shape = Shape.END

    hang_up: str = Field(default="", description="Why, as the call record shows it; a cause is also signalled")
    cause: str = Field(
        default="",
        description="What an unanswered caller is told, if the reason is not such a cause itself",
        json_schema_extra={"enum": list(CAUSES)},
    )
    tone: ToneTime | None = Field(default=None, description="For how long an answered caller hears the cause's tone")

    @field_validator("hang_up", mode="before")
    @classmethod
    def _short(cls, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > MAX_NAME or not value.isprintable():
            raise Wrong(f"{shown(value)} is no reason", f"expected a text of at most {MAX_NAME} characters")
        return str(value)

    @field_validator("cause", mode="before")
    @classmethod
    def _named(cls, value: Any) -> str:
        if not isinstance(value, str) or value not in CAUSES:
            raise Wrong(
                f"{shown(value)} is no cause", did_you_mean(str(value), CAUSES, f"known are {', '.join(CAUSES)}")
            )
        return str(value)

    @classmethod
    def from_word(cls, word: str) -> Self:  # noqa: ARG003
        return cls()

    @property
    def name(self) -> str:
        return self.hang_up or self.cause

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        cause = self.cause or (self.hang_up if self.hang_up in CAUSES else "")
        return Caption(f"hang up: {cause}" if cause else "hang up", notes=(self.hang_up,) if self.hang_up else ())

    def exits(self) -> Iterable[Exit]:
        return (Exit("ended"),)

    async def run(self, call: Call, path: Path) -> Exit:
        cause = self.cause or self.hang_up
        if self.tone is not None and call.answered:
            kind = "busy" if cause == "busy" else "congestion"
            await call.play([Tone(kind, path.account.country, self.tone)])
        await call.hang_up(self.name, CAUSES.get(cause))
        return Exit("ended")
