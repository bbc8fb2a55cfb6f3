"""One media worker for all live calls of a module, and an exchange for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from media.plane import MediaPlane
from tests.engine.call.exchange import Exchange, exchange
from tests.rtp_ports import rtp_range


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane() -> AsyncIterator[MediaPlane]:
    made = MediaPlane(ports=rtp_range(400), port_rest=0.2)
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def office(plane: MediaPlane, tmp_path: Path) -> AsyncIterator[Exchange]:
    async with exchange(plane, tmp_path) as made:
        yield made
        await made.nothing_left()
