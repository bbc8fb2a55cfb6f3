"""How agents are rung for a live caller in a queue, and talked to."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from engine.call.callers_side import CallersSide
from engine.call.forking import Party
from engine.call.in_call import InCall
from engine.call.line import Line
from engine.call.ring_news import RingNews
from engine.call.ring_plan import RingPlan
from engine.call.ringing import reached
from engine.call.talking import AGENT_AUDIO_SECONDS, Conversation, talk


class LiveServing:
    """``Serving`` (engine/call/in_line.py) over the wire."""

    def __init__(self, caller: CallersSide) -> None:
        self._caller = caller

    async def answered(self) -> Line:
        await self._caller.answer()
        return await self._caller.open_line()

    def has_phone(self, extension: str) -> bool:
        caller = self._caller
        return bool(caller.around.phones.lookup(f"{extension}@{caller.facts.domain}", caller.now()))

    def reached(self, plan: RingPlan, news: RingNews[Party]) -> AbstractAsyncContextManager[Party | str]:
        return reached(self._caller, plan, news)

    async def talk(self, party: Party, in_call: InCall | None) -> Conversation:
        return await talk(self._caller, party, in_call, heard_within=AGENT_AUDIO_SECONDS)
