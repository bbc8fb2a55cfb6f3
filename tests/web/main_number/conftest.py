"""The bakery's console, seen by a manager who has signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from tests.web.bakery import bakery_in
from tests.web.browsing import Browser
from web.shell.visitor import Visitor

AN = Visitor("an@bakery.example", "An", "bakery", "owner", "Europe/Amsterdam")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return bakery_in(tmp_path)


@pytest.fixture
def file(settings: Settings) -> Path:
    return settings.dialplans / "bakery.yaml"


@pytest.fixture
async def manager(app: FastAPI) -> AsyncIterator[Browser]:
    app.state.recognise = lambda _: AN
    async with Browser(app) as browser:
        yield browser
