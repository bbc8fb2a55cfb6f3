"""Awaitable faces of INVITE sessions: what the layer above holds of a call's SIP side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sip import events
from sip.dialog.referring import Refer
from sip.dialog.reliable import RELIABLE
from sip.dialog.session import InviteSession, State
from sip.errors import ProtocolError
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import NameAddr
from sip.rim.outcomes import Answered, Ended, Failed, ReofferRefused
from sip.rim.referring import answer_refer, has_last_word, tell_referrer
from sip.sdp.answer import NotAcceptable

__all__ = ["Answered", "CallLeg", "Ended", "Failed", "IncomingCall", "OutgoingCall", "ReofferRefused"]

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent

log = logging.getLogger(__name__)

Headers = Iterable[tuple[str, object]]


class CallLeg:
    """One SIP leg. ``ended`` is set once, whoever ended it.

    ``on_offer`` is asked for our answer to a changed offer (for our offer, if it is None) and may raise NotAcceptable;
    ``on_answer`` is told the answer to an offer so made; ``on_info`` each INFO's content type and body; ``on_proved``
    that ``proved_host`` is known now. ``on_refer`` is asked what becomes of a REFER: 202, or the status that refuses
    it; from then on ``tell_referrer`` tells how it goes. ``owner`` belongs to the layer above.
    """

    def __init__(self, agent: UserAgent, session: InviteSession | None = None) -> None:
        self.agent = agent
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.on_offer: Callable[[bytes | None], bytes] | None = None
        self.on_answer: Callable[[bytes], None] | None = None
        self.on_info: Callable[[str, bytes], None] | None = None
        self.on_refer: Callable[[Refer], int] | None = None
        self.owner: object = None
        self.on_proved: Callable[[], None] | None = None
        self._session = session
        self._reoffered: asyncio.Future[bytes] | None = None
        self._goodbye: Headers | None = None

    @property
    def session(self) -> InviteSession:
        if self._session is None:
            raise RuntimeError("the call has not been placed yet: the name it is to go to is being looked up")
        return self._session

    @property
    def id(self) -> str:
        """The Call-ID; empty while a call of ours waits for a name to be looked up."""
        return self._session.call_id if self._session is not None else ""

    @property
    def tag(self) -> str:
        """Our own tag of the dialog; empty as long as ``id`` is."""
        return self._session.local_tag if self._session is not None else ""

    @property
    def request(self) -> Request:
        """The INVITE that began the leg."""
        return self.session.request

    @property
    def flow(self) -> Flow:
        return self.session.flow

    @property
    def remote(self) -> NameAddr:
        """The other side, as the INVITE names it."""
        return self.request.to if self.session.outgoing else self.request.from_

    @property
    def host(self) -> str | None:
        """Where the peer's messages come from, None while a call of ours is not on its way."""
        return self._session.flow.remote[0] if self._session is not None else None

    @property
    def proved_host(self) -> str | None:
        """Where what we sent to the peer has arrived, and not only where its packets say that it is; None at first."""
        raise NotImplementedError

    def hang_up(self, *, headers: Headers = ()) -> None:
        """End the leg as its state wants it: refusal, CANCEL or BYE; nothing if it is over."""
        if has_last_word(self):
            self._goodbye = tuple(headers)
            return
        self.session.bye(self.agent.now(), headers)
        self.agent.drain()

    def send_info(self, content_type: str, body: bytes) -> None:
        self.session.send_info(content_type, body, self.agent.now())
        self.agent.drain()

    def tell_referrer(self, status: int) -> None:
        tell_referrer(self, status)

    async def reoffer(self, sdp: bytes) -> bytes:
        """Offer another session description (re-INVITE, tried again after glare); the peer's answer.

        Raises ReofferRefused: 481 outside a call or when it ends, 491 while another offer is under way.
        """
        await self._established()
        if self.session.state is not State.CONFIRMED:
            raise ReofferRefused(481)
        if self._reoffered is not None and not self._reoffered.done():
            raise ReofferRefused(491)
        self._reoffered = asyncio.get_running_loop().create_future()
        self.session.reoffer(sdp, self.agent.now())
        self.agent.drain()
        return await self._reoffered

    async def _established(self) -> None:
        """Until the call is up or over."""
        raise NotImplementedError

    # --- events of the session --------------------------------------------------------------------------------------

    def take(self, event: events.Event) -> None:
        """An event of this leg's session."""
        match event:
            case events.Ended(by=by, reason=reason):
                self.over(Ended(by, reason))
            case events.OfferReceived(sdp=sdp):
                self._answer_offer(sdp)
            case events.AnswerReceived(sdp=answer, late=late):
                self._take_answer(answer, late)
            case events.ReofferFailed(status=status, late=False):
                if self._reoffered is not None and not self._reoffered.done():
                    self._reoffered.set_exception(ReofferRefused(status))
            case events.InfoReceived(content_type=content_type, body=body):
                if self.on_info is not None:
                    self.on_info(content_type, body)
            case events.ReferReceived(referral=referral):
                answer_refer(self, referral)
            case events.ReferTold():
                if self._goodbye is not None:
                    self.session.bye(self.agent.now(), self._goodbye)
            case _:
                pass

    def over(self, ended: Ended) -> None:
        """Nothing more will happen to this leg: those who were told of it are let go, and with them the memory."""
        self.on_offer = self.on_answer = self.on_info = self.on_proved = self.on_refer = self.owner = None
        if not self.ended.done():
            self.ended.set_result(ended)
        if self._reoffered is not None and not self._reoffered.done():
            self._reoffered.set_exception(ReofferRefused(481))

    def _answer_offer(self, offer: bytes | None) -> None:
        now = self.agent.now()
        if self.on_offer is None:
            self.session.refuse_offer(488, now)
            return
        try:
            ours = self.on_offer(offer)
        except NotAcceptable:
            self.session.refuse_offer(488, now)
        except ProtocolError as error:
            self.session.refuse_offer(error.status_hint or 400, now)
        except Exception:
            log.exception("an offer could not be answered", extra={"call": self.id})
            self.session.refuse_offer(500, now)
        else:
            self.session.accept_offer(ours, now)

    def _take_answer(self, answer: bytes, late: bool) -> None:
        if not late and self._reoffered is not None and not self._reoffered.done():
            self._reoffered.set_result(answer)
        elif self.on_answer is not None:
            try:
                self.on_answer(answer)
            except (NotAcceptable, ProtocolError) as error:
                log.warning("an answer that cannot be used: %s", error, extra={"call": self.id})


class IncomingCall(CallLeg):
    """A call to us. ``identity`` is the AOR the caller proved to be, None for one from outside."""

    def __init__(self, agent: UserAgent, session: InviteSession) -> None:
        super().__init__(agent, session)
        self._called_from = session.flow
        self._reached = session.identity is not None or session.flow.transport != "udp"
        self._acknowledged: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._early: asyncio.Future[bytes | None] | None = None

    @property
    def identity(self) -> str | None:
        return self.session.identity

    @property
    def proved_host(self) -> str | None:
        """The INVITE's source: once a challenge or an answer of ours that was sent there has come back."""
        return self._called_from.remote[0] if self._reached else None

    @property
    def offer(self) -> bytes | None:
        """The SDP of the INVITE, None if it has none (late offer)."""
        return self.request.body or None

    def ringing(self, status: int = 180, sdp: bytes | None = None) -> None:
        """Send a provisional response, with early media if ``sdp``."""
        self.session.ring(self.agent.now(), status, sdp)
        self.agent.drain()

    @property
    def takes_early_offer(self) -> bool:
        """Whether a caller without an offer can answer ours before the call is answered."""
        return self.offer is None and RELIABLE in (*self.request.supported, *self.request.require)

    async def offer_early(self, sdp: bytes) -> bytes | None:
        """Make our offer in a 183; the answer that its PRACK brings (RFC 3262 section 5), None if the call is over."""
        self._early = asyncio.get_running_loop().create_future()
        self.ringing(183, sdp)
        return await self._early

    async def answer(self, sdp: bytes) -> bytes | None:
        """Take the call. To a late offer this waits for the ACK and gives its SDP; None if there is none."""
        self.session.answer(sdp, self.agent.now())
        self.agent.drain()
        return None if self.offer is not None else await asyncio.shield(self._acknowledged)

    def reject(self, status: int, reason: str | None = None, *, headers: Headers = ()) -> None:
        """Refuse the call with a final status of 300 or more; nothing once it is answered or over."""
        self.session.reject(status, reason, self.agent.now(), headers)
        self.agent.drain()

    async def _established(self) -> None:
        await asyncio.shield(self._acknowledged)

    def take(self, event: events.Event) -> None:
        if isinstance(event, events.Acknowledged | events.Reached) and not self._reached:
            self._reached = True
            if self.on_proved is not None:
                self.on_proved()
        if isinstance(event, events.Acknowledged) and not self._acknowledged.done():
            self._acknowledged.set_result(event.sdp)
        super().take(event)

    def _take_answer(self, answer: bytes, late: bool) -> None:
        if self._early is not None and not self._early.done():
            self._early.set_result(answer)
        else:
            super()._take_answer(answer, late)

    def over(self, ended: Ended) -> None:
        for awaited in (self._acknowledged, self._early):
            if awaited is not None and not awaited.done():
                awaited.set_result(None)
        super().over(ended)


class OutgoingCall(CallLeg):
    """A call of ours. ``outcome`` is set once; ``on_progress`` is told each provisional status and its early media.

    It waits for its session while a name is looked up: until then it can only be given up. ``given_up``: hung up by us.
    """

    def __init__(self, agent: UserAgent) -> None:
        super().__init__(agent)
        self.outcome: asyncio.Future[Answered | Failed] = asyncio.get_running_loop().create_future()
        self.on_progress: Callable[[int, bytes | None], None] | None = None
        self.given_up = False
        self._called_at: str | None = None

    @property
    def proved_host(self) -> str | None:
        """Where the INVITE went, once something has come back."""
        return self._called_at if self.heard else None

    @property
    def heard(self) -> bool:
        """Whether the peer has given any sign of life; a 100 is one, of which ``on_progress`` is not told."""
        return self._session is not None and self._session.forks.heard

    @property
    def phones(self) -> int:
        """How many phones have let us hear of them before any has answered: the INVITE may be forked on its way."""
        return len(self._session.forks.early) if self._session is not None else 0

    def place(self, session: InviteSession) -> None:
        """The INVITE is on its way: the first, or one in place of another that failed unheard."""
        self._session = session
        self._called_at = session.flow.remote[0]

    def cancel(self, *, headers: Headers = ()) -> None:
        """Give the call up: CANCEL, or BYE if it was answered in the meantime; nothing if it is over."""
        self.hang_up(headers=headers)

    def hang_up(self, *, headers: Headers = ()) -> None:
        self.given_up = True
        if self._session is None:
            self.fail(487, "cancelled")
        else:
            super().hang_up(headers=headers)

    def acknowledge(self, sdp: bytes) -> None:
        """Answer the offer of a 2xx to an INVITE that had none; without it the call never comes up."""
        self.session.accept_offer(sdp, self.agent.now())
        self.agent.drain()

    def fail(self, status: int, reason: str) -> None:
        """There is no answer, and never will be."""
        if not self.outcome.done():
            self.outcome.set_result(Failed(status, reason))
        self.over(Ended("remote" if self._session is not None else "local", f"{status} {reason}"))

    def over(self, ended: Ended) -> None:
        self.on_progress = None
        super().over(ended)

    async def _established(self) -> None:
        await asyncio.shield(self.outcome)

    def take(self, event: events.Event) -> None:
        match event:
            case events.Progress(status=status, sdp=sdp):
                if self.on_progress is not None:
                    self.on_progress(status, sdp)
            case events.Answered(sdp=sdp):
                self.on_progress = None
                if not self.outcome.done():
                    self.outcome.set_result(Answered(sdp))
            case events.Failed(status=status, reason=reason):
                self.fail(status, reason)
            case _:
                super().take(event)
