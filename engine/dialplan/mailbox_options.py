"""What can be set in a mailbox by phone: the greeting that callers hear, and the PIN."""

from __future__ import annotations

from engine.call.protocol import Call, Key, KeyPlan, Sound
from engine.dialplan.mailbox_pins import is_weak, set_pin
from engine.dialplan.mailboxes import Mailbox, tell_use
from engine.dialplan.path import Path
from engine.dialplan.pin_entry import PIN_TRIES, enter_pin
from engine.dialplan.recording import Outcome, record_by_phone

GREETING, PIN, BACK = "1", "2", "*"
CHOICE = KeyPlan(frozenset((GREETING, PIN, BACK)), first_digit=8.0)


class Options:
    """The options of a mailbox, for a caller who is in it."""

    def __init__(self, call: Call, path: Path, mailbox: Mailbox) -> None:
        self._call = call
        self._path = path
        self._mailbox = mailbox
        self._say = path.prompt

    async def run(self) -> None:
        """Let the caller choose until they go back, or choose nothing."""
        before: tuple[Sound, ...] = ()
        while True:
            pressed = await self._call.collect((*before, *self._say("mailbox-options")), CHOICE)
            if pressed == Key(GREETING):
                before = self._say(f"record-{await self._greeting()}")
            elif pressed == Key(PIN):
                before = await self._pin()
            else:
                return

    async def _greeting(self) -> str:
        """Let the caller hear the greeting that there is, and record another one. What came of it."""
        call, mailbox = self._call, self._mailbox
        own = mailbox.own_greeting(call)
        present = own or self._path.sounds_of(mailbox.settings.greeting or ())
        try:
            take = await record_by_phone(call, self._path, present, can_reset=bool(own))
            if take.outcome is Outcome.LEFT:
                return "unchanged"
            mailbox.use_greeting(call, take.draft or None)
        except OSError:
            return "failed"
        kept = take.outcome is Outcome.KEPT
        tell_use(call, mailbox.name, "greeting recorded" if kept else "greeting deleted")
        return "kept" if kept else "reset"

    async def _pin(self) -> tuple[Sound, ...]:
        """Let the caller type another PIN twice. What is said then."""
        call, mailbox = self._call, self._mailbox
        before: tuple[Sound, ...] = ()
        for _ in range(PIN_TRIES):
            first = await enter_pin(call, (*before, *self._say("pin-new")))
            if not first:
                return ()
            if is_weak(first, mailbox.number):
                before = self._say("pin-weak")
            elif await enter_pin(call, self._say("pin-repeat")) == first:
                set_pin(mailbox.name, first, call.office.standing)
                tell_use(call, mailbox.name, "PIN changed")
                return self._say("pin-changed")
            else:
                before = self._say("pin-differs")
        return before
