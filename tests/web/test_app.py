"""The console's frame: the start page, its files, and what stands before every page."""

from __future__ import annotations

import re

from tests.web.browsing import Browser
from web.shell.front import HEADERS


async def test_the_start_page_stands_behind_its_headers(browser: Browser) -> None:
    page = await browser.get("/")
    assert page.status_code == 200
    assert "<h1>" in page.text
    for name, value in HEADERS.items():
        assert page.headers[name] == value
    assert page.headers["Cache-Control"] == "no-store"


async def test_files_are_kept_for_ever_under_their_digest(browser: Browser) -> None:
    page = (await browser.get("/")).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) >= 4
    for address in addresses:
        file = await browser.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["Cache-Control"]
    other = re.sub("/static/[0-9a-f]+/", "/static/000000000000/", addresses[0])
    assert (await browser.get(other)).status_code == 404
    assert (await browser.get("/static/../app.py")).status_code == 404


async def test_the_page_speaks_the_visitors_language(browser: Browser) -> None:
    dutch = await browser.get("/", headers={"Accept-Language": "de;q=0.4, nl-BE;q=0.9, en;q=0.5"})
    assert '<html lang="nl">' in dutch.text
    assert '<html lang="en">' in (await browser.get("/")).text
    assert '<html lang="nl">' in (await browser.get("/?lang=nl")).text
    assert '<html lang="nl">' in (await browser.get("/")).text


async def test_another_language_leaves_the_rest_of_the_address(browser: Browser) -> None:
    assert 'href="?next=%2Fpeople&amp;lang=nl"' in (await browser.get("/?next=%2Fpeople")).text


async def test_health_tells_nothing_but_that_it_is_well(browser: Browser) -> None:
    assert (await browser.get("/health")).json() == {"status": "well"}
