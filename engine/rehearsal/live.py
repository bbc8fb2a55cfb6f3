"""Run scenarios over the wire, in real time, as many at once as there are ports for."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.numbering import Numbering
from engine.rehearsal.handsets import write_speech
from engine.rehearsal.lengths import Lengths
from engine.rehearsal.report import Result
from engine.rehearsal.run import Chosen, judged
from engine.rehearsal.setting import situation_of
from engine.rehearsal.wire import Stage, rehearse_live
from media.plane import MediaPlane

MOST_AT_ONCE = 40
PORTS_A_CALL = 16
"""The caller, the engine's two legs and a phone, each with a port for RTCP, and some that rest."""
APART = 0.05
"""Seconds between the beginnings of two calls, so that no call waits for the others' beginning."""


async def run_live(
    chosen: Sequence[Chosen], ports: tuple[int, int], lengths: Lengths, after_each: Callable[[], None]
) -> list[Result]:
    """What came of each scenario, in their order. Raises MediaUnavailable or ListenFailed."""
    accounts = {suite.account.key: suite.account for suite, _, _ in chosen}
    plane = MediaPlane(ports=ports)
    seats = asyncio.Semaphore(max(1, min(MOST_AT_ONCE, (ports[1] - ports[0]) // PORTS_A_CALL)))
    await plane.start()
    try:
        with tempfile.TemporaryDirectory(prefix="belplan-live-") as folder:
            speech = write_speech(Path(folder) / "speech.wav")
            stage = Stage(Numbering(accounts.values()), plane, Path(folder), speech, lengths)

            async def one(number: int, each: Chosen) -> Result:
                await asyncio.sleep(number * APART)
                async with seats:
                    suite, name, scenario = each
                    began = time.perf_counter()
                    rehearsal = await rehearse_live(situation_of(suite, scenario), stage)
                    after_each()
                    return judged(suite, name, scenario, rehearsal, time.perf_counter() - began)

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(number, each)) for number, each in enumerate(chosen)]
            return [task.result() for task in tasks]
    finally:
        await plane.close()
