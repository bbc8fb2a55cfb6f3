"""The user agent on the network: feeds the core, sends what it wants sent, keeps one timer, hands out calls."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from sip import events
from sip.core import UserAgentCore
from sip.dialog.session import InviteSession
from sip.errors import DropReason, ProtocolError
from sip.flow import Address, Flow
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.rim.calls import CallLeg, IncomingCall, OutgoingCall
from sip.rim.flows import ListenAddress, ListenFailed, family_of
from sip.rim.large import LargeRequests
from sip.rim.resolver import DEFAULT_PORT, Target, Unreachable, numeric_target, resolve
from sip.rim.tcp import Bounds, TcpSockets
from sip.rim.udp import UdpSocket

__all__ = ["ListenAddress", "ListenFailed", "UserAgent"]

log = logging.getLogger(__name__)

TIMER_GRAIN: Final = 0.01
"""Seconds by which a timer may be late: so many deadlines fall together that one wake serves a batch."""
CLOSE_SECONDS: Final = 2.0
"""How long ``close`` waits for answers to BYE and for ACKs."""
REFRESH_SECONDS: Final = 60.0
"""How often our addresses are asked for anew, and the wall clock compared with ours."""
MAX_CLOSED_FLOWS: Final = 10_000
"""Closed connections that calls may still mean."""
MAX_DROPS_TOLD: Final = 20
"""Calls of ``on_dropped`` within a second; all drops are counted."""

_RESPONSE: Final = b"SIP/2.0 "
_NEVER: Final = float("inf")


class UserAgent:
    """One SIP user agent, to be made in a running loop.

    ``on_call`` gets each incoming call; if it raises, the call is refused with 500. ``dropped`` counts what reached
    nobody, ``on_dropped`` is told of it: why, and where it came from.
    """

    def __init__(self, core: UserAgentCore, *, bounds: Bounds | None = None) -> None:
        self.core = core
        self.on_call: Callable[[IncomingCall], None] | None = None
        self.on_dropped: Callable[[DropReason, Flow], None] | None = None
        self.dropped: Counter[DropReason] = Counter()
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._udp: list[UdpSocket] = []
        self._udp_by_local: dict[Address, UdpSocket | None] = {}
        self._tcp = TcpSockets(self, bounds or Bounds())
        self._large = LargeRequests(self._tcp, self._send_by_udp, self.now)
        self._legs: dict[InviteSession, CallLeg] = {}
        self._looking_up: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = _NEVER
        self._refreshing: asyncio.TimerHandle | None = None
        self._closed_flows: deque[Flow] = deque()
        self._drops_told = (0, 0)
        self._draining = False
        self._closing = False
        self._quiet: asyncio.Event | None = None
        core.config.route = self._route
        core.config.random = random.random
        core.registrar.on_refused = self.note_drop

    # --- addresses --------------------------------------------------------------------------------------------------

    async def listen(self, addresses: Sequence[ListenAddress]) -> list[ListenAddress]:
        """Listen on all of them; the addresses with the ports the system picked. Raises ListenFailed."""
        bound = []
        for address in addresses:
            if address.transport == "udp":
                self._udp.append(UdpSocket(address, self.feed, self.fed, self._fail_soon))
                bound.append(self._udp[-1].address)
            else:
                bound.append(await self._tcp.listen(address))
        self._refresh()
        return bound

    def _refresh(self) -> None:
        self.core.config.epoch = time.time() - self.now()
        self._tcp.forget()
        for sock in self._udp:
            sock.forget()
        if self._refreshing is not None:
            self._refreshing.cancel()
        self._refreshing = self._loop.call_later(REFRESH_SECONDS, self._refresh)

    def _flow_to(self, target: Target) -> Flow:
        """A flow to an address. Raises Unreachable."""
        if target.transport == "tcp":
            flow = self._tcp.flow_to(target.remote)
            if flow is not None:
                return flow
        elif target.transport == "udp":
            sock = self._udp_towards(target.host)
            if sock is not None:
                return sock.flow_to(target.remote)
        raise Unreachable(f"nothing here speaks {target.transport} with {target.host}")

    def _route(self, uri: Uri) -> Flow | None:
        """For calls whose connection is gone."""
        try:
            target = numeric_target(uri)
            return None if target is None else self._flow_to(target)
        except Unreachable:
            return None

    def _still(self, flow: Flow) -> Flow | None:
        """The way a registration came, as far as it is still there; a process before this one may have noted it."""
        if flow.reliable:
            return flow if self._tcp.alive(flow) else None
        if self._udp_from(flow.local) is not None:
            return flow
        sock = self._udp_towards(flow.remote[0])
        return None if sock is None else sock.flow_to(flow.remote)

    def _udp_from(self, local: Address) -> UdpSocket | None:
        """The socket that listens on ``local``."""
        try:
            return self._udp_by_local[local]
        except KeyError:
            sock = next((each for each in self._udp if each.address.serves(local)), None)
            if sock is not None:
                self._udp_by_local[local] = sock
            return sock

    def _udp_towards(self, host: str) -> UdpSocket | None:
        return next((each for each in self._udp if each.address.family == family_of(host)), None)

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
    ) -> OutgoingCall:
        """Call ``uri`` over ``flow`` while that is there, else where the first route or the URI points.

        What prevents it is the call's outcome: Failed with 503.
        """
        leg = OutgoingCall(self)
        place = partial(
            self._place, leg, uri, from_=from_, to=to, offer=offer, headers=tuple(headers), routes=tuple(routes)
        )
        next_hop = routes[0].uri if routes else uri
        try:
            way = self._still(flow) if flow is not None else None
            if way is None:
                target = numeric_target(next_hop)
                way = None if target is None else self._flow_to(target)
        except Unreachable as problem:
            leg.fail(503, str(problem))
            return leg
        if way is not None:
            place(way)
        else:
            task = self._loop.create_task(self._look_up(next_hop, leg, place))
            self._looking_up.add(task)
            task.add_done_callback(self._looking_up.discard)
        return leg

    async def _look_up(self, uri: Uri, leg: OutgoingCall, place: Callable[[Flow], None]) -> None:
        try:
            targets = await resolve(uri)
            ways = [way for way in map(self._way_to, targets) if way is not None]
        except Unreachable as problem:
            leg.fail(503, str(problem))
            return
        if not ways:
            leg.fail(503, f"nothing here reaches {uri.host}")
        elif not leg.ended.done():
            place(ways[0])

    def _way_to(self, target: Target) -> Flow | None:
        try:
            return self._flow_to(target)
        except Unreachable:
            return None

    def _place(
        self,
        leg: OutgoingCall,
        uri: Uri,
        flow: Flow,
        *,
        from_: NameAddr,
        to: NameAddr,
        offer: bytes | None,
        headers: Sequence[tuple[str, object]],
        routes: Sequence[NameAddr],
    ) -> None:
        session = self.core.invite(
            uri, flow, from_=from_, to=to, offer=offer, headers=headers, routes=routes, now=self.now()
        )
        leg.place(session)
        self._legs[session] = leg
        self.drain()

    # --- from sockets -----------------------------------------------------------------------------------------------

    def feed(self, data: bytes, flow: Flow) -> None:
        """One message off a socket; ``fed`` follows when the batch is over."""
        try:
            self.core.receive(data, flow, self.now())
        except Exception:
            log.exception("a message from %s could not be processed", flow.remote)

    def fed(self) -> None:
        self.drain()

    def stream_broken(self, error: ProtocolError, flow: Flow) -> None:
        """A stream cannot be followed any further; its connection is closed after this."""
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
        return self.core.registrar.reaches_over(flow) or any(session.flow == flow for session in self._legs)

    # --- to sockets, and to whoever listens -------------------------------------------------------------------------

    def drain(self) -> None:
        """Send and tell all that the core has, until it has nothing more; then set the timer."""
        if self._draining:
            return
        self._draining = True
        try:
            while True:
                actions = self.core.take_actions(self.now())
                for action in actions:
                    if not self._send(action.data, action.flow):
                        self._fail_soon(action.flow)
                happened = self.core.take_events()
                for event in happened:
                    self._tell(event)
                if not actions and not happened:
                    break
        finally:
            self._draining = False
        self._set_timer()
        if self._quiet is not None and not self.core.busy:
            self._quiet.set()

    def _send(self, data: bytes, flow: Flow) -> bool:
        """False if there is no way."""
        if flow.reliable:
            return self._tcp.send(data, flow) or (data.startswith(_RESPONSE) and self._send_back(data, flow))
        if self._large.take(data, flow):
            return True
        sock = self._udp_from(flow.local)
        return sock is not None and sock.send(data, flow)

    def _send_by_udp(self, data: bytes, flow: Flow) -> None:
        sock = self._udp_from(flow.local)
        if sock is None or not sock.send(data, flow):
            self._fail_soon(flow)

    def _send_back(self, data: bytes, flow: Flow) -> bool:
        """A response whose connection is gone goes to the port that its Via names (RFC 3261 section 18.2.2)."""
        again = self._tcp.flow_to((flow.remote[0], parse(data).via.port or DEFAULT_PORT))
        return again is not None and self._tcp.send(data, again)

    def _fail_soon(self, flow: Flow) -> None:
        self._loop.call_soon(self._fail, flow)

    def _fail(self, flow: Flow) -> None:
        self.core.send_failed(flow, self.now())
        self.drain()

    def _tell(self, event: events.Event) -> None:
        match event:
            case events.MessageDropped(reason=reason, flow=flow):
                self.note_drop(reason, flow)
            case events.IncomingInvite(session=session):
                self._take_call(session)
            case _:
                leg = self._legs.get(event.session)
                if leg is None:
                    return
                if isinstance(event, events.Ended | events.Failed):
                    del self._legs[event.session]
                try:
                    leg.take(event)
                except Exception:
                    log.exception("a call's listener failed", extra={"call": leg.id})

    def _take_call(self, session: InviteSession) -> None:
        leg = self._legs[session] = IncomingCall(self, session)
        if self.on_call is None:
            leg.reject(480)
            return
        try:
            self.on_call(leg)
        except Exception:
            log.exception("an incoming call could not be taken", extra={"call": leg.id})
            leg.reject(500)

    def note_drop(self, reason: DropReason, flow: Flow) -> None:
        """Count a message that reached nobody, and tell of it unless there are too many."""
        self.dropped[reason] += 1
        if self.on_dropped is None:
            return
        second, told = int(self.now()), self._drops_told[1]
        if second != self._drops_told[0]:
            told = 0
        self._drops_told = (second, told + 1)
        if told >= MAX_DROPS_TOLD:
            return
        try:
            self.on_dropped(reason, flow)
        except Exception:
            log.exception("a listener to dropped messages failed")

    # --- time -------------------------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        deadline = self.core.next_deadline()
        if deadline is None or (self._timer is not None and self._timer_at <= deadline + TIMER_GRAIN):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = max(deadline, self.now()) + TIMER_GRAIN
        self._timer = self._loop.call_at(self._timer_at, self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_at = None, _NEVER
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
        for timer in (self._timer, self._refreshing):
            if timer is not None:
                timer.cancel()
        await self._tcp.close()
        for sock in self._udp:
            sock.close()
