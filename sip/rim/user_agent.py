"""The user agent on the network: feeds the core, sends what it wants sent, keeps one timer, hands out calls."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from sip import events
from sip.core import UserAgentCore
from sip.dialog.session import InviteSession
from sip.errors import DropReason, ProtocolError
from sip.flow import Address, Flow
from sip.message.values import NameAddr, Uri
from sip.rim.calls import CallLeg, IncomingCall, OutgoingCall
from sip.rim.flows import ListenAddress, ListenFailed, is_address
from sip.rim.tcp import TcpSockets
from sip.rim.udp import UdpSocket

__all__ = ["ListenAddress", "ListenFailed", "Unreachable", "UserAgent"]

log = logging.getLogger(__name__)

TIMER_GRAIN = 0.01
"""Seconds by which a timer may be late: so many deadlines fall together that one wake serves a batch."""
CLOSE_SECONDS = 2.0
MAX_CLOSED_FLOWS = 10_000
DROPS_LOGGED_EVERY = 10.0


class Unreachable(Exception):
    """There is no way to send to a URI: not an address, or no socket of its family and transport."""


class UserAgent:
    """One SIP user agent. ``on_call`` gets each incoming call; if it raises, the call is refused with 500."""

    def __init__(self, core: UserAgentCore) -> None:
        self.core = core
        self.on_call: Callable[[IncomingCall], None] | None = None
        self.dropped: Counter[DropReason] = Counter()
        self._loop = asyncio.get_running_loop()
        self._udp: list[UdpSocket] = []
        self._tcp = TcpSockets(self)
        self._legs: dict[InviteSession, CallLeg] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = float("inf")
        self._closed_flows: deque[Flow] = deque()
        self._no_tcp: dict[Address, float] = {}
        self._drops_logged_at = float("-inf")
        self._draining = False
        core.config.epoch = time.time() - self.now()
        core.config.route = self._route
        core.config.widen = self._widen
        core.config.random = random.random

    def now(self) -> float:
        """Monotonic seconds of the loop."""
        return self._loop.time()

    # --- addresses --------------------------------------------------------------------------------------------------

    async def listen(self, addresses: Sequence[ListenAddress]) -> list[ListenAddress]:
        """Listen on all of them; the addresses with the ports the system picked. Raises ListenFailed."""
        bound = []
        for address in addresses:
            if address.transport == "udp":
                self._udp.append(UdpSocket(address, self.feed, self.fed))
                bound.append(self._udp[-1].address)
            else:
                bound.append(await self._tcp.listen(address))
        return bound

    def flow_to(self, uri: Uri) -> Flow:
        """A flow to a URI whose host is an address. Raises Unreachable."""
        host, transport = uri.host, (uri.param("transport") or "udp").lower()
        remote = (host, uri.port or 5060)
        if not is_address(host):
            raise Unreachable(f"{host} is not an address")
        if transport == "tcp":
            flow = self._tcp.flow_to(remote)
            if flow is not None:
                return flow
        sock = self._udp_for(host)
        if sock is not None:
            return sock.flow_to(remote)
        raise Unreachable(f"no socket reaches {host} over {transport}")

    def _route(self, uri: Uri) -> Flow | None:
        try:
            return self.flow_to(uri)
        except Unreachable:
            return None

    def _widen(self, flow: Flow, _size: int) -> Flow:
        """TCP for a large request where the other side can (RFC 3261 section 18.1.1)."""
        if self._no_tcp.get(flow.remote, 0.0) > self.now():
            return flow
        return self._tcp.flow_to(flow.remote) or flow

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
        routes: Iterable[NameAddr] = (),
    ) -> OutgoingCall:
        """Call ``uri``, over ``flow`` while that lives, else where the URI points. Raises Unreachable."""
        if flow is None or (flow.reliable and not self._tcp.alive(flow)):
            flow = self.flow_to(uri)
        session = self.core.invite(
            uri, flow, from_=from_, to=to, offer=offer, headers=headers, routes=routes, now=self.now()
        )
        leg = self._legs[session] = OutgoingCall(self, session)
        self.drain()
        return leg

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
        self.core.refuse_stream(error, flow)
        self.drain()

    def flow_closed(self, flow: Flow) -> None:
        self._closed_flows.append(flow)
        if len(self._closed_flows) > MAX_CLOSED_FLOWS:
            self.core.flow_forgotten(self._closed_flows.popleft())
        self.core.flow_closed(flow, self.now())
        self.drain()

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
                        self._loop.call_soon(self._send_failed, action.flow)
                happened = self.core.take_events()
                for event in happened:
                    self._tell(event)
                if not actions and not happened:
                    break
        finally:
            self._draining = False
        self._set_timer()

    def _send(self, data: bytes, flow: Flow) -> bool:
        if flow.reliable:
            return self._tcp.send(data, flow)
        sock = next((each for each in self._udp if each.carries(flow)), None) or self._udp_for(flow.remote[0])
        return sock is not None and sock.send(data, flow)

    def _udp_for(self, host: str) -> UdpSocket | None:
        """A socket of the family of ``host``: also for flows of an earlier process that listened elsewhere."""
        return next((each for each in self._udp if (":" in each.address.host) == (":" in host)), None)

    def _send_failed(self, flow: Flow) -> None:
        self.core.send_failed(flow, self.now())
        self.drain()

    def _tell(self, event: events.Event) -> None:
        match event:
            case events.MessageDropped(reason=reason, flow=flow):
                self._note_drop(reason, flow)
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
                    event.session.bye(self.now())

    def _take_call(self, session: InviteSession) -> None:
        leg = IncomingCall(self, session)
        self._legs[session] = leg
        try:
            if self.on_call is None:
                session.reject(480, None, self.now())
            else:
                self.on_call(leg)
        except Exception:
            log.exception("an incoming call could not be taken", extra={"call": leg.id})
            session.reject(500, None, self.now())

    def _note_drop(self, reason: DropReason, flow: Flow) -> None:
        self.dropped[reason] += 1
        if reason in (DropReason.KEEP_ALIVE, DropReason.EMPTY, DropReason.RETRANSMISSION):
            return
        if self.now() - self._drops_logged_at > DROPS_LOGGED_EVERY:
            self._drops_logged_at = self.now()
            total = dict(sorted((why.value, count) for why, count in self.dropped.items()))
            log.info("dropped a message: %s", reason.value, extra={"source": flow.remote[0], "dropped": total})

    # --- time -------------------------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        deadline = self.core.next_deadline()
        if deadline is None:
            return
        if self._timer is not None and self._timer_at <= deadline + TIMER_GRAIN:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = max(deadline, self.now()) + TIMER_GRAIN
        self._timer = self._loop.call_at(self._timer_at, self._fire)

    def _fire(self) -> None:
        self._timer, self._timer_at = None, float("inf")
        self.core.handle_timer(self.now())
        self.drain()

    # --- the end ----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Take no more calls, end those there are, wait a little for the answers, and close the sockets."""
        self.core.accepting = False
        for session in self.core.sessions:
            session.bye(self.now())
        self.drain()
        give_up_at = self.now() + CLOSE_SECONDS
        while self.core.busy and self.now() < give_up_at:
            await asyncio.sleep(0.02)
        if self._timer is not None:
            self._timer.cancel()
        for sock in self._udp:
            sock.close()
        self._tcp.close()
