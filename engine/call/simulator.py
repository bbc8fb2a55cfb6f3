"""Takes flows through scripts on a made-up clock: the simulator's only door.

``Simulator.run`` needs a fraction of a millisecond for a call, whatever that call waits for, and opens no socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

from engine.call.attending import attending
from engine.call.script import Script, Simulation
from engine.call.simulated import SimulatedCall
from engine.call.simulated_leg import ENDLESS, usual_seconds
from engine.call.simulated_others import waiting
from engine.call.virtual_time import VirtualTimeLoop
from engine.call.waiting_ahead import waiting_ahead
from engine.events import CallOffered, Side
from media.commands import Sound

Flow = Callable[[SimulatedCall], Awaitable[object]]


class Simulator:
    """Takes flows through scripts, one after the other, on a clock of its own. Close it, or use it in ``with``.

    ``seconds_of`` tells how long a sound lasts. ``on_jump`` may hold the clock (see VirtualTimeLoop).
    """

    def __init__(
        self,
        seconds_of: Callable[[Sound], float] = usual_seconds,
        on_jump: Callable[[float], float] | None = None,
    ) -> None:
        self._loop = VirtualTimeLoop(on_jump)
        self._seconds_of = seconds_of

    def __enter__(self) -> Simulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._loop.close()

    def run(self, script: Script, flow: Flow) -> Simulation:
        """Take one call through ``flow`` as ``script`` says. What the flow raises is raised here."""
        (simulation,) = self.run_together([(0.0, script)], flow)
        return simulation

    def run_together(self, scripts: Sequence[tuple[float, Script]], flow: Flow) -> list[Simulation]:
        """Take several calls through ``flow``, each so many seconds after the beginning, over before others or not."""
        return self._loop.run_until_complete(self._run_together(scripts, flow))

    async def _run_together(self, scripts: Sequence[tuple[float, Script]], flow: Flow) -> list[Simulation]:
        return await asyncio.gather(*(self._call_later(after, script, flow) for after, script in scripts))

    async def _call_later(self, after: float, script: Script, flow: Flow) -> Simulation:
        if after:
            await asyncio.sleep(after)
        return await _conduct(SimulatedCall(self._loop, script, self._seconds_of), flow)


async def _conduct(call: SimulatedCall, flow: Flow) -> Simulation:
    """Run the flow between CallOffered and CallEnded, with the script's keys and hang-up in their time."""
    script, loop = call.script, call.loop
    call.emit(lambda c, t: CallOffered(c, t, script.account, script.caller.number, script.called, script.caller.person))
    task = loop.create_task(_as_coroutine(flow(call)))
    ending: tuple[Side, str] | None = None

    def over(side: Side, why: str) -> None:
        nonlocal ending
        ending = side, why
        task.cancel()

    call.over = over
    start = loop.time()
    leaves_at = ENDLESS if script.hangs_up_at is None else script.hangs_up_at
    timers = [loop.call_at(start + leaves_at, over, Side.CALLER, "hung up")]
    timers += [loop.call_at(start + at, call.press, key) for at, key in script.keys]
    try:
        others = waiting(script.others, call.office), waiting_ahead(script.ahead, call.office.queues)
        with attending(script.attendees, call.office.rooms), others[0], others[1]:
            await asyncio.wait((task,))
    finally:
        for timer in timers:
            timer.cancel()
    if not task.cancelled():
        task.result()
        if not call.answered and call.refused_with is None:
            call.refused_with = 480
    call.keys.clear()
    still_open = [*call.open, *([] if call.media.silent else ["sound"])]
    by, reason = ending or call.story.ending()
    status = call.refused_with
    ended = call.story.ended(
        call.id, call.now(), started=script.begins_at, by=by, reason=reason, status=status, failed=False
    )
    call.office.note(ended)
    call.events.append(ended)
    return Simulation(tuple(call.events), tuple(call.media.heard), ended, call.steps, tuple(still_open))


async def _as_coroutine(flow: Awaitable[object]) -> None:
    await flow
