"""An account set up in a browser, its code read from a real mail server; and its pages, looked at with axe-core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
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
from tests.web.letters import code_in

pytestmark = pytest.mark.end_to_end

OWNER = "anna@bakery.example"
PAGES = ("account", "account/managers", "account/tokens", "account/sessions", "account/audit")
PATIENCE = 30.0


class MailServer:
    """Takes letters for everybody."""

    def __init__(self) -> None:
        self._letters: asyncio.Queue[EmailMessage] = asyncio.Queue()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert letter["To"] == envelope.rcpt_tos[0] or envelope.rcpt_tos[0] in letter["To"]
        self._letters.put_nowait(letter)
        return "250 taken"

    async def next_code(self) -> str:
        """The code in the letter that comes next."""
        return code_in(await asyncio.wait_for(self._letters.get(), PATIENCE))


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[MailServer, int]]:
    mail, port = MailServer(), free_port()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mail, hostname="mail.test"), "127.0.0.1", port)
    try:
        yield mail, port
    finally:
        server.close()


async def type_code(page: Page, code: str) -> None:
    assert await focused(page) == "Code"
    await page.keyboard.insert_text(f"{code[:3]} {code[3:]}")
    await page.keyboard.press("Enter")


@needs_chromium
async def test_an_account_is_set_up_with_a_code_from_a_mail_server_and_signed_in_to_again(tmp_path: Path) -> None:
    async with mail_server() as (mail, port):
        smtp = {"BELPLAN_SMTP_HOST": "127.0.0.1", "BELPLAN_SMTP_PORT": str(port), "BELPLAN_SMTP_SECURITY": "none"}
        console = ConsoleAlone(tmp_path, settings=smtp | {"BELPLAN_SMTP_FROM": "phone@bakery.example"})
        await console.start()
        try:
            async with chromium() as browser:
                page = await browser.new_page()
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
                code = await mail.next_code()
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
            async with chromium() as other:
                page = await other.new_page()
                await page.goto(f"{console.url}/account/tokens")
                await page.get_by_role("heading", name="Sign in").wait_for()
                await assert_accessible(page)
                await page.keyboard.type(OWNER.upper())
                await page.keyboard.press("Enter")
                await page.get_by_role("heading", name="Type the code").wait_for()
                await type_code(page, await mail.next_code())
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
        said = repr(console.log)
        assert code not in said
        assert token not in said
