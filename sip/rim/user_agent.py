"""The user agent on the network: feeds the core, sends what it wants sent, keeps one timer, hands out calls."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Final

from sip import events
from sip.core import UserAgentCore
from sip.credentials import Credentials
from sip.dialog.session import InviteSession
from sip.errors import MISTAKES, DropReason, ProtocolError
from sip.flow import Flow
from sip.message.envelope import DEFAULT_MAX_FORWARDS
from sip.message.values import NameAddr, Uri
from sip.rim.alarm import Alarm
from sip.rim.calls import CallLeg, IncomingCall, OutgoingCall
from sip.rim.connection import Bounds
from sip.rim.drops import Drops
from sip.rim.flows import ListenAddress, ListenFailed
from sip.rim.keeping import Keeping
from sip.rim.messages import IncomingText, hand_over
from sip.rim.placing import Placing
from sip.rim.resolver import SRV_NAMES, Resolver
from sip.rim.sockets import Sockets
from sip.rim.tcp import Policy
from sip.rim.ways import Hop, Way, Ways

__all__ = ["ListenAddress", "ListenFailed", "UserAgent"]

log = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 2.0
"""How long ``close`` waits for answers to BYE and for ACKs."""
REFRESH_SECONDS: Final = 60.0
"""How often our addresses are asked for anew, and the wall clock compared with ours."""
MAX_CLOSED_FLOWS: Final = 10_000
"""Closed connections that calls may still mean."""


class UserAgent:
    """One SIP user agent, to be made in a running loop.

    ``on_call`` gets each incoming call; if it raises, the call is refused with 500. ``drops`` counts what reached
    nobody, and tells whoever listens. ``resolver`` looks up names, ``policy`` is that of TLS and WebSocket.
    """

    def __init__(
        self,
        core: UserAgentCore,
        *,
        bounds: Bounds | None = None,
        resolver: Resolver | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.core = core
        self.resolver = resolver or Resolver()
        self.on_call: Callable[[IncomingCall], None] | None = None
        self.on_message: Callable[[IncomingText], None] | None = None
        self.drops = Drops()
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._sockets = Sockets(self, bounds or Bounds(), policy)
        self.legs: dict[InviteSession, CallLeg] = {}
        self.keeping: Keeping | None = None
        self.ways = Ways(self._sockets, self.resolver)
        self._placing: dict[InviteSession, Placing] = {}
        self.kept: set[Flow] = set()
        """Connections that stay open however idle: providers reach us by them."""
        self._looking_up: set[asyncio.Task[None]] = set()
        self._alarm = Alarm(self._fire)
        self._refreshing: asyncio.TimerHandle | None = None
        self._closed_flows: deque[Flow] = deque()
        self._draining = self._closing = False
        self._quiet: asyncio.Event | None = None
        core.config.route = self.ways.again
        core.config.random = random.random
        core.registrar.on_refused = self.note_drop

    async def listen(self, addresses: Sequence[ListenAddress]) -> list[ListenAddress]:
        """Listen on all of them; the addresses with the ports the system picked. Raises ListenFailed."""
        bound = [await self._sockets.listen(address) for address in addresses]
        listening = {address.transport for address in bound}
        self.resolver.transports = tuple(each for each in SRV_NAMES if each in listening)
        self._refresh()
        return bound

    def _refresh(self) -> None:
        """What changes of itself: our addresses, and the wall clock compared with ours."""
        self.core.config.epoch = time.time() - self.now()
        self._sockets.forget()
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._refreshing = self._loop.call_later(REFRESH_SECONDS, self._refresh)

    def keep_alive(self, seconds: float) -> None:
        """From now on keep the ways to phones behind routers open, by a question every so many seconds."""
        self.keeping = Keeping(self, seconds)

    # --- calls ------------------------------------------------------------------------------------------------------

    def call(
        self,
        uri: Uri,
        *,
        from_: NameAddr,
        to: NameAddr,
        offer: bytes | None,
        flow: Flow | None = None,
        headers: Iterable[tuple[str, object]] = (),
        routes: Sequence[NameAddr] = (),
        max_forwards: int = DEFAULT_MAX_FORWARDS,
        credentials: Credentials | None = None,
        otherwise: bytes | None = None,
        identity: str | None = None,
        others: Iterable[Hop] = (),
        ways: Iterable[Way] = (),
    ) -> OutgoingCall:
        """Call ``uri`` over ``flow`` while that is there, else where the first route or the URI points.

        Targets of a name are tried one after another, and then ``others``, until something is heard; ``ways`` are the
        targets where they are known already (``ways_to``). What prevents it is the call's outcome: Failed with 503.
        ``max_forwards`` of a call made on behalf of another is that one's less one, so that loops end (RFC 7332). With
        ``credentials`` a challenge is answered, once; who does not take the offer is made the one called ``otherwise``.
        ``identity`` is the address-of-record of a registered phone: the call goes where that goes.
        """
        leg = OutgoingCall(self)
        invite = partial(
            self.core.invite,
            from_=from_,
            to=to,
            offer=offer,
            headers=tuple(headers),
            max_forwards=max_forwards,
            authorize=None if credentials is None else credentials.authorize,
            otherwise=otherwise,
            identity=identity,
        )

        def send(hop: Hop, flow: Flow) -> InviteSession:
            return invite(hop.uri, flow, routes=hop.routes, now=self.now())

        Placing(self, leg, send, [Hop(uri, flow, tuple(routes)), *others], ways).begin()
        return leg

    async def way_to(self, uri: Uri) -> Flow:
        """The best of ``ways_to``: what address of ours it sees is then known. Raises Unreachable."""
        return self.ways.open((await self.ways_to(uri))[0])

    async def ways_to(self, uri: Uri, flow: Flow | None = None) -> list[Way]:
        """The ways of a request to ``uri``, ``flow`` alone while that is there. Raises Unreachable."""
        return await self.ways.of(Hop(uri, flow))

    def still(self, flow: Flow) -> Flow | None:
        """This flow, or one in its place, as far as it is there."""
        return self._sockets.still(flow)

    # --- for Placing ------------------------------------------------------------------------------------------------

    def look_up(self, looking_up: Coroutine[None, None, None]) -> None:
        """Names are looked up in a task that ``close`` ends."""
        task = self._loop.create_task(looking_up)
        self._looking_up.add(task)
        task.add_done_callback(self._looking_up.discard)

    def placed(self, session: InviteSession, leg: OutgoingCall, placing: Placing) -> None:
        """An INVITE is to be sent."""
        leg.place(session)
        self.legs[session] = leg
        self._placing[session] = placing
        self.drain()

    def let_go(self, session: InviteSession) -> None:
        """Nobody waits for an answer to this INVITE any more."""
        self.legs.pop(session, None)
        self._placing.pop(session, None)
        session.cancel(self.now())
        self.drain()

    # --- from sockets -----------------------------------------------------------------------------------------------

    def feed(self, data: bytes, flow: Flow) -> None:
        """One message off a socket; ``fed`` follows when the batch is over."""
        try:
            if self.core.registrar.flow_heard(flow):
                log.info("the phone at %s answers again", flow.remote[0])
            self.core.receive(data, flow, self.now())
        except Exception:
            log.exception("a message from %s could not be processed", flow.remote)

    def fed(self) -> None:
        self.drain()

    def late(self, seconds: float) -> None:
        """A packet has waited for so long before it was read."""
        if self.core.guard is not None:
            self.core.guard.load.note(seconds, self.now())

    def refuses(self, host: str) -> bool:
        """Whether nothing at all is wanted from an address."""
        return self.core.guard is not None and self.core.guard.refuses(host, self.now())

    def stream_broken(self, error: ProtocolError, flow: Flow) -> None:
        """A stream cannot be followed any further; its connection is closed after this."""
        if self.core.guard is not None and error.reason not in MISTAKES:
            self.core.guard.malformed(flow, self.now())
        self.core.refuse_stream(error, flow)
        self.drain()

    def flow_closed(self, flow: Flow) -> None:
        """A connection is gone, or could not be made."""
        self._closed_flows.append(flow)
        if len(self._closed_flows) > MAX_CLOSED_FLOWS:
            self.core.flow_forgotten(self._closed_flows.popleft())
        self.core.registrar.flow_closed(flow)
        self.core.flow_closed(flow, self.now())
        self.drain()

    def needs(self, flow: Flow) -> bool:
        """True if a registration or a call would be lost with this connection."""
        return (
            flow in self.kept
            or self.core.registrar.reaches_over(flow)
            or any(session.flow == flow for session in self.legs)
        )

    # --- to sockets, and to whoever listens -------------------------------------------------------------------------

    def drain(self) -> None:
        """Send and tell all that the core has, until it has nothing more; then set the timer."""
        if self._draining:
            return
        self._draining = True
        try:
            while self._send_and_tell():
                pass
        except Exception:
            log.exception("what the core wanted could not be done")
        finally:
            self._draining = False
        self._alarm.set(self.core.next_deadline())
        if self._quiet is not None and not self.core.busy:
            self._quiet.set()

    def _send_and_tell(self) -> bool:
        """One round; True if there may be more, as whoever is told may act."""
        actions = self.core.take_actions(self.now())
        for action in actions:
            try:
                self._sockets.send(action.data, action.flow)
            except Exception:
                log.exception("a message to %s could not be sent", action.flow.remote)
        for event in (happened := self.core.take_events()):
            self._tell(event)
        return bool(actions or happened)

    def send_failed(self, flow: Flow) -> None:
        """A message could not be sent, or ICMP says that it did not arrive."""
        self.core.send_failed(flow, self.now())
        self.drain()

    def _tell(self, event: events.Event) -> None:
        match event:
            case events.MessageDropped(reason=reason, flow=flow):
                self.note_drop(reason, flow)
            case events.IncomingInvite(session=session):
                self._take_call(session)
            case events.IncomingMessage():
                hand_over(self, event)
            case _:
                leg = self.legs.get(event.session)
                if leg is None:
                    return
                if isinstance(event, events.Ended | events.Failed):
                    del self.legs[event.session]
                try:
                    if self._is_placed_anew(event):
                        return
                    leg.take(event)
                except Exception:
                    log.exception("a call's listener failed", extra={"call": leg.id})

    def _is_placed_anew(self, event: events.SessionEvent) -> bool:
        """Whether a call of ours goes another way, as this one has failed."""
        placing = self._placing.get(event.session)
        if placing is None:
            return False
        if isinstance(event, events.Failed | events.Answered):
            del self._placing[event.session]
        return placing.take(event)

    def _take_call(self, session: InviteSession) -> None:
        leg = self.legs[session] = IncomingCall(self, session)
        if self.on_call is None:
            leg.reject(480)
            return
        try:
            self.on_call(leg)
        except Exception:
            log.exception("an incoming call could not be taken", extra={"call": leg.id})
            leg.reject(500)

    def note_drop(self, reason: DropReason, flow: Flow) -> None:
        """A message reached nobody."""
        self.drops.note(reason, flow, self.now())

    # --- time -------------------------------------------------------------------------------------------------------

    def _fire(self) -> None:
        try:
            self.core.handle_timer(self.now())
        except Exception:
            log.exception("a timer failed")
        self.drain()

    # --- the end ----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Take no more calls, end those there are, wait a little for the answers, and close the sockets. Once."""
        if self._closing:
            return
        self._closing = True
        self.core.accepting = False
        if self.keeping is not None:
            self.keeping.close()
        for task in self._looking_up:
            task.cancel()
        for session in self.core.sessions:
            session.bye(self.now())
        self._quiet = asyncio.Event()
        self.drain()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._quiet.wait()
        except TimeoutError:
            log.info("closed without waiting any longer for %d calls", len(self.core.sessions))
        self._alarm.cancel()
        if self._refreshing is not None:
            self._refreshing.cancel()
        await self._sockets.close()
