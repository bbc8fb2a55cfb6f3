"""A telephone outside being rung: through one trunk after the other, and, if need be, asked to take the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final

from engine.call.accepting import asked
from engine.call.callers_side import CallersSide
from engine.call.early_media import EarlyMedia
from engine.call.forking import Party
from engine.call.line import Line
from engine.call.metering import Meter
from engine.call.presenting import diversion_headers, number_shown
from engine.call.ring_plan import OutsideTarget
from engine.call.surroundings import Place
from engine.call.trunk import Trunk
from engine.events import Side
from engine.forward_events import AcceptanceAsked
from engine.outside_events import AnsweredOutside
from media.plane import Leg, MediaUnavailable
from sip.message.values import NameAddr
from sip.rim.calls import Answered, Failed, OutgoingCall
from sip.rim.resolver import Unreachable
from sip.sdp.agreement import Codec
from sip.sdp.crypto import Encryption

TRIED_ELSEWHERE: Final = frozenset({401, 407, 408, 500, 502, 503, 504})
"""What a provider says, before anything rings, who cannot take the call: then the next one is asked."""
EMERGENCY_UNHEARD: Final = 2.0
"""How long a provider may leave a call to an emergency number without any answer."""
EMERGENCY_ROUNDS: Final = 3
"""So often all trunks are tried for such a call, whatever they say, with a pause between."""
ROUND_PAUSE: Final = 0.5
UNANSWERED = {"declined": Failed(603, "declined by key"), "no_answer": Failed(408, "no key was pressed")}

log = logging.getLogger(__name__)


class OutsidePhone:
    """One outside phone being rung (a RungPhone). ``outcome`` is there once it has answered and taken the call."""

    def __init__(
        self,
        caller: CallersSide,
        target: OutsideTarget,
        trunks: Sequence[Trunk],
        near: Leg,
        lines: AsyncExitStack,
        early: EarlyMedia,
        speaks: Sequence[Codec] = (),
    ) -> None:
        self._target = target
        self.outcome: asyncio.Future[Answered | Failed] = asyncio.get_running_loop().create_future()
        self._caller = caller
        self._trunks = trunks
        self._near = near
        self._lines = lines
        self._early = early
        self._speaks = speaks
        self._line: Line | None = None
        self._at: tuple[Place, tuple[str, ...]] | None = None
        self._leg: OutgoingCall | None = None
        self._meter: Meter | None = None
        self._rang = False
        self._task: asyncio.Task[Answered | Failed] | None = None
        self._taken = False

    @property
    def target(self) -> OutsideTarget:
        return self._target

    @property
    def party(self) -> Party:
        assert self._leg is not None
        assert self._line is not None
        return Party(self.target, self._leg, self._line, meter=self._meter)

    def begin(self, tasks: asyncio.TaskGroup, give_back: Callable[[], None]) -> None:
        """Ring it, in a task; ``give_back`` is called when nothing of the call is left."""
        self._task = tasks.create_task(self._ring())
        self._task.add_done_callback(lambda task: self._over(task, give_back))

    def agrees(self) -> bool:
        answer = self.outcome.result()
        return isinstance(answer, Answered) and (self._taken or self.party.takes(answer))

    def let_go(self, headers: Sequence[tuple[str, str]] = ()) -> None:
        if self._leg is not None:
            self._leg.hang_up(headers=headers)
        if self._task is not None:
            self._task.cancel()

    # --- the task ---------------------------------------------------------------------------------------------------

    async def _ring(self) -> Answered | Failed:
        reached = await self._reach()
        if isinstance(reached, Answered) and self.target.accept is not None:
            return await self._accepted(reached)
        return reached

    def _over(self, task: asyncio.Task[Answered | Failed], give_back: Callable[[], None]) -> None:
        """The task has ended, perhaps before it began: by being let go, or as whoever was asked has hung up."""
        failed = task.cancelled() or task.exception() is not None
        outcome = Failed(480, "hung up") if failed else task.result()
        if self._leg is None:
            give_back()
        else:
            if isinstance(outcome, Failed):
                self._leg.hang_up()
            self._leg.ended.add_done_callback(lambda _: give_back())
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    async def _reach(self) -> Answered | Failed:
        """Call through the trunks in their order, until one of them takes the call or refuses it for good.

        Nothing is for good where somebody needs help.
        """
        emergency, failed = self.target.emergency, Failed(503, "no trunk")
        for round_ in range(EMERGENCY_ROUNDS if emergency else 1):
            if round_:
                await asyncio.sleep(ROUND_PAUSE)
            for trunk in self._trunks:
                outcome = await self._try(trunk, round_)
                if isinstance(outcome, Answered):
                    return outcome
                if self._rang or (outcome.status not in TRIED_ELSEWHERE and not emergency):
                    return outcome
                why = f"{outcome.status} {outcome.reason}"
                log.warning("trunk %s does not take a call: %s", trunk.name, why, extra={"call": self._caller.id})
                self._caller.around.ways_out.state(trunk.name).failed(f"call: {why}", self._caller.now())
                failed = Failed(503, why)
        return failed

    async def _try(self, trunk: Trunk, round_: int) -> Answered | Failed:
        """Call through one trunk; its line is given back when the call over it has ended."""
        ways_out, emergency = self._caller.around.ways_out, self.target.emergency
        give_back = ways_out.take_line(trunk, lambda why: self._caller.end(Side.SYSTEM, why), emergency=emergency)
        if give_back is None:
            return Failed(503, "its lines or minutes are used up")
        before = self._leg
        try:
            outcome = await self._call(trunk, *self._sound(trunk, round_))
            if isinstance(outcome, Answered):
                self._costs(trunk)
            return outcome
        finally:
            leg = self._leg
            if leg is None or leg is before:
                give_back()
            else:
                leg.ended.add_done_callback(lambda _: give_back())

    def _sound(self, trunk: Trunk, round_: int) -> tuple[str, tuple[str, ...]]:
        """How sound may be encrypted on a trunk, and the codecs for it.

        Help is asked for as the trunk has it, plainly if it must be, then with any codec, and at last without keys.
        """
        if not self.target.emergency:
            return trunk.encryption, trunk.codecs
        if round_:
            return (Encryption.OFFERED if round_ == 1 else Encryption.OFF), ()
        return (Encryption.OFFERED if trunk.encryption == Encryption.REQUIRED else trunk.encryption), trunk.codecs

    async def _call(self, trunk: Trunk, encryption: str, codecs: tuple[str, ...]) -> Answered | Failed:
        caller, facts, target = self._caller, self._caller.facts, self.target
        agent, state = caller.around.agent, caller.around.ways_out.state(trunk.name)
        uri = trunk.uri_of(target.number, facts.country)
        routes = state.service_routes or trunk.routes
        try:
            ways = await agent.ways_to(routes[0].uri if routes else uri, state.open(agent.still))
            line = await self._line_at(caller.around.place(agent.ways.open(ways[0]), encryption), codecs)
        except (Unreachable, MediaUnavailable) as problem:
            return Failed(503, str(problem))
        if target.emergency:
            line.be_patient()
            caller.line.be_patient()
        number = number_shown(target.shows, facts)
        hidden = (target.hidden or facts.caller.withheld) and not target.emergency
        diversions = (*target.diversions, *facts.diversions)
        name = facts.caller.name if number == facts.caller.number else ""
        leg = self._leg = agent.call(
            uri,
            ways=ways,
            routes=routes,
            from_=trunk.caller_shown(name, number, facts.country, hidden=hidden),
            to=NameAddr("", uri, ()),
            offer=line.make_offer(),
            headers=(
                *trunk.caller_headers(number, facts.country, hidden=hidden),
                *diversion_headers(diversions, facts.domain, facts.number, rung=uri),
            ),
            max_forwards=caller.max_forwards,
            otherwise=line.second_offer(),
            credentials=trunk.credentials,
        )
        leg.on_progress = self._progress
        patience = min(trunk.unheard, EMERGENCY_UNHEARD) if target.emergency else trunk.unheard
        await asyncio.wait((leg.outcome,), timeout=patience)
        if not leg.heard and state.suspect is not None:
            state.suspect()
        if not leg.outcome.done() and not leg.heard:
            leg.hang_up()
            return Failed(408, f"no answer within {patience:g} s")
        await asyncio.wait((leg.outcome,))
        return leg.outcome.result()

    def _costs(self, trunk: Trunk) -> None:
        """It has been answered: tell so, and count the seconds."""
        caller, target = self._caller, self.target
        caller.emit(lambda c, t: AnsweredOutside(c, t, target.person, trunk.name))
        purses = caller.office.outside.purses(target.bill)
        if purses:
            purses = (*purses, caller.around.ways_out.purse(trunk, caller.now()))
        loop, leg = asyncio.get_running_loop(), self._leg
        assert leg is not None
        self._meter = meter = Meter(purses)
        meter.begin(loop.time())
        leg.ended.add_done_callback(lambda _: meter.end(loop.time()))

    def _progress(self, _status: int, sdp: bytes | None) -> None:
        self._rang = True
        if self._leg is not None and self._line is not None:
            self._early.progress(self._leg, self._line, sdp)

    async def _line_at(self, place: Place, codecs: tuple[str, ...]) -> Line:
        """A line of its own, as what an outside phone is asked is for it alone. Raises MediaUnavailable."""
        if self._line is None or self._at != (place, codecs):
            leg = await self._caller.around.plane.open_leg(place.own, near=self._near)
            self._line = self._caller.around.line_over(leg, place, codecs, self._speaks)
            self._at = (place, codecs)
            self._lines.push_async_callback(self._line.close)
        return self._line

    async def _accepted(self, answer: Answered) -> Answered | Failed:
        """Ask whoever has answered whether they take the call; their hang-up ends this task."""
        target, party = self.target, self.party
        assert target.accept is not None
        self._early.stop()
        if not party.takes(answer):
            return Failed(488, "no audio in common")
        party.line.attach(party.call)
        for gone in (party.call.ended, party.line.media.dead):
            gone.add_done_callback(self._gone)
        self._caller.emit(lambda c, t: AcceptanceAsked(c, t, target.number))
        said = await asked(party.line, target.accept.prompt)
        self._taken = said == "answered"
        return answer if self._taken else UNANSWERED[said]

    def _gone(self, _ended: object) -> None:
        if self._task is not None:
            self._task.cancel()
