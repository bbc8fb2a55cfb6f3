"""What can be set in a mailbox by phone: the greeting that callers hear, and the PIN."""

from __future__ import annotations

from engine.call.protocol import Call, DigitPlan, Digits, File, Key, KeyPlan, Recording, Sound
from engine.dialplan.mailbox_pins import is_weak, set_pin
from engine.dialplan.mailboxes import Mailbox, greeting_fact, tell_use
from engine.dialplan.nodes.voicemail import SHORTEST_MESSAGE, beep
from engine.dialplan.path import Path
from engine.dialplan.values import MAX_PIN_LENGTH

GREETING_LIMIT_SECONDS = 120.0
PIN_TRIES = 3
BACK = "*"
CHOICE = KeyPlan(frozenset("123*"), first_digit=8.0)
REVIEW = KeyPlan(frozenset("12#*"), first_digit=8.0)
NEW_PIN = DigitPlan(MAX_PIN_LENGTH + 1, first_digit=8.0, secret=True)


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
            match pressed:
                case Key("1"):
                    await self._greeting()
                    before = ()
                case Key("2"):
                    before = await self._pin()
                case Key("3"):
                    before = self._say("invalid-choice")
                case _:
                    return

    # --- the greeting -----------------------------------------------------------------------------------------------

    async def _greeting(self) -> None:
        before: tuple[Sound, ...] = ()
        while True:
            pressed = await self._call.collect((*before, *self._say("greeting-options")), CHOICE)
            match pressed:
                case Key("1"):
                    before = self._present() or self._say("greeting-none")
                case Key("2"):
                    before = await self._record()
                case Key("3"):
                    before = self._forget()
                case _:
                    return

    def _present(self) -> tuple[Sound, ...]:
        """The greeting that callers hear: recorded by phone, or of the file."""
        written = self._path.sounds_of(self._mailbox.settings.greeting or ())
        return self._mailbox.own_greeting(self._call.office.standing) or written

    async def _record(self) -> tuple[Sound, ...]:
        """Record a greeting, which is used once the caller says so. What is said then."""
        call, recorded = self._call, ""
        before = self._say("greeting-record")
        try:
            while True:
                if not recorded:
                    recorded = await self._take(before)
                    if not recorded:
                        return self._say("greeting-too-short")
                    before = ()
                pressed = await call.collect((*before, *self._say("greeting-review")), REVIEW)
                match pressed:
                    case Key("1"):
                        before = (File(recorded),)
                    case Key("2"):
                        call.office.messages.discard(recorded)
                        recorded, before = "", self._say("greeting-record")
                    case Key("#"):
                        self._use(recorded)
                        recorded = ""
                        return self._say("greeting-kept")
                    case _:
                        return self._say("greeting-dropped")
        finally:
            if recorded:
                call.office.messages.discard(recorded)

    async def _take(self, before: tuple[Sound, ...]) -> str:
        """The path of what the caller says after the beep; nothing if that is too short."""

        def keep(recording: Recording) -> bool:
            return recording.why != "closed" and recording.spoken >= SHORTEST_MESSAGE

        await self._call.play((*before, *beep(self._path)))
        recording = await self._call.record(GREETING_LIMIT_SECONDS, None, "#", keep)
        return recording.path if keep(recording) else ""

    def _use(self, recorded: str) -> None:
        standing, fact = self._call.office.standing, greeting_fact(self._mailbox.name)
        old = standing.get(fact)
        standing.put(fact, recorded)
        if old:
            self._call.office.messages.discard(old)
        tell_use(self._call, self._mailbox.name, "greeting recorded")

    def _forget(self) -> tuple[Sound, ...]:
        standing, fact = self._call.office.standing, greeting_fact(self._mailbox.name)
        old = standing.get(fact)
        if not old:
            return self._say("greeting-none")
        standing.put(fact, None)
        self._call.office.messages.discard(old)
        tell_use(self._call, self._mailbox.name, "greeting deleted")
        return self._say("greeting-deleted")

    # --- the PIN ----------------------------------------------------------------------------------------------------

    async def _pin(self) -> tuple[Sound, ...]:
        """Let the caller type another PIN twice. What is said then."""
        before: tuple[Sound, ...] = ()
        for _ in range(PIN_TRIES):
            first = await self._typed((*before, *self._say("pin-new")))
            if not first:
                return ()
            if is_weak(first, self._mailbox.number):
                before = self._say("pin-weak")
                continue
            if await self._typed(self._say("pin-repeat")) == first:
                set_pin(self._mailbox.name, first, self._call.office.standing)
                tell_use(self._call, self._mailbox.name, "PIN changed")
                return self._say("pin-changed")
            before = self._say("pin-differs")
        return before

    async def _typed(self, question: tuple[Sound, ...]) -> str:
        entered = await self._call.collect_digits(question, NEW_PIN)
        return entered.digits if isinstance(entered, Digits) else ""
