"""What a caller does who is in a mailbox: hear messages, save and delete them, call back, change greeting and PIN."""

from __future__ import annotations

import msgspec

from engine.call.protocol import Call, File, Key, KeyPlan, Keys, NoInput, RingPlan, Sound, Talked, WrongInput
from engine.dialplan.mailbox_options import Options
from engine.dialplan.mailboxes import Mailbox, tell_change, tell_use
from engine.dialplan.path import Path
from engine.dialplan.reach import target_of
from engine.dialplan.spoken import spoken_digits, spoken_moment, spoken_number
from engine.office.messages import Message, count, in_order

KEY_SECONDS = 8.0
"""How long the caller may think about what to do with a message."""
IDLE_ROUNDS = 3
"""How often somebody may do nothing in a row until they are out."""
CALL_BACK_SECONDS = 30.0

AGAIN, SAVE, DELETE, BEFORE, NEXT, CALL_BACK, ENVELOPE, OPTIONS, LEAVE = "1", "2", "3", "4", "5", "6", "7", "0", "*"
ALSO_NEXT = "#"
KEYS = frozenset((AGAIN, SAVE, DELETE, BEFORE, NEXT, ALSO_NEXT, CALL_BACK, ENVELOPE, OPTIONS, LEAVE))
WHILE_PLAYING = KeyPlan(KEYS, first_digit=0.0)
AFTERWARDS = KeyPlan(KEYS, first_digit=KEY_SECONDS)
AT_THE_END = KeyPlan(frozenset((AGAIN, BEFORE, OPTIONS, LEAVE)), first_digit=KEY_SECONDS)
EMPTY = KeyPlan(frozenset((OPTIONS, LEAVE)), first_digit=KEY_SECONDS)


class Visit:
    """One caller's time in a mailbox, from the number of messages to their leaving it."""

    def __init__(self, call: Call, path: Path, mailbox: Mailbox) -> None:
        self._call = call
        self._path = path
        self._mailbox = mailbox
        self._say = path.prompt
        self._messages: list[Message] = []
        self._place = 0

    async def run(self) -> None:
        """Play the messages as the caller wishes. Returns when they leave, or do nothing any more."""
        self._messages = in_order(self._call.office.messages.of(self._mailbox.name))
        before, envelope = self._counts(), True
        while True:
            if self._place < len(self._messages):
                key = await self._hear(before, envelope=envelope)
            else:
                key = await self._end(before)
            if key is None or key == LEAVE:
                return
            before, envelope = await self._do(key), key not in (AGAIN, ENVELOPE)

    def _counts(self) -> tuple[Sound, ...]:
        """How many messages there are."""
        there = count(self._messages)
        if not self._messages:
            return self._say("mailbox-empty")
        kinds = (("mailbox-new", there.new), ("mailbox-urgent", there.urgent), ("mailbox-saved", there.saved))
        return tuple(
            sound
            for prompt, number in kinds
            if number
            for sound in (*self._say(prompt), *spoken_number(number, self._say))
        )

    # --- messages ---------------------------------------------------------------------------------------------------

    async def _hear(self, before: tuple[Sound, ...], *, envelope: bool) -> str | None:
        """Play the present message and ask what to do with it: the key, or None if the caller does nothing."""
        message, call = self._messages[self._place], self._call
        sounds = (*before, *(self._envelope(message) if envelope else ()), File(message.path))
        pressed = await call.collect(sounds, WHILE_PLAYING)
        if isinstance(pressed, NoInput):
            self._note_heard("heard")
            pressed = await self._asked("message-menu", AFTERWARDS)
        elif isinstance(pressed, WrongInput):
            pressed = await self._asked("message-menu", AFTERWARDS, self._say("invalid-choice"))
        return pressed.key if isinstance(pressed, Key) else None

    async def _end(self, before: tuple[Sound, ...]) -> str | None:
        if not self._messages:
            pressed = await self._asked("mailbox-empty-menu", EMPTY, before)
        else:
            pressed = await self._asked("mailbox-end", AT_THE_END, before)
        return pressed.key if isinstance(pressed, Key) else None

    async def _asked(self, question: str, plan: KeyPlan, before: tuple[Sound, ...] = ()) -> Keys:
        """What the caller presses; the question is asked again if that is nothing, or means nothing."""
        pressed: Keys = NoInput()
        for _ in range(IDLE_ROUNDS):
            pressed = await self._call.collect((*before, *self._say(question)), plan)
            if isinstance(pressed, Key):
                break
            before = self._say("invalid-choice") if isinstance(pressed, WrongInput) else ()
        return pressed

    def _envelope(self, message: Message) -> tuple[Sound, ...]:
        """When a message was left, and by whom."""
        now, zone = self._call.now(), self._path.account.info.timezone
        number = spoken_digits(message.caller, self._say)
        return (
            *(self._say("message-is-urgent") if message.urgent else ()),
            *self._say("message-left"),
            *spoken_moment(message.left_at, now, zone, self._say),
            *((*self._say("message-from"), *number) if number else self._say("message-unknown")),
        )

    async def _do(self, key: str) -> tuple[Sound, ...]:
        """What a key means; what is said before whatever comes next."""
        at_a_message = self._place < len(self._messages)
        if key == AGAIN and not at_a_message:
            self._place = 0
        elif key == BEFORE:
            self._place = max(0, self._place - 1)
        elif key in (NEXT, ALSO_NEXT):
            self._place += 1
        elif key == SAVE:
            self._note_heard("saved")
            self._place += 1
            return self._say("message-saved")
        elif key == DELETE:
            self._delete()
            return self._say("message-deleted")
        elif key == CALL_BACK:
            return await call_back(self._call, self._path, self._messages[self._place].caller)
        elif key == ENVELOPE:
            return self._envelope(self._messages[self._place])
        elif key == OPTIONS:
            await Options(self._call, self._path, self._mailbox).run()
        return ()

    def _note_heard(self, what: str) -> None:
        """The present message is no longer new."""
        message, call = self._messages[self._place], self._call
        tell_use(call, self._mailbox.name, what)
        if not message.new:
            return
        heard_at = call.now()
        self._messages[self._place] = msgspec.structs.replace(message, heard_at=heard_at)
        # the newest state counts: the message may have been sent by e-mail since the caller came
        newest = call.office.messages.newest(message)
        if newest is not None and call.office.messages.change(msgspec.structs.replace(newest, heard_at=heard_at)):
            tell_change(call, self._path.account.key, self._mailbox.name)

    def _delete(self) -> None:
        message, call = self._messages.pop(self._place), self._call
        call.office.messages.delete(message, call.now())
        tell_use(call, self._mailbox.name, "deleted")
        tell_change(call, self._path.account.key, self._mailbox.name)


async def call_back(call: Call, path: Path, number: str) -> tuple[Sound, ...]:
    """Ring whoever left a message and let the two talk; what is said to a caller for whom nobody came.

    Only people of the account are rung: nobody else can be called without an outside line.
    """
    person = path.account.person_by_extension.get(number)
    if person is None or person == call.caller.person:
        return path.prompt("message-no-call-back")
    target = target_of(path.account, person, call.office.standing)
    outcome = await call.ring(RingPlan.one(target, CALL_BACK_SECONDS, path.shown))
    return () if isinstance(outcome, Talked) else path.prompt("not-available")
