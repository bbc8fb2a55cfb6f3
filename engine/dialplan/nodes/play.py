"""Play a recording or speak a text, then go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from engine.call.protocol import Call
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcement, Announcements, read_text, shown_announcements

if TYPE_CHECKING:
    from engine.dialplan.account import Account


class Play(Node):
    """Let the caller hear something. Without ``then`` it goes back to the menu they chose from, or the call ends.

    ```yaml
    {play: opening-hours.wav, then: hang_up}
    ```
    ``{say: "We are closed on Sundays."}`` is the same with a text that is spoken.
    """

    kind = "play"
    keys = ("play", "say")
    shape = Shape.SOUND

    play: Announcements = Field(default=(), description="A recording, or a list of recordings and texts")
    say: str = Field(default="", description="A text, spoken in the account's language")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")

    @field_validator("say", mode="before")
    @classmethod
    def _speak(cls, value: Any, info: ValidationInfo) -> str:
        return read_text(value, info)

    @model_validator(mode="after")
    def _one(self) -> Play:
        if bool(self.play) == bool(self.say):
            raise Wrong("'play' and 'say' cannot happen at once", "write a list: play: [a.wav, {say: ...}]")
        return self

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        return self.play or (Announcement(say=self.say),)

    @property
    def name(self) -> str:
        return shown_announcements(self.announcements)

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(self.name, ways={"played": ("then",)})

    def exits(self) -> Iterable[Exit]:
        return (Exit("played", self.then),)

    async def run(self, call: Call, path: Path) -> Exit:
        await call.play(path.sounds_of(self.announcements))
        return Exit("played", self.then)
