"""Ring phones: the first answer wins, the others get CANCEL with the reason (RFC 3326)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.call.hunting import Hunt
from engine.call.line import Line
from engine.call.metering import Meter
from engine.call.ring_news import RingNews
from engine.call.ring_plan import GIVEN_UP, RingPlan, RingTarget, Target
from engine.call.surroundings import Place, Surroundings
from engine.events import Side
from sip.bindings import Binding
from sip.errors import ProtocolError
from sip.message.envelope import DEFAULT_MAX_FORWARDS
from sip.message.values import NameAddr
from sip.rim.calls import Answered, CallLeg, Failed, OutgoingCall
from sip.rim.ways import Hop
from sip.sdp.answer import NotAcceptable

ANSWERED_ELSEWHERE = ("Reason", 'SIP;cause=200;text="Call completed elsewhere"')
CANNOT_TALK = ("Reason", 'SIP;cause=488;text="No audio in common"')
MAX_PHONES = 10
"""Of one target."""
MAX_RINGING = 50
"""Phones that one call rings at a time, those of all its targets together."""

BUSY_STATUSES = frozenset({486, 600})
DECLINED_STATUSES = frozenset({603, 607})
UNREACHABLE_STATUSES = frozenset({404, 410, 430, 503})


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever can talk to the caller: for which target, the SIP leg, and the line whose offer or answer is agreed.

    ``over`` is for somebody who took the call by a call of their own: it is told who ended the conversation. ``meter``
    counts the seconds of somebody outside.
    """

    target: Target
    call: CallLeg
    line: Line
    over: asyncio.Future[Side] | None = None
    meter: Meter | None = None

    def takes(self, answer: Answered) -> bool:
        """Whether we can talk after this answer to our offer; else the leg is hung up."""
        self.line.answered()
        if answer.sdp is None and self.line.agreement is not None:
            return True  # what was agreed before the answer counts
        try:
            self.line.take_answer(answer.sdp or b"")
        except (NotAcceptable, ProtocolError):
            self.call.hang_up(headers=(CANNOT_TALK,))
            return False
        return True

    @property
    def there(self) -> bool:
        return not self.call.ended.done()

    def leave(self) -> None:
        """Hang up, after the last word on a REFER of theirs."""
        self.call.hang_up()
        self.let_go(Side.CALLEE)

    def let_go(self, by: Side = Side.CALLER) -> None:
        """The conversation is over, or will never be."""
        if self.over is not None and not self.over.done():
            self.over.set_result(by)


class RungPhone(Protocol):
    """A phone being rung for a target: a Branch, or one outside (engine/call/outside.py)."""

    @property
    def target(self) -> Target: ...

    @property
    def outcome(self) -> asyncio.Future[Answered | Failed]:
        """What came of it, once that is known; never raises."""
        ...

    @property
    def party(self) -> Party: ...

    def agrees(self) -> bool:
        """Whether it has answered so that we can talk; one that answered otherwise is hung up."""
        ...

    def let_go(self, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Stop ringing it."""
        ...


@dataclass(slots=True)
class Branch:
    """One phone being rung for a target, and the line it would talk over."""

    target: Target
    call: OutgoingCall
    line: Line

    @property
    def outcome(self) -> asyncio.Future[Answered | Failed]:
        """What came of it, once that is known; never raises."""
        return self.call.outcome

    @property
    def party(self) -> Party:
        return Party(self.target, self.call, self.line)

    def agrees(self) -> bool:
        answer = self.outcome.result()
        return isinstance(answer, Answered) and self.party.takes(answer)

    def let_go(self, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.call.hang_up(headers=headers)


@dataclass(slots=True)
class Refusals:
    """What the phones that did not answer said; the outcome for the caller is the most telling of them."""

    statuses: list[int] = field(default_factory=list)

    def outcome(self) -> str:
        """``declined``, ``busy``, ``no_answer`` or, when no phone could be reached at all, ``not_registered``."""
        statuses = set(self.statuses)
        if statuses & DECLINED_STATUSES:
            return "declined"
        if statuses & BUSY_STATUSES:
            return "busy"
        if statuses and statuses <= UNREACHABLE_STATUSES:
            return "not_registered"
        return "no_answer"


class Ringer(Protocol):
    """Calls the phones of targets and tells of them."""

    async def begin(self, target: Target) -> Sequence[RungPhone] | str:
        """Call a target's phones; if there are none to be called, the outcome in place of them."""
        ...

    def ended(self, target: Target, outcome: str) -> None:
        """The target rings no longer: ``answered``, ``elsewhere``, ``busy``, ``failed`` ..."""
        ...


@dataclass(slots=True)
class Rung:
    """The phones of one target: those that still ring, and what the others said."""

    branches: list[RungPhone]
    refusals: Refusals = field(default_factory=Refusals)

    def refused(self, branch: RungPhone) -> None:
        self.branches.remove(branch)
        self.refusals.statuses.append(_status_of(branch))

    @property
    def outcome(self) -> str | None:
        """What came of the target; None while it goes on. Somebody's 'decline' ends it for all their phones."""
        if self.branches and not DECLINED_STATUSES.intersection(self.refusals.statuses):
            return None
        return self.refusals.outcome()

    def let_go(self, headers: Sequence[tuple[str, str]] = ()) -> None:
        for branch in self.branches:
            branch.let_go(headers)


async def ring_targets(plan: RingPlan, ringer: Ringer, news: RingNews[Party] | None = None) -> Party | str:
    """Ring as the plan says until a phone answers (media agreed) or none will: ``busy``, ``no_answer`` ...

    By ``news`` further targets join, or somebody takes the call, who has won then. However this ends, cancellation
    included, no phone but the winner's goes on ringing, and of each target that began it is told how it ended.
    """
    loop = asyncio.get_running_loop()
    hunt = Hunt(plan, loop.time())
    news = RingNews[Party]() if news is None else news
    rung: dict[Target, Rung] = {}
    winner: Party | None = None

    def end(target: Target, outcome: str) -> None:
        outcome = target.unreached if outcome == "not_registered" else outcome
        hunt.end(target, outcome)
        if target in rung:
            rung.pop(target).let_go()
        ringer.ended(target, outcome)

    try:
        while (winner := news.taker) is None:
            while (joins := news.next_target()) is not None:
                hunt.add(joins, loop.time())
            while (target := hunt.begin(loop.time())) is not None:
                called = await ringer.begin(target)
                if isinstance(called, str):
                    end(target, called)
                else:
                    rung[target] = Rung(list(called))
            if news.unread:
                continue
            if hunt.over:
                return hunt.outcome
            waiting = {branch.outcome: branch for each in rung.values() for branch in each.branches}
            either: set[asyncio.Future[Any]] = {*waiting, news.changed()}
            left = max(0.0, hunt.deadline - loop.time())
            done, _ = await asyncio.wait(either, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            winner = _settle([branch for outcome, branch in waiting.items() if outcome in done], rung)
            if winner is not None:
                break
            for target, outcome in [(target, each.outcome) for target, each in rung.items()]:
                if outcome is not None:
                    end(target, outcome)
            for target in hunt.expired(loop.time()):
                end(target, "no_answer")
        return winner
    finally:
        news.close()
        for each in rung.values():
            each.let_go((ANSWERED_ELSEWHERE,) if winner else ())
        for target in hunt.ringing:
            ringer.ended(target, _at_the_end(target, winner))


def _settle(ready: Iterable[RungPhone], rung: Mapping[Target, Rung]) -> Party | None:
    """The first of the phones that answered so that we can talk. It and those that refused ring no longer."""
    winner: Party | None = None
    for branch in ready:
        if winner is None and branch.agrees():
            winner = branch.party
            rung[branch.target].branches.remove(branch)
        elif winner is None or isinstance(branch.outcome.result(), Failed):
            rung[branch.target].refused(branch)
    return winner


def _at_the_end(target: Target, winner: Party | None) -> str:
    if winner is None:
        return GIVEN_UP
    return "answered" if target == winner.target else "elsewhere"


def _status_of(branch: RungPhone) -> int:
    outcome = branch.outcome.result()
    return outcome.status if isinstance(outcome, Failed) else 488


def place_calls(
    around: Surroundings,
    target: RingTarget,
    devices: Sequence[Sequence[Binding]],
    lines: Mapping[Place, Line],
    from_: NameAddr,
    headers: Sequence[tuple[str, str]] = (),
    max_forwards: int = DEFAULT_MAX_FORWARDS,
) -> list[Branch]:
    """Send an INVITE to each device of a target where its REGISTER came from; its offer is the line of the place used.

    The ways of one device are tried one after another. A device is left out if there is no line at its place.
    ``max_forwards`` is the caller's less one: calls that go round in circles over several systems end.
    """
    places = {around.place(phone.flow, target.encryption) for phone, *_ in devices}
    offers = {place: line.make_offer() for place, line in lines.items() if place in places}
    branches = []
    for phone, *others in devices:
        place = around.place(phone.flow, target.encryption)
        if place not in offers:
            continue
        call = around.agent.call(
            phone.contact,
            flow=phone.flow,
            from_=from_,
            to=NameAddr("", phone.contact, ()),
            offer=offers[place],
            headers=headers,
            routes=phone.path,
            max_forwards=max_forwards,
            otherwise=lines[place].second_offer(),
            identity=phone.aor,
            others=[
                Hop(each.contact, each.flow, each.path)
                for each in others
                if around.place(each.flow, target.encryption) == place
            ],
        )
        branches.append(Branch(target, call, lines[place]))
    return branches
