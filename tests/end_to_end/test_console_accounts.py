"""An account set up in a browser, its code read from a real mail server; and its pages, looked at with axe-core."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import free_port
from playwright.async_api import Page

from tests.end_to_end.console import (
    DESK,
    PHONE,
    ConsoleAlone,
    assert_accessible,
    assert_fits,
    chromium,
    focused,
    needs_chromium,
    picture,
)
from tests.mail_server import Postbox, serving_mail, smtp_settings
from tests.web.letters import code_in

pytestmark = pytest.mark.end_to_end

OWNER = "anna@bakery.example"
PAGES = ("account", "account/managers", "account/tokens", "account/sessions", "account/audit")
WITHOUT_A_PLAN = ("people", "people/add", "main-number", "greetings", "rehearsal", "transfers")
"""Pages that say what comes first."""
NOWHERE = ("nowhere", "welcome/nobody")
PATIENCE = 30.0


async def type_code(page: Page, code: str) -> None:
    assert await focused(page) == "Code"
    await page.keyboard.insert_text(f"{code[:3]} {code[3:]}")
    await page.keyboard.press("Enter")


@needs_chromium
async def test_an_account_is_set_up_with_a_code_from_a_mail_server_and_signed_in_to_again(tmp_path: Path) -> None:
    postbox, port = Postbox(), free_port()
    async with serving_mail(port, postbox):
        console = ConsoleAlone(tmp_path, settings=smtp_settings(port, "phone@bakery.example"))
        await console.start()
        try:
            async with chromium() as browser:
                page = await browser.new_page()
                await page.goto(console.url)
                await picture(page, "start")
                await page.goto(f"{console.url}/set-up")
                await page.get_by_label("Name", exact=True).fill("The Bakery")
                await page.get_by_label("Country").select_option("NL")
                await page.get_by_label("Time zone").select_option("Europe/Amsterdam")
                await page.get_by_label("Licences").fill("3")
                await page.get_by_label("Your name").fill("Anna Bakker")
                await page.get_by_label("E-mail address").fill(OWNER)
                await picture(page, "set-up")
                await page.get_by_role("button", name="Send the code").click()
                await page.get_by_role("heading", name="Type the code").wait_for()
                await assert_accessible(page)
                await picture(page, "code")
                code = code_in(await postbox.next_for(OWNER, PATIENCE))
                await type_code(page, f"{(int(code) + 1) % 10**6:06}")
                await page.get_by_text("4 more tries are left").first.wait_for()
                await page.get_by_label("Code").focus()
                await page.get_by_label("Code").fill("")
                await type_code(page, code)
                await page.wait_for_url("**/dashboard")
                for path in PAGES:
                    await page.goto(f"{console.url}/{path}")
                    await assert_accessible(page)
                    await picture(page, path.replace("/", "-"))
                    await page.set_viewport_size(PHONE)
                    await assert_fits(page)
                    await page.set_viewport_size(DESK)
                for path in WITHOUT_A_PLAN:
                    await page.goto(f"{console.url}/{path}")
                    await page.locator(".empty, .notice.careful").wait_for()
                    await assert_accessible(page)
            async with chromium() as other:
                page = await other.new_page()
                for path in NOWHERE:
                    answer = await page.goto(f"{console.url}/{path}")
                    assert answer is not None
                    assert answer.status == 404
                    await assert_accessible(page)
                    await picture(page, path.replace("/", "-"))
                await page.goto(f"{console.url}/account/tokens")
                await page.get_by_role("heading", name="Sign in").wait_for()
                await assert_accessible(page)
                await picture(page, "sign-in")
                await page.keyboard.type(OWNER.upper())
                await page.keyboard.press("Enter")
                await page.get_by_role("heading", name="Type the code").wait_for()
                await type_code(page, code_in(await postbox.next_for(OWNER, PATIENCE)))
                await page.get_by_role("heading", name="A new token").wait_for()
                await page.get_by_label("Program").fill("Address book")
                await page.get_by_label("people:").check()
                await page.get_by_role("button", name="Make a token").click()
                token = await page.locator("#new-token").inner_text()
                await assert_accessible(page)
                answer = await other.request.get(
                    f"{console.url}/api/v1/account", headers={"Authorization": f"Bearer {token}"}
                )
                assert (await answer.json())["licences"] == 3
                await page.get_by_role("button", name="Sign out").click()
                await page.get_by_text("You have signed out.").wait_for()
        finally:
            await console.close()
        assert all(recipients == [OWNER] for recipients in postbox.recipients)
        said = repr(console.log)
        assert code not in said
        assert token not in said
