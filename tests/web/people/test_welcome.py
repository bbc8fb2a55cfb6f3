"""Invitations: the link, its page, what it shows once, and to whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from xml.etree.ElementTree import fromstring

import pytest
from fastapi import FastAPI

from engine.store.console.invitations import StoredInvitation
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.letters import text_of
from tests.web.people.conftest import NOW, Desk
from web.mistakes import Mistakes
from web.people import invitations
from web.people.changing import change_person
from web.people.desk import Desk as TheDesk
from web.people.invitations import FILES, LIFETIME
from web.people.rows import TypedPerson
from web.people.states import State, state_of


@pytest.fixture
async def visitor(app: FastAPI, desk: Desk) -> AsyncIterator[Browser]:
    """Somebody who has not signed in."""
    app.state.clock = lambda: NOW
    async with Browser(app) as browser:
        yield browser


@pytest.fixture
def link(app: FastAPI, desk: Desk) -> Callable[..., str]:
    """Invites somebody, and gives the link in the letter."""

    def invite(key: str = "orders", now: float = NOW) -> str:
        office = TheDesk(desk.plans.settings, desk.store, "bakery", "an@bakery.example")
        assert office.invite([key], "http://localhost:8080/", app.state.post, now) == 1
        letter = app.state.post.waiting()[-1]
        match = re.search(r"^http://localhost:8080(/welcome/\S+)$", text_of(letter), re.MULTILINE)
        assert match
        return match[1]

    return invite


def shown(page: str) -> dict[str, str]:
    return dict(re.findall(r'<code id="phone-(\w+)">([^<]+)</code>', page))


async def test_the_letter_says_who_invites_and_how_callers_reach_them(app: FastAPI, link: Callable[..., str]) -> None:
    link()
    letter = app.state.post.waiting()[-1]
    assert str(letter["To"]) == "orders <orders@bakery.example>"
    assert letter["Subject"] == "Your telephone at The Bakery"
    text = text_of(letter)
    assert "+31 20 123 4569" in text
    assert "extension 102" in text
    assert "works until 22 January 2027" in text


async def test_to_look_shows_no_secret_and_uses_nothing_up(
    visitor: Browser, desk: Desk, link: Callable[..., str]
) -> None:
    address = link()
    password = desk.store.passwords.lookup("bakery", "102")
    assert password
    for _ in range(3):
        page = await visitor.get(address)
        assert page.status_code == 200
        assert password not in page.text
        assert "/phone/" not in page.text
    assert re.search(r'own number</dt><dd><span class="number">020 123 4569</span></dd>', page.text)
    assert '<span class="number">020 123 4567</span>, extension 102</dd>' in page.text
    for phone in ("Linphone for Android", "Linphone for iPhone", "Linphone for Windows, macOS and Linux"):
        assert re.search(f'<a href="https://[^"]+" rel="noreferrer">{phone}</a>', page.text)
    assert (await visitor.head(address)).status_code in (200, 405)
    kept = desk.store.console.invitations.of("bakery")["102"]
    assert kept.opened_at == NOW
    assert kept.revealed_at is None
    assert "020 123 4569" in page.text
    assert page.headers["Cache-Control"] == "no-store"


async def test_a_button_shows_the_settings_once(visitor: Browser, desk: Desk, link: Callable[..., str]) -> None:
    address = link()
    assert (await visitor.post(address)).status_code == 403  # from elsewhere: without the page's token
    page = await visitor.submit(address)
    assert page.status_code == 200
    assert shown(page.text)["user"] == "102"
    assert shown(page.text)["password"] == desk.store.passwords.lookup("bakery", "102")
    assert "data:image/svg+xml" in page.text
    again = await visitor.submit(address)
    assert again.status_code == 410
    assert shown(again.text) == {}
    assert "shown already" in (await visitor.get(address)).text


async def test_a_phone_fetches_its_file_a_few_times(visitor: Browser, desk: Desk, link: Callable[..., str]) -> None:
    page = (await visitor.submit(link())).text
    match = re.search(r'<code id="file">http://localhost:8080(/phone/[^<]+)</code>', page)
    assert match
    assert f'href="linphone-config:http://localhost:8080{match[1]}"' in page
    for _ in range(FILES):
        file = await visitor.get(match[1])
        assert file.headers["Content-Type"] == "application/xml"
        assert "102" in {each.text for each in fromstring(file.content).iter()}
    assert (await visitor.get(match[1])).status_code == 404


async def test_links_that_lead_nowhere(visitor: Browser, app: FastAPI, desk: Desk, link: Callable[..., str]) -> None:
    old = link()
    newest = link()
    gone = ["/welcome/" + "x" * 43, "/welcome/x", old]
    for address in gone:
        assert (await visitor.get(address)).status_code == 404
        assert (await visitor.submit(address, page=newest)).status_code == 404
    app.state.clock = lambda: NOW + LIFETIME
    assert (await visitor.get(newest)).status_code == 404
    app.state.clock = lambda: NOW
    desk_of_bakery = TheDesk(desk.plans.settings, desk.store, "bakery", "an")
    desk_of_bakery.revoke("orders", NOW)
    assert (await visitor.get(newest)).status_code == 404
    with pytest.raises(Mistakes):
        desk_of_bakery.revoke("orders", NOW)


async def test_a_link_is_good_for_the_address_it_went_to_only(
    visitor: Browser, desk: Desk, link: Callable[..., str]
) -> None:
    address = link()
    page = (await visitor.submit(address)).text
    file = re.search(r"(/phone/[^<]+)</code>", page)
    assert file
    changed = TypedPerson("", "else@bakery.example", number="+31201234569", extension="102")
    change_person(desk.plans, desk.store, "bakery", "orders", changed, licences=0, author="an", now=NOW)
    assert (await visitor.get(address)).status_code == 404
    assert (await visitor.get(file[1])).status_code == 404


async def test_a_lost_phones_password_is_replaced_and_its_link_is_void(
    visitor: Browser, desk: Desk, link: Callable[..., str]
) -> None:
    address = link()
    page = (await visitor.submit(address)).text
    file = re.search(r"(/phone/[^<]+)</code>", page)
    assert file
    TheDesk(desk.plans.settings, desk.store, "bakery", "an").replace_phone("orders", NOW)
    assert desk.store.passwords.lookup("bakery", "102") != shown(page)["password"]
    assert (await visitor.get(file[1])).status_code == 404
    fresh = (await visitor.submit(link())).text
    assert shown(fresh)["password"] == desk.store.passwords.lookup("bakery", "102")


async def test_a_hidden_password_is_shown_to_nobody_until_there_is_another(
    visitor: Browser, desk: Desk, link: Callable[..., str]
) -> None:
    address, before = link(), link("desk")
    page = (await visitor.submit(before)).text
    file = re.search(r"(/phone/[^<]+)</code>", page)
    assert file
    with Store(desk.plans.settings) as command:
        for extension in ("101", "102"):
            command.passwords.set("bakery", extension, "crumbs-everywhere", hidden_in="bakery.test")
    answer = await visitor.submit(address)
    assert answer.status_code == 422
    assert "Your password cannot be shown." in answer.text
    assert (await visitor.get(file[1])).status_code == 404
    with pytest.raises(Mistakes, match=r"hidden"):
        link()
    with Store(desk.plans.settings) as command:
        command.passwords.set("bakery", "102", "shown-to-everybody")
    assert shown((await visitor.submit(link())).text)["password"] == desk.store.passwords.lookup("bakery", "102")


async def test_a_test_call_without_an_engine_says_so(visitor: Browser, link: Callable[..., str]) -> None:
    address = link()
    answer = await visitor.submit(f"{address}/ring", page=address)
    assert answer.status_code == 422
    assert "No phone rings" in answer.text


def test_of_two_who_press_the_button_at_once_one_sees_the_settings(desk: Desk) -> None:
    account = desk.roster().loaded
    (invited,) = invitations.invite(desk.store, account, ["orders"], NOW)
    guest = invitations.guest(desk.plans, desk.store, invited.token, NOW)
    assert guest is not None
    shown = [invitations.reveal(desk.plans.settings, desk.store, guest, NOW) for _ in range(2)]
    assert [each is not None for each in shown] == [True, False]


def test_nobody_is_invited_if_one_of_them_cannot_be(desk: Desk) -> None:
    account = desk.roster().loaded
    with pytest.raises(Mistakes, match="no such person"):
        invitations.invite(desk.store, account, ["orders", "nobody"], NOW)
    with pytest.raises(Mistakes, match="Choose whom"):
        invitations.invite(desk.store, account, [], NOW)
    assert desk.store.console.invitations.of("bakery") == {}


@pytest.mark.parametrize(
    ("changes", "phones", "state"),
    [
        ({}, 1, State.REGISTERED),
        ({}, 0, State.INVITED),
        ({"opened_at": NOW}, 0, State.OPENED),
        ({"revealed_at": NOW}, 0, State.SHOWN),
        ({"revoked_at": NOW}, 0, State.WITHDRAWN),
        ({"expires_at": NOW}, 0, State.EXPIRED),
        ({"email": "other@bakery.example"}, 0, State.NOT_INVITED),
    ],
)
def test_how_far_somebody_is(changes: dict[str, object], phones: int, state: State) -> None:
    values = {"account": "a", "extension": "101", "email": "An@bakery.example", "token": "x", "made_at": NOW}
    kept = StoredInvitation(**{**values, "expires_at": NOW + 1, **changes})  # type: ignore[arg-type]
    assert state_of(kept, "an@bakery.example", phones, NOW) is state
    assert state_of(None, None, 0, NOW) is State.NO_ADDRESS
