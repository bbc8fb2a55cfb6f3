"""What a web service says in a call without a network: the script knows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.call.question import Answer, Question, Said, Unanswered
from engine.call.script import Script, Service


async def reply(script: Script, question: Question, step: Callable[[], Awaitable[None]]) -> Answer:
    """What the script's service says within the question's time."""
    service = script.services.get(question.url, Service())
    await step()
    await asyncio.sleep(min(service.after, question.within))
    if service.after > question.within:
        return Unanswered("no reply in time")
    return Unanswered(service.fails) if service.answer is None else Said(service.answer)
