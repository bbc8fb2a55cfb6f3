"""What a call flow sees of a call: ``LiveCall`` and ``SimulatedCall`` both are one, and behave alike.

Outcomes are values. A hang-up of the caller cancels the flow's task (``asyncio.CancelledError`` at the next await).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.call.paging import PagePlan
from engine.call.parking import ParkPlan
from engine.call.question import Answer, Question
from engine.call.queue_plan import QueuePlan
from engine.call.ring_plan import (
    Busy,
    Declined,
    NoAnswer,
    NotRegistered,
    Parked,
    Presentation,
    RingOutcome,
    RingPlan,
    RingTarget,
    Talked,
    Transferred,
)
from engine.events import CallEvent
from engine.office.office import Office
from engine.office.waiting import WaitingCall
from media.commands import File, Silence, Sound, Tone

if TYPE_CHECKING:
    from engine.call.in_call import InCall
    from engine.call.transfer import Transfer
    from engine.dialplan.path import Path

__all__ = [
    "Busy",
    "Call",
    "Caller",
    "Conference",
    "Declined",
    "DigitPlan",
    "DigitString",
    "Digits",
    "ExtensionDialled",
    "File",
    "Key",
    "KeyPlan",
    "Keys",
    "NoAnswer",
    "NoInput",
    "NotRegistered",
    "PagePlan",
    "ParkPlan",
    "Parked",
    "Presentation",
    "QueuePlan",
    "Recording",
    "RingOutcome",
    "RingPlan",
    "RingTarget",
    "Silence",
    "Sound",
    "Talked",
    "Tone",
    "Transferred",
    "WaitingCall",
    "WrongInput",
]


SECRET = "?"
"""What events show of a key that is secret, or that nothing asked for: it may have been the beginning of a PIN."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the number as E.164, extension or as shown ('anonymous'), and the person if one of ours.

    Whoever has ``withheld`` their number is shown to nobody. It is ``vouched`` for where one of ours has proved to
    call, or a provider of ours says so.
    """

    number: str
    name: str = ""
    person: str | None = None
    withheld: bool = False
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which keys mean something (of one digit or several), which extensions may be dialled, the patience in seconds.

    Keys that are ``secret`` (a PIN) are told to nobody: events have ``SECRET`` in their place.
    """

    keys: frozenset[str]
    extensions: frozenset[str] = frozenset()
    first_digit: float = 5.0
    between_digits: float = 2.0
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the plan; it may have several digits."""

    key: str


@dataclass(frozen=True, slots=True)
class ExtensionDialled:
    extension: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """Nobody pressed anything in time."""


@dataclass(frozen=True, slots=True)
class WrongInput:
    """Keys that mean nothing here."""

    digits: str


Keys = Key | ExtensionDialled | NoInput | WrongInput


@dataclass(frozen=True, slots=True)
class DigitPlan:
    """A string of digits to be entered (a PIN, a name on the keypad), and the patience in seconds.

    It is complete with ``most`` digits, by a key of ``ends``, or when the caller pauses for ``between_digits``. Digits
    that are ``secret`` are told to nobody, as in ``KeyPlan``.
    """

    most: int
    ends: str = "#"
    first_digit: float = 5.0
    between_digits: float = 3.0
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Digits:
    """What was entered; ``ended_by`` is the key that ended it, empty after a pause or the last digit there can be."""

    digits: str
    ended_by: str = ""


DigitString = Digits | NoInput


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording; ``why`` is limit, silence, key, stopped, closed or failed.

    ``spoken`` is how many of its seconds are no silence.
    """

    path: str
    seconds: float
    why: str
    spoken: float = 0.0


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference as one member comes to it. At most ``limit`` are in it; ``moderator`` says what this one may do.

    If it ``waits``, this member hears ``music`` until a moderator is there. ``say`` gives a built-in prompt by its
    name, ``say_count`` what tells a moderator how many are in the room.
    """

    name: str
    limit: int
    moderator: bool
    waits: bool
    music: tuple[Sound, ...]
    say: Callable[[str], tuple[Sound, ...]]
    say_count: Callable[[int], tuple[Sound, ...]]


class Call(Protocol):
    """One incoming call, seen by its flow. Methods answer the caller first where that is needed to be heard."""

    node: Any
    """The node of the dialplan that the call is at, and the way to it, while it walks through one."""
    path: Path | None

    @property
    def id(self) -> str: ...

    @property
    def caller(self) -> Caller: ...

    @property
    def called(self) -> str: ...

    @property
    def answered(self) -> bool: ...

    @property
    def office(self) -> Office:
        """The called account as it is at the moment: who is on the phone, what people have set."""
        ...

    @property
    def pressed(self) -> str:
        """The last keys taken from the caller in this call, whatever came of them; SECRET for those told to nobody."""
        ...

    def now(self) -> float:
        """Seconds since the epoch, of the call's clock (virtual in the simulator)."""
        ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None:
        """Put an event on the bus, made of the call's id and the time: ``emit(lambda c, t: NodeEntered(...))``."""
        ...

    async def answer(self) -> None:
        """Answer the caller (idempotent)."""
        ...

    async def play(self, sounds: Sequence[Sound], *, interruptible: bool = False, before_answer: bool = False) -> None:
        """Answer if need be and play to the end; keys pressed meanwhile are kept for the next ``collect``.

        If ``interruptible`` the first key ends it at once (and is kept); keys typed ahead leave it unplayed. If
        ``before_answer`` a call that is not answered yet stays so, where the caller's phone can hear us all the same.
        """
        ...

    async def collect(self, prompt: Sequence[Sound], plan: KeyPlan) -> Keys:
        """Answer if need be, play ``prompt`` until the first key, and return what the keys meant.

        Keys typed ahead count and then the prompt is not played at all. Emits PromptPlayed and DigitsCollected.
        """
        ...

    async def collect_digits(self, prompt: Sequence[Sound], plan: DigitPlan) -> DigitString:
        """As ``collect``, for a string of digits of which every one is taken as it comes."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Ask a web service. It answers nobody; an answered caller hears what the question says, then silence.

        Emits ServiceAsked.
        """
        ...

    async def ring(self, plan: RingPlan) -> RingOutcome:
        """Ring all the plan says; if somebody answers, bridge and return when the callee has hung up.

        Before the call is answered the caller hears their own network's ringing (180); after, the ringback tone of the
        account's country. Emits Ringing and RingingEnded for each target that is tried, Bridged, Unbridged.
        """
        ...

    async def park(self, plan: ParkPlan) -> RingOutcome:
        """Answer if need be and let the caller, who is in a parking slot, stay there until somebody talks to them.

        Returns what comes of that (``Talked``, or ``Parked`` by whoever it was), else NoAnswer; then the slot is free.
        """
        ...

    async def take_over(self, waiting: WaitingCall, slot: str = "") -> bool:
        """Answer if need be and talk to the caller of another call, in whose place this one's is from now on.

        Returns when that is over; False if somebody else was sooner. Emits CallPickedUp and PickUpEnded.
        """
        ...

    async def page(self, plan: PagePlan) -> bool:
        """Answer if need be and let the caller speak to many phones; they are not heard. Returns when that is over.

        False if no phone answers. Emits Paged and PageEnded.
        """
        ...

    async def record(
        self,
        limit: float,
        silence: float | None = None,
        stop_keys: str = "#",
        keep: Callable[[Recording], bool] | None = None,
        *,
        begun: Callable[[str], None] | None = None,
        into: str | None = None,
    ) -> Recording:
        """Answer if need be and record what the caller says, as a message or ``into`` a file of that path.

        ``begun`` is told the file's path before anything is recorded: who notes it then finds it after a kill.
        ``keep`` is called with the recording however it ends, the caller's hang-up included (``why`` is then
        ``closed``): then nothing is returned, as the flow is cancelled, but what was said must not be lost.
        """
        ...

    async def confer(self, conference: Conference) -> str:
        """Answer if need be and let the caller talk with all others in the conference, until it is over for them.

        Returns ``left`` (the caller pressed #), ``ended`` (a moderator ended it), or without having been in it ``full``
        or ``locked``. Emits ConferenceJoined, ConferenceChanged and ConferenceLeft.
        """
        ...

    async def join(self, party: Any, in_call: InCall | None) -> RingOutcome:
        """Talk to somebody who talked to whoever has transferred the caller; returns as ``ring`` does."""
        ...

    async def take_back(self, transfer: Transfer, in_call: InCall | None) -> RingOutcome | None:
        """Give the caller back to whoever transferred them, as nobody came; None if they are no longer there."""
        ...

    async def queue(self, plan: QueuePlan) -> str | Parked | Transferred:
        """Let the caller wait in a queue, answered, until an agent has talked to them: ``answered``, or Parked by them,
        or Transferred.

        Or ``full`` or ``nobody`` without having waited, ``nobody`` or ``too_long`` after it, or the key by which they
        left. Emits QueueJoined, QueueAnnounced and QueueLeft, and what ``ring`` does.
        """
        ...

    async def hang_up(self, reason: str = "", status: int | None = None) -> None:
        """End the call. Before the answer this refuses it with ``status`` (SIP, 480 if None). The flow should end."""
        ...
