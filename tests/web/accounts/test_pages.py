"""The pages of accounts as a visitor meets them: the first visit, signing in, and everything behind that."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.store import Store
from tests.web.accounts.conftest import BAKERY, OWNER
from tests.web.browsing import Browser, seen_in
from tests.web.letters import another, last_code, text_of
from web.accounts import setting_up, tokens
from web.accounts.about import about
from web.mail import Post
from web.shell.cookies import SESSION_COOKIE

ACCOUNT = {
    "name": "The Bakery",
    "country": "NL",
    "timezone": "Europe/Amsterdam",
    "language": "nl",
    "licences": "3",
    "owner_name": "An Bakker",
    "owner_email": "An@Bakery.Example",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """On SQLite: the domain's tests have been on both."""
    return settings.model_copy(update={"database": None})


@pytest.fixture
def database() -> None:
    return None


async def sign_in(browser: Browser, post: Post, email: str = OWNER) -> None:
    asked = await browser.submit("/sign-in", {"email": email, "next": "/"})
    assert asked.headers["Location"] == "/code"
    entered = await browser.submit("/code", {"code": last_code(post, email), "next": "/"})
    assert entered.status_code == 303, entered.text


@pytest.fixture
async def an(app: FastAPI, bakery: str, post: Post) -> AsyncIterator[Browser]:
    """The owner, signed in."""
    async with Browser(app) as browser:
        await sign_in(browser, post)
        yield browser


async def test_a_first_visitor_becomes_the_owner_of_an_account(
    browser: Browser, settings: Settings, store: Store, post: Post
) -> None:
    assert 'href="/set-up"' in (await browser.get("/")).text
    assert (await browser.get("/sign-in")).headers["Location"] == "/set-up"
    form = await browser.get("/set-up", headers={"Accept-Language": "nl-NL"})
    assert '<option value="NL" selected>Nederland</option>' in form.text
    assert '<option value="Europe/Amsterdam" selected>' in form.text
    asked = await browser.submit("/set-up", ACCOUNT)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/code")
    page = (await browser.get("/code")).text
    assert OWNER in page
    assert str(settings.state / "outbox") in page
    assert 'autocomplete="one-time-code"' in page
    assert store.console.accounts.all() == []
    code = last_code(post, OWNER)
    wrong = await browser.submit("/code", {"code": another(code)})
    assert wrong.status_code == 422
    assert "4 more tries" in wrong.text
    entered = await browser.submit("/code", {"code": f" {code[:3]}-{code[3:]} "})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert (await browser.get("/")).headers["Location"] == "/dashboard"
    known = about(settings, store, "the-bakery")
    assert known is not None
    assert (known.name, known.licences, known.drafted) == ("The Bakery", 3, True)
    assert (known.owner_name, known.owner_email) == ("An Bakker", OWNER)
    assert [(each.email, each.role) for each in store.console.accounts.managers("the-bakery")] == [(OWNER, "owner")]
    assert "became the owner" in (await browser.get("/account/audit")).text


async def test_what_is_wrong_stands_beside_each_field_and_nothing_is_lost(browser: Browser, post: Post) -> None:
    wrong = {
        "name": " ",
        "country": "XX",
        "timezone": "Mars/Base",
        "language": "klingon",
        "licences": "0",
        "owner_name": "a\u202eb",
        "owner_email": "an at bakery",
    }
    page = await browser.submit("/set-up", wrong)
    assert page.status_code == 422
    for field in wrong:
        assert f'id="field-{field.replace(".", "-")}-wrong"' in page.text, field
    assert 'value="an at bakery"' in page.text
    assert post.waiting() == []


@pytest.mark.parametrize(
    "headers",
    [{"Host": "192.0.2.1:8080"}, {"Host": "localhost:8080", "X-Forwarded-For": "203.0.113.5"}],
    ids=["another name", "through a proxy"],
)
async def test_a_visitor_from_elsewhere_needs_the_set_up_key(
    headers: dict[str, str], app: FastAPI, settings: Settings, post: Post
) -> None:
    async with Browser(app, headers=headers) as browser:
        assert 'name="set_up_key"' in (await browser.get("/set-up")).text
        for key in ("", "a-guess", setting_up.set_up_key(settings.state)[:-1]):
            refused = await browser.submit("/set-up", {**ACCOUNT, "set_up_key": key})
            assert refused.status_code == 422
            assert "init --show-key" in refused.text
        assert post.waiting() == []
        key = f" {setting_up.set_up_key(settings.state).upper()} "
        assert (await browser.submit("/set-up", {**ACCOUNT, "set_up_key": key})).headers["Location"] == "/code"


async def test_once_somebody_owns_an_account_nobody_sets_up_another(
    browser: Browser, app: FastAPI, store: Store, post: Post
) -> None:
    await browser.submit("/set-up", ACCOUNT)
    async with Browser(app) as other:
        await other.submit("/set-up", {**ACCOUNT, "name": "Shop", "owner_email": "bo@shop.example"})
        late = last_code(post, "bo@shop.example")
        await browser.submit("/code", {"code": last_code(post, OWNER)})
        refused = await other.submit("/code", {"code": late})
        assert "meanwhile" in refused.text
        assert (await other.get("/set-up")).headers["Location"] == "/sign-in"
        form_token = await other.token("/")
        assert (await other.post("/set-up", data={**ACCOUNT, "form_token": form_token})).status_code == 403
    assert [each.key for each in store.console.accounts.all()] == ["the-bakery"]


async def test_an_account_written_by_hand_is_claimed_with_the_set_up_key_only(
    browser: Browser, settings: Settings, store: Store, post: Post
) -> None:
    (settings.dialplans / "clinic.yaml").write_text("account: {name: Clinic, country: BE, timezone: Europe/Brussels}\n")
    claim = {"account": "clinic", "licences": "2", "owner_name": "An", "owner_email": OWNER}
    refused = await browser.submit("/set-up", claim)
    assert "init --show-key" in refused.text
    claim["set_up_key"] = setting_up.set_up_key(settings.state)
    assert (await browser.submit("/set-up", {**claim, "account": "other"})).status_code == 422
    await browser.submit("/set-up", claim)
    assert (await browser.submit("/code", {"code": last_code(post, OWNER)})).status_code == 303
    known = about(settings, store, "clinic")
    assert known is not None
    assert (known.name, known.country, known.licences, known.drafted) == ("Clinic", "BE", 2, False)


async def test_signing_in_gives_a_new_session_and_leads_on(app: FastAPI, bakery: str, post: Post) -> None:
    async with Browser(app) as browser:
        led = await browser.get("/account?tab=1")
        assert led.headers["Location"] == "/sign-in?next=%2Faccount%3Ftab%3D1"
        browser.cookies.set(SESSION_COOKIE, "chosen-by-somebody-else", domain="localhost.local")
        await browser.submit("/sign-in", {"email": OWNER, "next": "/account?tab=1"})
        page = await browser.get("/code?next=%2Faccount%3Ftab%3D1")
        assert "a manager" in page.text
        entered = await browser.submit("/code", {"code": last_code(post, OWNER), "next": "/account?tab=1"})
        assert entered.headers["Location"] == "/account?tab=1"
        cookie = next(each for each in entered.headers.get_list("set-cookie") if each.startswith(SESSION_COOKIE))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "chosen-by" not in cookie
        assert "The Bakery" in (await browser.get("/account")).text


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\t/evil.example"]
)
async def test_nobody_is_led_elsewhere(there: str, app: FastAPI, bakery: str, post: Post) -> None:
    async with Browser(app) as browser:
        await browser.submit("/sign-in", {"email": OWNER, "next": there})
        entered = await browser.submit("/code", {"code": last_code(post, OWNER), "next": there})
        assert entered.headers["Location"] == "/"


async def test_known_and_unknown_addresses_get_the_same_pages(app: FastAPI, bakery: str) -> None:
    told = []
    for email in (OWNER, "me@bakery.example"):
        async with Browser(app) as browser:
            asked = await browser.submit("/sign-in", {"email": email})
            page = await browser.get("/code")
            wrong = await browser.submit("/code", {"code": "12345"})
            shown = [re.sub(r"[0-9a-f]{64}", "", each.text.replace(email, "")) for each in (page, wrong)]
            told.append((asked.status_code, asked.headers["Location"], shown, wrong.status_code))
    assert told[0] == told[1]


async def test_asking_too_often_is_told(app: FastAPI, bakery: str) -> None:
    async with Browser(app) as browser:
        answers = [await browser.submit("/sign-in", {"email": OWNER}) for _ in range(6)]
        assert [each.status_code for each in answers] == [303] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert "Too many codes were asked for." in answers[-1].text
        assert f'value="{OWNER}"' in answers[-1].text, "what was typed stays"
        again = await browser.submit("/code/again", page="/code")
        assert again.status_code == 429
        assert "Too many codes were asked for." in again.text
        assert OWNER in again.text


async def test_whoever_sets_up_too_often_loses_nothing(browser: Browser, post: Post) -> None:
    answers = [await browser.submit("/set-up", ACCOUNT) for _ in range(6)]
    assert [each.status_code for each in answers] == [303] * 5 + [429]
    assert "Too many codes" in answers[-1].text
    assert 'value="The Bakery"' in answers[-1].text


async def test_another_code_can_be_asked_for(app: FastAPI, bakery: str, post: Post) -> None:
    async with Browser(app) as browser:
        await browser.submit("/sign-in", {"email": OWNER})
        first = last_code(post, OWNER)
        again = await browser.submit("/code/again", {"next": "/account"}, page="/code")
        assert again.headers["Location"] == "/code?next=%2Faccount"
        second = last_code(post, OWNER)
        assert (await browser.submit("/code", {"code": second})).status_code == 303
        assert first != second or len(post.waiting()) == 2
    async with Browser(app) as browser:
        assert (await browser.get("/code")).headers["Location"] == "/sign-in"


async def test_signing_out_here_and_everywhere_else(an: Browser, app: FastAPI, post: Post) -> None:
    async with Browser(app, headers={"User-Agent": "Another browser"}) as other:
        await sign_in(other, post)
        page = (await an.get("/account/sessions")).text
        assert "Another browser" in page
        assert page.count("this one") == 1
        await an.submit("/account/sessions/end", page="/account/sessions")
        assert (await other.get("/account")).status_code == 303
    assert "1 other browser is signed out" in (await an.get("/account/sessions")).text
    out = await an.submit("/sign-out", page="/account")
    assert out.headers["Location"] == "/"
    assert (await an.get("/account")).headers["Location"].startswith("/sign-in")


async def test_managers_are_named_told_and_removed(an: Browser, app: FastAPI, post: Post) -> None:
    added = await an.submit("/account/managers", {"email": "Bo@Bakery.Example", "name": "Bo"})
    assert added.status_code == 303
    letter = post.waiting()[-1]
    assert letter["To"] == "Bo <bo@bakery.example>"
    assert "http://127.0.0.1:8080/sign-in" in text_of(letter)
    assert "is a manager already" in (await an.submit("/account/managers", {"email": "bo@bakery.example"})).text
    last = await an.submit("/account/managers/remove", {"of": OWNER}, page="/account/managers")
    assert last.status_code == 422
    assert "always has an owner" in last.text
    async with Browser(app) as bo:
        await sign_in(bo, post, "bo@bakery.example")
        page = (await bo.get("/account/managers")).text
        assert "Make an owner" not in page
        for to, more in (("remove", {}), ("role", {"role": "manager"})):
            refused = await bo.submit(f"/account/managers/{to}", {"of": OWNER, **more}, page="/account/managers")
            assert "Only an owner may do that" in refused.text
        await an.submit("/account/managers/remove", {"of": "bo@bakery.example"}, page="/account/managers")
        assert (await bo.get("/account")).status_code == 303
    assert "removed the manager bo@bakery.example" in (await an.get("/account/audit")).text


async def test_a_token_is_shown_once(an: Browser, store: Store) -> None:
    wrong = await an.submit("/account/tokens", {"name": "", "scopes": [], "days": "soon"})
    for field in ("name", "scopes", "days"):
        assert f"field-{field}-wrong" in wrong.text
    assert 'value="365"' in (await an.get("/account/tokens")).text
    lasting = {"name": "Door", "scopes": ["read"], "days": ""}
    assert "it is revoked" in (await an.submit("/account/tokens", lasting)).text
    await an.submit(
        "/account/tokens/revoke", {"token": store.console.tokens.of("bakery")[0].id}, page="/account/tokens"
    )
    made = await an.submit("/account/tokens", {"name": "Address book", "scopes": ["people", "read"], "days": "7"})
    match = re.search(r'id="new-token"[^>]*>(belplan_[\w-]{43})<', made.text)
    assert match
    page = (await an.get("/account/tokens")).text
    assert match[1] not in page
    kept = store.console.tokens.of("bakery")[-1]
    assert (kept.name, kept.scopes) == ("Address book", "read people")
    assert match[1] not in repr(kept)
    assert "expired" not in page
    tokens.make(store, "bakery", OWNER, "Old", ["read"], time.time() - 2 * tokens.DAY, days="1")
    assert "expired" in (await an.get("/account/tokens")).text
    await an.submit("/account/tokens/revoke", {"token": kept.id}, page="/account/tokens")
    assert "Address book" not in (await an.get("/account/tokens")).text


async def test_what_an_account_is_is_changed_before_there_is_a_dialplan(
    an: Browser, settings: Settings, store: Store
) -> None:
    form = {"name": "Bread & Co", "country": "BE", "timezone": "Europe/Brussels", "language": "fr", "licences": "7"}
    assert (await an.submit("/account", {**form, "licences": "many"})).status_code == 422
    assert (await an.submit("/account", form)).status_code == 303
    known = about(settings, store, BAKERY.key)
    assert known is not None
    assert (known.name, known.country, known.language, known.licences) == ("Bread & Co", "BE", "fr", 7)
    assert "Bread &amp; Co" in (await an.get("/account")).text


async def test_with_a_dialplan_it_is_changed_there_and_a_hand_edit_is_not_lost(
    an: Browser, settings: Settings, store: Store
) -> None:
    file = settings.dialplans / "bakery.yaml"
    file.write_text(DIALPLAN)
    page = (await an.get("/account")).text
    assert 'value="By Hand"' in page
    seen = seen_in(page)
    form = {"name": "Bread", "country": "NL", "timezone": "Europe/Amsterdam", "language": "en", "licences": "1"}
    few = await an.submit("/account", form | seen)
    assert "2 people have a number beside it" in few.text
    form["licences"] = "2"
    file.write_text(DIALPLAN.replace("# mine", "# mine, and more").replace("By Hand", "By Other Hands"))
    stale = await an.submit("/account", form | seen)
    assert stale.status_code == 409
    assert "meanwhile: Name: By Other Hands." in stale.text
    assert 'value="Bread"' in stale.text
    assert "By Other Hands" in file.read_text()
    saved = await an.submit("/account", form | seen_in(stale.text))
    assert saved.status_code == 303, saved.text
    assert "name: Bread" in file.read_text()
    assert "# mine, and more" in file.read_text()


@pytest.mark.parametrize("begun", [False, True], ids=["before there is a dialplan", "with one"])
async def test_an_old_form_takes_back_nothing_that_a_colleague_has_changed(
    an: Browser, settings: Settings, store: Store, begun: bool
) -> None:
    if begun:
        (settings.dialplans / "bakery.yaml").write_text(DIALPLAN)
    page = (await an.get("/account")).text
    form = {"name": "Bread", "country": "NL", "timezone": "Europe/Amsterdam", "language": "en", "licences": "3"}
    old = seen_in(page) | {"seen.licences": "3", "licences": "3"}
    store.console.accounts.change(BAKERY.key, {"licences": 9}, {})
    assert (await an.submit("/account", form | old)).status_code == 303
    assert "Somebody else has changed it meanwhile, and that stays: Licences: 9." in (await an.get("/account")).text
    known = about(settings, store, BAKERY.key)
    assert known is not None
    assert (known.name, known.licences) == ("Bread", 9)
    late = await an.submit("/account", form | old | {"name": "Bread", "seen.name": "Bread", "licences": "4"})
    assert late.status_code == 409
    assert 'name="licences" type="text" value="4"' in late.text


async def test_the_audit_log_goes_back_page_by_page(an: Browser, store: Store, settings: Settings) -> None:
    for number in range(60):
        await an.submit("/account/managers", {"email": f"m{number}@bakery.example"}) if number < 2 else None
        store.console.audit.add(store.console.audit.last("bakery", 1)[0])
    page = (await an.get("/account/audit")).text
    older = re.search(r'href="\?before=(\d+)"', page)
    assert older
    rest = (await an.get(f"/account/audit?before={older[1]}")).text
    assert "signed in" in rest
    for odd in ("x", "-1", "9" * 30, "1e9"):
        assert (await an.get(f"/account/audit?before={odd}")).status_code == 200


DIALPLAN = """\
# mine
account: {name: By Hand, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567", others: ["+31 20 123 4568", "+31 20 123 4569"]}
people:
  an: {extension: 101, number: "+31 20 123 4568"}
  bo: {extension: 102, number: "+31 20 123 4569"}
main_number: {ring: an}
"""
