"""The others in the queues of a simulated account, who are served as the script says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engine.call.script import Ahead
from engine.office.queues import Place, Queues


@contextmanager
def waiting_ahead(everybody: Sequence[Ahead], queues: Queues) -> Iterator[None]:
    """Let the others stand in their queues from now on, one after the other served; at the end all of them go."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    standing: list[Place] = []
    timers: list[asyncio.TimerHandle] = []

    def go(place: Place, *, served: bool) -> None:
        standing.remove(place)
        queues.leave(place, loop.time(), served=served)

    def serve(place: Place) -> None:
        go(place, served=True)

    for ahead in everybody:
        for number in range(1, ahead.waiting + 1):
            place = queues.join(ahead.queue, f"{ahead.queue}-{number}", lambda: None, began)
            standing.append(place)
            if ahead.every is not None:
                timers.append(loop.call_at(began + number * ahead.every, serve, place))
        if ahead.every is not None:
            queues.note_serving(ahead.queue, ahead.every)
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        for place in standing[:]:
            go(place, served=False)
