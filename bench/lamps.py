"""What lamps cost: 500 people of whom each watches 20 others, and calls whose every step is told to 20 phones."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from bench.lamp_keys import Keys
from bench.server import FIRST_EXTENSION, PEOPLE, PORT, Server, resumed, serving
from bench.sipp import Sipp

WATCHED = 20
"""Colleagues that each person has keys for."""
AT_A_TIME = 100
CALLS, CALLS_PER_SECOND = 200, 20
CALL_MS = 800
SETTLE_SECONDS = 3
LOOK_SECONDS = 0.2
"""How often 10,000 keys are looked at: for each packet would take longer than the packets do."""

Phone = Callable[[Server, Path, int], AbstractContextManager[None]]


def lamps(entry: str, phone: Phone, write_ports: Callable[[Path, int, int], Path], media: int) -> None:
    """``phone`` is the phone of the first person, whom the calls ring."""
    with serving(entry) as server, tempfile.TemporaryDirectory() as name:
        asyncio.run(_lamps(server, Path(name), phone, lambda calls: write_ports(Path(name), media, calls)))


async def _lamps(server: Server, folder: Path, phone: Phone, ports: Callable[[int], Path]) -> None:
    unwatched = await _call(server, folder, phone, ports)
    keys = await Keys.open(f"127.0.0.1:{PORT}", "bench.test")
    before, began = server.cost(), time.monotonic()
    for number in range(PEOPLE):
        extension = str(FIRST_EXTENSION + number)
        for other in range(1, WATCHED + 1):
            watched = str(FIRST_EXTENSION + (number + other) % PEOPLE)
            keys.watch(extension, server.passwords[extension], watched)
            if len(keys.keys) % AT_A_TIME == 0:
                await keys.until(lambda: all(key.told for key in list(keys.keys.values())[-AT_A_TIME:]), 30)
    took, spent = time.monotonic() - began, server.cost()
    count = len(keys.keys)
    cpu = (spent.engine_cpu - before.engine_cpu) * 1000 / count
    print(
        f"subscriptions={count} seconds={took:.1f} ms_cpu_each={cpu:.2f}"
        f" kB_each={(spent.engine_kb - before.engine_kb) / count:.1f}",
        flush=True,
    )
    await asyncio.sleep(SETTLE_SECONDS)
    idle = server.cost()
    await asyncio.sleep(SETTLE_SECONDS)
    resting = server.cost().engine_cpu - idle.engine_cpu
    told = sum(len(key.told) for key in keys.keys.values())
    watched_cost = await _call(server, folder, phone, ports)
    told = sum(len(key.told) for key in keys.keys.values()) - told
    each = (watched_cost - unwatched) * CALLS / told
    print(
        f"idle_ms_cpu_a_second={resting * 1000 / SETTLE_SECONDS:.1f} call_unwatched_ms={unwatched:.2f}"
        f" call_watched_ms={watched_cost:.2f} notifies_per_call={told / CALLS:.1f} ms_cpu_a_notify={each:.3f}",
        flush=True,
    )
    await _restart(server, keys)
    keys.close()


async def _call(server: Server, folder: Path, phone: Phone, ports: Callable[[int], Path]) -> float:
    """Milliseconds of the engine's CPU that a call costs."""
    with phone(server, folder, CALLS):
        before = server.cost()
        words = ("-inf", ports(CALLS), "-r", CALLS_PER_SECOND, "-m", CALLS, "-d", CALL_MS)
        counted = await asyncio.to_thread(Sipp("caller", *words).wait)
        await asyncio.sleep(1)
        if counted.failed:
            raise RuntimeError(f"{counted.failed} calls failed")
        return (server.cost().engine_cpu - before.engine_cpu) * 1000 / CALLS


async def _restart(server: Server, keys: Keys) -> None:
    """kill -9, and how long it takes until every lamp has been told anew."""
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    seen = {key: len(key.told) for key in keys.keys.values()}
    with contextlib.ExitStack() as stack:
        began = time.monotonic()
        again = await asyncio.to_thread(stack.enter_context, resumed(server))
        ready = time.monotonic() - began
        async with asyncio.timeout(90):
            while any(len(key.told) == before for key, before in seen.items()):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
        took = time.monotonic() - began
        cpu = again.cost().engine_cpu * 1000
        print(f"restart ready_seconds={ready:.1f} all_told_seconds={took:.1f} ms_cpu={cpu:.0f}", flush=True)
