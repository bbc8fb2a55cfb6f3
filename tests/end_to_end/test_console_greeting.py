"""A greeting recorded in the browser: what the microphone heard is what the rehearsal plays and what a caller hears."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from office import seconds_of, strength
from playwright.async_api import BrowserContext, Page

from tests.end_to_end.console import (
    PATIENCE_MS,
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

pytestmark = pytest.mark.end_to_end

SPOKEN_HZ = 1850.0
DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {front-desk: {extension: 101}, orders: {extension: 102}}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {say: "Welcome to the bakery"}   # until there is a recording
    keys: {1: {ring: orders, for: 20s, else: {ring: front-desk}}, 2: repeat}
features:
  "*77": {record_prompt: welcome, pin: "4711"}
"""


def microphone(path: Path) -> list[str]:
    """Chromium's arguments for a microphone that hears a tone, over and over."""
    times = np.arange(48_000 * 4) / 48_000
    soundfile.write(path, 0.25 * np.sin(2 * np.pi * SPOKEN_HZ * times), 48_000, subtype="PCM_16")
    return [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}",
        "--autoplay-policy=no-user-gesture-required",
    ]


async def until(page: Page, expression: str) -> None:
    """Wait for something to become true; the pages' policy keeps Playwright from looking by itself."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(
            f"(async () => {{ while (!({expression})) await new Promise(on => setTimeout(on, 50)) }})()"
        )


async def record(page: Page, url: str) -> None:
    """Record a greeting, by keyboard alone, and keep it."""
    await page.goto(f"{url}/greetings")
    await page.get_by_role("button", name="Record", exact=True).focus()
    await page.keyboard.press("Enter")
    state = page.get_by_role("region", name="Record it here").get_by_role("status")
    await until(page, "document.querySelector('[data-state]').textContent.startsWith('Recording')")
    await until(page, "document.querySelector('[data-level]').value > 0.15")
    await page.keyboard.press("Enter")
    first = await page.evaluate("document.querySelector('[data-listen]').src")
    await page.keyboard.press("Tab")
    assert await focused(page) == "Record it again"
    await page.keyboard.press("Enter")
    await until(page, "document.querySelector('[data-level]').value > 0.15")
    await until(page, "document.querySelector('[data-time]').textContent >= '0:02'")
    assert await focused(page) == "Stop"
    await picture(page, "greeting-while-recording")
    await page.keyboard.press("Enter")
    assert (await state.text_content() or "").startswith("Recorded.")
    assert (await page.evaluate("document.querySelector('[data-listen]').src")) not in (first, "")
    assert await focused(page) == "Keep it"
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="The new recording, as callers will hear it").wait_for()
    await picture(page, "greeting-recorded")
    await assert_accessible(page)


async def refused_the_microphone(page: Page, url: str) -> None:
    """Nobody has told the browser that the page may hear them: the page says so, and what to do."""
    await page.goto(f"{url}/greetings")
    await page.get_by_role("button", name="Record", exact=True).click()
    await page.get_by_text("The browser may not use the microphone. Allow it for this page").wait_for()
    assert await focused(page) == "Record"


async def rehearse(page: Page, url: str) -> None:
    """Play the caller: hear the greeting, press 1 on the keyboard, answer for orders, and hang up."""
    await page.goto(f"{url}/rehearsal")
    await picture(page, "rehearsal")
    await page.get_by_role("button", name="Call", exact=True).click()
    lines = page.get_by_role("log")
    await lines.get_by_text(".wav").wait_for()
    await until(page, "(a => a.currentTime > 0.2 && a.duration > 1)(document.querySelector('[data-sound]'))")
    await page.keyboard.press("1")
    await page.get_by_text("orders is ringing").wait_for()
    await picture(page, "rehearsal-ringing")
    await assert_accessible(page)
    await page.get_by_role("button", name="Answer").click()
    await page.get_by_text("The caller and orders talk").first.wait_for()
    await page.get_by_role("button", name="Hang up", exact=True).click()
    await page.get_by_text("The call has ended. The caller has talked to orders.").wait_for()
    told = await lines.inner_text()
    for once in ("orders (102) answers", "the ringing tone", "1 is a key of the menu"):
        assert told.count(once) == 1, told
    await picture(page, "rehearsal-over")


async def with_session(browser: BrowserContext, url: str, session: str) -> Page:
    await sign_in(browser, url, session)
    return await browser.new_page()


@needs_chromium
async def test_what_is_recorded_in_the_browser_is_what_callers_hear(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path, DIALPLAN)
    session = owned(tmp_path, licences=2)
    await office.start()
    try:
        async with chromium(*microphone(tmp_path / "microphone.wav")) as browser:
            page = await with_session(browser, office.url, session)
            await refused_the_microphone(page, office.url)
            await browser.grant_permissions(["microphone"], origin=office.url)
            await record(page, office.url)
            (kept,) = (tmp_path / "dialplans" / "sounds" / "greetings" / "bakery").glob("*.wav")
            assert soundfile.info(kept).samplerate == 16_000
            assert strength(kept, SPOKEN_HZ) > 0.95, "nothing has been done to the tone on the way"
            assert seconds_of(kept, SPOKEN_HZ) > 1.5

            loads = len(office.log)
            await page.get_by_role("button", name="Let callers hear it").first.click()
            await page.get_by_text("Callers of welcome hear the new greeting.").wait_for()
            await office.logged("dialplan reloaded", after=loads)
            await rehearse(page, office.url)
            await page.set_viewport_size(PHONE)
            for path in ("/greetings", "/rehearsal"):
                await page.goto(office.url + path)
                await assert_fits(page)
                await picture(page, f"{path[1:]}-on-a-phone")
        caller = await office.outside(record=str(tmp_path / "caller.wav"))
        caller.dial(office.main_number())
        await caller.wait("answered")
        await asyncio.sleep(2.5)
        caller.hang_up()
        await caller.close()
        assert seconds_of(tmp_path / "caller.wav", SPOKEN_HZ) > 1.0
        assert "# until there is a recording" in (tmp_path / "dialplans" / "bakery.yaml").read_text()
    finally:
        await office.close()
