"""From an empty folder to calls: all steps in a browser, with a mail server, softphones and an outside caller."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from office import free_port, seconds_of, write_tone
from playwright.async_api import BrowserContext, FilePayload, Page, expect

from engine.softphone.phone import Softphone
from tests.end_to_end.console import (
    PATIENCE_MS,
    OfficeWithConsole,
    chromium,
    needs_chromium,
)
from tests.mail_server import Postbox, serving_mail, smtp_settings
from tests.web.letters import code_in, text_of
from tests.web.transfers import papers

pytestmark = [pytest.mark.end_to_end, needs_chromium, pytest.mark.timeout(240)]

OWNER, BO, CY = "an@bakery.example", "bo@bakery.example", "cy@bakery.example"
CARRIER = "transfers@carrier.example"
expect.set_options(timeout=PATIENCE_MS)

GREETING_HZ, CALLER_HZ, BO_HZ = 620.0, 1000.0, 1400.0
PATIENCE = 20.0


async def choose_from(page: Page, name: str) -> None:
    """Go to a page by the navigation."""
    await page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()


async def set_up(page: Page, office: OfficeWithConsole, postbox: Postbox) -> None:
    """Step 1: the owner's account, activated by a code."""
    await page.goto(office.url)
    await page.get_by_role("link", name="Begin").click()
    await page.get_by_label("Name", exact=True).fill("The Bakery")
    await page.get_by_label("Country").select_option("NL")
    await page.get_by_label("Time zone").select_option("Europe/Amsterdam")
    await page.get_by_label("Licences").fill("3")
    await page.get_by_label("Your name").fill("An Bakker")
    await page.get_by_label("E-mail address").fill(OWNER)
    await page.get_by_role("button", name="Send the code").click()
    await page.get_by_label("Code").fill(code_in(await postbox.next_for(OWNER, PATIENCE)))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


async def choose_numbers(page: Page) -> None:
    """Step 2: the stock, and the main number before anybody can be invited."""
    await choose_from(page, "Numbers")
    numbers = page.get_by_label("Numbers", exact=True)
    await numbers.fill("020 123 4567, 020 123 4568\n0800-1234")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("is toll-free").first).to_be_visible()
    await expect(numbers).to_have_value("020 123 4567, 020 123 4568\n0800-1234")
    await numbers.fill("020 123 4567, 020 123 4568")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("combobox", name="Main number").select_option("+31201234567")
    await page.get_by_role("button", name="Choose", exact=True).click()


async def add_people(page: Page) -> None:
    """Step 3: two people at once, invited."""
    await expect(page.get_by_role("heading", name="Add people")).to_be_visible()
    rows = [{"email": BO, "name": "Bo Smit", "number": "+31201234568"}, {"email": CY, "name": "Cy Vos"}]
    for at, row in enumerate(rows):
        for field, value in row.items():
            typed = page.locator(f'[name="people.{at}.{field}"]')
            await (typed.select_option(value) if field == "number" else typed.fill(value))
    await page.get_by_label("Send each of them an invitation at once").first.check()
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("2 people were added")).to_be_visible()


async def open_invitation(
    browser: BrowserContext, office: OfficeWithConsole, letter: EmailMessage, name: str, **voice: object
) -> tuple[Page, Softphone]:
    """What an invited person does: follow the link, and type what it shows into a softphone."""
    link = re.search(r"http://\S+/welcome/\S+", text_of(letter))
    assert link is not None
    page = await browser.new_page()
    await page.goto(link[0])
    await page.get_by_role("button", name="Show my settings").click()
    names, values = await page.locator("dt").all_inner_texts(), await page.locator("dd").all_inner_texts()
    shown = {what: value.splitlines()[0] for what, value in zip(names, values, strict=True)}
    assert shown["Name"] == name
    phone = await office.phone(
        shown["User name"], server=shown["Server (proxy)"], domain=shown["Domain"], password=shown["Password"],
        transport=shown["Transport"].lower(), **voice,
    )  # fmt: skip
    await page.reload()
    assert shown["Password"] not in await page.content(), "it is shown once"
    return page, phone


async def make_menu(page: Page) -> None:
    """Step 4: callers hear a menu ..."""
    await choose_from(page, "Main number")
    await page.get_by_role("link", name="Make a menu").click()
    await page.get_by_label("Name of the menu").fill("welcome")
    await page.get_by_label("The text").fill("Welcome to the bakery. For orders press 1.")
    await page.get_by_label("Callers may dial an extension, too").check()
    await page.locator('[name="keys.0.key"]').fill("1")
    await page.locator('[name="keys.0.to"]').select_option("ring:bo-smit")
    await page.locator('[name="no_input.to"]').select_option("ring:an-bakker")
    await expect(page.get_by_text("Key 1")).to_be_visible()
    await page.get_by_role("button", name="Look at the change").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("New calls go by it")).to_be_visible()


async def record_greeting(page: Page) -> None:
    """... whose greeting is recorded in the browser."""
    await choose_from(page, "Greetings")
    await page.get_by_role("button", name="Record", exact=True).click()
    await expect(page.get_by_text("Recording. Speak now")).to_be_visible()
    await page.wait_for_timeout(2500)
    await page.get_by_role("button", name="Stop", exact=True).click()
    await page.get_by_role("button", name="Keep it").click()
    await page.locator("#made").get_by_role("button", name="Let callers hear it").click()
    await expect(page.get_by_text("The recording", exact=False).first).to_be_visible()


async def transfer_a_number(page: Page, postbox: Postbox) -> None:
    """Step 5: a number that is with another provider comes over, and rings Cy's phone."""
    await choose_from(page, "Transfers")
    await page.get_by_role("button", name="Bring numbers over").click()
    go_on = page.get_by_role("button", name="Save and continue")
    await page.get_by_label("Numbers", exact=True).fill("020 765 4321")
    await go_on.click()
    await page.get_by_role("combobox", name="+31 20 765 4321").select_option("person:cy-vos")
    await go_on.click()
    for field, value in {
        "Present provider": "Example Telecom", "Account or customer number there": "12345678",
        "Company or person that the contract is with": "The Bakery", "Street and number": "Damrak 1",
        "Postcode": "1012 LG", "City": "Amsterdam",
    }.items():  # fmt: skip
        await page.get_by_label(field).fill(value)
    await go_on.click()
    invoice: FilePayload = {"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": papers.pdf()}
    await page.get_by_label("Invoice", exact=True).set_input_files(invoice)
    await page.get_by_label("Date of the invoice").fill(datetime.now(ZoneInfo("Europe/Amsterdam")).date().isoformat())
    await page.get_by_label("Person named on the invoice").fill("Anna de Vries")
    await go_on.click()
    await page.get_by_label("Your name, as it stands on the invoice").fill("anna de vries")
    await page.get_by_label("I have read the letter").check()
    await page.get_by_role("button", name="Sign", exact=True).click()
    await page.get_by_role("button", name="Submit the order").click()
    await expect(page.get_by_text("With the carrier. Expected between")).to_be_visible()
    bundle = await postbox.next_for(CARRIER, PATIENCE)
    assert [part.get_filename() for part in bundle.iter_attachments()]
    await page.get_by_label("Agreed day").fill(datetime.now(ZoneInfo("Europe/Amsterdam")).date().isoformat())
    await page.get_by_role("button", name="Accepted").click()
    await page.get_by_role("button", name="The numbers are here").click()
    await expect(page.get_by_text("Complete: the numbers ring here.")).to_be_visible()


@asynccontextmanager
async def running(office: OfficeWithConsole) -> AsyncIterator[OfficeWithConsole]:
    await office.start()
    try:
        yield office
    finally:
        await office.close()
        print(office.story())


async def test_all_steps_from_nothing_to_a_call(tmp_path: Path) -> None:
    write_tone(tmp_path / "microphone.wav", GREETING_HZ, 30.0)
    microphone = (
        *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-audio-capture={tmp_path / 'microphone.wav'}",
    )
    postbox, port = Postbox(), free_port()
    settings = smtp_settings(port, "phone@bakery.example") | {"BELPLAN_TRANSFER_EMAIL": CARRIER}
    async with (
        serving_mail(port, postbox),
        running(OfficeWithConsole(tmp_path, settings=settings)) as office,
        chromium(*microphone) as browser,
    ):
        page = await browser.new_page()
        await set_up(page, office, postbox)
        await choose_numbers(page)
        await add_people(page)
        welcome, bo = await open_invitation(
            browser,
            office,
            await postbox.next_for(BO, PATIENCE),
            "Bo Smit",
            tone=BO_HZ,
            record=str(tmp_path / "bo.wav"),
        )
        _, cy = await open_invitation(browser, office, await postbox.next_for(CY, PATIENCE), "Cy Vos", answer=200)
        await welcome.get_by_role("button", name="Call my phone").click()
        await expect(welcome.get_by_text("1 phone is ringing")).to_be_visible()
        await bo.wait("incoming", PATIENCE)
        bo.hang_up()
        await bo.wait("failed", PATIENCE)
        await make_menu(page)
        await record_greeting(page)

        caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
        heard = len(bo.events)
        caller.dial(office.main_number())
        await caller.wait("answered", PATIENCE)
        await asyncio.sleep(1.5)
        caller.press("1")
        await bo.wait("incoming", PATIENCE, after=heard)
        await choose_from(page, "Dashboard")
        await expect(page.get_by_text("+31 70 111 2233").first).to_be_visible()
        bo.answer()
        await bo.wait("media", PATIENCE, after=heard)
        await expect(page.get_by_text("talks to Bo Smit")).to_be_visible()
        await asyncio.sleep(2.0)
        caller.hang_up()
        await bo.wait("ended", PATIENCE, after=heard)
        ended = await office.logged("call ended", where=lambda line: line["answered_by"] == "bo-smit")

        heard = len(caller.events)
        caller.dial(office.main_number())
        await caller.wait("answered", PATIENCE, after=heard)
        caller.press("803")
        await cy.wait("answered", PATIENCE)
        caller.hang_up()
        await cy.wait("ended", PATIENCE)

        await transfer_a_number(page, postbox)
        heard = len(cy.events)
        caller.dial(f"sip:+31207654321@{office.server}")
        await cy.wait("answered", PATIENCE, after=heard)
        caller.hang_up()
        await cy.wait("ended", PATIENCE, after=heard)
    assert ended["verdict"] == "talked"
    assert seconds_of(tmp_path / "caller.wav", GREETING_HZ) > 0.5, "the greeting that was recorded in the browser"
    assert seconds_of(tmp_path / "caller.wav", BO_HZ) > 0.8
    assert seconds_of(tmp_path / "bo.wav", CALLER_HZ) > 0.8
