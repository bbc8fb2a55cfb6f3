"""A transfer by code in which somebody asks before: they talk to whoever comes next, the other side hears music.

They do so in a call of their own, on the leg they have: it goes through the dialplan as if they had dialled from an
idle phone. When it is over, or they press the code again, they are back with the other side. If they hang up,
the other side goes on in their place: with whoever they talk to, or where their call stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.call.callers_side import CallersSide
from engine.call.forking import Party
from engine.call.in_call import Codes, InCall
from engine.call.line import Line
from engine.call.ring_plan import RingTarget, Transferred
from engine.call.running_meter import RunningMeter
from engine.call.transfer import Consult, Lead, Left, Transfer
from engine.call.transferring import place_of, send_on
from engine.dialplan.nodes.transferred import Joined
from engine.events import Side


async def consult(caller: CallersSide, party: Party, wish: Consult, in_call: InCall) -> Transferred | None:
    """Let a person talk to somebody else meanwhile. Where the caller goes on, or None: the two talk again."""
    consulting = _Consultation(caller, party, wish)
    with consulting.under_way(in_call):
        await asyncio.wait((consulting.left, consulting.call.finished), return_when=asyncio.FIRST_COMPLETED)
    return consulting.left.result() if consulting.left.done() else None


class _Consultation:
    """The call that somebody makes meanwhile. ``left`` once they hang up: where the caller goes on then, or None."""

    def __init__(self, caller: CallersSide, party: Party, wish: Consult) -> None:
        self._caller = caller
        self._party = party
        self._wish = wish
        self.left: asyncio.Future[Transferred | None] = asyncio.get_running_loop().create_future()
        self._asker = party if wish.side is Side.CALLEE else _calling(caller, wish.person)
        # whoever hangs up leads the other side on before their own call notices that they are gone
        self._asker.call.ended.add_done_callback(self._hung_up)
        self._asker.line.keep()
        transfer = Transfer(wish.person, wish.number)
        self.call = caller.around.begin(caller, self._asker, transfer, wish.lead, borrowed=True)

    @contextmanager
    def under_way(self, in_call: InCall) -> Iterator[None]:
        """Let the other side hear music, and the code bring back whoever asks."""
        other, codes, over = self._other_line, Codes(in_call.requests), False
        keys = self._asker.line.keys
        other.media.begin(self._caller.facts.hold_music, loop=True)
        meter = None if self._wish.side is Side.CALLEE else RunningMeter(self._caller, self._party, self._caller.end)
        keys.watcher = lambda press: self._back(codes.press(press))
        try:
            yield
            over = True
        finally:
            keys.watcher = None
            if meter is not None:
                meter.stop()
            other.media.stop()
            if not over:
                # the other side has gone: the two who are left go on talking, and their call is hung up when they do
                self.call.borrowed = False

    @property
    def _other_line(self) -> Line:
        return self._caller.line if self._wish.side is Side.CALLEE else self._party.line

    def _back(self, request: Any) -> None:
        if request is not None and request.name == self._wish.name:
            self.call.end(Side.CALLER, "back to the other call")

    def _hung_up(self, _ended: object) -> None:
        if self.left.done() or self.call.finished.done():
            return
        lead, wish = self._lead(), self._wish
        if lead is None:
            self.left.set_result(None)
            return
        granted = send_on(
            self._caller, self._party, wish.side, Transfer(wish.person, wish.number, how="attended"), lead
        )
        if isinstance(granted, Left) and granted.begin is not None:
            granted.begin()
        self.left.set_result(granted if isinstance(granted, Transferred) else None)

    def _lead(self) -> Lead | None:
        """Where whoever hangs up has been."""
        talk = self.call.talk
        if talk is None or talk.granted is not None:
            return place_of(self.call)
        talk.party.line.keep()
        talk.end(Left(Transfer(self._wish.person, self._wish.number)))
        return Lead(self._wish.lead.account, Joined.to(talk.party, talk.free))


def _calling(caller: CallersSide, person: str) -> Party:
    """The caller, who asks."""
    return Party(RingTarget(person, caller.facts.caller.number), caller.incoming, caller.line)
