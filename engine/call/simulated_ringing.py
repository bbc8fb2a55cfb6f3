"""The phones of a simulated call: they ring as the plan says and do what the script says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from engine.call.accepting import longest, outcome_of
from engine.call.hearing import Ear
from engine.call.hunting import SOON, Hunt
from engine.call.protocol import Caller
from engine.call.ring_news import RingNews
from engine.call.ring_plan import GIVEN_UP, OutsideTarget, RingPlan, RingTarget, Target
from engine.call.script import Phone, Script
from engine.call.simulated_outside import OutsideCall
from engine.events import CallEvent, Ringing, RingingEnded
from engine.forward_events import AcceptanceAsked
from engine.office.office import Office
from engine.office.waiting import LetterBox
from media.commands import Sound, Tone


class CallersSide(Protocol):
    """The call that rings: a SimulatedCall."""

    loop: asyncio.AbstractEventLoop
    script: Script

    @property
    def id(self) -> str: ...

    @property
    def shown(self) -> str: ...

    @property
    def office(self) -> Office: ...

    seconds_of: Callable[[Sound], float]

    @property
    def media(self) -> Ear: ...

    @property
    def caller(self) -> Caller: ...

    @property
    def answered(self) -> bool: ...

    def emit(self, event: Callable[[str, float], CallEvent]) -> None: ...

    async def answer(self) -> None: ...

    def offered(self, box: LetterBox) -> AbstractContextManager[None]: ...


ASKED = "asked"
"""A reaction: an outside phone is answered, and whoever did is asked to take the call."""


class SimulatedParty(NamedTuple):
    """Who answered, or took the call, and for which target."""

    phone: Phone
    target: Target
    outside: OutsideCall | None = None

    def let_go(self) -> None:
        """Nobody waits on a phone that a script moves."""


class SimulatedRinging:
    """One ringing of a simulated call; ``answered`` is who did, once they have. ``news``: as of live ringing."""

    def __init__(self, call: CallersSide, plan: RingPlan, news: RingNews[SimulatedParty] | None = None) -> None:
        self._call = call
        self._plan = plan
        self._news = RingNews[SimulatedParty]() if news is None else news
        self._hunt = Hunt(plan, call.loop.time())
        self._began: dict[Target, float] = {}
        self._reactions: dict[Target, tuple[float, str]] = {}
        self._phones: dict[Target, Phone] = {}
        self._outside: dict[Target, OutsideCall] = {}
        self._heard = False
        self.answered: SimulatedParty | None = None

    async def run(self, step: Callable[[], Awaitable[None]]) -> str:
        """Ring until somebody answers or nobody will; ``step`` is awaited before each wait. How it ended."""
        loop, hunt, news = self._call.loop, self._hunt, self._news
        try:
            with self._call.offered(news):
                while not self._taken():
                    while (joins := news.next_target()) is not None:
                        hunt.add(joins, loop.time())
                    while (target := hunt.begin(loop.time())) is not None:
                        await self._begin(target)
                    if news.unread:
                        continue
                    if hunt.over:
                        return hunt.outcome
                    await step()
                    await self._until(min(hunt.deadline, *(at for at, _ in self._reactions.values())))
                    self._react(loop.time())
                return "answered"
        finally:
            news.close()
            for target in hunt.ringing:
                self._end(target, self._at_the_end(target))
            for target in list(self._outside):
                if self.answered is None or target != self.answered.target:
                    self._outside.pop(target).over()

    def _taken(self) -> bool:
        """Whether somebody has answered, or taken the call."""
        if self.answered is None:
            self.answered = self._news.taker
        return self.answered is not None

    async def _until(self, at: float) -> None:
        """Wait for a moment, or for news."""
        left = max(0.0, at - self._call.loop.time())
        await asyncio.wait((self._news.changed(),), timeout=left)

    async def _begin(self, target: Target) -> None:
        call, now = self._call, self._call.loop.time()
        phone = self._phone(target)
        if isinstance(target, RingTarget) and self._engaged(target):
            self._began[target] = now
            self._end(target, "busy")
        elif phone is None:
            self._began[target] = now
            self._end(target, "not_registered")
        elif isinstance(target, OutsideTarget) and not self._take(target):
            self._began[target] = now
            self._end(target, target.unreached)
        else:
            self._began[target] = now
            self._reactions[target], self._phones[target] = _reaction(phone, target, now), phone
            me, shown = call.caller, self._plan.shown
            name = shown.name_shown(me.name, me.number)
            call.emit(lambda c, t: Ringing(c, t, target.person, target.extension, 1, name, shown.ring_tone))
            await self._let_hear()

    def _phone(self, target: Target) -> Phone | None:
        """What the script has for a target; a number outside is there even if nothing is said of it."""
        phones = self._call.script.phones
        if isinstance(target, OutsideTarget):
            return phones.get(target.extension, Phone())
        return phones.get(target.extension)

    def _take(self, target: OutsideTarget) -> bool:
        """One more call to the outside, if there can be one."""
        give_back = self._call.office.outside.begin(target.bill)
        if give_back is not None:
            self._outside[target] = OutsideCall(self._call, target, give_back)
        return give_back is not None

    def _engaged(self, target: RingTarget) -> bool:
        return target.undisturbed or (target.unless_busy and self._call.office.presence.busy(target.person))

    async def _let_hear(self) -> None:
        if self._heard or self._plan.unheard:
            return
        self._heard = True
        if self._plan.hears:
            await self._call.answer()
        if self._call.answered:
            self._call.media.begin(self._plan.hears or (Tone("ringback"),), loop=True)

    def _react(self, now: float) -> None:
        """Let those phones do something that have rung long enough."""
        for target in self._hunt.expired(now):
            self._end(target, "no_answer")
        for target, (at, outcome) in list(self._reactions.items()):
            if at > now + SOON:
                continue
            if outcome == ASKED and isinstance(target, OutsideTarget):
                self._outside[target].answered(now)
                self._ask(target, now)
            elif outcome == "answered" and self.answered is None:
                outside = self._outside.get(target)
                if outside is not None:
                    outside.answered(now)
                self.answered = SimulatedParty(self._phones[target], target, outside)
            elif outcome != "answered":
                self._end(target, outcome)

    def _ask(self, target: OutsideTarget, now: float) -> None:
        """Whoever answered outside hears the question; what they do then is the target's next reaction."""
        phone, accept = self._phones[target], target.accept
        assert accept is not None
        self._call.emit(lambda c, t: AcceptanceAsked(c, t, target.number))
        after, outcome = longest(sum(map(self._call.seconds_of, accept.prompt))), "no_answer"
        if phone.presses is None:
            after = min(after, phone.talks)
        elif phone.presses[0] < after:
            after, outcome = phone.presses[0], outcome_of(phone.presses[1])
        self._reactions[target] = (now + after, outcome)

    def _end(self, target: Target, outcome: str) -> None:
        self._hunt.end(target, outcome)
        self._reactions.pop(target, None)
        if outcome != "answered" and target in self._outside:
            self._outside.pop(target).over()
        began = self._began.pop(target, None)
        if began is not None:
            seconds = self._call.loop.time() - began
            self._call.emit(lambda c, t: RingingEnded(c, t, target.person, target.extension, outcome, seconds))

    def _at_the_end(self, target: Target) -> str:
        if self.answered is None:
            return GIVEN_UP
        return "answered" if target == self.answered[1] else "elsewhere"


def _reaction(phone: Phone, target: Target, now: float) -> tuple[float, str]:
    """When the phone does something, and what; far in the future if nothing."""
    reactions = [(float("inf"), "no_answer")]
    if phone.unreachable:
        reactions.append((now, target.unreached))
    if phone.busy:
        reactions.append((now, "busy"))
    if phone.fails:
        reactions.append((now, "no_answer"))
    if phone.declines_after is not None:
        reactions.append((now + phone.declines_after, "declined"))
    if phone.answers_after is not None:
        asks = isinstance(target, OutsideTarget) and target.accept is not None
        reactions.append((now + phone.answers_after, ASKED if asks else "answered"))
    return min(reactions)
