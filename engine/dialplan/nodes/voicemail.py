"""Voicemail: say that nobody is there, record what the caller has to say, let them think it over, keep it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from pydantic import Field

from engine.call.protocol import Call, File, Key, KeyPlan, Recording, Sound, Tone
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.durations import MessageLimit, SilenceLimit
from engine.dialplan.findings import Doubt
from engine.dialplan.mailboxes import Mailbox, tell_change, title_of
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.path import Path
from engine.dialplan.sound import Announcements
from engine.dialplan.values import MailboxName
from engine.events import VoicemailLeft
from engine.office.messages import Message

if TYPE_CHECKING:
    from engine.dialplan.account import Account

SHORTEST_MESSAGE = 1.0
"""Seconds of speech; who says less has hung up at the beep or said nothing, and left no message."""
REVIEW_SECONDS = 8.0
"""How long a caller may think about what they said; then it is kept."""

LISTEN, AGAIN, URGENT, KEEP = "1", "2", "3", "#"
"""Keys of a caller who has ended their message with ``#``. Any other, like none, keeps it."""

TAKEN = HangUp(hang_up="message taken")
NO_ROOM = HangUp(hang_up="mailbox full")


class Voicemail(Node):
    """Take a message for a person, or for one of the `mailboxes`. It is kept also when the caller simply hangs up, as
    most do.

    ```yaml
    {voicemail: orders, limit: 2m, silence: 4s}
    ```
    The caller hears the greeting that was recorded by phone, else ``greeting``, else the mailbox's own ``greeting``,
    else the built-in "not available, please leave a message after the beep". Less than a second of speech is no
    message. Who ends it with ``#`` may listen to it (1), record it again (2) or mark it as urgent (3); ``#`` or hanging
    up keeps it. In a mailbox with 100 messages there is no room for more: callers hear that, and go where ``full``
    says.
    """

    kind = "voicemail"
    keys = ("voicemail",)
    shape = Shape.VOICEMAIL

    voicemail: MailboxName = Field(description="The person the message is for, or one of the `mailboxes`")
    greeting: Announcements | None = Field(default=None, description="What the caller hears before the beep")
    limit: MessageLimit | None = Field(default=None, description="The longest message; else the mailbox's, 180s")
    silence: SilenceLimit | None = Field(
        default=None, description="So much silence ends the message; else the mailbox's, 6s"
    )
    then: Destination | None = Field(default=None, description="Where the caller goes afterwards; without it: goodbye")
    full: Destination | None = Field(default=None, description="Where to go when the mailbox is full; else as `then`")

    @property
    def name(self) -> str:
        return self.voicemail

    def caption(self, account: Account) -> Caption:
        return Caption(f"Voicemail: {title_of(account, self.voicemail)}", rest="then", ways={"full": ("mailbox full",)})

    def exits(self) -> Iterable[Exit]:
        to = self.then or TAKEN
        return (Exit("recorded", to), Exit("nothing_said", to), Exit("full", self.full or self.then or NO_ROOM))

    async def run(self, call: Call, path: Path) -> Exit:
        recorded, nothing_said, full = self.exits()
        mailbox = path.account.mailboxes[self.voicemail]
        if call.office.messages.full(mailbox.name):
            await call.play(path.prompt("mailbox-full"))
            return full
        await call.play((*self._greeting(call, path, mailbox), *beep(path)))
        taking = _Taking(call, path, mailbox, self.limit, self.silence)
        try:
            await taking.record()
            await taking.review()
        finally:
            taking.finish()
        if self.then is None:
            await call.play(path.prompt("goodbye"))
        return recorded if taking.message else nothing_said

    def _greeting(self, call: Call, path: Path, mailbox: Mailbox) -> tuple[Sound, ...]:
        own = mailbox.own_greeting(call)
        written = self.greeting or mailbox.settings.greeting
        if own or written:
            return own or path.sounds_of(written or ())
        return (*path.prompt("not-available"), *path.prompt("leave-message"))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        person = account.people.get(self.voicemail)
        if person is not None and person.email is None and person.voicemail.email:
            yield Doubt(
                person.at,
                f"'{self.voicemail}' has a voicemail and no e-mail address",
                "a caller's message is kept, but no e-mail tells that it is there",
                "add an 'email', or 'voicemail: {email: no}' if they listen by phone",
            )


def beep(path: Path) -> tuple[Sound, ...]:
    """The tone after which somebody speaks."""
    return (Tone("beep", path.account.country),)


class _Taking:
    """One message being taken. It is in the store from the moment it is recorded, so that a kill leaves it there.

    ``message`` is what the caller has said so far; None if that was nothing.
    """

    def __init__(self, call: Call, path: Path, mailbox: Mailbox, limit: float | None, silence: float | None) -> None:
        self._call = call
        self._path = path
        self._mailbox = mailbox
        self._limit = limit or mailbox.settings.limit
        self._silence = silence or mailbox.settings.silence
        self._draft: Message | None = None
        self._by_key = False
        self.message: Message | None = None

    async def record(self) -> None:
        """Record a message. It takes the place of the one before if the caller says anything."""
        self._by_key = False
        await self._call.record(self._limit, self._silence, KEEP, self._keep, begun=self._begun)

    def _begun(self, path: str) -> None:
        caller, urgent = self._call.caller.number, self.message is not None and self.message.urgent
        self._draft = Message(
            path=path,
            account=self._path.account.key,
            mailbox=self._mailbox.name,
            caller=caller,
            call=self._call.id,
            left_at=self._call.now(),
            seconds=0.0,
            urgent=urgent,
            taking=True,
            to_mail=bool(self._mailbox.emails),
        )
        self._call.office.messages.put(self._draft)

    def _keep(self, recording: Recording) -> bool:
        draft, self._draft, messages = self._draft, None, self._call.office.messages
        self._by_key = recording.why == "key"
        if draft is None:
            return False
        if recording.spoken < SHORTEST_MESSAGE:
            messages.delete(draft, self._call.now())
            return False
        if self.message is not None:
            messages.delete(self.message, self._call.now())
        self.message = msgspec.structs.replace(draft, seconds=recording.seconds)
        return True

    async def review(self) -> None:
        """Let a caller who ended their message by a key listen to it, record it again, or mark it as urgent."""
        call, path = self._call, self._path
        plan = KeyPlan(frozenset((LISTEN, AGAIN, URGENT, KEEP)), first_digit=REVIEW_SECONDS)
        sounds: tuple[Sound, ...] = ()
        while self._by_key and self.message is not None:
            pressed = await call.collect((*sounds, *path.prompt("message-review")), plan)
            sounds = ()
            if pressed == Key(LISTEN):
                sounds = (File(self.message.path),)
            elif pressed == Key(AGAIN):
                await call.play(beep(path))
                await self.record()
            elif pressed == Key(URGENT):
                self.message = msgspec.structs.replace(self.message, urgent=True)
                call.office.messages.change(self.message)
                sounds = path.prompt("message-urgent")
            else:
                return

    def finish(self) -> None:
        """The caller is done: what they said is a message from now on."""
        if self.message is None:
            return
        message = self.message = msgspec.structs.replace(self.message, taking=False)
        call = self._call
        call.office.messages.change(message)
        call.emit(
            lambda c, t: VoicemailLeft(
                c, t, message.mailbox, message.path, message.seconds, message.caller, message.urgent
            )
        )
        tell_change(call, message.account, message.mailbox)
