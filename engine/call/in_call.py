"""What people may ask for by a star code while they talk: which codes there are, and what comes of them.

Only people of the account are listened to, and only the codes of their account; it makes no difference who of the two
has called. The other side may hear the tones, but for those of a number: meanwhile it hears music.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from engine.call.keypad import Press
from engine.call.ring_news import RingNews
from engine.call.ring_plan import Parked
from engine.call.transfer import Consult, Granted, Lead, Left, Transfer
from engine.events import CallEvent, CallParked, Side
from engine.office.office import Office
from engine.office.waiting import LetterBox
from media.commands import Sound

if TYPE_CHECKING:
    from engine.dialplan.model import Node

PAUSE_SECONDS = 2.0
"""How long a code may rest between two of its keys."""
NUMBER_SECONDS = 5.0
"""How long a number that is asked for may rest between two keys; then it is taken as it is."""
MAX_NUMBER = 24
"""Digits of it."""
ENDS_NUMBER = "#"


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

    def leads(self, person: str, dialled: str) -> Lead | None:
        """Where a number leads whoever that person transfers; None if it is not allowed."""
        ...

    def send_on(self, side: Side, transfer: Transfer, lead: Lead) -> Granted:
        """Lead the other side of a person on ``side`` there; ``transfer`` tells what becomes of it."""
        ...

    @property
    def can_consult(self) -> bool:
        """Whether a person may make another call meanwhile."""
        ...

    def own(self, node: Node) -> Lead | None:
        """A node of the account as the call knows it; None where it knows none."""
        ...


class Request(Protocol):
    """What a code asks for. Where it is granted the conversation is over: who asked hears a last word and is hung up.

    ``meanwhile`` is what the other side hears from then on, ``refusal`` what is heard by who asked in vain. If it
    ``takes_number``, one is asked for by ``prompt``.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes_number(self) -> bool: ...

    @property
    def prompt(self) -> tuple[Sound, ...]: ...

    @property
    def meanwhile(self) -> tuple[Sound, ...]: ...

    @property
    def refusal(self) -> tuple[Sound, ...]: ...

    def grant(self, call: Talking, person: str, side: Side, number: str = "") -> Granted | None:
        """Do it for a person on one side of the conversation; None if it cannot be had."""
        ...

    def last_word(self, granted: Granted) -> tuple[Sound, ...]: ...


@dataclass(frozen=True, slots=True)
class ToPark:
    """Put the other side into the first of the ``slots`` that is free; ``say`` tells which one it is.

    ``parked_by`` is the node at which somebody waits whom a caller parks: the person they have called.
    """

    name: ClassVar[str] = "park"
    takes_number: ClassVar[bool] = False
    prompt: ClassVar[tuple[Sound, ...]] = ()

    slots: tuple[str, ...]
    meanwhile: tuple[Sound, ...]
    refusal: tuple[Sound, ...]
    say: Callable[[str], tuple[Sound, ...]]
    parked_by: Callable[[str], Node] | None = None

    def grant(self, call: Talking, person: str, side: Side, number: str = "") -> Granted | None:  # noqa: ARG002
        slot = call.office.slots.free_of(self.slots)
        if slot is None:
            return None
        if side is Side.CALLEE:
            park(call, slot, person, call.shown)
            return Parked(slot, person)
        lead = call.own(self.parked_by(slot)) if self.parked_by is not None else None
        return call.send_on(side, Transfer(person, slot), lead) if lead is not None else None

    def last_word(self, granted: Granted) -> tuple[Sound, ...]:
        match granted:
            case Parked(slot=slot):
                return self.say(slot)
            case Left(transfer=transfer):
                return self.say(transfer.to)
            case _:
                return ()


@dataclass(frozen=True, slots=True)
class ToTransfer:
    """Lead the other side on to a number."""

    name: ClassVar[str] = "transfer"
    takes_number: ClassVar[bool] = True

    prompt: tuple[Sound, ...]
    refusal: tuple[Sound, ...]
    done: tuple[Sound, ...]
    meanwhile: tuple[Sound, ...] = ()

    def grant(self, call: Talking, person: str, side: Side, number: str = "") -> Granted | None:
        lead = call.leads(person, number)
        return call.send_on(side, Transfer(person, number), lead) if lead is not None else None

    def last_word(self, granted: Granted) -> tuple[Sound, ...]:  # noqa: ARG002
        return self.done


@dataclass(frozen=True, slots=True)
class ToConsult:
    """Talk to somebody else before the other side does; the other side hears music meanwhile."""

    name: ClassVar[str] = "consult"
    takes_number: ClassVar[bool] = True
    meanwhile: ClassVar[tuple[Sound, ...]] = ()

    prompt: tuple[Sound, ...]
    refusal: tuple[Sound, ...]

    def grant(self, call: Talking, person: str, side: Side, number: str = "") -> Granted | None:
        lead = call.leads(person, number) if call.can_consult else None
        return Consult(person, side, number, lead) if lead is not None else None

    def last_word(self, granted: Granted) -> tuple[Sound, ...]:  # noqa: ARG002
        return ()


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
