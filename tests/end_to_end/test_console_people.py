"""From a stock of numbers to a phone that rings: pages in Chromium, and Linphone set up by what an invitation shows."""

from __future__ import annotations

import asyncio
import io
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import zxingcpp
from linphone import Linphone, needs_linphone
from office import free_port
from PIL import Image
from playwright.async_api import Page

from tests.end_to_end.console import (
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
from tests.web.letters import text_of

pytestmark = pytest.mark.end_to_end

PLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  an: {extension: 801, name: An Owner, email: an@bakery.example}
  hall: {extension: 800, name: Hall}
main_number: {ring: an}
"""


async def letter_in(folder: Path) -> EmailMessage:
    """The only letter in the outbox, once it is there."""
    found: list[Path] = []
    for _ in range(200):
        if found := list((folder / "state" / "outbox").glob("*.eml")):
            break
        await asyncio.sleep(0.1)
    (file,) = found
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def scanned(picture_of_code: bytes) -> list[str]:
    """What a phone's camera reads in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture_of_code)))]


async def seen(page: Page, name: str) -> None:
    """The page as it should be, and a picture of it."""
    await assert_accessible(page)
    await picture(page, name)
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size(PHONE)
    await assert_fits(page)
    await picture(page, f"{name}-on-a-phone")
    await page.set_viewport_size(size)


@needs_chromium
@needs_linphone
async def test_from_a_stock_of_numbers_to_a_phone_that_rings_and_is_shut_out(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path / "office", PLAN)
    session = owned(office.folder, name="An Owner")
    linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
    await office.start()
    await office.logged("the console is ready", 60.0)
    try:
        async with chromium() as browser:
            await sign_in(browser, office.url, session)
            page = await browser.new_page()
            await page.goto(f"{office.url}/numbers")
            await page.get_by_label("Numbers", exact=True).fill("0800 1234\n020 123 4568, 020 123 4569")
            await page.get_by_role("button", name="Add").click()
            await page.get_by_text("toll-free").first.wait_for()
            await seen(page, "numbers-refused")
            await page.get_by_label("Numbers", exact=True).fill("020 123 4568, 020 123 4569")
            await page.get_by_role("button", name="Add").click()
            await page.get_by_text("2 more numbers are in the stock now.").wait_for()
            await seen(page, "numbers")

            await page.goto(f"{office.url}/people/add")
            await seen(page, "add-people")
            await page.get_by_label("E-mail address").first.focus()
            await page.keyboard.type("bo@bakery.example")
            await page.keyboard.press("Tab")
            assert (await focused(page)).startswith("Name")
            await page.keyboard.type("Bo de Vries")
            await page.locator("#field-people-0-number").select_option("any")
            await page.get_by_label("Send each of them an invitation at once").first.check()
            await page.locator("#field-people-0-email").press("Enter")
            await page.get_by_text("1 invitation lies in the folder").wait_for()
            await seen(page, "people-added")

            letter = await letter_in(office.folder)
            link = re.search(rf"^{office.url}/welcome/\S+$", text_of(letter), re.MULTILINE)
            assert link
            async with chromium(viewport=PHONE) as phone:
                guest = await phone.new_page()
                await guest.goto(link[0])
                await seen(guest, "invitation")
                await guest.get_by_role("button", name="Show my settings").click()
                address = await guest.locator("#file").inner_text()
                assert scanned(await guest.locator(".code-picture").screenshot()) == [address]
                assert await guest.locator("#phone-user").inner_text() == "802"
                await seen(guest, "invitation-shown")
                await linphone.start({"misc": {"config-uri": address}}, "-a")
                await linphone.registered(30.0)
                await guest.get_by_role("button", name="Call my phone").click()
                await guest.get_by_text("1 phone is ringing.").wait_for()
                await linphone.says(r"(?i)belplan test call|answered|connected", 20.0)
                linphone.tell("terminate")
                await guest.goto(link[0])
                await guest.get_by_text("Your settings have been shown already").wait_for()

            await page.goto(f"{office.url}/people/person/bo-de-vries")
            await page.get_by_text("phone registered").wait_for()
            await seen(page, "person")
            reached = await page.locator("dl.facts").inner_text()
            assert re.search(r"Own number\s+020 123 4568", reached)
            assert re.search(r"Main number\s+020 123 4567, extension 802", reached)
            heard = len(linphone.said)
            await page.get_by_role("button", name="Test call").click()
            await page.get_by_text("1 phone is ringing.").wait_for()
            await linphone.says(r"(?i)belplan test call|answered|connected", 20.0, after=heard)
            await page.get_by_role("button", name="New password").click()
            await page.get_by_text("the phones of before are shut out").wait_for()
            await office.logged("phones forgotten, as the password is another", 20.0)
            await page.reload()
            assert await page.get_by_text("phone registered").count() == 0

            await page.goto(f"{office.url}/people/person/hall")
            await page.get_by_role("button", name="Show the settings for a phone").click()
            assert await page.locator("#phone-user").inner_text() == "800"
            assert scanned(await page.locator(".code-picture").screenshot()) == [
                await page.locator("#file").inner_text()
            ]
            assert await page.get_by_role("button", name="Print").is_visible()
            await seen(page, "settings-to-hand-over")
    finally:
        await linphone.close()
        await office.close()
