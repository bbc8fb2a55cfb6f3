"""Conduct one live call from its offer to its last event: run the flow, end it when either side or the media ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from engine.call.live import LiveCall
from engine.call.surroundings import CannotTalk
from engine.events import CallAnswered, CallOffered, Side
from sip.rim.calls import Ended

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended the call and why; ``failed`` if it was our fault."""

    by: Side
    reason: str
    failed: bool = False


async def conduct(call: LiveCall, flow: Callable[[], Awaitable[object]]) -> None:
    """Run ``flow``; the caller's hang-up, lost media or a shutdown cancels it. CallEnded is emitted exactly once.

    Never raises, but for a cancellation that came from outside.
    """
    started = call.now()
    facts = call.facts
    who = facts.caller
    call.emit(lambda c, t: CallOffered(c, t, facts.account, who.number, facts.called, who.person, facts.diverted))
    if call.answered:
        call.emit(CallAnswered)
    task = asyncio.current_task()
    assert task is not None
    ending: Ending | None = None

    def over(by: Side, reason: str, failed: bool = False) -> None:
        nonlocal ending
        if ending is None:
            ending = Ending(by, reason, failed)
            task.cancel()

    def caller_left(ended: asyncio.Future[Ended]) -> None:
        if ended.result().by == "remote":
            over(Side.CALLER, "hung up")
        elif ended.result().by != "local":
            over(Side.SYSTEM, ended.result().reason)

    call.over = over
    call.incoming.ended.add_done_callback(caller_left)
    try:
        await flow()
        ending = ending or Ending(*call.story.ending())
    except asyncio.CancelledError:
        if ending is None:
            ending = Ending(Side.SYSTEM, "shutdown")
            raise
        task.uncancel()
    except Exception as problem:
        refusal = _refusal(problem)
        if refusal is None:
            log.exception("a call flow failed", extra={"call": call.id})
            ending = ending or Ending(Side.SYSTEM, "internal error", failed=True)
        else:
            ending = ending or Ending(Side.SYSTEM, str(refusal), failed=refusal.status >= 500)
        await call.hang_up(status=refusal.status if refusal is not None else 500)
    finally:
        end = ending or Ending(Side.SYSTEM, "internal error", failed=True)
        call.over = None
        try:
            await call.close()
        finally:
            call.emit(
                lambda c, t: call.story.ended(
                    c, t, started=started, by=end.by, reason=end.reason, status=call.refused_with, failed=end.failed
                )
            )


def _refusal(problem: Exception) -> CannotTalk | None:
    """What keeps the caller from being talked to, also where it was found inside task groups."""
    while isinstance(problem, ExceptionGroup) and len(problem.exceptions) == 1:
        problem = problem.exceptions[0]
    return problem if isinstance(problem, CannotTalk) else None
