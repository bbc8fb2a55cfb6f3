"""Waiting in a queue, from joining it to the end of the conversation: the same code for live and simulated calls.

Strictly in order: only the first of a queue has agents rung. A caller is never dropped because an agent's phone failed:
who does not answer is left alone for a while and the next one is rung; if the audio of somebody who answered is lost,
the caller is back where they stood, before all who came later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic

from engine.call.hearing import Keyed
from engine.call.hunting import SOON
from engine.call.in_line import Party, Queued, Serving
from engine.call.keypad import KeyPresses
from engine.call.queue_plan import ANSWERED, FULL, NOBODY, TOO_LONG, QueuePlan
from engine.call.ring_news import RingNews
from engine.call.ring_plan import Parked, RingPlan, RingTarget, Transferred
from engine.events import QueueAnnounced, QueueJoined, QueueLeft
from engine.office.agents import Offer
from engine.office.queues import Place
from media.commands import Played, Sound

LONGEST_RINGING = 24 * 3600.0
"""Seconds for which one ringing may go on; each agent has their own, much shorter time in it."""
RETURN_SECONDS = 60.0
"""Whoever is back because an agent's phone failed waits for so long at least, however long they have waited before."""
MAX_GRACES = 3
"""So often; then what is left of their patience counts alone, so that phones without sound hold nobody for ever."""
GONE, SERVED, BY_KEY = "gone", "served", "key"
"""Further reasons for which a caller has left the line (``QueueLeft``)."""


async def wait_in_line(call: Queued, plan: QueuePlan, serving: Serving[Party]) -> str | Parked | Transferred:
    """Wait until an agent has talked to the caller, ``answered`` or where they parked or transferred them.

    Or why it did not come to that (queue_plan.py).
    """
    queues = call.office.queues
    if queues.waiting(plan.name) >= plan.most:
        return FULL
    if plan.needs_agents and not any(serving.has_phone(target.extension) for target in plan.agents()):
        return NOBODY
    number, patience, returns = None, plan.patience, 0
    while True:
        waiting = _Waiting(call, plan, serving, number, patience)
        outcome = await waiting.run()
        if waiting.granted is not None:
            return waiting.granted
        if outcome != ANSWERED or not waiting.lost:
            return outcome
        number, returns = waiting.number, returns + 1
        patience = max(waiting.patience_left, RETURN_SECONDS if returns <= MAX_GRACES else 0.0)


class _Waiting(Generic[Party]):
    """One stay in the line, and the conversation that ends it."""

    def __init__(
        self, call: Queued, plan: QueuePlan, serving: Serving[Party], number: int | None, patience: float
    ) -> None:
        self._call = call
        self._plan = plan
        self._serving = serving
        self._queues = call.office.queues
        self._agents = call.office.queues.agents
        self._loop = asyncio.get_running_loop()
        self._place: Place
        self._line: Keyed | None = None
        self._in_line = False
        self._ringing: asyncio.Task[None] | None = None
        self._news: RingNews[Party] = RingNews()
        self._withdrawn = False
        self._agent = ""
        self._talking = False
        self._saying: tuple[asyncio.Future[Played], Sequence[Sound], float] | None = None
        self._speaks_at = float("inf")
        self._rounds = 0
        self.number = number
        self.patience_left = patience
        self.lost = False
        self.granted: Parked | Transferred | None = None

    async def run(self) -> str:
        """``answered``, ``too_long``, ``nobody``, or the key by which the caller left."""
        plan, began = self._plan, self._loop.time()
        self._place = place = self._queues.join(
            plan.name,
            self._call.id,
            self._be_told,
            began,
            priority=plan.priority,
            precedence=plan.precedence,
            number=self.number,
        )
        self._in_line, self.number = True, place.number
        position, waiting = self._queues.position(place), self._queues.waiting(plan.name)
        self._call.emit(lambda c, t: QueueJoined(c, t, plan.name, position, waiting))
        why = GONE
        try:
            self._line = line = await self._serving.answered()
            line.keys.clear()
            line.media.hold(True, plan.music)
            async with asyncio.TaskGroup() as group:
                outcome = await self._wait(group, line.keys)
                why = outcome if outcome in (TOO_LONG, NOBODY) else BY_KEY
        finally:
            if self._in_line:
                self._leave(why)
        return outcome

    def _be_told(self) -> None:
        """Something has changed. Whoever is not the first any more lets the phones go at once, before one answers."""
        if self._in_line and not self._queues.is_first(self._place):
            self._withdraw()
        self._wake()

    def _wake(self) -> None:
        if self._line is not None:
            self._line.keys.wake()

    async def _wait(self, group: asyncio.TaskGroup, keys: KeyPresses) -> str:
        """Have agents rung and let the caller hear of it, whenever something changes, until one has talked to them."""
        plan = self._plan
        gives_up_at = self._loop.time() + self.patience_left
        self._speaks_at = self._loop.time()
        try:
            while not self._talking:
                now = self._loop.time()
                if now + SOON >= gives_up_at:
                    return TOO_LONG
                if plan.needs_agents and not plan.agents():
                    return NOBODY
                self._serve(group, now)
                self._speak(now)
                press = await keys.next(min(gives_up_at, self._speaks_at, self._agent_free_at(now)))
                if self._talking:
                    if press is not None:
                        keys.put_back(press)  # it belongs to the conversation
                    break
                if press is not None:
                    keys.tell(press)
                    if press.digit in plan.keys:
                        return press.digit
                if self._queues.tell_more_urgent(self._place):
                    # whoever goes before takes whom they find first; an agent may answer meanwhile
                    await asyncio.sleep(0)
            if self._ringing is not None:
                await asyncio.wait((self._ringing,))
            return ANSWERED
        finally:
            self._withdraw()

    # --- the agents -------------------------------------------------------------------------------------------------

    def _serve(self, group: asyncio.TaskGroup, now: float) -> None:
        """Ring whom the first one may be offered to."""
        if not self._queues.is_first(self._place):
            return
        plan = self._plan
        if self._ringing is not None and (self._withdrawn or not plan.together or self._news.closed):
            return
        free = {
            target.person: target
            for target in plan.agents()
            if not target.undisturbed
            and self._agents.free(target.person, now)
            and self._serving.has_phone(target.extension)
        }
        if not free:
            return
        order = plan.in_turn(list(free))
        targets = [free[person] for person in (order if plan.together else order[:1])]
        for target in targets:
            self._agents.offer(target.person, Offer(self._call.id, self._ringing_ended))
        if self._ringing is not None:
            for target in targets:
                self._news.add(target)
            return
        self._news, self._withdrawn = RingNews(), False
        self._ringing = group.create_task(self._ring(targets))
        self._ringing.add_done_callback(self._ringing_over)

    def _agent_free_at(self, now: float) -> float:
        """When somebody who could be rung now has wrapped up or rested; other changes are told of."""
        if not self._queues.is_first(self._place) or (self._ringing is not None and not self._plan.together):
            return float("inf")
        return self._agents.next_free_at((target.person for target in self._plan.agents()), now)

    async def _ring(self, targets: Sequence[RingTarget]) -> None:
        """Ring agents, and talk to the one who answers."""
        plan = RingPlan(tuple(targets), LONGEST_RINGING, shown=self._plan.shown, unheard=True)
        async with self._serving.reached(plan, self._news) as party:
            if not isinstance(party, str):
                await self._talk(party)

    def _ringing_over(self, _: asyncio.Task[None]) -> None:
        """No phone rings any more, and nobody talks; also where it was over before it began."""
        self._ringing = None
        self._release(failed=not self._withdrawn and not self._talking)
        self._wake()
        self._queues.look()

    def _release(self, *, failed: bool = False, but: str = "") -> None:
        """Let those go who were to be rung."""
        for person in self._agents.offered(self._call.id):
            if person != but:
                self._let_go(person, failed=failed)

    def _withdraw(self) -> None:
        """Let the phones stop ringing, unless somebody has answered."""
        if self._ringing is not None and not self._talking:
            self._withdrawn = True
            self._ringing.cancel()

    def _ringing_ended(self, person: str, outcome: str) -> None:
        if outcome != "answered":
            self._let_go(person, failed=outcome not in ("elsewhere", "given_up") and not self._withdrawn)

    def _let_go(self, person: str, *, failed: bool) -> None:
        self._agents.release(person)
        if failed:
            self._agents.rest(person, self._loop.time() + self._plan.rest)

    async def _talk(self, party: Party) -> None:
        """The conversation. Who answered wraps up after it, or rests if nothing was heard of them any more."""
        assert self._line is not None
        self._talking, self._agent = True, party.target.person
        self._release(but=self._agent)
        self._leave(SERVED)
        try:
            conversation = await self._serving.talk(party, self._plan.in_call)
            self.lost, self.granted = bool(conversation.lost), conversation.granted
        finally:
            pause = self._agents.rest if self.lost else self._agents.wrap_up
            pause(self._agent, self._loop.time() + (self._plan.rest if self.lost else self._plan.wrap_up))

    def _leave(self, why: str) -> None:
        """Stand in the line no longer, and hear nothing of it any more."""
        now = self._loop.time()
        self._in_line = False
        self.patience_left -= now - self._place.joined_at
        self._fall_silent()
        self._queues.leave(self._place, now, served=why == SERVED)
        queue, waited = self._plan.name, now - self._place.joined_at
        self._call.emit(lambda c, t: QueueLeft(c, t, queue, why, waited))
        self._wake()

    # --- what the caller hears --------------------------------------------------------------------------------------

    def _speak(self, now: float) -> None:
        """Say the position and the next message when it is time; the music goes on afterwards."""
        if self._saying is not None and self._saying[0].done():
            self._said(self._saying[0].result().seconds, finished=self._saying[0].result().finished)
            self._speaks_at = now + self._plan.every
        if self._saying is not None or self._line is None or now + SOON < self._speaks_at:
            return
        sounds = () if self._rounds == 0 and self._ringing is not None else self._announcement(now)
        self._rounds += 1
        if not sounds:
            self._speaks_at = now + self._plan.every if self._plan.say or self._plan.messages else float("inf")
            return
        self._speaks_at = float("inf")
        playing = self._line.media.begin(sounds)
        playing.add_done_callback(lambda _: self._wake())
        self._saying = playing, sounds, now

    def _announcement(self, now: float) -> tuple[Sound, ...]:
        plan, position = self._plan, self._queues.position(self._place)
        sounds: tuple[Sound, ...] = ()
        if plan.say is not None:
            wait = self._queues.wait(self._place, now)
            sounds = plan.say(position, wait)
            self._call.emit(lambda c, t: QueueAnnounced(c, t, plan.name, position, wait))
        if plan.messages and self._rounds:
            sounds += plan.messages[(self._rounds - 1) % len(plan.messages)]
        return sounds

    def _said(self, seconds: float, *, finished: bool) -> None:
        assert self._saying is not None
        sounds, self._saying = self._saying[1], None
        self._call.prompt_played(sounds, seconds, finished=finished)

    def _fall_silent(self) -> None:
        if self._saying is not None:
            playing, _, began = self._saying
            finished = playing.done() and playing.result().finished
            self._said(playing.result().seconds if playing.done() else self._loop.time() - began, finished=finished)
        if self._line is not None:
            self._line.media.stop()
            self._line.media.hold(False)
