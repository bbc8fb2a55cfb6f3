"""Every page of a manager, beside a running engine: looked at with axe-core on a phone's screen, in Dutch."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from tests.end_to_end.console import (
    DESK,
    PHONE,
    OfficeWithConsole,
    assert_accessible,
    assert_fits,
    chromium,
    needs_chromium,
    owned,
    picture,
    sign_in,
)
from tests.web.test_every_page import PLAN
from web.shell.navigation import NAVIGATION

pytestmark = [pytest.mark.end_to_end, needs_chromium]

OWNER = "anna@bakery.example"
MOST_PAGES = 100
ANOTHER = "^/$|^/static/|/person/orders$"
"""What needs no look, since a page of the same kind had one."""
TAKEN_ELSEWHERE = ("/account", "/dashboard", "/calls")
"""Pages of which other tests take pictures, with more in them."""


async def test_every_page_can_be_used_by_everybody_on_a_phone(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path, PLAN)
    session = owned(tmp_path, owner=OWNER, name="Anna Bakker", licences=5)
    await office.start()
    try:
        async with chromium(viewport=PHONE, locale="nl-NL") as browser:
            addresses = await looked_at(browser, office, session)
        assert len(addresses) > len(NAVIGATION)
        if os.environ.get("BELPLAN_TEST_PICTURES"):
            async with chromium(viewport=DESK) as browser:
                await photographed(browser, office, session, addresses)
    finally:
        await office.close()


async def looked_at(browser: BrowserContext, office: OfficeWithConsole, session: str) -> list[str]:
    """Go to every page that another leads to; their addresses."""
    await sign_in(browser, office.url, session)
    page = await browser.new_page()
    waiting, seen = [entry.path for entry in NAVIGATION], list[str]()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        if address in seen or "?" in address or re.search(ANOTHER, address):
            continue
        seen.append(address)
        assert len(seen) < MOST_PAGES
        answer = await page.goto(office.url + address)
        assert answer is not None
        assert answer.status == 200, address
        assert await page.evaluate("document.documentElement.lang") == "nl"
        await assert_accessible(page)
        await assert_fits(page)
        waiting += await page.evaluate(
            "[...document.querySelectorAll('main a[href^=\"/\"]:not([download])')].map(e => e.getAttribute('href'))"
        )
    return seen


async def photographed(browser: BrowserContext, office: OfficeWithConsole, session: str, addresses: list[str]) -> None:
    await sign_in(browser, office.url, session)
    page = await browser.new_page()
    for address in addresses:
        if address.startswith(TAKEN_ELSEWHERE):
            continue
        await page.goto(office.url + address)
        await picture(page, re.sub("[^a-z0-9]+", "-", address).strip("-"))
