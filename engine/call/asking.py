"""A live caller's question to a web service: what they hear meanwhile, and what is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.call.question import GIVEN_UP, Answer, Question, outcome_of
from engine.call.web_services import WebServices
from engine.events import CallEvent, ServiceAsked
from media.commands import Silence
from media.plane import Leg

Emit = Callable[[Callable[[str, float], CallEvent]], None]


async def ask(question: Question, services: WebServices, media: Leg | None, emit: Emit) -> Answer:
    """Ask (``Call.ask``); a caller who is answered hears it by ``media``."""
    began, outcome = time.monotonic(), GIVEN_UP
    if media is not None:
        media.begin((*question.hears, Silence()))
    try:
        answer = await services.ask(question)
        outcome = outcome_of(answer)
        return answer
    finally:
        if media is not None:
            media.stop()
        seconds = time.monotonic() - began
        emit(lambda c, t: ServiceAsked(c, t, question.service, outcome, seconds))
