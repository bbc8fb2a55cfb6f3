"""A console beside a whole engine in this process, whose people have signed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from engine.control.door import Door
from engine.settings import Settings
from engine.store.store import Store
from tests.watched_house import House, opened, settings_in
from tests.web.browsing import Browser
from web.app import make_app
from web.shell.visitor import Visitor

MANAGER = Visitor("anna@bakery.example", "Anna", "bakery", "owner", "Europe/Amsterdam")


def signed_in_as(visitor: Visitor, app: FastAPI) -> None:
    def recognise(_: Request) -> Visitor:
        return visitor

    app.state.recognise = recognise


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """An engine with its control door."""
    async with opened(settings) as house:
        door = Door(house.engine)
        await door.open()
        running = asyncio.create_task(door.run(), name="door")
        try:
            yield house
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def app(house: House, settings: Settings) -> AsyncIterator[FastAPI]:
    """The console beside the engine."""
    with Store(settings, apart=True) as store:
        app = make_app(settings, store)
        signed_in_as(MANAGER, app)
        yield app
        with contextlib.suppress(AttributeError):
            app.state.viewers.live.close()
            app.state.viewers.sight.checks.close()


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    async with Browser(app) as browser:
        yield browser
