"""The console answers to names of its own: a website whose name is made to lead here (DNS rebinding) reads nothing."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import Browser
from web.app import make_app
from web.shell.hosts import MAX_TARGET


@pytest.mark.parametrize(
    "host", ["localhost:8080", "LOCALHOST", "127.0.0.1:8080", "192.168.1.20", "[::1]:8080", "[fd00::1]"]
)
async def test_addresses_and_localhost_are_answered(browser: Browser, host: str) -> None:
    assert (await browser.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "",
        "[",
        "localhost:x",
        "127.0.0.1@evil.example",
        "x\\y",
    ],
)
async def test_other_names_are_not(browser: Browser, host: str) -> None:
    refused = await browser.get("/", headers={"Host": host})
    assert refused.status_code == 421
    assert "console_url" in refused.text


async def test_the_public_name_is_answered_where_there_is_one(settings: Settings, store: Store) -> None:
    public = settings.model_copy(update={"console_url": "https://Phone.Bakery.example"})
    async with Browser(make_app(public, store)) as browser:
        assert (await browser.get("/", headers={"Host": "phone.bakery.example"})).status_code == 200
        assert (await browser.get("/", headers={"Host": "bakery.example"})).status_code == 421


async def test_addresses_that_no_page_has_are_refused(browser: Browser, app: FastAPI) -> None:
    for target in ("/personal/a%00b", "/?q=%00", "/" + "x" * (MAX_TARGET + 1), "/?q=" + "x" * MAX_TARGET):
        assert (await browser.get(target)).status_code == 400
