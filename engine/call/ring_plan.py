"""Whom a call rings, when, for how long, what all sides notice of it, and what can come of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from engine.office.outside import NOBODYS, Bill
from engine.office.presence import PLUS, SHORT
from media.commands import Sound

if TYPE_CHECKING:
    from engine.call.in_call import InCall
    from engine.call.transfer import Transfer
    from engine.dialplan.model import Node


@dataclass(frozen=True, slots=True)
class Diversion:
    """Somebody who was called and whose calls go on to others: their ``number`` or extension and why (RFC 5806)."""

    name: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class RingTarget:
    """A person to ring: the name in the dialplan and the extension whose registered phones ring together.

    They begin ``after`` so many seconds of the ringing and ring ``seconds`` at most (None: to its end).
    ``unless_busy``: somebody on the phone is not rung but busy at once; ``undisturbed``: so is this one in any case.
    ``diversions`` are those whose calls come here, the last one first. ``codecs`` are the names of those their phones
    are offered, the best first; all of them for none. ``encryption`` is never, offered, required, or empty: as fits.
    """

    person: str
    extension: str
    after: float = 0.0
    seconds: float | None = None
    unless_busy: bool = False
    undisturbed: bool = False
    diversions: tuple[Diversion, ...] = ()
    codecs: tuple[str, ...] = ()
    encryption: str = ""

    unreached: ClassVar[str] = "not_registered"
    """What it comes to where no phone could be reached."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Whoever answers hears ``prompt`` and takes the call by a key: a voicemail that answers does not."""

    prompt: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideTarget:
    """A telephone number outside (E.164), called through a trunk; ``after``, ``seconds`` and ``diversions`` as above.

    ``shows`` is the caller's number there; where it is none, that of the account; ``hidden``: it is not to be seen by
    whoever is called. ``accept``: answering is not enough. ``bill`` says whose call it is and what bounds it. A short
    number, as that of an emergency service, is as it is dialled.
    """

    number: str
    after: float = 0.0
    seconds: float | None = None
    shows: str = ""
    accept: Acceptance | None = None
    diversions: tuple[Diversion, ...] = ()
    hidden: bool = False
    bill: Bill = NOBODYS

    unreached: ClassVar[str] = "unreachable"

    @property
    def person(self) -> str:
        """Whom events name: the number stands for whoever has it; a short one is none that a person could be called."""
        return self.number if self.number.startswith(PLUS) else f"{SHORT}{self.number}"

    @property
    def extension(self) -> str:
        return self.person

    @property
    def emergency(self) -> bool:
        return self.bill.emergency


Target = RingTarget | OutsideTarget
"""Whatever can be rung."""


def is_outside(person: str) -> bool:
    """Whether what events call a person is a number outside: no name of a dialplan begins so."""
    return person.startswith((PLUS, SHORT))


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the phones rung show the call: a text before the caller's name, and the ring tone they should choose.

    The tone is a name such as ``Bellcore-dr2`` or a URI; engine/call/presenting.py says how phones are told.
    """

    name_prefix: str = ""
    ring_tone: str = ""

    def name_shown(self, name: str, number: str) -> str:
        """What phones show as the name with the prefix before it, the number standing in for no name; else nothing."""
        return f"{self.name_prefix}{name or number}" if self.name_prefix else ""


PLAIN = Presentation()


@dataclass(frozen=True, slots=True)
class RingPlan:
    """One ringing, of ``seconds`` in all: whoever of the targets answers first talks, the others stop.

    Where nobody is left ringing before the next target is due, that one begins at once and those after it move up.
    ``hears`` is looped to the caller, who is answered for it; without it they hear ringing. If it is ``unheard``, they
    go on hearing what they hear until somebody answers. ``in_call`` is what whoever answers may ask for as they talk.
    """

    targets: tuple[Target, ...]
    seconds: float
    hears: tuple[Sound, ...] = ()
    shown: Presentation = PLAIN
    unheard: bool = False
    in_call: InCall | None = None

    @classmethod
    def one(cls, target: Target, seconds: float, shown: Presentation = PLAIN, in_call: InCall | None = None) -> Self:
        """Ring a single target."""
        return cls((target,), seconds, shown=shown, in_call=in_call)


# --- what comes of it -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Talked:
    """The person answered, the two were bridged, and the conversation is over (the callee hung up)."""

    person: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Parked:
    """The person answered, the two talked, and then ``by`` parked the caller: they are in ``slot`` and hear music."""

    slot: str
    by: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """The person answered, the two talked, and then they led the caller on ``to`` a node: the walk goes on there."""

    transfer: Transfer
    to: Node


@dataclass(frozen=True, slots=True)
class Busy:
    """Every phone said busy (486, 600), or nobody who is on the phone already was to be rung."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Somebody's phone rang and nobody answered in time (or every phone failed with 408/480)."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody pressed 'decline' (603), and nobody else let it ring in vain."""


@dataclass(frozen=True, slots=True)
class NotRegistered:
    """Nobody to be rung has a phone registered at the moment, or a number outside cannot be reached."""


RingOutcome = Talked | Parked | Transferred | Busy | NoAnswer | Declined | NotRegistered

UNANSWERED: dict[str, RingOutcome] = {
    "no_answer": NoAnswer(),
    "declined": Declined(),
    "busy": Busy(),
    "failed": NoAnswer(),
    "not_registered": NotRegistered(),
    "unreachable": NotRegistered(),
}
"""What ``RingingEnded`` calls the ways in which nobody came, the most telling first: of several targets it counts."""

GIVEN_UP = "given_up"
"""What ``RingingEnded`` says of those who rang when the caller hung up: nothing comes of that ringing."""
