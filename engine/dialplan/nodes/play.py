"""Play a recording or speak a text, then go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from engine.call.protocol import Call
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.menu import ToMenu
from engine.dialplan.nodes.words import WayHome, Word
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcement, Announcements, Text, shown_announcements
from engine.dialplan.values import Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account


class Play(Node):
    """Let the caller hear something. Without ``then`` it goes back to the menu they chose from, or the call ends.

    ```yaml
    {play: opening-hours.wav, then: hang_up}
    ```
    `{say: "We are closed on Sundays."}` is the same with a text that is spoken. Where a menu follows, a key cuts the
    announcement short and counts in that menu; elsewhere it is heard to its end. `interruptible: no` has it heard in
    full in any case (keys pressed during it count afterwards), `interruptible: yes` lets any key lead on at once.
    `before_answer: yes` lets a caller hear it who has not been answered yet, so that the call costs nothing until
    somebody takes it.
    """

    kind = "play"
    keys = ("play", "say")
    shape = Shape.SOUND

    play: Announcements = Field(
        default=(), description="A recording, a list of recordings and texts, or {en: a.wav, nl: b.wav}"
    )
    say: Text = Field(default=(), description='A text, spoken in the account\'s language, or {en: "...", nl: "..."}')
    interruptible: Truth | None = Field(
        default=None, description="Whether a key cuts it short; if left out, yes where a menu follows"
    )
    before_answer: Truth = Field(default=False, description="Whether it is heard without the call being answered")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")

    @model_validator(mode="after")
    def _one(self) -> Play:
        if bool(self.play) == bool(self.say):
            raise Wrong("'play' and 'say' cannot happen at once", "write a list: play: [a.wav, {say: ...}]")
        return self

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        return self.play or self.say

    @property
    def name(self) -> str:
        return shown_announcements(self.announcements)

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(self.name, ways={"played": ("then",)})

    def exits(self) -> Iterable[Exit]:
        return (Exit("played", self.then),)

    def _leads_to_menu(self, path: Path) -> bool:
        """Whether a menu follows at once, in which a key pressed now means something."""
        if isinstance(self.then, WayHome):
            return path.chosen and path.current is not None
        return isinstance(self.then, ToMenu) or (isinstance(self.then, Word) and path.current is not None)

    async def run(self, call: Call, path: Path) -> Exit:
        interruptible = self._leads_to_menu(path) if self.interruptible is None else self.interruptible
        sounds = path.sounds_of(self.announcements)
        await call.play(sounds, interruptible=interruptible, before_answer=self.before_answer)
        return Exit("played", self.then)
