"""What tests of sound share: a sine in a file, and waiting until something is so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
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
