"""A whole engine in this process for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.settings import Settings
from tests.watched_house import House, opened, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with opened(settings) as house:
        yield house
