"""A bakery whose manager has signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from tests.office import write_tone
from tests.web.browsing import Browser
from web.shell.visitor import Visitor

PLAN = """\
# The bakery's plan, by hand.
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  anna: {extension: 101}   # first in the morning
  orders: {extension: 102}
switches: [night]
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {play: welcome.wav}
    keys: {1: {ring: orders, for: 20s, else: {menu: closed}}, 2: {menu: closed}}
  closed:
    greeting: {say: "We are closed"}
    keys: {1: {ring: anna}}
features:
  "*77": {record_prompt: welcome, pin: "4711"}
"""
MANAGER = Visitor("an@bakery.example", "An Bakker", "bakery", "owner", "Europe/Amsterdam")


@pytest.fixture
def bakery(settings: Settings) -> Settings:
    write_tone(settings.dialplans / "welcome.wav", 350.0, 4.0)
    (settings.dialplans / "bakery.yaml").write_text(PLAN)
    return settings


@pytest.fixture
async def manager(bakery: Settings, app: FastAPI) -> AsyncIterator[Browser]:
    """The bakery's manager, with a browser."""
    app.state.recognise = lambda _: MANAGER
    async with Browser(app) as browser:
        yield browser
