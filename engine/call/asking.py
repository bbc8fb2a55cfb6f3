"""A question to a web service: what the caller hears meanwhile, and what is told of it, live and simulated alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.call.hearing import Ear
from engine.call.question import GIVEN_UP, Answer, Question, outcome_of
from engine.events import CallEvent, ServiceAsked
from media.commands import Silence

Emit = Callable[[Callable[[str, float], CallEvent]], None]


async def ask(question: Question, reply: Awaitable[Answer], ear: Ear | None, emit: Emit) -> Answer:
    """Wait for the ``reply`` (``Call.ask``); a caller who is answered hears what the question says by ``ear``."""
    loop = asyncio.get_running_loop()
    began, outcome = loop.time(), GIVEN_UP
    if ear is not None:
        ear.begin((*question.hears, Silence()))
    try:
        answer = await reply
        outcome = outcome_of(answer)
        return answer
    finally:
        if ear is not None:
            ear.stop()
        seconds = loop.time() - began
        emit(lambda c, t: ServiceAsked(c, t, question.service, outcome, seconds))
