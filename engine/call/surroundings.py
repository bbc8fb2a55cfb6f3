"""What live calls stand in: the parts of the engine they share, and what is known of each when it comes in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from engine.bus import Bus
from engine.call.codecs import offered
from engine.call.line import Line
from engine.call.protocol import Caller, Sound
from engine.call.ring_plan import Diversion
from engine.call.transfer import Lead, Leads, Transfer, nowhere
from engine.call.ways_out import WaysOut
from engine.call.web_services import WebServices
from engine.dialplan.account import Account
from engine.office.office import Offices
from media.plane import Leg, MediaPlane
from sip.facing import Facing
from sip.flow import Flow
from sip.registrar import Binding
from sip.rim.user_agent import UserAgent
from sip.sdp.answer import Codec
from sip.sdp.crypto import Encryption

MEDIA_LOST = {"silent": "no audio from the phone", "worker": "the media worker was lost"}


OFFERED_OVER = dict.fromkeys(("tls", "wss"), Encryption.OFFERED)


class CannotTalk(Exception):
    """There is no way to exchange audio with the caller; ``status`` is the SIP refusal."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Begin(Protocol):
    """Begin the call in which a Party of another LiveCall is led on (HandedOver), in a task of its own."""

    def __call__(self, before: Any, party: Any, transfer: Transfer, lead: Lead, *, borrowed: bool = False) -> Any: ...


def unable(before: Any, party: Any, transfer: Transfer, lead: Lead, *, borrowed: bool = False) -> Any:  # noqa: ARG001
    """Where no calls can be begun."""
    raise RuntimeError("no calls can be begun here")


class Phones(Protocol):
    """Where the phones of an address-of-record are at the moment, the preferred first (the registrar)."""

    def lookup(self, aor: str, now: float) -> list[Binding]: ...


class Place(NamedTuple):
    """An address of ours that media legs are opened at, the one that the peer is told for it, and who may listen."""

    own: str
    shown: str
    encryption: Encryption = Encryption.OFF


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every live call of this engine shares. ``clock`` gives the time of day, in seconds since the epoch."""

    agent: UserAgent
    plane: MediaPlane
    bus: Bus
    phones: Phones
    offices: Offices
    recordings: Path
    media_timeout: float
    hold_timeout: float
    clock: Callable[[], float] = time.time
    services: WebServices = field(default_factory=WebServices)
    facing: Facing = field(default_factory=Facing)
    ways_out: WaysOut = field(default_factory=WaysOut)
    leads: Leads = nowhere
    begin: Begin = unable

    def place(self, flow: Flow, encryption: str = "") -> Place:
        """Where and how we talk with whoever is at the other end of a SIP flow.

        Where nobody has said whether sound is encrypted, it is as the signalling is: keys that travel in plain sight
        keep nobody out.
        """
        asked = Encryption(encryption) if encryption else OFFERED_OVER.get(flow.transport, Encryption.OFF)
        return Place(flow.local[0], self.facing.towards(flow.remote[0], flow.local[0]), asked)

    def line_over(self, leg: Leg, place: Place, codecs: Sequence[str] = (), speaks: Sequence[Codec] = ()) -> Line:
        """A line that talks through a media leg; ``codecs`` and ``speaks`` as in ``offered``."""
        return Line(
            leg,
            shown=place.shown,
            encryption=place.encryption,
            timeout=self.media_timeout,
            hold_timeout=self.hold_timeout,
            codecs=offered(codecs, speaks),
            ours_first=bool(codecs),
        )


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when it comes in. ``hold_music`` is heard by whoever is put on hold.

    ``number`` is the account's main one (E.164). ``codecs`` are the names of those to be talked, the best first; all of
    them for none. ``encryption`` is never, offered, required, or empty: as the caller offers. ``diversions`` are those
    whom the caller had called before us, the last one first.
    """

    account: str
    domain: str
    country: str
    caller: Caller
    called: str
    hold_music: tuple[Sound, ...]
    number: str = ""
    codecs: tuple[str, ...] = ()
    encryption: str = ""
    diversions: tuple[Diversion, ...] = ()

    @property
    def diverted(self) -> str | None:
        """The number the caller had called last before ours."""
        return self.diversions[0].number if self.diversions else None

    @classmethod
    def of(
        cls,
        account: Account,
        caller: Caller,
        called: str,
        diversions: tuple[Diversion, ...] = (),
        *,
        emergency: bool = False,
    ) -> CallFacts:
        """Those of a call that ``caller`` makes to an account. In an ``emergency`` their phone talks as it can."""
        return cls(
            account=account.key,
            domain=account.domain,
            country=account.country,
            caller=caller,
            called=called,
            hold_music=account.hold_music or account.prompt("hold-music"),
            number=account.numbers.main,
            codecs=() if emergency else account.codecs_of(caller.person),
            encryption="" if emergency or not caller.person else account.encryption_of(caller.person),
            diversions=diversions,
        )
