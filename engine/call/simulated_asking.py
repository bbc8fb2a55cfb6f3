"""A question to a web service in a call without a network: the script says what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from engine.call.protocol import Silence
from engine.call.question import GIVEN_UP, Answer, Question, Said, Unanswered, outcome_of
from engine.call.script import Service
from engine.events import ServiceAsked

if TYPE_CHECKING:
    from engine.call.simulated import SimulatedCall


async def ask(call: SimulatedCall, question: Question, step: Callable[[], Awaitable[None]]) -> Answer:
    """What the script's service says within the question's time (``Call.ask``)."""
    service = call.script.services.get(question.url, Service())
    began, outcome = call.loop.time(), GIVEN_UP
    if call.answered:
        call.media.begin((*question.hears, Silence()))
    try:
        await step()
        answer = await _reply(service, question.within)
        outcome = outcome_of(answer)
        return answer
    finally:
        call.media.stop()
        seconds = call.loop.time() - began
        call.emit(lambda c, t: ServiceAsked(c, t, question.service, outcome, seconds))


async def _reply(service: Service, within: float) -> Answer:
    await asyncio.sleep(min(service.after, within))
    if service.after > within:
        return Unanswered("no reply in time")
    return Unanswered(service.fails) if service.answer is None else Said(service.answer)
