"""The bakery's console, seen by a manager who has signed in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from tests.web.browsing import Browser
from web.shell.visitor import Visitor

ROOT = Path(__file__).parents[3]
AN = Visitor("an@bakery.example", "An", "bakery", "owner", "Europe/Amsterdam")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(ROOT / "dialplans" / "sounds", tmp_path / "dialplans" / "sounds")
    shutil.copy(ROOT / "dialplans" / "bakery.yaml", tmp_path / "dialplans")
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", prompts=ROOT / "prompts")


@pytest.fixture
def file(settings: Settings) -> Path:
    return settings.dialplans / "bakery.yaml"


@pytest.fixture
async def manager(app: FastAPI) -> AsyncIterator[Browser]:
    app.state.recognise = lambda _: AN
    async with Browser(app) as browser:
        yield browser
