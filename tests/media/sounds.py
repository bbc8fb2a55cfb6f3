"""What tests of sound share: a sine in a file, waiting until something is so, and two who talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile


def sine(path: Path, hertz: float, seconds: float, rate: int = 16000) -> Path:
    """A file of one tone."""
    times = np.arange(int(rate * seconds)) / rate
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * times), rate)
    return path


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until something is so that nobody tells of."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def assert_hear_each_other(alice: Any, mine: Any, bob: Any, theirs: Any) -> None:
    """Join the legs of two telephones of conftest, let both speak, and find each one's tone at the other."""
    mine.join(theirs)
    alice.talk(500.0)
    bob.talk(900.0)
    await asyncio.sleep(0.3)
    heard = await asyncio.gather(alice.hear(0.5), bob.hear(0.5))
    assert heard == [pytest.approx(900, abs=15), pytest.approx(500, abs=15)]
