"""Whether a story told in real time says anything: where the machine was busy with other things it is told again."""

from __future__ import annotations

import asyncio
from types import TracebackType

TRIES = 5
MOST_LATE = 0.02
"""Seconds. Scripts have pauses of 20 ms and more between two things whose order counts."""
_STEP = 0.005


class Lateness:
    """How late this process was at most inside the block, asked all the time."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _STEP
            await asyncio.sleep(_STEP)
            self.worst = max(self.worst, loop.time() - due)

    @property
    def tells_nothing(self) -> bool:
        """Whether it was so late that things may have come in another order."""
        return self.worst > MOST_LATE

    async def __aenter__(self) -> Lateness:
        self._asking = asyncio.create_task(self._ask())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._asking is not None
        self._asking.cancel()
