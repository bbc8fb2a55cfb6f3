"""What the core tells the transaction user: a call came, progressed, was answered, changed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sip.errors import DropReason
from sip.flow import Flow

if TYPE_CHECKING:
    from sip.dialog.referring import Referral
    from sip.dialog.session import InviteSession
    from sip.message.envelope import Request
    from sip.transaction.transaction import ServerTransaction


@dataclass(frozen=True, slots=True)
class IncomingInvite:
    """A new call, admitted by the gate; ``session.request`` is its INVITE."""

    session: InviteSession


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional response above 100 to a call of ours; ``sdp`` is early media, if any.

    ``fork`` is the tag of the phone that it came from, as one INVITE may reach several; a 199 tells that it has gone.
    """

    session: InviteSession
    status: int
    sdp: bytes | None
    fork: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The first 2xx to a call of ours. ``sdp`` answers our offer, or offers (then ``acknowledge`` it).

    It is None where an early change of the session (UPDATE) counts, or our own answer to an early offer.
    """

    session: InviteSession
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A call of ours was never answered: its final status; 408: no response, 487: cancelled, 503: unreachable."""

    session: InviteSession
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The ACK to our answer came; ``sdp`` is the answer to our late offer, if we made one."""

    session: InviteSession
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class Reached:
    """The caller has a reliable provisional response of ours: its PRACK came."""

    session: InviteSession


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """The peer changes the session: ``accept_offer`` or ``refuse_offer``; without SDP it asks for our offer."""

    session: InviteSession
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The answer to an offer of ours within the call.

    ``late`` if nobody asked for it by ``reoffer``: the offer stood in our answer to an INVITE, or in a refresh.
    """

    session: InviteSession
    sdp: bytes
    late: bool = False


@dataclass(frozen=True, slots=True)
class ReofferFailed:
    """The peer refused our offer within the call; the session goes on as it was. ``late`` as in AnswerReceived."""

    session: InviteSession
    status: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """An INFO within the call (RFC 6086), already answered."""

    session: InviteSession
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """The peer asks us to lead it, or whoever it talks to, elsewhere: ``referral.accept`` or ``refuse``."""

    session: InviteSession
    referral: Referral


@dataclass(frozen=True, slots=True)
class ReferTold:
    """The peer has been told the last of a REFER, or wants to know no more; another one may come."""

    session: InviteSession


@dataclass(frozen=True, slots=True)
class Ended:
    """A session offered to us or answered is over, said once. ``by`` is ``remote``, ``local`` or ``timeout``."""

    session: InviteSession
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A text (MESSAGE) of somebody who proved to be ``identity``: answer ``transaction``, with ``core.respond``."""

    request: Request
    transaction: ServerTransaction
    identity: str


@dataclass(frozen=True, slots=True)
class MessageDropped:
    """A message that reached nobody, and why."""

    reason: DropReason
    flow: Flow


SessionEvent = (
    IncomingInvite
    | Progress
    | Answered
    | Failed
    | Acknowledged
    | Reached
    | OfferReceived
    | AnswerReceived
    | ReofferFailed
    | InfoReceived
    | ReferReceived
    | ReferTold
    | Ended
)
Event = SessionEvent | IncomingMessage | MessageDropped
