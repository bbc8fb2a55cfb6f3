"""The dashboard in a browser while real phones register, ring and talk: it shows that by itself, and rings one."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import DIALPLAN, GREETING_HZ, HOLD_MUSIC_HZ, HOURS_HZ, write_tone
from playwright.async_api import Page, expect

from tests.end_to_end.console import (
    PATIENCE_MS,
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

pytestmark = pytest.mark.end_to_end


async def shows(page: Page, element: str, text: str) -> None:
    await expect(page.locator(f"#{element}")).to_contain_text(text, timeout=PATIENCE_MS)


@needs_chromium
async def test_the_dashboard_shows_calls_as_they_happen_and_rings_a_phone(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path, DIALPLAN)
    for name, hertz in (("greeting.wav", GREETING_HZ), ("hours.wav", HOURS_HZ), ("hold.wav", HOLD_MUSIC_HZ)):
        write_tone(office.sound(name), hertz, 3.0)
    office.give_passwords("101", "102", "1035")
    session = owned(tmp_path)
    await office.start()
    try:
        await office.logged("the console is ready", 60)
        async with chromium() as browser:
            await sign_in(browser, office.url, session)
            page = await browser.new_page()
            await page.goto(f"{office.url}/dashboard")
            await shows(page, "state-102", "No phone")

            # a phone comes, and a call goes through the menu to it, while nobody touches the page
            orders = await office.phone("102", answer=180)
            await shows(page, "state-102", "Ready")
            caller = await office.outside()
            caller.dial(office.main_number())
            await shows(page, "live-calls", "hears menu welcome")
            caller.press("1")
            await shows(page, "state-102", "Ringing")
            orders.answer()
            await shows(page, "state-102", "On the phone")
            await shows(page, "live-calls", "talks to orders")
            await assert_accessible(page)
            await picture(page, "dashboard")
            caller.hang_up()
            await shows(page, "live-calls", "Nobody is on the phone.")
            await shows(page, "live-last", "talked to orders")

            # a test call
            await orders.wait("ended")
            orders.events.clear()
            await page.get_by_role("button", name="Ring orders").click()
            await expect(page.get_by_text("A phone of 102 rings")).to_be_visible()
            assert "Belplan test call" in (await orders.wait("incoming")).text
            await page.get_by_role("button", name="Ring front-desk").click()
            await expect(page.get_by_text("101 has no phone that could ring")).to_be_visible()

            await page.goto(f"{office.url}/calls")
            await picture(page, "calls")

            # the list of calls, on a phone's screen
            await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            for path in ("/calls?text=0701112233", "/dashboard"):
                await page.goto(office.url + path)
                await assert_fits(page)
                await assert_accessible(page)
            await picture(page, "dashboard-on-a-phone")
    finally:
        await office.close()
