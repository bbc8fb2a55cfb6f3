"""Every page that a manager can get to, from the navigation or from another: there, sound, and in both languages."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.html import assert_sound
from web.shell.languages import NAMES
from web.shell.navigation import NAVIGATION
from web.shell.visitor import Visitor

ACCOUNT = "bakery"
ZONE = "Europe/Amsterdam"
PLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568"]}
people:
  anna: {name: Anna <Bakker>, extension: 101, email: anna@bakery.example, number: "+31 20 123 4568"}
  orders: {extension: 102, email: orders@bakery.example}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {say: "Welcome & <hello>. For orders press 1."}
    keys: {1: {ring: orders}, 0: {ring: anna}}
    no_input: {tries: 2, then: {ring: anna}}
"""
MANAGER = Visitor("anna@bakery.example", "Anna <Bakker>", ACCOUNT, "owner", ZONE)
MOST_PAGES = 300


@pytest.fixture
def app(app: FastAPI, settings: Settings, store: Store) -> FastAPI:
    """The console of an account with an owner."""
    owner = StoredAccount(ACCOUNT, "The Bakery", "NL", ZONE, "en", 3, MANAGER.email, MANAGER.name, 1_700_000_000.0)
    assert store.console.accounts.begin(owner)
    (settings.dialplans / f"{ACCOUNT}.yaml").write_text(PLAN)
    return app


async def crawl(browser: Browser, language: str, *addresses: str) -> set[str]:
    """Look at these pages, and all that they lead to; the addresses."""
    waiting, seen = list(addresses), set[str]()
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in seen or address.startswith("/static/"):
            continue
        seen.add(address)
        assert len(seen) < MOST_PAGES
        answer = await browser.get(address, headers={"Accept-Language": language})
        assert answer.status_code in (200, 303), f"{address}: {answer.status_code} {answer.text[-1500:]}"
        if answer.status_code == 303:
            waiting.append(answer.headers["Location"])
        elif answer.headers["Content-Type"].startswith("text/html") and answer.text.startswith("<!doctype"):
            assert f'<html lang="{language}">' in answer.text, address
            waiting += assert_sound(address, answer.text).links
    return seen


@pytest.mark.parametrize("language", NAMES)
async def test_every_page_of_a_manager_is_there_and_sound(app: FastAPI, browser: Browser, language: str) -> None:
    app.state.recognise = lambda _: MANAGER
    seen = await crawl(browser, language, "/", *(entry.path for entry in NAVIGATION))
    assert len(seen) > len(NAVIGATION)


@pytest.mark.parametrize("language", NAMES)
async def test_every_page_of_a_stranger_is_there_and_sound(app: FastAPI, browser: Browser, language: str) -> None:
    assert {"/sign-in", "/set-up"} & await crawl(browser, language, "/")
