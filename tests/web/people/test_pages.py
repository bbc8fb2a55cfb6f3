"""The pages of numbers and people, as a browser without scripts has them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from tests.web.browsing import Browser, seen_in
from tests.web.html import assert_sound
from tests.web.letters import text_of
from tests.web.people.conftest import BAKERY, NOW, Desk
from web.numbers.pages import A_PAGE
from web.people.pages import MAX_CHOICES
from web.people.rows import TypedPerson
from web.shell.visitor import Visitor

SHOP = StoredAccount("shop", "The Shop", "NL", "Europe/Amsterdam", "en", 3, "an@shop.example", "An Owner", NOW)


def signed_in(app: FastAPI, account: str) -> None:
    visitor = Visitor(f"an@{account}.example", "An", account, "owner", "Europe/Amsterdam")
    app.state.recognise = lambda _: visitor
    app.state.clock = lambda: NOW


@pytest.fixture
async def shop(app: FastAPI, store: Store) -> AsyncIterator[Browser]:
    """The owner of an account that has no plan yet."""
    store.console.accounts.begin(SHOP)
    signed_in(app, "shop")
    async with Browser(app) as browser:
        yield browser


@pytest.fixture
async def bakery(app: FastAPI, desk: Desk) -> AsyncIterator[Browser]:
    """A manager of the bakery."""
    signed_in(app, "bakery")
    async with Browser(app) as browser:
        yield browser


@pytest.mark.parametrize("path", ["/numbers", "/people", "/people/add", "/people/person/desk"])
async def test_strangers_are_led_to_where_they_sign_in(browser: Browser, desk: Desk, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")


async def test_from_no_number_to_two_people_who_are_invited(shop: Browser, settings: Settings, app: FastAPI) -> None:
    assert "First the main number" in (await shop.get("/people")).text
    wrong = await shop.submit("/numbers", {"numbers": "0800 1234, 020 123 4567"})
    assert wrong.status_code == 422
    assert "toll-free" in wrong.text
    assert "0800 1234, 020 123 4567" in wrong.text
    added = await shop.submit("/numbers", {"numbers": "020 123 4567, 020 123 4568\n+31 20 123 4569"})
    assert added.status_code == 303
    page = (await shop.get("/numbers")).text
    assert "3 more numbers" in page
    begun = await shop.submit("/numbers/main", {"main": "+31201234567"}, page="/numbers")
    assert begun.headers["Location"] == "/people/add"
    assert (settings.dialplans / "shop.yaml").read_text().startswith("account: {name: The Shop")
    form = await shop.get("/people/add")
    assert "3 licences are free" in form.text
    assert "If left empty: 802" in form.text
    more = await shop.submit("/people/add", {"more": "yes", "people.0.email": "x@y.example"})
    assert more.text.count("<fieldset") == 6
    assert "x@y.example" in more.text
    fields = {
        "people.0.email": "anna@shop.example",
        "people.0.name": "Anna",
        "people.0.number": "any",
        "people.1.email": "bo@shop.example",
        "people.1.number": "+31201234569",
        "people.1.extension": "810",
        "invite": "yes",
    }
    done = await shop.submit("/people/add", fields)
    assert done.headers["Location"] == "/people"
    page = (await shop.get("/people")).text
    assert "2 people were added." in page
    assert "2 invitations" in page
    assert "2 of 3 licences are in use" in page
    sent = app.state.post.waiting()
    assert {str(each["To"]) for each in sent} == {"Anna <anna@shop.example>", "bo <bo@shop.example>"}


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(bakery: Browser, desk: Desk) -> None:
    fields = {
        "people.1.email": "nobody",
        "people.1.extension": "101",
        "people.2.email": "bo@bakery.example",
        "people.2.number": "transfer",
        "people.2.coming": "0800 1234",
    }
    answer = await bakery.submit("/people/add", fields)
    assert answer.status_code == 422
    for name, part in {
        "people-1-email": "“nobody” is no e-mail address",
        "people-1-extension": "101 is the extension of Front desk. 103 is free",
        "people-2-coming": "toll-free",
    }.items():
        wrong = re.search(rf'<p class="wrong" id="field-{name}-wrong">([^<]*)', answer.text)
        assert wrong is not None, name
        assert part in wrong[1]
    assert 'value="bo@bakery.example"' in answer.text
    assert desk.plans.read("bakery").text == BAKERY


async def test_people_and_numbers_from_files(bakery: Browser, desk: Desk) -> None:
    token = await bakery.token("/numbers")
    numbers = {"file": ("numbers.csv", "number;label\n020 123 4570;a\n020 123 4571;b\n".encode("utf-16"))}
    assert (await bakery.post("/numbers/import", data={"form_token": token}, files=numbers)).status_code == 303
    rows = "E-mail,Naam,Nummer,Toestel\nanna@bakery.example,Anna,any,\nbo@bakery.example,,transfer 070 123 4567,110\n"
    files = {"file": ("people.csv", rows.encode())}
    answer = await bakery.post("/people/import", data={"form_token": token}, files=files)
    assert answer.status_code == 303, answer.text
    people = desk.roster().loaded.people
    assert (people["anna"].number, people["anna"].extension) == ("+31201234570", "103")
    assert people["bo"].extension == "110"
    assert [each.number for each in desk.stock().coming] == ["+31701234567"]
    bad = {"file": ("people.csv", b"email,extension\nx,101\ny@bakery.example,102\n")}
    answer = await bakery.post("/people/import", data={"form_token": token, "invite_file": "yes"}, files=bad)
    assert answer.status_code == 422
    assert 'id="field-invite_file" name="invite_file" value="yes" checked' in answer.text, "what was ticked stays"
    assert 'name="invite" value="yes" checked' not in answer.text, "that of the other form"
    assert "Line 2: “x” is no e-mail address." in answer.text
    assert "Line 3: 102 is the extension of orders." in answer.text
    none = await bakery.post("/people/import", data={"form_token": token}, files={"file": ("x.csv", b"")})
    assert none.status_code == 422


async def test_one_persons_page_changes_invites_and_removes(
    bakery: Browser, desk: Desk, row: Callable[..., TypedPerson]
) -> None:
    desk.add(row("anna@bakery.example", name="Anna & Co"))
    page = "/people/person/anna-co"
    shown = (await bakery.get(page)).text
    assert "Anna &amp; Co" in shown
    fields = {"email": "anna@bakery.example", "name": "Anna", "extension": "102", "number": ""}
    wrong = await bakery.submit(page, fields)
    assert wrong.status_code == 422
    assert "102 is the extension of orders" in wrong.text
    assert (await bakery.submit(page, fields | {"extension": "120"})).status_code == 303
    assert "set up anew" in (await bakery.get(page)).text
    assert (await bakery.submit(f"{page}/invite", page=page)).status_code == 303
    assert "Withdraw the invitation" in (await bakery.get(page)).text
    assert (await bakery.submit(f"{page}/revoke", page=page)).status_code == 303
    assert (await bakery.submit(f"{page}/revoke", page=page)).status_code == 422
    before = desk.store.passwords.lookup("bakery", "120")
    assert (await bakery.submit(f"{page}/password", page=page)).status_code == 303
    assert desk.store.passwords.lookup("bakery", "120") != before
    rung = await bakery.submit(f"{page}/ring", page=page)
    assert rung.status_code == 422
    assert "No phone rings: Belplan is not running" in rung.text
    assert (await bakery.submit(f"{page}/remove", page=page)).headers["Location"] == "/people"
    assert desk.plans.read("bakery").text == BAKERY
    assert (await bakery.get(page)).status_code == 404
    orders = "/people/person/orders"
    refused = await bakery.submit(f"{orders}/remove", page=orders)
    assert refused.status_code == 422
    assert "<li>key 1 of the menu welcome (line 13)</li>" in refused.text
    removed = await bakery.submit(f"{orders}/remove", {"instead": "desk"}, page=orders)
    assert removed.headers["Location"] == "/people"
    assert "1: {ring: desk}" in desk.plans.read("bakery").text


async def test_the_page_shows_what_somebody_else_has_changed_and_loses_neither(bakery: Browser, desk: Desk) -> None:
    page = "/people/person/orders"
    seen = seen_in((await bakery.get(page)).text)
    fields = {"email": "orders@bakery.example", "name": "", "extension": "102", "number": "+31201234569"}
    path = desk.plans.path("bakery")
    path.write_text(path.read_text().replace("{extension: 102,", "{extension: 102, name: Orders,"))
    assert (await bakery.submit(page, fields | {"email": "all@bakery.example"} | seen)).status_code == 303
    told = (await bakery.get(page)).text
    assert "Somebody else has changed it meanwhile, and that stays: Name: Orders." in told
    assert 'name="name" type="text" value="Orders"' in told
    wrong = await bakery.submit(page, fields | {"extension": "101"} | seen)
    assert wrong.status_code == 422
    assert "that stays: E-mail address: all@bakery.example; Name: Orders." in wrong.text
    assert 'type="email" value="all@bakery.example"' in wrong.text
    assert 'name="extension" type="text" value="101"' in wrong.text
    late = await bakery.submit(page, fields | {"name": "Cakes"} | seen)
    assert late.status_code == 409
    assert "meanwhile: Name: Orders." in late.text
    assert 'name="name" type="text" value="Cakes"' in late.text
    again = fields | {"name": "Cakes", "email": "all@bakery.example"} | seen_in(late.text)
    assert (await bakery.submit(page, again)).status_code == 303
    person = desk.roster().loaded.people["orders"]
    assert (person.name, person.email) == ("Cakes", "all@bakery.example")


async def test_another_main_number_and_what_is_used_stays(bakery: Browser, desk: Desk) -> None:
    desk.store.console.numbers.add([StoredNumber("+31201234570", "bakery"), StoredNumber("+31201234571", "bakery")])
    assert (await bakery.submit("/numbers/main", {"main": "+31201234570"}, page="/numbers")).status_code == 303
    assert desk.roster().loaded.numbers.main == "+31201234570"
    refused = await bakery.submit("/numbers/remove", {"number": "+31201234570"}, page="/numbers")
    assert refused.status_code == 422
    assert "is the main number" in refused.text
    assert (await bakery.submit("/numbers/remove", {"number": "+31201234571"}, page="/numbers")).status_code == 303
    gone = await bakery.submit("/numbers/main", {"main": "+31201234569"}, page="/numbers")
    assert gone.status_code == 422
    assert 'id="field-main-wrong"' in gone.text


async def test_somebody_without_an_address_has_the_settings_of_their_phone_shown_to_the_manager(
    bakery: Browser, desk: Desk, app: FastAPI
) -> None:
    fields = {"people.0.name": "Hall", "people.1.email": "bo@bakery.example", "invite": "yes"}
    assert (await bakery.submit("/people/add", fields)).status_code == 303
    told = (await bakery.get("/people")).text
    assert "2 people were added. 1 invitation" in told
    assert "1 person has no e-mail address" in told
    assert len(app.state.post.waiting()) == 1
    page = "/people/person/hall"
    assert "Send an invitation" not in (await bakery.get(page)).text
    assert desk.store.passwords.lookup("bakery", "103") is None
    shown = await bakery.submit(f"{page}/settings", page=page)
    assert shown.status_code == 200
    assert_sound(page, shown.text)
    assert shown.headers["Cache-Control"] == "no-store"
    password = desk.store.passwords.lookup("bakery", "103")
    assert f'<code id="phone-password">{password}</code>' in shown.text
    file = re.search(r'<code id="file">http://localhost:8080(/phone/[^<]+)</code>', shown.text)
    assert file
    assert password
    assert password in (await bakery.get(file[1])).text
    after = (await bakery.get(page)).text
    assert password not in after
    assert "settings shown" in after
    assert (await bakery.submit(f"{page}/password", page=page)).status_code == 303
    assert (await bakery.get(file[1])).status_code == 404
    refused = await bakery.submit("/people/person/desk/settings", page="/people/person/desk")
    assert refused.status_code == 422
    assert "Front desk has an e-mail address: send an invitation." in refused.text
    changed = {"name": "Front hall", "email": "", "extension": "103", "number": ""}
    assert (await bakery.submit(page, changed)).status_code == 303
    assert desk.roster().loaded.people["hall"].name == "Front hall"


async def test_with_one_licence_the_main_number_is_the_owners(shop: Browser, store: Store, app: FastAPI) -> None:
    store.console.accounts.change("shop", {"licences": 1}, {})
    await shop.submit("/numbers", {"numbers": "020 123 4567"})
    begun = await shop.submit("/numbers/main", {"main": "+31201234567", "length": "4"}, page="/numbers")
    assert begun.status_code == 303
    own = re.compile(r"<dt>(Own|Your own) number</dt><dd>(<[^>]+>)020 123 4567</span>, which is the main number, too")
    reached = re.compile(r'<span class="number">020 123 4567</span>, extension 8001<')
    listed = (await shop.get("/people")).text
    assert re.search(r'class="number">\s+020 123 4567<br><span[^>]*>main number', listed)
    assert 'href="/people/person/an-owner">An Owner</a>' in (await shop.get("/numbers")).text
    page = "/people/person/an-owner"
    person = (await shop.get(page)).text
    assert own.search(person)
    assert reached.search(person)
    assert (await shop.submit(f"{page}/invite", page=page)).status_code == 303
    letter = text_of(app.state.post.waiting()[-1])
    assert "Your own number is +31 20 123 4567, which is the main number, too; your extension is 8001." in letter
    link = re.search(r"http://localhost:8080(/welcome/\S+)", letter)
    assert link
    welcome = (await shop.get(link[1])).text
    assert own.search(welcome)
    assert reached.search(welcome)
    store.console.accounts.change("shop", {"licences": 2}, {})
    for address in (page, link[1]):
        assert not own.search((await shop.get(address)).text)


async def test_links_that_open_on_this_machine_only_are_told_of(bakery: Browser, app: FastAPI) -> None:
    told = "Invitations open on this machine only"
    assert told in (await bakery.get("/people")).text
    assert told in (await bakery.get("http://127.0.0.1:8080/people")).text
    assert told not in (await bakery.get("http://192.0.2.7:8080/people")).text
    changes = {"console_url": "https://phone.bakery.example"}
    app.state.settings = app.state.settings.model_copy(update=changes)
    assert told not in (await bakery.get("/people")).text


async def test_an_owner_who_is_not_in_a_plan_that_was_there_before_can_be_added(
    bakery: Browser, desk: Desk, store: Store
) -> None:
    store.console.accounts.begin(replace(SHOP, key="bakery"))
    assert "The owner, an@shop.example, is not among the people." in (await bakery.get("/people")).text
    form = (await bakery.get("/people/add?owner=yes")).text
    assert 'value="an@shop.example"' in form
    fields = {"people.0.email": "an@shop.example", "people.0.name": "An Owner"}
    assert (await bakery.submit("/people/add", fields)).status_code == 303
    assert "not among the people" not in (await bakery.get("/people")).text


async def test_the_length_of_extensions(bakery: Browser, desk: Desk) -> None:
    assert (await bakery.submit("/people/extensions", {"length": "4"}, page="/people")).status_code == 303
    assert "If left empty: 8001" in (await bakery.get("/people/add")).text
    assert (await bakery.submit("/people/extensions", {"length": "9"}, page="/people")).status_code == 422


async def test_nobody_sees_another_accounts_people(bakery: Browser, app: FastAPI, store: Store) -> None:
    store.console.accounts.begin(SHOP)
    signed_in(app, "shop")
    assert (await bakery.get("/people/person/desk")).status_code == 404
    assert "orders" not in (await bakery.get("/people")).text
    assert "4569" not in (await bakery.get("/numbers")).text


async def test_ten_thousand_numbers_are_shown_a_page_at_a_time(bakery: Browser, desk: Desk) -> None:
    desk.store.console.numbers.add([StoredNumber(f"+31207{each:06}", "bakery") for each in range(10_000)])
    first = (await bakery.get("/numbers")).text
    assert first.count('<th scope="row"') == A_PAGE
    assert "page 1 of 101" in first
    assert "020 700 9999" in (await bakery.get("/numbers?page=20000")).text
    found = (await bakery.get("/numbers", params={"find": "020 700 4711"})).text
    assert found.count('<th scope="row"') == 1
    assert "020 123 4569" in (await bakery.get("/numbers?find=ORDERS")).text
    assert "None like that" in (await bakery.get("/numbers?find=nobody")).text
    assert (await bakery.get("/numbers?page=0")).status_code == 422
    form = (await bakery.get("/people/add")).text
    assert form.count("<option") < 6 * (MAX_CHOICES + 10)
