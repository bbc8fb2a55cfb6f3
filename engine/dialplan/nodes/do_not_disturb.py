"""People say by phone that they want not to be disturbed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from engine.call.protocol import Call
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.forwards import disturb_fact_of, set_undisturbed, undisturbed
from engine.dialplan.lamp import Lamp
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.dialplan.values import on_or_off
from engine.forward_events import DoNotDisturbSet

if TYPE_CHECKING:
    from engine.dialplan.account import Account

WAYS = ("on", "off", "toggle")


class DoNotDisturb(Node):
    """Let the calling person not be disturbed from now on (``on``), or be reached again (``off``). They hear which.

    ```yaml
    {do_not_disturb: toggle, then: hang_up}
    ```
    Callers find them busy meanwhile, and go on as for anybody who is; groups pass them over. Only the account's own
    phones can do so: everybody else hears that they are not allowed to, and goes where ``refused`` says, else where
    ``then`` does. It outlives restarts.
    """

    kind = "do_not_disturb"
    keys = ("do_not_disturb",)

    do_not_disturb: Literal["on", "off", "toggle"] = Field(description="on, off, or toggle")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who may not set it; else where `then` says"
    )

    @field_validator("do_not_disturb", mode="before")
    @classmethod
    def _way(cls, value: Any) -> str:
        word = on_or_off(value)
        if word not in WAYS:
            raise Wrong(
                f"{shown(value)} will not do here", did_you_mean(str(value), WAYS, "expected on, off or toggle")
            )
        return str(word)

    @property
    def name(self) -> str:
        return self.do_not_disturb

    def lamp(self, account: Account, person: str) -> Lamp:
        """Lit while the person is not to be disturbed."""
        return Lamp(disturb_fact_of(person), lambda standing: undisturbed(account, person, standing))

    def exits(self) -> Iterable[Exit]:
        return (Exit("set", self.then), Exit("refused", self.refused or self.then))

    async def run(self, call: Call, path: Path) -> Exit:
        done, refused = self.exits()
        person, standing = call.caller.person, call.office.standing
        if person is None:
            await call.play(path.prompt("not-allowed"))
            return refused
        before = undisturbed(path.account, person, standing)
        on = not before if self.do_not_disturb == "toggle" else self.do_not_disturb == "on"
        set_undisturbed(person, on, standing)
        call.emit(lambda c, t: DoNotDisturbSet(c, t, person, on))
        await call.play(path.prompt(f"do-not-disturb-{'on' if on else 'off'}"))
        return done
