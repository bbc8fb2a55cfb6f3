"""The console's first page as people meet it: in their language, by keyboard alone, on a phone's screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.console import (
    PHONE,
    ConsoleAlone,
    assert_accessible,
    assert_fits,
    chromium,
    focused,
    needs_chromium,
)

pytestmark = [pytest.mark.end_to_end, needs_chromium]


async def test_the_first_page_in_english_and_dutch_by_keyboard_on_a_phone(tmp_path: Path) -> None:
    console = ConsoleAlone(tmp_path)
    await console.start()
    try:
        async with chromium(viewport=PHONE) as browser:
            page = await browser.new_page()
            await page.goto(console.url)
            await assert_accessible(page)
            await assert_fits(page)
            await page.keyboard.press("Tab")
            assert await focused(page) == "Skip to the content"
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            assert await focused(page) == "Sign in"
            await page.keyboard.press("Tab")
            assert await focused(page) == "Nederlands"
            await page.keyboard.press("Enter")
            await page.get_by_role("link", name="Inloggen").wait_for()
            assert await page.evaluate("document.documentElement.lang") == "nl"
            await page.goto(f"{console.url}/")
            assert await page.get_by_role("link", name="Inloggen").is_visible()
        assert await console.stop() == 0
        assert console.log[-1]["event"] == "the console has stopped"
    finally:
        await console.close()
