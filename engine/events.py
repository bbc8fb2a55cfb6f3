"""Every step of a call as a typed, frozen event: what flows emit and the log, call records and live views listen to.

``call`` is the call's id; ``at`` is seconds since the Unix epoch, set by the call's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Side(Enum):
    """Whose doing the end of a call was."""

    CALLER = "caller"
    CALLEE = "callee"
    SYSTEM = "system"


class Verdict(Enum):
    """How a call ended, told where it ended (not guessed afterwards)."""

    TALKED = "talked"  # caller and a person were connected
    SERVED = "served"  # announcement, menu, voicemail or conference did what the dialplan says
    ABANDONED = "abandoned"  # the caller hung up before reaching anyone
    UNANSWERED = "unanswered"  # everybody rang, nobody came
    REFUSED = "refused"  # no such number, no permission, everybody busy
    FAILED = "failed"  # our fault: media worker lost, internal error


@dataclass(frozen=True, slots=True)
class CallEvent:
    call: str
    at: float


@dataclass(frozen=True, slots=True)
class CallOffered(CallEvent):
    """A call came in. ``caller`` is what is shown of the caller; ``person`` who it is, if one of ours.

    ``diverted`` is the number they had called, if their call was led on to us from there.
    """

    account: str
    caller: str
    called: str
    person: str | None = None
    diverted: str | None = None


@dataclass(frozen=True, slots=True)
class CallAnswered(CallEvent):
    """We answered the caller (from here on the call costs them money)."""


@dataclass(frozen=True, slots=True)
class NodeEntered(CallEvent):
    """The caller reached a node of the dialplan: ``kind`` (menu, ring, play ...), ``name`` as the admin wrote it."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class NodeLeft(CallEvent):
    """The node was left by ``exit`` (a key, ``no_answer``, ``busy`` ...)."""

    kind: str
    name: str
    exit: str


@dataclass(frozen=True, slots=True)
class PromptPlayed(CallEvent):
    """``sounds`` as file names or tone names; ``finished`` is false if a key or hang-up cut it; ``seconds`` heard."""

    sounds: tuple[str, ...]
    seconds: float
    finished: bool


@dataclass(frozen=True, slots=True)
class DigitHeard(CallEvent):
    """One key press; ``method`` is rfc4733, inband or info."""

    digit: str
    method: str


@dataclass(frozen=True, slots=True)
class DigitsCollected(CallEvent):
    """What came of the keys: ``meaning`` is ``key``, ``extension``, ``digits``, ``no_input``, ``wrong_input``."""

    digits: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ServiceAsked(CallEvent):
    """A web service was asked; ``outcome`` is its answer, or in a few words why there is none."""

    service: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ringing(CallEvent):
    """A person's phones are being rung, ``phones`` of them; a number outside stands for both person and extension.

    ``shown`` and ``ring_tone`` are the caller's name there and the tone, if the dialplan sets them.
    """

    person: str
    extension: str
    phones: int
    shown: str = ""
    ring_tone: str = ""


@dataclass(frozen=True, slots=True)
class RingingEnded(CallEvent):
    """``outcome``: answered, elsewhere (another did), busy, no_answer, declined, not_registered, unreachable, failed,
    given_up."""

    person: str
    extension: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Bridged(CallEvent):
    """Caller and person hear each other."""

    person: str
    extension: str


@dataclass(frozen=True, slots=True)
class Held(CallEvent):
    """One side put the other on hold (``on``) or took it back."""

    side: Side
    on: bool


@dataclass(frozen=True, slots=True)
class Unbridged(CallEvent):
    """The conversation ended; ``by`` tells who hung up."""

    person: str
    seconds: float
    by: Side


@dataclass(frozen=True, slots=True)
class CallParked(CallEvent):
    """The caller waits in a parking slot, where ``by`` has put them; None if the dialplan did."""

    slot: str
    by: str | None


@dataclass(frozen=True, slots=True)
class CallPickedUp(CallEvent):
    """This call took over another one: from now on it talks to that one's ``caller``, who was parked in ``slot`` or,
    without one, rang elsewhere."""

    caller: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class PickUpEnded(CallEvent):
    """The conversation with the ``caller`` of the other call ended; ``by`` is CALLER if this call's own did that."""

    caller: str
    seconds: float
    by: Side


@dataclass(frozen=True, slots=True)
class Paged(CallEvent):
    """The caller speaks to ``phones`` phones at once, those of ``people``."""

    people: tuple[str, ...]
    phones: int


@dataclass(frozen=True, slots=True)
class PageEnded(CallEvent):
    """The page is over. ``why``: ``key``, ``limit``, ``alone`` (no phone listens any more), ``gone``."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class VoicemailLeft(CallEvent):
    """A message is kept at ``path`` in ``mailbox``: a person's, by their name, or a shared one."""

    mailbox: str
    path: str
    seconds: float
    caller: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class MailboxOpened(CallEvent):
    """The caller is in a mailbox; ``by_pin`` if they typed its PIN, else they are one of those whose it is."""

    mailbox: str
    by_pin: bool


@dataclass(frozen=True, slots=True)
class MailboxRefused(CallEvent):
    """The caller did not get into a mailbox: ``why`` is a wrong PIN, or that there were too many."""

    mailbox: str
    why: str


@dataclass(frozen=True, slots=True)
class MailboxUsed(CallEvent):
    """What the caller did in a mailbox: a message ``heard``, ``saved``, ``deleted``; ``greeting recorded``, ``greeting
    deleted``, ``PIN changed``."""

    mailbox: str
    what: str


@dataclass(frozen=True, slots=True)
class MailboxChanged(CallEvent):
    """A mailbox of ``account`` now has so many messages; ``call`` is empty if no call brought that about."""

    account: str
    mailbox: str
    new: int
    saved: int


@dataclass(frozen=True, slots=True)
class ConferenceJoined(CallEvent):
    """The caller came into conference ``room``; now ``members`` are in it."""

    room: str
    members: int
    moderator: bool


@dataclass(frozen=True, slots=True)
class ConferenceChanged(CallEvent):
    """What a member did by a key: ``muted``, ``unmuted``, ``locked``, ``unlocked``, ``all-muted``, ``all-unmuted``,
    ``ended``."""

    room: str
    what: str


@dataclass(frozen=True, slots=True)
class ConferenceLeft(CallEvent):
    """The caller is out of the conference; ``members`` are still in it. ``why``: ``left``, ``ended``, ``gone``."""

    room: str
    members: int
    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class QueueJoined(CallEvent):
    """The caller waits in ``queue``, at ``position``; now ``waiting`` do. Again after an agent's phone failed."""

    queue: str
    position: int
    waiting: int


@dataclass(frozen=True, slots=True)
class QueueAnnounced(CallEvent):
    """The caller begins to hear their position, and the seconds they will wait if that is known."""

    queue: str
    position: int
    wait: float | None


@dataclass(frozen=True, slots=True)
class QueueLeft(CallEvent):
    """The caller waits no longer. ``why``: served (an agent answered), key, too_long, nobody, gone."""

    queue: str
    why: str
    waited: float


@dataclass(frozen=True, slots=True)
class SwitchTurned(CallEvent):
    """The caller turned a switch, or keeps hours open or closed: ``setting`` is on, off or auto."""

    switch: str
    setting: str


@dataclass(frozen=True, slots=True)
class PromptRecorded(CallEvent):
    """The caller recorded the greeting of menu ``prompt`` in a language, kept as ``file`` (its name in the state).

    Without a ``file`` the greeting is again what the dialplan says. ``during`` names the hours it is for, if any.
    """

    prompt: str
    language: str
    during: str
    file: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """The last event of every call. ``seconds`` since it was offered; ``status`` the SIP status if it was refused."""

    verdict: Verdict
    by: Side
    reason: str
    seconds: float
    talked: float = 0.0
    answered_by: str | None = None
    status: int | None = None
