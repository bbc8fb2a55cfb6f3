"""One trunk looked after: kept registered, and asked whether it is there. What changes is logged, once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from random import random
from typing import Final

from engine.call.trunk import Trunk
from engine.call.trunk_state import TrunkState
from engine.trunks.answers import read_answer, service_routes
from engine.trunks.health import Health
from engine.trunks.registration import Ask, Registration, State
from sip.flow import Flow
from sip.message.build import new_call_id, new_tag
from sip.rim.asking import Question, ask
from sip.rim.user_agent import UserAgent
from sip.rim.ways import UNABLE

LEAVE_SECONDS: Final = 2.0
"""How long the answer to leaving is waited for."""
LOOK_SECONDS: Final = 5.0
"""How often a connection over which a trunk is registered is looked at."""

log = logging.getLogger(__name__)


class Keeper:
    """Runs the registration and the health of a trunk until ``stop``. ``state`` is what calls see of it."""

    def __init__(
        self, agent: UserAgent, trunk: Trunk, state: TrunkState, contact: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.trunk = trunk
        self._agent = agent
        self._state = state
        self._contact = contact
        self._clock = clock
        self._health = Health(trunk.check, agent.now())
        self._registration = Registration(int(trunk.registers), random) if trunk.registers else None
        self._call_id = new_call_id()
        self._from = trunk.address_of_record.with_params(tag=new_tag())
        self._cseq = 1
        self._stopping = asyncio.Event()
        self._news = asyncio.Event()
        self._told_failure = ""

    def stop(self) -> None:
        """Leave the provider and end."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Until ``stop``; never raises for what a provider does."""
        state = self._state
        state.down, state.refused, state.suspect = False, False, self._suspect
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._keep_checked())]
                if self._registration is not None:
                    tasks.append(group.create_task(self._keep_registered()))
                await self._stopping.wait()
                for task in tasks:
                    task.cancel()
        finally:
            state.suspect = None
        await self._leave()

    # --- registration ------------------------------------------------------------------------------------------------

    async def _keep_registered(self) -> None:
        registration = self._registration
        assert registration is not None
        asks = registration.begin(self._agent.now())
        while True:
            if asks is not None:
                asks = await self._register(registration, asks)
                continue
            await self._wait(registration.next_at, look=registration.state is State.IN)
            now = self._agent.now()
            asks = registration.due(now) or (registration.lost(now) if self._connection_lost() else None)

    async def _register(self, registration: Registration, asks: Ask) -> Ask | None:
        trunk, state = self.trunk, self._state
        question = Question(
            "REGISTER",
            trunk.registrar,
            self._from,
            trunk.address_of_record,
            headers=(("Expires", asks.expires),),
            routes=trunk.routes if trunk.proxy is not None else (),
            call_id=self._call_id,
            cseq=self._cseq,
            contact_user=self._contact,
        )
        self._cseq += 2  # the answer to a challenge has the one between
        reply = await ask(self._agent, question, flow=state.open(self._agent.still), credentials=trunk.credentials)
        now = self._agent.now()
        more = registration.answered(read_answer(reply, self._contact), now)
        if registration.state is State.IN:
            self._keep(reply.flow)
            state.service_routes = service_routes(reply.response)
        elif reply.response is None:
            self._keep(None)
        self._note_registration(registration, now)
        return more

    def _keep(self, flow: Flow | None) -> None:
        """The connection to the provider is one that must not be closed for being idle."""
        state, kept = self._state, self._agent.kept
        if state.flow is not None and state.flow != flow:
            kept.discard(state.flow)
        state.flow = flow
        if flow is not None:
            kept.add(flow)

    def _connection_lost(self) -> bool:
        return self._state.connection is not None and self._state.open(self._agent.still) is None

    def _note_registration(self, registration: Registration, now: float) -> None:
        state, was = self._state, self._state.registered_until is not None
        state.refused = registration.forbidden
        left = registration.left(now)
        state.registered_until = self._clock() + left if left else None
        if registration.failure:
            state.failed(f"registration: {registration.failure}", self._clock())
        elif state.changed is not None:
            state.changed()
        told = registration.failure
        if registration.state is State.IN and (not was or self._told_failure):
            log.info("trunk registered", extra={"trunk": self.trunk.name})
        elif told and told != self._told_failure:
            log.warning("trunk not registered", extra={"trunk": self.trunk.name, "reason": told})
        self._told_failure = told

    async def _leave(self) -> None:
        registration = self._registration
        asks = registration.leave(self._agent.now()) if registration is not None else None
        if registration is None or asks is None:
            return
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._register(registration, asks)
        except TimeoutError:
            log.info("trunk left without an answer", extra={"trunk": self.trunk.name})
        self._state.registered_until = None
        self._keep(None)

    # --- health ------------------------------------------------------------------------------------------------------

    async def _keep_checked(self) -> None:
        health = self._health
        while True:
            await self._wait(health.next_at)
            now = self._agent.now()
            if health.next_at is None or health.next_at > now:
                continue
            await self._check(health)

    async def _check(self, health: Health) -> None:
        trunk = self.trunk
        question = Question("OPTIONS", trunk.registrar, trunk.address_of_record, trunk.address_of_record,
                            routes=trunk.routes if trunk.proxy is not None else ())  # fmt: skip
        reply = await ask(self._agent, question, flow=self._state.open(self._agent.still))
        now = self._agent.now()
        if reply.response is not None and reply.status not in UNABLE:
            if health.answered(now):
                self._came_up(now)
            return
        if reply.response is None:
            self._keep(None)
        if health.silent(now):
            self._went_down(f"{reply.status} {reply.reason}")

    def _went_down(self, why: str) -> None:
        self._state.down = True
        self._state.failed(f"no answer: {why}", self._clock())
        log.warning("trunk down", extra={"trunk": self.trunk.name, "reason": why})

    def _came_up(self, now: float) -> None:
        """It answers again. It may have forgotten us meanwhile."""
        self._state.down = False
        log.info("trunk up", extra={"trunk": self.trunk.name})
        if self._registration is not None:
            self._registration.stale(now)
            self._news.set()
        if self._state.changed is not None:
            self._state.changed()

    def _suspect(self) -> None:
        self._health.suspect(self._agent.now())
        self._news.set()

    async def _wait(self, at: float | None, *, look: bool = False) -> None:
        """Until a moment, or until something has happened; with ``look`` a few seconds at most."""
        left = None if at is None else max(0.0, at - self._agent.now())
        if look:
            left = LOOK_SECONDS if left is None else min(left, LOOK_SECONDS)
        self._news.clear()
        try:
            async with asyncio.timeout(left):
                await self._news.wait()
        except TimeoutError:
            pass
