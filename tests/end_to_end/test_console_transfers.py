"""Numbers brought over in the browser, on a wide screen and on a phone's; and a call to one of them."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from office import free_port
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
from tests.mail_server import Postbox, serving_mail, smtp_settings
from tests.web.transfers import papers
from web.transfers.reports import signature

pytestmark = pytest.mark.end_to_end

SECRET = "a secret of the carrier"
DIALPLAN = """\
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 85 123 4567"}   # for the time being
people: {anna: {extension: 101, name: Anna, email: anna@bakery.example}, bo: {extension: 102, name: Bo}}
main_number: {ring: anna}
"""
STEPS = ("numbers", "places", "provider", "invoice", "letter", "submit")


async def go_on(page: Page, step: str, button: str = "Save and continue") -> None:
    """Leave a step for the next, which is looked at: accessible, and no wider than a phone."""
    await page.get_by_role("button", name=button, exact=True).press("Enter")
    await page.wait_for_url(f"**/{step}")
    await assert_accessible(page)
    await page.set_viewport_size(PHONE)
    await assert_fits(page)
    await page.set_viewport_size({"width": 1280, "height": 860})
    await picture(page, f"transfer-{step}")


async def draw_up(page: Page, url: str, invoice: Path) -> None:
    """All steps of the wizard, with a mistake and a way back."""
    await page.goto(f"{url}/transfers")
    await assert_accessible(page)
    await page.get_by_role("button", name="Bring numbers over").press("Enter")
    await picture(page, "transfer-numbers")
    await page.get_by_label("Numbers").focus()
    await page.keyboard.type("020 111 0001, 0800 1234")
    await page.keyboard.press("Tab")
    assert await focused(page) == "Save and continue"
    await page.keyboard.press("Enter")
    await page.get_by_text("is toll-free").first.wait_for()
    await assert_accessible(page)
    await picture(page, "transfer-mistake")
    await page.get_by_label("Numbers").fill("020 111 0001, 020 111 0002")
    await go_on(page, "places")
    await page.get_by_label("+31 20 111 0001").focus()
    await page.keyboard.type("It becomes")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Anna (101)")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    assert not await page.get_by_label("stays beside the new one").is_checked()
    await page.evaluate("document.querySelector('[name=version]').value = '1'")
    await page.get_by_role("button", name="Save and continue").press("Enter")
    await page.get_by_text("Somebody else has changed this order meanwhile").wait_for()
    await assert_accessible(page)
    assert await page.get_by_label("+31 20 111 0001").input_value() == "main", "what was chosen stays"
    await go_on(page, "provider")
    for label, value in (
        ("Present provider", "Old Telecom B.V."),
        ("Account or customer number there", "12345678"),
        ("Company or person", "The Bakery v.o.f."),
        ("Street and number", "Dam 1"),
        ("Postcode", "1012 JS"),
        ("City", "Amsterdam"),
    ):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Save and go back").click()
    assert await page.get_by_label("+31 20 111 0002").input_value() == "person:anna"
    await go_on(page, "provider")
    assert await page.get_by_label("City").input_value() == "Amsterdam"
    await go_on(page, "invoice")
    await page.get_by_label("Invoice", exact=True).set_input_files(invoice)
    await page.get_by_label("Date of the invoice").fill((date.today() - timedelta(days=5)).isoformat())
    await page.get_by_label("Person named on the invoice").fill("Łucja Bakker")
    await go_on(page, "letter")
    await page.get_by_label("Your name").fill("Lucja Bakker")
    await page.get_by_label("I have read the letter").check()
    await page.get_by_role("button", name="Sign", exact=True).click()
    await page.get_by_text("Type the name as it stands on the invoice").first.wait_for()
    await page.get_by_label("Your name").fill("łucja bakker")
    await go_on(page, "submit", "Sign")
    await page.get_by_role("button", name="Submit the order").press("Enter")
    await page.get_by_role("heading", name="So far").wait_for()
    await assert_accessible(page)
    await picture(page, "transfer-submitted")


async def report(url: str, order: str) -> None:
    """The carrier's program says that the order is accepted."""
    values = {"id": "r1", "order": order, "event": "accepted", "day": (date.today() + timedelta(days=12)).isoformat()}
    body = json.dumps(values).encode()
    now = str(int(time.time()))
    headers = {"Belplan-Timestamp": now, "Belplan-Signature": signature(SECRET.encode(), now, body)}
    async with httpx.AsyncClient() as carrier:
        answer = await carrier.post(f"{url}/hooks/transfers", content=body, headers=headers)
    assert answer.json() == {"order": order, "state": "accepted", "repeated": False}


@needs_chromium
@pytest.mark.timeout(240)
async def test_numbers_are_brought_over_in_the_browser_and_ring_here(tmp_path: Path) -> None:
    (tmp_path / "invoice.pdf").write_bytes(papers.pdf())
    (tmp_path / "carrier.secret").write_text(SECRET)
    settings = {
        "BELPLAN_TRANSFER_EMAIL": "transfers@carrier.example",
        "BELPLAN_TRANSFER_SECRET_FILE": str(tmp_path / "carrier.secret"),
        **smtp_settings(port := free_port(), "phone@bakery.example"),
    }
    office = OfficeWithConsole(tmp_path, DIALPLAN, settings=settings)
    office.give_passwords("101")
    session, postbox = owned(tmp_path, licences=2), Postbox()
    await office.start()
    await office.logged("the console is ready")
    try:
        async with serving_mail(port, postbox), chromium() as browser:
            await sign_in(browser, office.url, session)
            page = await browser.new_page()
            await draw_up(page, office.url, tmp_path / "invoice.pdf")
            async with page.expect_download() as downloading:
                await page.get_by_role("link", name="Download the letter").click()
            assert (await downloading.value).suggested_filename == "letter-of-agency.pdf"
            await report(office.url, page.url.rpartition("/")[2])
            await page.reload()
            await page.get_by_text("The numbers come over on").wait_for()
            loads = len(office.log)
            await page.get_by_role("button", name="The numbers are here").click()
            await page.get_by_text("Complete: the numbers ring here.").wait_for()
            await assert_accessible(page)
            await picture(page, "transfer-complete")
            await page.goto(f"{office.url}/transfers")
            await assert_accessible(page)
            await picture(page, "transfers")
            subjects = [(await postbox.next_for("anna@bakery.example", 30.0))["Subject"] for _ in range(3)]
            assert (subjects[0], subjects[2]) == (
                "Your telephone number is coming over",
                "Your telephone number is here",
            )
        await office.logged("dialplan reloaded", after=loads)
        anna = await office.phone("101")
        caller = await office.outside()
        caller.dial(f"sip:+31201110002@{office.server}")
        await anna.wait("incoming")
        anna.answer()
        await caller.wait("answered")
        caller.hang_up()
        await caller.wait("ended")
    finally:
        await office.close()
    plan = (tmp_path / "dialplans" / "bakery.yaml").read_text()
    assert 'numbers: {main: "+31 20 111 0001"}   # for the time being' in plan
    assert 'email: anna@bakery.example, number: "+31 20 111 0002"}' in plan
