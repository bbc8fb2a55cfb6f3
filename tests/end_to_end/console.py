"""The console as people use it: the real process, and Debian's Chromium driven by Playwright.

``assert_accessible`` looks at a page with axe-core (tests/web/axe, MPL 2.0).
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from office import Office, free_port
from PIL import Image
from playwright.async_api import BrowserContext, ConsoleMessage, Page, async_playwright

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from web.accounts import sessions
from web.shell.cookies import SESSION_COOKIE

OWNER = "an@bakery.example"
CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"),
)
AXE = Path(__file__).resolve().parents[1] / "web" / "axe" / "axe.min.js"
GRAVE = ("serious", "critical")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
PATIENCE_MS = 20_000
"""On a machine that has much else to do."""

NO_FAULTS = ("the server responded with a status of 4", "htmx:sendAbort", "htmx:afterRequest")
"""Refusals, which tests look for, and requests that a newer one has taken the place of."""

COLOURS = 96
"""Enough for pages, and a third of the bytes."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


class ConsoleAlone(Office):
    """``python -m web.serve`` in a folder of its own, with no engine beside it."""

    serving = (sys.executable, "-m", "web.serve")
    ready = "the console is ready"

    def __init__(self, folder: Path, dialplan: str | None = None, *, settings: dict[str, str] | None = None) -> None:
        self.console_port = free_port()
        super().__init__(
            folder, dialplan, settings={"BELPLAN_CONSOLE": f"127.0.0.1:{self.console_port}"} | (settings or {})
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"


class OfficeWithConsole(ConsoleAlone):
    """``belplan serve``: the engine, and the console beside it."""

    serving = (sys.executable, "-m", "web.main", "serve")


def owned(folder: Path, *, owner: str = OWNER, name: str = "An Bakker", licences: int = 3) -> str:
    """The account ``bakery`` of an office in this folder gets an owner, who has signed in: the session."""
    now = time.time()
    with Store(Settings(state=folder / "state")) as store:
        bakery = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "en", licences, owner, name, now)
        assert store.console.accounts.begin(bakery)
        return sessions.begin(store, owner, "bakery", now)


async def sign_in(browser: BrowserContext, url: str, session: str) -> None:
    """Have the browser show a session to the console at ``url``."""
    await browser.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": url}])


@asynccontextmanager
async def chromium(*arguments: str, **options: Any) -> AsyncIterator[BrowserContext]:
    """A browser with nothing in it; ``options`` are those of a context (viewport, locale, color_scheme ...).

    Whatever a page complains about (a policy that is broken, a script that fails) fails the test at the end.
    """
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(told in message.text for told in NO_FAULTS):
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        context = await browser.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", note)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        try:
            yield context
        finally:
            await browser.close()
    assert complaints == [], "\n".join(complaints)


async def assert_accessible(page: Page) -> None:
    """Nothing that axe-core calls serious or critical, by the rules of WCAG 2.2 A and AA and its own."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    grave = [
        f"{each['id']}: {each['help']}: " + ", ".join(" ".join(node["target"]) for node in each["nodes"])
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]
    assert grave == [], page.url


async def assert_fits(page: Page) -> None:
    """The page is no wider than its window."""
    width, window = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, f"{page.url} is {width} px wide"


async def picture(page: Page, name: str) -> None:
    """What the page looks like, as ``name.png`` in the folder that BELPLAN_TEST_PICTURES names (`make pictures`)."""
    folder = os.environ.get("BELPLAN_TEST_PICTURES")
    if folder:
        shot = Image.open(io.BytesIO(await page.screenshot(full_page=True))).convert("RGB")
        shot.quantize(COLOURS).save(Path(folder) / f"{name}.png", optimize=True)


async def focused(page: Page) -> str:
    """The text of what has the focus, or its label, or its name."""
    text: str = await page.evaluate(
        "(e => e.labels?.[0]?.innerText || e.innerText || e.name || e.tagName)(document.activeElement)"
    )
    return text.strip()
