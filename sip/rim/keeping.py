"""Keep-alives of ours: OPTIONS to phones behind routers, so that the way to them stays open, and to silent ones.

A phone that does not answer is marked silent, and asked on; calls do not wait for it until it is heard again.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sip.bindings import Binding
from sip.flow import Flow
from sip.message.build import new_call_id, new_tag, request
from sip.message.envelope import Response
from sip.message.values import NameAddr, Uri
from sip.outbound import ON_CONNECTIONS

if TYPE_CHECKING:
    from sip.rim.user_agent import UserAgent

PATIENCE: Final = 4.0
"""How long an answer may take; over UDP the question was sent four times by then."""
MISSES: Final = 2
"""Questions without an answer, one after the other, that make a phone silent."""
GRAIN: Final = 0.05
"""Those due within so many seconds are asked together."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    """A flow that is kept open: whether it ``waits`` for an answer, and how many it ``missed`` before."""

    asked_at: float = float("-inf")
    waits: bool = False
    missed: int = 0


class Keeping:
    """Asks every ``seconds`` at each flow that needs it, connections less often; all spread evenly in time."""

    def __init__(self, agent: UserAgent, seconds: float) -> None:
        self._agent = agent
        self._seconds = seconds
        self._kept: dict[Flow, _Kept] = {}
        self._due: list[tuple[float, int, Flow]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = float("-inf")
        self._untold = 0
        agent.core.registrar.on_flow = self._note
        for binding in agent.core.registrar.bindings:
            self._note(binding)

    def __len__(self) -> int:
        """How many flows are kept open."""
        return len(self._kept)

    def close(self) -> None:
        self._agent.core.registrar.on_flow = None
        if self._timer is not None:
            self._timer.cancel()

    def watch(self, flow: Flow) -> None:
        """Ask this phone from now on until it is heard, as a call has found it silent."""
        if flow not in self._kept:
            self._kept[flow] = _Kept()
            self._set(flow, self._interval(flow))

    def _note(self, binding: Binding) -> None:
        if binding.flow not in self._kept and _needs(binding):
            self._kept[binding.flow] = _Kept()
            # anywhere in the first interval: many are registered at once after a restart
            self._set(binding.flow, self._interval(binding.flow) * random.random())

    def _interval(self, flow: Flow) -> float:
        return self._seconds * (ON_CONNECTIONS if flow.reliable else 1)

    def _set(self, flow: Flow, seconds: float) -> None:
        heapq.heappush(self._due, (self._agent.now() + seconds, next(self._numbers), flow))
        if self._timer is None or self._due[0][2] == flow:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(self._due[0][0] + GRAIN, self._run)

    def _run(self) -> None:
        self._timer = None
        now = self._agent.now()
        while self._due and self._due[0][0] <= now:
            _, _, flow = heapq.heappop(self._due)
            self._look_at(flow, self._kept[flow], now)
        if self._due and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._due[0][0] + GRAIN, self._run)
        self._agent.drain()

    def _look_at(self, flow: Flow, kept: _Kept, now: float) -> None:
        """Its moment has come: to be asked, or to have answered."""
        registrar = self._agent.core.registrar
        binding = registrar.over(flow)
        if binding is None or not _needs(binding):
            del self._kept[flow]
            return
        left = kept.asked_at + self._interval(flow) - now
        if kept.waits:
            kept.waits = False
            kept.missed += 1
            if kept.missed == MISSES:
                registrar.flow_silent(flow, now + self._agent.core.config.epoch)
                self._tell(binding, now)
            if kept.missed < MISSES:
                left = 0.0
        if left > GRAIN:
            self._set(flow, left)
        else:
            way = self._agent.still(flow)
            if way is not None:
                self._ask(binding, way, kept, now)
            kept.asked_at = now
            self._set(flow, min(PATIENCE, self._interval(flow) / 2))

    def _tell(self, binding: Binding, now: float) -> None:
        """Where a network is down all its phones fall silent: one line a second is enough."""
        if now < self._told_at + 1.0:
            self._untold += 1
            return
        more = f", nor do {self._untold} others" if self._untold else ""
        log.warning("the phone of %s at %s does not answer%s", binding.aor, binding.flow.remote[0], more)
        self._told_at, self._untold = now, 0

    def _ask(self, binding: Binding, flow: Flow, kept: _Kept, now: float) -> None:
        kept.waits = True

        def take(answer: Response | None, _status: int, _now: float) -> None:
            if answer is not None:
                kept.waits, kept.missed = False, 0
                # its flow is another one where an earlier process listened elsewhere
                self._agent.core.registrar.flow_heard(binding.flow)

        domain = binding.aor.rpartition("@")[2]
        options = request(
            "OPTIONS",
            binding.contact,
            from_=NameAddr("", Uri("sip", None, None, domain or flow.local[0]), (("tag", new_tag()),)),
            to=NameAddr("", binding.contact),
            call_id=new_call_id(),
            cseq=1,
            contact=self._agent.core.calls.contact(flow),
        )
        self._agent.core.ask(options, flow, take, now)


def _needs(binding: Binding) -> bool:
    return binding.behind_router or binding.silent_since is not None
