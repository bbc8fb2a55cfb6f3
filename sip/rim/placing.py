"""A call of ours being placed: one way after another until something is heard (RFC 3263 section 4.3, RFC 5626 5.3)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sip import events
from sip.dialog.session import InviteSession
from sip.flow import Flow
from sip.rim.calls import OutgoingCall
from sip.rim.resolver import Unreachable
from sip.rim.ways import TARGET_SECONDS, UNABLE, Hop, Way

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent


class Placing:
    """Tries the ``hops`` of a call in their order, of each all its ways, until one does more than fail.

    ``send`` makes the INVITE of one try. A try that has made itself heard, be it only by ringing, is the last. All
    tries are made from one address of ours, as the offer names it.
    """

    def __init__(
        self,
        agent: UserAgent,
        leg: OutgoingCall,
        send: Callable[[Hop, Flow], InviteSession],
        hops: Iterable[Hop],
        ways: Iterable[Way] = (),
    ) -> None:
        self._agent = agent
        self._leg = leg
        self._send = send
        self._hops = deque(hops)
        self._hop = self._hops.popleft()
        self._ways = deque(ways)
        self._way: Way | None = None
        self._local: str | None = None
        self._session: InviteSession | None = None
        self._silent: asyncio.TimerHandle | None = None
        self._looked_up = bool(self._ways)

    def begin(self) -> None:
        """Try the first way; the call fails if there is none."""
        self._next(503, "unreachable")

    def take(self, event: events.Event) -> bool:
        """An event of the present try. True if that one has failed, and another is on its way in its place."""
        if isinstance(event, events.Progress | events.Answered):
            self._settle(200)
            self._ways.clear()
            self._hops.clear()
        elif isinstance(event, events.Failed):
            silent = not self._leg.heard or event.status == 430
            self._settle(200 if self._leg.given_up else event.status)
            if silent and not self._leg.given_up:
                self._phone_failed(event.status)
            if event.status in UNABLE and not self._leg.given_up and (self._ways or self._hops):
                self._next(event.status, event.reason)
                return True
        return False

    def _phone_failed(self, status: int) -> None:
        """A phone took no call where it is registered: calls do not wait for it until it is heard again."""
        agent, hop = self._agent, self._hop
        registrar, flow = agent.core.registrar, hop.flow
        if flow is None or not registrar.reaches_over(flow):
            return
        if status == 430:
            registrar.flow_failed(hop.uri, flow)
        elif status in UNABLE and agent.keeping is not None and not hop.routes:
            registrar.flow_silent(flow, agent.now() + agent.core.config.epoch)
            agent.keeping.watch(flow)

    def _settle(self, status: int) -> None:
        """Something is known of the present way."""
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None
        if self._way is not None:
            self._agent.ways.went(self._way, status)
            self._way = None

    def _next(self, status: int, reason: str) -> None:
        """The next way there is; with ``status`` the call fails if there is none."""
        while not self._leg.ended.done():
            if self._ways:
                try:
                    self._try(self._ways.popleft())
                except Unreachable as problem:
                    status, reason = 503, str(problem)
                    continue
                return
            if self._looked_up:
                if not self._hops:
                    break
                self._hop, self._looked_up = self._hops.popleft(), False
            try:
                ways = self._agent.ways.at_once(self._hop)
            except Unreachable as problem:
                ways, status, reason = [], 503, str(problem)
            if ways is None:
                self._agent.look_up(self._look_up())
                return
            self._ways, self._looked_up = deque(ways), True
        if not self._leg.ended.done():
            self._leg.fail(status, reason)

    async def _look_up(self) -> None:
        status, reason = 503, "unreachable"
        try:
            self._ways = deque(await self._agent.ways.of(self._hop))
        except Unreachable as problem:
            reason = str(problem)
        self._looked_up = True
        self._next(status, reason)

    def _try(self, way: Way) -> None:
        """Raises Unreachable."""
        flow = self._agent.ways.open(way)
        if self._local not in (None, flow.local[0]):
            raise Unreachable(f"{flow.remote[0]} is reached from another address")
        self._local, self._way = flow.local[0], way
        self._session = self._send(self._hop, flow)
        if self._ways or self._hops or self._hop.flow is not None:
            self._silent = asyncio.get_running_loop().call_later(TARGET_SECONDS, self._tire, self._session)
        self._agent.placed(self._session, self._leg, self)

    def _tire(self, session: InviteSession) -> None:
        """Nothing was heard for long enough: where there is another way, it is tried."""
        self._silent = None
        if session is not self._session or self._leg.heard or self._leg.ended.done():
            return
        self._phone_failed(408)
        if not (self._ways or self._hops):
            return
        self._settle(408)
        self._agent.let_go(session)
        self._next(408, "no response")
