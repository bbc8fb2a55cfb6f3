"""Fixtures of the end-to-end tests: a running office per test, and its sounds as tones that tests can tell apart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from office import GREETING_HZ, HOLD_MUSIC_HZ, HOURS_HZ, Office, write_tone


@pytest.fixture
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """A started Belplan on loopback; a test may be parametrised (indirect) with arguments of Office."""
    office = Office(tmp_path, **getattr(request, "param", {}))
    write_tone(office.sound("greeting.wav"), GREETING_HZ, 3.0)
    write_tone(office.sound("hours.wav"), HOURS_HZ, 1.0)
    write_tone(office.sound("hold.wav"), HOLD_MUSIC_HZ, 2.0)
    office.give_passwords("101", "102", "1035")
    await office.start()
    try:
        yield office
    finally:
        await office.close()
        print(office.story())  # shown by pytest where a test fails


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[str], str]:
    """Where a telephone of some name puts what it hears: the test looks for ``tmp_path / "name.wav"``."""
    return lambda name: str(tmp_path / f"{name}.wav")
