"""Voicemail: say that nobody is there, record what the caller has to say, keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from engine.call.protocol import Call, Recording, Tone
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcements
from engine.dialplan.values import MessageLimit, PersonName, SilenceLimit
from engine.events import VoicemailLeft

if TYPE_CHECKING:
    from engine.dialplan.account import Account

SHORTEST_MESSAGE = 1.0
"""Seconds; who says less has hung up at the beep or said nothing, and left no message."""


TAKEN = HangUp(hang_up="message taken")


class Voicemail(Node):
    """Take a message for a person. It is kept also when the caller simply hangs up, as most do.

    ```yaml
    {voicemail: orders, limit: 2m, silence: 4s}
    ```
    ``greeting`` replaces the built-in "not available, please leave a message after the beep". The key # ends the
    message. Less than a second of speech is no message.
    """

    kind = "voicemail"
    keys = ("voicemail",)
    shape = Shape.VOICEMAIL

    voicemail: PersonName = Field(description="The person the message is for")
    greeting: Announcements | None = Field(default=None, description="What the caller hears before the beep")
    limit: MessageLimit = Field(default=180.0, description="The longest message")
    silence: SilenceLimit = Field(default=6.0, description="So much silence ends the message")
    then: Destination | None = Field(default=None, description="Where the caller goes afterwards; without it: goodbye")

    @property
    def name(self) -> str:
        return self.voicemail

    def caption(self, account: Account) -> Caption:
        return Caption(f"Voicemail: {account.people[self.voicemail].name or self.voicemail}", rest="then")

    def exits(self) -> Iterable[Exit]:
        to = self.then or TAKEN
        return (Exit("recorded", to), Exit("nothing_said", to))

    async def run(self, call: Call, path: Path) -> Exit:
        if self.greeting is None:
            greeting = (*path.prompt("not-available"), *path.prompt("leave-message"))
        else:
            greeting = path.sounds_of(self.greeting)
        await call.play((*greeting, Tone("beep", path.account.country)))

        def keep(recording: Recording) -> bool:
            said_something = self._spoken(recording) >= SHORTEST_MESSAGE
            if said_something:
                caller = call.caller.number
                call.emit(lambda c, t: VoicemailLeft(c, t, self.voicemail, recording.path, recording.seconds, caller))
            return said_something

        recording = await call.record(self.limit, self.silence, "#", keep)
        if self.then is None:
            await call.play(path.prompt("goodbye"))
        recorded, nothing_said = self.exits()
        return recorded if self._spoken(recording) >= SHORTEST_MESSAGE else nothing_said

    def _spoken(self, recording: Recording) -> float:
        """Seconds of the recording without the silence that ended it."""
        return recording.seconds - (self.silence if recording.why == "silence" else 0.0)

    def doubts(self, account: Account) -> Iterable[Doubt]:
        if account.people[self.voicemail].email is None:
            yield Doubt(
                account.people[self.voicemail].at,
                f"'{self.voicemail}' has a voicemail and no e-mail address",
                "a caller's message is kept, but no e-mail tells that it is there",
                "add an 'email'",
            )
