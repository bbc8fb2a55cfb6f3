"""Take calls through dialplans without telephones: the real routing and the real flows on a made-up clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from engine.call.script import Heard, Phone, Script
from engine.call.simulated import SimulatedCall
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.walk import walk
from engine.events import CallEnded, CallEvent, NodeEntered, Side, Verdict
from engine.numbering import Numbering
from engine.rehearsal.lengths import Lengths
from engine.rehearsal.situation import Situation
from engine.rehearsal.sounds import SpokenWords
from engine.router import lead_of

NO_SUCH_NUMBER = "no such number"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a rehearsed call went. ``words`` knows the sounds of the account that it led to.

    There are no events if nobody has the number called.
    """

    situation: Situation
    words: SpokenWords
    events: tuple[CallEvent, ...]
    heard: tuple[Heard, ...]
    ended: CallEnded

    @property
    def path(self) -> tuple[str, ...]:
        """The nodes passed, as call records list them: ``kind:name``."""
        return tuple(f"{event.kind}:{event.name}" for event in self.events if isinstance(event, NodeEntered))


def refused(situation: Situation) -> Rehearsal:
    """What becomes of a call to a number that nobody has: nothing, not even a call record."""
    ended = CallEnded("", situation.begins_at, Verdict.REFUSED, Side.SYSTEM, reason=NO_SUCH_NUMBER, seconds=0.0)
    return Rehearsal(situation, SpokenWords(None), (), (), ended)


class Rehearser:
    """Rehearses calls to these accounts, one after the other. Close it, or use it in ``with``.

    ``on_call`` is told each call before it begins, ``on_jump`` may hold the clock (VirtualTimeLoop).
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        lengths: Lengths | None = None,
        on_call: Callable[[SimulatedCall], None] | None = None,
        on_jump: Callable[[float], float] | None = None,
    ) -> None:
        self.numbering = Numbering(accounts)
        self.lengths = lengths or Lengths()
        self._words = {account.key: SpokenWords(account) for account in self.numbering.accounts}
        self._on_call = on_call
        self._simulator = Simulator(self.lengths, on_jump)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._simulator.close()

    def rehearse(self, situation: Situation, phones: Mapping[str, Phone] | None = None) -> Rehearsal:
        """Take one call through. ``phones`` are asked when they ring, in place of those of the situation."""
        route = situation.route(self.numbering)
        if route is None:
            return refused(situation)
        script = Script(
            caller=route.caller,
            called=route.called,
            begins_at=situation.begins_at,
            keys=situation.keys,
            phones=situation.phones if phones is None else phones,
            hangs_up_at=situation.hangs_up_at,
            speaks=situation.speaks,
            account=route.account.key,
            office=situation.office(route.account),
            ahead=situation.ahead,
            others=situation.others,
            pick_ups=situation.pick_ups(route.account),
            leads=partial(lead_of, self.numbering),
        )

        async def flow(call: SimulatedCall) -> None:
            if self._on_call is not None:
                self._on_call(call)
            await walk(call, route.account, route.entry)

        went = self._simulator.run(script, flow)
        return Rehearsal(situation, self._words[route.account.key], went.events, went.heard, went.ended)
