"""The console's process and its first page: in people's language, by keyboard alone, on a phone's screen, by TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from tests.certificates import Authority
from tests.end_to_end.console import (
    PHONE,
    ConsoleAlone,
    OfficeWithConsole,
    assert_accessible,
    assert_fits,
    chromium,
    focused,
    needs_chromium,
    picture,
)
from web.serve import MAX_HEAD

pytestmark = pytest.mark.end_to_end


@needs_chromium
async def test_setting_up_begins_in_english_and_dutch_by_keyboard_on_a_phone(tmp_path: Path) -> None:
    console = ConsoleAlone(tmp_path)
    await console.start()
    try:
        async with chromium(viewport=PHONE, locale="en-GB") as browser:
            page = await browser.new_page()
            await page.goto(console.url)
            await assert_accessible(page)
            await assert_fits(page)
            await picture(page, "start-on-a-phone")
            await page.keyboard.press("Tab")
            assert await focused(page) == "Skip to the content"
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await page.get_by_label("Your name").focus()
            await page.keyboard.type("Anna")
            await page.keyboard.press("Tab")
            assert await focused(page) == "E-mail address"
            await page.keyboard.type("anna at the bakery")
            await page.keyboard.press("Enter")
            await page.locator("#mistakes").wait_for()
            assert (await focused(page)).startswith("2 things have to be put right")
            assert await page.get_by_label("E-mail address").input_value() == "anna at the bakery"
            assert await page.get_by_label("Country").input_value() == "GB"
            await assert_accessible(page)
            await assert_fits(page)
            await picture(page, "set-up-with-mistakes-on-a-phone")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            assert await focused(page) == "Name"
            await page.get_by_role("link", name="Nederlands").focus()
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="Uw organisatie").wait_for()
            await assert_accessible(page)
            await page.goto(f"{console.url}/")
            assert await page.evaluate("document.documentElement.lang") == "nl"
        assert await console.stop() == 0
        assert console.log[-1]["event"] == "the console has stopped"
    finally:
        await console.close()


async def test_it_speaks_tls_by_its_own_certificate_or_behind_a_proxy(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    folder = authority.issue(["localhost"])
    trusting = ssl.create_default_context(cafile=str(authority.file))
    own = ConsoleAlone(tmp_path / "own", settings={"BELPLAN_CONSOLE_CERTIFICATE": str(folder)})
    behind = ConsoleAlone(
        tmp_path / "behind",
        settings={"BELPLAN_CONSOLE_URL": "https://phone.bakery.example", "BELPLAN_CONSOLE_PROXIES": "127.0.0.1"},
    )
    await asyncio.gather(own.start(), behind.start())
    try:
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as browser:
            encrypted = await browser.get(f"https://localhost:{own.console_port}/")
            proxied = {"Host": "phone.bakery.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
            forwarded = await browser.get(behind.url, headers=proxied)
            unproxied = await browser.get(f"https://localhost:{own.console_port}/", headers={"Host": "bakery.example"})
            with contextlib.suppress(httpx.TransportError):  # reset before all of it was sent
                assert (await browser.get(behind.url, headers={"X": "x" * 40 * MAX_HEAD})).status_code == 400
            assert (await browser.get(f"{behind.url}/health")).status_code == 200
        for page in (encrypted, forwarded):
            assert page.status_code == 200
            assert page.headers["Set-Cookie"].startswith("__Host-")
            assert page.headers["Strict-Transport-Security"]
        assert unproxied.status_code == 421
    finally:
        await asyncio.gather(own.close(), behind.close())


async def test_what_prevents_it_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        console = ConsoleAlone(tmp_path, settings={"BELPLAN_CONSOLE": f"127.0.0.1:{taken.getsockname()[1]}"})
        with pytest.raises(AssertionError, match="belplan ended"):
            await console.start()
    assert console.log[-1]["event"] == "the console cannot start"
    assert "Address already in use" in console.log[-1]["reason"]


async def test_it_comes_and_goes_with_belplan_serve(tmp_path: Path) -> None:
    office = OfficeWithConsole(tmp_path)
    await office.start()
    try:
        said = [line["text"] for line in office.log if line["event"] == "text"]
        assert f"Set it up in a browser at {office.url}" in said
        async with httpx.AsyncClient(trust_env=False) as browser:
            assert (await browser.get(office.url)).status_code == 200
            assert await office.stop() == 0
            with pytest.raises(httpx.ConnectError):
                await browser.get(office.url)
        events = [line["event"] for line in office.log]
        assert events.index("the console has stopped") < events.index("stopped")
    finally:
        await office.close()
