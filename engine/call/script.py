"""What happens to a simulated call, and what came of it: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.call.protocol import Caller
from engine.call.transfer import Leads, nowhere
from engine.events import CallEnded, CallEvent
from engine.office.office import Office
from media.commands import Sound

OUTSIDER = Caller("+31612345678")
OTHER_CALLER = "+31201112233"


@dataclass(frozen=True, slots=True)
class Phone:
    """What a person's registered phone does when it rings: answers after so many seconds, or never (None).

    ``talks`` is how long they talk before they hang up; ``parks_after`` so many seconds of it they park the caller,
    or after so many seconds they lead them on to a number (``transfers``).
    ``picks_up_after`` so many seconds of a call's ringing elsewhere, or of being parked, they take it over (PickUp).
    A phone that ``fails`` refuses each call with an error (500), from one that is ``silent`` no sound comes. An outside
    phone may be ``unreachable``, and whoever answers it ``presses`` a key so many seconds after that, or nothing, as a
    voicemail does.
    """

    answers_after: float | None = None
    talks: float = 60.0
    busy: bool = False
    declines_after: float | None = None
    parks_after: float | None = None
    transfers: tuple[float, str] | None = None
    picks_up_after: float | None = None
    fails: bool = False
    silent: bool = False
    unreachable: bool = False
    presses: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody else who ``comes`` to a conference ``room`` and ``goes`` again; seconds count from the call's offer.

    A moderator may lock the room when they come (``locks``), and end the conference at ``ends_at``.
    """

    room: str
    comes: float = 0.0
    goes: float | None = None
    moderator: bool = False
    locks: bool = False
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """Others who stand in a ``queue`` when the call comes: ``waiting`` of them, one served ``every`` so many seconds.

    With None nobody is served.
    """

    queue: str
    waiting: int
    every: float | None = None


@dataclass(frozen=True, slots=True)
class OtherCall:
    """Another call of the account that can be taken over: it ``rings`` people, or is parked in a ``slot``.

    Its ``caller`` talks to whoever takes it for so many seconds.
    """

    rings: tuple[str, ...] = ()
    slot: str = ""
    caller: str = OTHER_CALLER
    talks: float = 5.0


@dataclass(frozen=True, slots=True)
class PickUp:
    """Somebody who takes the call over when it has rung elsewhere, or has been parked, for ``after`` seconds."""

    person: str
    extension: str
    after: float
    phone: Phone = Phone()


@dataclass(frozen=True, slots=True)
class Service:
    """What a web service does when it is asked: answers after so many seconds, or fails then (``fails`` says how)."""

    answer: str | None = None
    after: float = 0.1
    fails: str = "cannot be reached"


@dataclass(frozen=True, slots=True)
class Script:
    """What happens to a call from outside. Seconds count from its offer; ``begins_at`` is seconds since the epoch.

    ``phones`` are the registered ones by extension, and those outside by number (E.164); any other number rings and
    nobody answers. ``office`` is the account as the call finds and leaves it, ``attendees`` are the others in its
    conferences, ``ahead`` those in its queues, ``others`` the calls that can be taken over, ``pick_ups`` the people who
    take over this one. ``services`` are the web services that are there, by address; none that is not in it can be
    reached.
    ``leads`` tells where somebody is led who is transferred.
    ``speaks`` is how long the caller talks into a recording.
    ``hangs_up_in_step`` makes the caller hang up at the n-th moment at which the flow waits for anything (from 1).
    """

    caller: Caller = OUTSIDER
    called: str = "+31201234567"
    begins_at: float = 0.0
    keys: Sequence[tuple[float, str]] = ()
    phones: Mapping[str, Phone] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    hangs_up_at: float | None = None
    hangs_up_in_step: int | None = None
    speaks: float = 10.0
    account: str = "simulated"
    office: Office = field(default_factory=Office)
    attendees: Sequence[Attendee] = ()
    others: Sequence[OtherCall] = ()
    pick_ups: Sequence[PickUp] = ()
    ahead: Sequence[Ahead] = ()
    leads: Leads = nowhere


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller heard, from ``at`` (seconds from the offer) on; tones and files by name.

    ``whole`` is how long it would have lasted, in seconds, had nothing cut it short. ``sound`` is what was played.
    """

    at: float
    what: str
    seconds: float
    whole: float
    sound: Sound | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Simulation:
    """How a simulated call went. ``left_open`` names what was not closed: always empty if all is well."""

    events: tuple[CallEvent, ...]
    heard: tuple[Heard, ...]
    ended: CallEnded
    steps: int
    left_open: tuple[str, ...]
