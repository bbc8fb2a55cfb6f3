"""The plan changed in a browser and by a program while people call: heard by the next caller, missed by none."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from office import GREETING_HZ, HOURS_HZ, seconds_of, write_tone
from playwright.async_api import BrowserContext, Page

from engine.settings import Settings
from engine.store.store import Store
from tests.end_to_end.console import (
    OWNER,
    PHONE,
    OfficeWithConsole,
    assert_accessible,
    assert_fits,
    chromium,
    focused,
    needs_chromium,
    owned,
    picture,
    sign_in,
)
from web.accounts import tokens

pytestmark = pytest.mark.end_to_end

DIALPLAN = """\
# What the bakery does with calls. Keep the order: the greeting names the keys.
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers:
  main: "+31 20 123 4567"
people:
  front-desk: {extension: 101, email: desk@bakery.example}   # Ria
  orders:     {extension: 102}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {play: greeting.wav}
    keys:
      0: {ring: front-desk}   # always somebody there
    no_input: {tries: 9, then: hang_up}
"""


def token_in(folder: Path) -> str:
    """A token for a program that may change the plan."""
    with Store(Settings(state=folder / "state")) as store:
        return tokens.make(store, "bakery", OWNER, "calendar", ["plan"], time.time()).secret


async def managers_page(browser: BrowserContext, office: OfficeWithConsole, session: str, path: str) -> Page:
    await sign_in(browser, office.url, session)
    page = await browser.new_page()
    await page.goto(office.url + path)
    return page


async def tried_out(page: Page) -> None:
    """The caller played through a change that nobody has saved yet."""
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Try it out before it is saved").click()
    rehearsal = await opening.value
    await rehearsal.get_by_role("button", name="Call", exact=True).click()
    await rehearsal.get_by_role("log").get_by_text("night.wav").wait_for()
    await rehearsal.keyboard.press("5")
    await rehearsal.get_by_text("orders is ringing").wait_for()
    await rehearsal.close()


async def both_changed(page: Page, url: str, token: str) -> None:
    """A program changes the menu that the page shows: the page tells of both changes, and what saving would do."""
    await page.goto(f"{url}/main-number/menus/welcome")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30) as program:
        there = (await program.get(f"{url}/api/v1/plan")).json()["text"]
        for text in (there.replace("tries: 9", "tries: 8"), there):
            etag = (await program.get(f"{url}/api/v1/plan")).headers["ETag"]
            saved = await program.put(f"{url}/api/v1/plan", json={"text": text}, headers={"If-Match": etag})
            assert saved.status_code == 200, saved.text
            if text != there:
                await page.locator('[name="no_input.tries"]').fill("7")
                await page.get_by_role("button", name="Look at the change").click()
                await page.get_by_text("You have both changed this:").wait_for()
                await assert_accessible(page)


@needs_chromium
async def test_a_change_reaches_the_next_caller_and_spares_the_one_who_is_talking(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path, DIALPLAN)
    write_tone(office.sound("greeting.wav"), GREETING_HZ, 3.0)
    write_tone(office.sound("night.wav"), HOURS_HZ, 3.0)
    office.give_passwords("101", "102")
    session, token = owned(tmp_path), token_in(tmp_path)
    await office.start()
    try:
        desk = await office.phone("101", answer=200)
        talking = await office.outside("+31701110001")
        talking.dial(office.main_number())
        await talking.wait("answered")
        talking.press("0")
        await desk.wait("answered")

        async with httpx.AsyncClient(
            base_url=f"{office.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30
        ) as program:
            plan = await program.get("/plan")
            text = plan.json()["text"].replace("{play: greeting.wav}", "{play: night.wav}")
            saved = await program.put("/plan", json={"text": text}, headers={"If-Match": plan.headers["ETag"]})
            assert saved.status_code == 200, saved.text
            assert saved.json()["engine"] == "taken"
            assert saved.json()["changes"] == ["menu welcome: greeting is now night.wav (was greeting.wav)"]

        later = await office.outside("+31701110002", record=str(tmp_path / "later.wav"))
        later.dial(office.main_number())
        await later.wait("answered")

        async with chromium() as browser:
            page = await managers_page(browser, office, session, "/main-number/menus/welcome")
            await page.locator("#preview img").wait_for(state="attached")
            await assert_accessible(page)
            await picture(page, "menu")
            row = page.locator(".key-row").nth(1)
            await row.get_by_label("Key", exact=False).first.focus()
            await page.keyboard.type("5")
            await page.keyboard.press("Tab")
            assert await focused(page) == "leads to"
            await page.keyboard.type("orders (102) r")
            assert await row.get_by_label("leads to").input_value() == "ring:orders"
            await page.locator("#preview").get_by_text("Key 5", exact=True).wait_for()
            await page.get_by_role("button", name="Look at the change").press("Enter")
            await page.get_by_role("heading", name="Menu welcome changed").wait_for()
            await assert_accessible(page)
            await picture(page, "review-of-a-change")
            await tried_out(page)
            await page.get_by_role("button", name="Save", exact=True).press("Enter")
            await page.get_by_role("status").get_by_text("New calls go by it").wait_for()
            await both_changed(page, office.url, token)

            await page.goto(f"{office.url}/main-number")
            await page.locator("#preview img").wait_for(state="attached")
            await assert_accessible(page)
            await picture(page, "main-number")
            await page.goto(f"{office.url}/plan")
            await page.get_by_label("The plan", exact=True).fill(text.replace("welcome}", "welcme}"))
            await page.locator("#preview").get_by_text("did you mean 'welcome'?").wait_for()
            await assert_accessible(page)
            await picture(page, "plan-as-text")
            await page.goto(f"{office.url}/plan/versions")
            await page.get_by_role("link", name="Version 3", exact=True).click()
            await page.get_by_role("heading", name="Version 3").wait_for()
            await assert_accessible(page)
            await picture(page, "version")
            await page.set_viewport_size(PHONE)
            for path in ("/main-number/menus/welcome", "/plan"):
                await page.goto(office.url + path)
                await assert_fits(page)
                await picture(page, f"{path.strip('/').replace('/', '-')}-on-a-phone")

        file = (tmp_path / "dialplans" / "bakery.yaml").read_text()
        expected = DIALPLAN.replace("{play: greeting.wav}", "{play: night.wav}")
        there = "      0: {ring: front-desk}   # always somebody there\n"
        assert file == expected.replace(there, f"{there}      5: {{ring: orders}}\n")

        orders = await office.phone("102", answer=200)
        after = await office.outside("+31701110003")
        after.dial(office.main_number())
        await after.wait("answered")
        after.press("5")
        await orders.wait("answered")
        assert desk.events[-1].kind != "ended", "who was talking all the while still is"
        assert talking.events[-1].kind != "ended"
        await office.close()
        assert seconds_of(tmp_path / "later.wav", HOURS_HZ) > 1.0, "the greeting that the program has put there"
        assert seconds_of(tmp_path / "later.wav", GREETING_HZ) == 0.0
    finally:
        await office.close()
