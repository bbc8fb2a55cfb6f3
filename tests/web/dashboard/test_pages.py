"""The dashboard's pages beside a running engine: how things are, calls of the past, test calls."""

from __future__ import annotations

import re
import time

import pytest
from fastapi import FastAPI

from engine.events import CallOffered, NodeEntered
from engine.settings import Settings
from engine.store.records import CallRecord
from engine.store.store import Store
from tests.watched_house import House
from tests.web.browsing import Browser
from tests.web.dashboard.conftest import signed_in_as
from web.app import make_app
from web.dashboard.paging import PAGE
from web.shell.visitor import Visitor
from web.transfers.order import Order, stored
from web.transfers.states import OPEN, State


def a_call(house: House, account: str = "bakery") -> None:
    house.emit(lambda c, t: CallOffered(c, t, account, "+31701112233", "+31201234567"), account, account)
    house.emit(lambda c, t: NodeEntered(c, t, "menu", "welcome"), account, account)


def keep(house: House, count: int, account: str = "bakery", **words: object) -> None:
    now = time.time()
    for number in range(count):
        record = CallRecord(f"{account}{number}", account, f"+3170111{number:04}", "b", now - number, verdict="talked")
        house.engine.store.records.put(record)
    house.engine.store.ledger.checkpoint()


async def test_the_dashboard_shows_people_phones_and_calls(house: House, browser: Browser) -> None:
    await house.phone("101")
    a_call(house)
    keep(house, 3)
    page = (await browser.get("/dashboard")).text
    assert "The Bakery" in page
    assert "1 of 3" in page
    assert '<td data-label="Phone" id="state-101"><span class="tag good"' in page
    assert "hears menu welcome" in page
    assert "+31 70 111 2233" in page
    assert "talked to somebody" in page
    assert "Finish set-up" in page


async def test_transfers_under_way_are_shown_with_where_they_stand(house: House, browser: Browser) -> None:
    assert "Number transfers under way" not in (await browser.get("/dashboard")).text
    for at, state in enumerate(State):
        numbers = tuple(f"+3120111{at:02}{row:02}" for row in range(1 if at else 12))
        order = Order(f"ORDER{at}", "bakery", time.time(), state, numbers=numbers)
        house.engine.store.console.transfers.put(stored(order), numbers if state in OPEN else ())
    page = " ".join(re.sub("<[^>]+>", " ", (await browser.get("/dashboard")).text).split())
    assert "Number transfers under way" in page
    assert "+31 20 111 0009 and 2 more: not sent yet" in page
    for said in (
        "0100: with the carrier",
        "0200: accepted by the",
        "0300: rejected by the",
        "0400: being put in place",
    ):
        assert f"+31 20 111 {said}" in page
    assert "+31 20 111 0500" not in page, "complete"
    assert "+31 20 111 0600" not in page, "cancelled"


async def test_a_manager_sees_their_own_account_only(house: House, browser: Browser, app: FastAPI) -> None:
    a_call(house, "other")
    keep(house, 3, "other")
    for path in ("/dashboard", "/calls"):
        assert "+31 70 111" not in (await browser.get(path)).text
    signed_in_as(Visitor("x@other.example", "X", "other", "owner"), app)
    for path in ("/dashboard", "/calls"):
        assert "+31 70 111" in (await browser.get(path)).text


async def test_whoever_has_not_signed_in_sees_nothing(house: House, settings: Settings) -> None:
    with Store(settings, apart=True) as store:
        async with Browser(make_app(settings, store)) as stranger:
            for path in ("/dashboard", "/dashboard/live", "/calls"):
                answer = await stranger.get(path)
                assert answer.status_code == 303
                assert answer.headers["location"].startswith("/sign-in?next=")
            assert (await stranger.post("/dashboard/ring", data={"extension": "101"})).status_code == 403


async def test_without_an_engine_the_page_says_so_and_shows_what_it_knows(settings: Settings) -> None:
    with Store(settings) as store:
        store.records.put(CallRecord("c1", "bakery", "+31701112233", "b", 1.0, verdict="unanswered"))
        store.ledger.checkpoint()
        app = make_app(settings, store)
        signed_in_as(Visitor("a@bakery.example", "A", "bakery", "owner"), app)
        async with Browser(app) as browser:
            page = (await browser.get("/dashboard")).text
            assert "The telephone system does not run" in page
            assert "nobody answered" in page
            assert "0 of 3" in page
            answer = await browser.submit("/dashboard/ring", {"extension": "101"}, page="/dashboard")
            assert "Belplan is not running" in (await browser.get(answer.headers["location"])).text


async def test_before_there_is_a_plan_the_page_says_what_to_do(settings: Settings) -> None:
    with Store(settings) as store:
        app = make_app(settings, store)
        signed_in_as(Visitor("a@new.example", "A", "new", "owner"), app)
        async with Browser(app) as browser:
            page = (await browser.get("/dashboard")).text
            assert '<a href="/numbers">Choose the main number</a>' in page
            assert "There is nothing to check yet." in page


async def test_what_the_check_finds_comes_without_waiting(house: House, browser: Browser, app: FastAPI) -> None:
    assert "The plan is being checked." in (await browser.get("/dashboard")).text
    app.state.viewers.sight.checks.close()
    app.state.viewers.sight.checks._thread.shutdown(wait=True)
    page = (await browser.get("/dashboard")).text
    assert "no caller ever comes to queue" in page


async def test_a_test_call_to_nobodys_phone_says_so(house: House, browser: Browser) -> None:
    answer = await browser.submit("/dashboard/ring", {"extension": "101"}, page="/dashboard")
    assert "101 has no phone that could ring." in (await browser.get(answer.headers["location"])).text
    for extension in ("199", "x", "1" * 50):
        assert (await browser.submit("/dashboard/ring", {"extension": extension}, page="/dashboard")).status_code == 422


async def test_calls_come_in_pages_to_the_last_one(house: House, browser: Browser) -> None:
    keep(house, 2 * PAGE + 1)
    path, pages = "/calls", []
    while path:
        page = (await browser.get(path)).text
        pages.append(page.count('data-label="When"'))
        _, _, rest = page.partition('rel="next"')
        before = page.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0] if rest else ""
        path = before.replace("&amp;", "&")
    assert pages == [PAGE, PAGE, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [("text=070+111+0003", 1), ("outcome=talked", 5), ("outcome=missed", 0), ("day=1999-01-01", 0), ("text=%25", 0)],
)
async def test_calls_are_searched(house: House, browser: Browser, query: str, found: int) -> None:
    keep(house, 5)
    page = (await browser.get(f"/calls?{query}")).text
    assert page.count('data-label="When"') == found
    assert ("No calls found" in page) is not found


@pytest.mark.parametrize(
    "query",
    [
        "day=tomorrow",
        "day=9999-12-31",
        "outcome=fun",
        f"text={'x' * 100}",
        "before=nan+x",
        "before=1e999+x",
        "before=5",
    ],
)
async def test_what_cannot_be_looked_for_is_said_beside_its_field(house: House, browser: Browser, query: str) -> None:
    answer = await browser.get(f"/calls?{query}")
    assert answer.status_code == 422
    assert 'id="mistakes"' in answer.text or 'class="wrong"' in answer.text
