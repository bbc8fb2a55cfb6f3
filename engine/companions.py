"""Companions: programs that run beside the engine as long as it does (the console). The engine never waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from engine import companion_start

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""A companion that ends is started again after a pause, which doubles each time up to this."""
STEADY_SECONDS = 60.0
"""One that ran for so long begins with the first pause again."""
STOP_SECONDS = 5.0
"""How long a companion may take to end by itself."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Companion:
    """A program: what the log calls it, and its command line."""

    name: str
    words: tuple[str, ...]


class Companions:
    """Runs each companion from ``begin`` on, and again when it ends; the exit of the block ends them.

    They share the engine's standard output and error, but not its process group: a Ctrl-C is the engine's to pass on.
    """

    def __init__(self, companions: Sequence[Companion]) -> None:
        self._companions = tuple(companions)
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Start them all; returns at once."""
        self._tasks = [asyncio.create_task(_keep(each), name=each.name) for each in self._companions]

    def dismiss(self) -> None:
        """Tell them all to end; returns at once. Told twice, each still gets its time."""
        for task in self._tasks:
            if not task.cancelling():
                task.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dismiss()
        if self._tasks:
            await asyncio.wait(self._tasks)


async def _keep(companion: Companion) -> None:
    """Run a companion for ever."""
    clock, pause = asyncio.get_running_loop().time, FIRST_PAUSE
    while True:
        began = clock()
        why = await _run(companion)
        if clock() - began >= STEADY_SECONDS:
            pause = FIRST_PAUSE
        log.warning("a companion ended; it is started again", companion=companion.name, reason=why, pause=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _run(companion: Companion) -> str:
    """Run it once, to its end; why it ended."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(Path(companion_start.__file__)), str(os.getpid()), *companion.words),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as problem:
        return f"no process could be started: {problem.strerror}"
    log.info("a companion is started", companion=companion.name, process=process.pid)
    try:
        status = await process.wait()
    finally:
        if process.returncode is None:
            await _end(process, companion)
    return f"exit status {status}" if status >= 0 else f"signal {-status}"


async def _end(process: asyncio.subprocess.Process, companion: Companion) -> None:
    """Ask it to end, and see to it that it does."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        log.warning("a companion did not end and is killed", companion=companion.name, seconds=STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
