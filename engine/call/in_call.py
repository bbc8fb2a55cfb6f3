"""What people may ask for by a star code while they talk to a caller: which codes there are, and what comes of them.

Only people of the account are listened to, and only the codes of their account. The other side may hear the tones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Protocol

from engine.call.keypad import Press
from engine.call.ring_news import RingNews
from engine.call.ring_plan import Parked
from engine.events import CallEvent, CallParked
from engine.office.office import Office
from engine.office.waiting import LetterBox
from media.commands import Sound

PAUSE_SECONDS = 2.0
"""How long a code may rest between two of its keys."""


class Parkable(Protocol):
    """A call, as far as putting it into a slot needs it."""

    @property
    def id(self) -> str: ...

    @property
    def office(self) -> Office: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...


class Talking(Parkable, Protocol):
    """The call whose caller the conversation is with."""

    @property
    def shown(self) -> str:
        """What others are shown of the caller."""
        ...

    def offered(self, box: LetterBox) -> AbstractContextManager[None]:
        """Let somebody take the call over inside the block, by this letter box."""
        ...


class Request(Protocol):
    """What a code asks for. Where it is granted the conversation is over: who asked hears a last word and is hung up.

    ``meanwhile`` is what the caller hears from then on, ``refusal`` what is heard by who asked in vain.
    """

    @property
    def name(self) -> str: ...

    @property
    def meanwhile(self) -> tuple[Sound, ...]: ...

    @property
    def refusal(self) -> tuple[Sound, ...]: ...

    def grant(self, call: Talking, person: str) -> Parked | None:
        """Do it for a person who talks to the caller; None if it cannot be had."""
        ...

    def last_word(self, granted: Parked) -> tuple[Sound, ...]: ...


@dataclass(frozen=True, slots=True)
class ToPark:
    """Put the caller into the first of the ``slots`` that is free; ``say`` tells which one it is."""

    name: ClassVar[str] = "park"

    slots: tuple[str, ...]
    meanwhile: tuple[Sound, ...]
    refusal: tuple[Sound, ...]
    say: Callable[[str], tuple[Sound, ...]]

    def grant(self, call: Talking, person: str) -> Parked | None:
        slot = call.office.slots.free_of(self.slots)
        if slot is None:
            return None
        park(call, slot, person, call.shown)
        return Parked(slot, person)

    def last_word(self, granted: Parked) -> tuple[Sound, ...]:
        return self.say(granted.slot)


def park(call: Parkable, slot: str, by: str | None, shown: str) -> None:
    """Put a call, of which ``shown`` is what is shown of its caller, into a slot that is free: it can be taken over."""
    call.emit(lambda c, t: CallParked(c, t, slot, by))
    call.office.waiting.offer(call.id, shown, RingNews[object]())


@dataclass(frozen=True, slots=True)
class InCall:
    """What an account's people may ask for while they talk, by its code."""

    requests: Mapping[str, Request]

    def named(self, name: str) -> tuple[str, Request] | None:
        """The code for a request, and the request."""
        return next(((code, one) for code, one in self.requests.items() if one.name == name), None)


class Codes:
    """Recognises codes among the keys that somebody presses."""

    def __init__(self, codes: Mapping[str, Request]) -> None:
        self._codes = codes
        self._longest = max(map(len, codes), default=0)
        self._keys = ""
        self._last_at = 0.0

    def press(self, press: Press) -> Request | None:
        """What the keys up to this one ask for."""
        if press.at > self._last_at + PAUSE_SECONDS:
            self._keys = ""
        self._keys = (self._keys + press.digit)[-self._longest :]
        self._last_at = press.at
        for code, request in self._codes.items():
            if self._keys.endswith(code):
                self._keys = ""
                return request
        return None
