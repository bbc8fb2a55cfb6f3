"""One call through a plan, from its beginning as far as it goes by itself: what is heard when, and what rings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.call.script import Heard, Phone
from engine.call.simulated import SimulatedCall
from engine.call.simulated_leg import ENDLESS
from engine.dialplan.account import Account
from engine.dialplan.switches import FACT
from engine.events import CallEvent, NodeEntered, Ringing, RingingEnded, Side
from engine.log import event_name
from engine.office.office import Office
from engine.rehearsal.rehearse import Rehearsal, Rehearser
from engine.rehearsal.situation import Situation
from engine.rehearsal.sounds import SpokenWords
from engine.rehearsal.timeline import SHORTEST_HEARD, is_told
from media.commands import Sound
from web.greeting.turns import Turns
from web.rehearsal.moves import LONGEST, Moves, Reacting
from web.rehearsal.standing import AsItStands, Recordings
from web.rehearsal.telling import Names, ending, hears, tell
from web.words import Sentence

COMPUTES: float = 3.0
"""Seconds of the machine's time that a call may take; the usual one takes a thousandth of that."""
MOST_MOMENTS = 2000
_TURNS = Turns(2)


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline, ``at`` so many seconds from the call's beginning.

    ``what`` is ``hears``, ``presses``, ``rings`` or empty; ``event`` is its kind for programs. What is heard lasts
    ``seconds``, of ``whole`` if nothing had cut it short; ``sound`` is what is played.
    """

    at: float
    what: str
    text: Sentence
    event: str
    seconds: float = 0.0
    whole: float = 0.0
    sound: Sound | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone that rings from ``at`` to ``until``: a person's, or one outside, whose number is its extension.

    ``name`` is what the ``person`` is called.
    """

    at: float
    until: float
    person: str
    name: str
    extension: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where the call has come: ``at`` a node of the dialplan."""

    at: float
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a call goes if nobody does more than was told.

    ``whole`` is false where only its beginning is told: it took too long to find out, or there is too much to tell.
    """

    moves: Moves
    moments: tuple[Moment, ...]
    rings: tuple[Ring, ...]
    path: tuple[Step, ...]
    ends_at: float
    ending: Sentence
    verdict: str
    whole: bool = True


def rehearse(account: Account, moves: Moves, standing: AsItStands) -> Rehearsed:
    """Take a call through an account's plan. Needs milliseconds, and never more than COMPUTES or so."""
    registered = moves.registered(account)
    watch = _Watch()
    with _TURNS.one(), Rehearser([account], on_call=watch.take, on_jump=watch.before_time_passes) as rehearser:
        situation = _situation(moves, registered, standing)
        went = rehearser.rehearse(situation, Reacting(moves, registered, watch.elapsed))
    names = {key: person.name for key, person in account.people.items() if person.name}
    return _told(went, moves, names, in_time=watch.in_time)


@dataclass(frozen=True, slots=True)
class _AsItStands(Situation):
    """A situation whose office has what was recorded by phone."""

    recorded: Path | None = None

    def office(self, account: Account) -> Office:
        office = Situation.office(self, account)
        if self.recorded is not None:
            office.shelf = Recordings(self.recorded)
        return office


def _situation(moves: Moves, registered: dict[str, Phone], standing: AsItStands) -> Situation:
    turned = {f"{FACT}{name}": stands for name, stands in moves.switches.items()}
    return _AsItStands(
        begins_at=moves.begins_at,
        caller=moves.caller,
        called=moves.called,
        home=moves.home,
        keys=moves.keys,
        phones=registered,
        hangs_up_at=LONGEST if moves.hangs_up_at is None else min(LONGEST, moves.hangs_up_at),
        standing={**standing.facts, **turned},
        recorded=standing.recorded,
    )


class _Watch:
    """Looks after a call that is taken through: what its clock shows, and that it comes to an end."""

    def __init__(self) -> None:
        self.in_time = True
        self._until = time.monotonic() + COMPUTES
        self._call: SimulatedCall | None = None

    def take(self, call: SimulatedCall) -> None:
        self._call = call

    def elapsed(self) -> float:
        return self._call.elapsed if self._call is not None else 0.0

    def before_time_passes(self, seconds: float) -> float:
        call = self._call
        if self.in_time and call is not None and call.over is not None and time.monotonic() > self._until:
            self.in_time = False
            call.over(Side.SYSTEM, "took too long")
            return 0.0
        return seconds


def _told(went: Rehearsal, moves: Moves, names: Names, *, in_time: bool) -> Rehearsed:
    began = went.situation.begins_at
    moments = [_told_event(event, began, names) for event in went.events if is_told(event)]
    moments += [_told_sound(one, went.words) for one in went.heard if one.seconds >= SHORTEST_HEARD]
    moments.sort(key=lambda moment: moment.at)
    steps = [event for event in went.events if isinstance(event, NodeEntered)]
    return Rehearsed(
        moves=moves,
        moments=tuple(moments[:MOST_MOMENTS]),
        rings=tuple(_rings(went.events, began, names))[:MOST_MOMENTS],
        path=tuple(Step(_since(began, event), event.kind, event.name) for event in steps[:MOST_MOMENTS]),
        ends_at=round(went.ended.seconds, 3),
        ending=ending(went.ended, names),
        verdict=went.ended.verdict.value,
        whole=in_time and len(moments) <= MOST_MOMENTS,
    )


def _since(began: float, event: CallEvent) -> float:
    return round(event.at - began, 3)


def _told_event(event: CallEvent, began: float, names: Names) -> Moment:
    what, text = tell(event, names)
    return Moment(_since(began, event), what, text, event_name(type(event)))


def _told_sound(one: Heard, words: SpokenWords) -> Moment:
    seconds, whole = round(one.seconds, 3), round(min(one.whole, ENDLESS), 3)
    return Moment(round(one.at, 3), "hears", hears(words, one.what), "heard", seconds, whole, one.sound)


def _rings(events: tuple[CallEvent, ...], began: float, names: Names) -> Iterator[Ring]:
    """What rang from when to when. A phone that is called twice at a time does not exist."""
    ringing: dict[str, Ringing] = {}
    for event in events:
        if isinstance(event, Ringing):
            ringing[event.extension] = event
        elif isinstance(event, RingingEnded) and (since := ringing.pop(event.extension, None)) is not None:
            who = event.person
            name = names.get(who, who)
            yield Ring(_since(began, since), _since(began, event), who, name, event.extension, event.outcome)
