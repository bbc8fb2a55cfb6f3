"""The pages of the main number, as a manager uses them."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import httpx
import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import Browser
from web.editing.difference import difference
from web.editing.plan import MAX_LINES, Plan
from web.editing.plans import Plans
from web.mistakes import Mistakes

PAGES = (
    "/main-number",
    "/main-number/menus/welcome",
    "/main-number/new-menu",
    "/plan",
    "/plan/versions",
    "/plan/versions/1",
)


def fields_in(page: httpx.Response, action: str) -> dict[str, str]:
    """The fields of a form as a browser would send them."""
    form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page.text, re.S)
    assert form, f"{action} is not in the page: {page.text}"
    text = form[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and (not kind or kind[1] not in ("checkbox", "radio") or " checked" in tag):
            fields[name[1]] = html.unescape(value[1]) if value else "on"
    for name, options in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', text, re.S):
        fields[name] = html.unescape(value)
    fields.pop("form_token", None)
    return fields


def text_of(file: Path) -> str:
    return file.read_bytes().decode()


def by_hand(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new))


def remove(file: Path) -> None:
    file.unlink()


async def saved(browser: Browser, review: httpx.Response) -> httpx.Response:
    assert review.status_code in (200, 409), review.text
    return await browser.submit("/plan/save", fields_in(review, "/plan/save"), page="/main-number")


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_for_managers_only(browser: Browser, page: str) -> None:
    answer = await browser.get(page)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_shown_in_both_languages(manager: Browser, page: str) -> None:
    for language in ("en", "nl"):
        answer = await manager.get(page, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        assert "<h1>" in answer.text


@pytest.mark.parametrize("page", ["/main-number", "/main-number/menus/welcome"])
async def test_a_form_that_is_sent_as_it_is_changes_nothing(manager: Browser, file: Path, page: str) -> None:
    before = text_of(file).encode()
    fields = fields_in(await manager.get(page), page)
    assert "Nothing changes" in (await manager.submit(page, fields)).text
    assert text_of(file).encode() == before


async def test_a_person_answers(manager: Browser, file: Path, settings: Settings, store: Store) -> None:
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    assert (fields["who"], fields["menu"], fields["hours"]) == ("menu", "welcome", "open")
    assert fields["outside.to"] == "voicemail:front-desk"
    review = await manager.submit(
        "/main-number", {**fields, "who": "person", "person": "orders", "otherwise": "orders"}
    )
    assert "main number, line 1 now leads to ring orders (was menu welcome)" in review.text
    dutch = {"headers": {"Accept-Language": "nl"}}
    in_dutch = await manager.submit("/main-number", {**fields, "who": "person", "person": "orders"}, **dutch)
    assert "hoofdnummer, regel 1 leidt nu naar ring orders (was menu welcome)" in in_dutch.text
    assert "{during: open, ring: orders, else: {voicemail: orders}}" in html.unescape(review.text)
    assert "menu: welcome}" in text_of(file), "nothing is saved before it was looked at"
    done = await saved(manager, review)
    assert done.headers["location"] == "/main-number"
    assert "  - {during: open, ring: orders, else: {voicemail: orders}}\n" in text_of(file)
    newest = Plans(settings, store).versions("bakery")[0]
    assert newest.author == "an@bakery.example"
    assert "Saved." in (await manager.get("/main-number")).text
    versions = await manager.get("/plan/versions")
    assert "Main number changed" in versions.text
    assert "by hand, in the file" in versions.text


async def test_people_are_shown_by_their_names(manager: Browser, file: Path) -> None:
    by_hand(file, "name: Orders,", "name: Otto & Co,")
    assert "Otto & Co" in text_of(file)
    page = (await manager.get("/main-number")).text
    assert '<option value="orders">Otto &amp; Co (102)</option>' in page
    assert '<option value="orders">a message for Otto &amp; Co (102)</option>' in page
    menu = (await manager.get("/main-number/menus/welcome")).text
    assert '<option value="ring:orders">Otto &amp; Co (102) rings</option>' in menu
    assert '<span class="to">Otto &amp; Co (102) rings' in menu


async def test_new_opening_hours_and_what_happens_outside(manager: Browser, file: Path) -> None:
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    wanted = {
        **fields,
        "hours": "new:",
        "days": "mon-sat",
        "begins": "08:30",
        "ends": "18:00",
        "holidays": "yes",
        "outside.to": "say",
        "outside.text": "We are closed: call tomorrow.",
        "outside.then": "hang_up",
    }
    await saved(manager, await manager.submit("/main-number", wanted))
    text = text_of(file)
    assert '  open-2: {days: mon-sat, from: "08:30", to: "18:00", except: holidays}\n' in text
    assert '  - {during: open-2, menu: welcome}\n  - {say: "We are closed: call tomorrow.", then: hang_up}\n' in text


async def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(manager: Browser) -> None:
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    wrong = {**fields, "hours": "new:", "days": "mon-fri", "begins": "half nine", "ends": "18:00"}
    page = await manager.submit("/main-number", wrong)
    assert page.status_code == 422
    assert 'id="field-begins-wrong"' in page.text
    assert fields_in(page, "/main-number")["begins"] == "half nine"
    page = await manager.submit("/main-number", {**fields, "outside.to": "say", "outside.text": ""})
    assert 'id="field-outside-text-wrong"' in page.text
    page = await manager.submit("/main-number", {**fields, "who": "person", "person": ""})
    assert 'id="field-person-wrong"' in page.text


async def test_a_menu_grows_by_keys(manager: Browser, file: Path) -> None:
    address = "/main-number/menus/welcome"
    fields = fields_in(await manager.get(address), address)
    assert {name: fields[name] for name in ("keys.0.key", "keys.0.to", "keys.0.seconds", "keys.0.otherwise")} == {
        "keys.0.key": "1", "keys.0.to": "ring:orders", "keys.0.seconds": "20", "keys.0.otherwise": "orders",
    }  # fmt: skip
    wanted = {
        **fields,
        "keys.4.key": "3",
        "keys.4.to": "say",
        "keys.4.text": "Open daily.",
        "keys.4.then": "repeat",
        "keys.1.key": "",
        "keys.1.to": "",
        "no_input.tries": "2",
        "no_input.to": "hang_up",
    }
    preview = await manager.submit(f"{address}/preview", wanted, page=address)
    assert "<html" not in preview.text
    assert "Open daily." in preview.text
    assert "data:image/svg+xml;base64," in preview.text
    await saved(manager, await manager.submit(address, wanted))
    assert (
        "      1: {ring: orders, for: 20s, else: {voicemail: orders}}\n      0: {ring: front-desk}\n"
        '      "*": repeat\n      3: {say: Open daily., then: repeat}\n    no_input: {tries: 2, then: hang_up}\n'
    ) in text_of(file)


async def test_mistakes_in_a_menu_stand_in_their_rows(manager: Browser) -> None:
    address = "/main-number/menus/welcome"
    fields = fields_in(await manager.get(address), address)
    wrong = {**fields, "keys.4.key": "1", "keys.4.to": "hang_up", "keys.5.key": "", "keys.5.to": "repeat"}
    page = await manager.submit(address, wrong)
    assert page.status_code == 422
    assert 'id="field-keys-4-key-wrong"' in page.text
    assert 'id="field-keys-5-key-wrong"' in page.text
    page = await manager.submit(
        address, {**fields, "keys.4.key": "x", "keys.4.to": "ring:nobody", "keys.4.seconds": "x"}
    )
    for field in ("key", "to", "seconds"):
        assert f'id="field-keys-4-{field}-wrong"' in page.text
    more = await manager.submit(address, {**fields, "keys.6.key": "9", "more": "yes"})
    assert 'name="keys.9.key"' in more.text


async def test_a_new_menu_is_made_and_removed(manager: Browser, file: Path) -> None:
    page = await manager.get("/main-number/new-menu")
    fields = fields_in(page, "/main-number/new-menu")
    assert fields["lead"] == "yes"
    wanted = {**fields, "name": "night", "greeting_text": "Good night.", "keys.0.key": "1", "keys.0.to": "ring:orders"}
    await saved(manager, await manager.submit("/main-number/new-menu", wanted))
    text = text_of(file)
    assert text.endswith("  night:\n    greeting: {say: Good night.}\n    keys:\n      1: {ring: orders}\n")
    assert "{during: open, menu: night}" in text
    taken = await manager.submit("/main-number/new-menu", {**wanted, "name": "welcome"})
    assert 'id="field-name-wrong"' in taken.text
    used = await manager.submit("/main-number/menus/night/remove", page="/main-number/menus/night")
    assert used.status_code == 422
    assert "night is still used: the main number (line 18)." in used.text
    unused = await manager.submit("/main-number/menus/welcome/remove", page="/main-number/menus/night")
    await saved(manager, unused)
    assert "  welcome:" not in text_of(file)
    assert (await manager.get("/main-number/menus/welcome")).status_code == 404


async def test_a_new_menu_is_a_choice_of_the_main_number(manager: Browser) -> None:
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    page = await manager.submit("/main-number", {**fields, "who": "menu", "menu": "new:"})
    assert page.headers["location"] == "/main-number/new-menu"


async def test_the_text_is_checked_as_it_is_typed(manager: Browser, file: Path) -> None:
    fields = fields_in(await manager.get("/plan"), "/plan")
    assert fields["text"] == text_of(file)
    wrong = {**fields, "text": fields["text"].replace("menu: welcome", "menu: welcme")}
    page = await manager.submit("/plan/check", wrong, page="/plan")
    assert "Line 18: no menu is called" in page.text
    page = await manager.submit("/plan/check", {"text": "a: [\n"}, page="/plan")
    assert "Line 2: " in page.text
    review = await manager.submit("/plan", wrong)
    assert "Line 18: no menu is called" in review.text
    assert ">Save<" not in review.text
    await manager.get("/plan?lang=nl")
    review = await manager.submit("/plan", wrong)
    assert "Regel 18: er is geen menu met de naam &#39;welcme&#39; (bedoelt u &#39;welcome&#39;?)" in review.text
    await manager.get("/plan?lang=en")
    refused = await manager.submit(
        "/plan/save", {"text": wrong["text"], "digest": fields["digest"], "what": "text", "back": "/plan"}, page="/plan"
    )
    assert refused.status_code == 422
    assert text_of(file) == fields["text"]
    page = await manager.submit("/plan", {**fields, "text": "a: [\n"})
    assert page.status_code == 422
    assert fields_in(page, "/plan")["text"] == "a: [\n"


async def test_the_second_manager_sees_the_firsts_change_and_merges(manager: Browser, file: Path) -> None:
    address = "/main-number/menus/welcome"
    mine = fields_in(await manager.get(address), address)
    other = fields_in(await manager.get("/main-number"), "/main-number")
    await saved(manager, await manager.submit("/main-number", {**other, "who": "person", "person": "orders"}))
    review = await manager.submit(address, {**mine, "no_input.tries": "5"})
    assert review.status_code == 409
    assert "an@bakery.example has changed the plan meanwhile." in review.text
    assert "Your change and theirs fit together." in review.text
    await saved(manager, review)
    assert "{during: open, ring: orders}" in text_of(file)
    assert "no_input: {tries: 5," in text_of(file)


async def test_both_change_the_same_menu(manager: Browser, file: Path) -> None:
    address = "/main-number/menus/welcome"
    mine = fields_in(await manager.get(address), address)
    await saved(manager, await manager.submit(address, {**mine, "no_input.tries": "5"}))
    review = await manager.submit(address, {**mine, "no_input.tries": "6"})
    assert "You have both changed this: the menu welcome." in review.text
    assert "Save mine in place of theirs" in review.text
    assert "tries: 5" in text_of(file)
    await saved(manager, review)
    assert "tries: 6" in text_of(file)


async def test_somebody_saves_between_looking_and_saving(manager: Browser, file: Path) -> None:
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    review = await manager.submit("/main-number", {**fields, "who": "person", "person": "orders"})
    by_hand(file, "The Bakery,", "A Bakery,")
    again = await saved(manager, review)
    assert again.status_code == 409
    assert "by hand meanwhile" in again.text
    assert "The Bakery" in again.text, "what they have changed is shown"
    await saved(manager, again)
    assert "A Bakery," in text_of(file)
    assert "ring: orders}" in text_of(file)


async def test_an_earlier_version_is_brought_back(manager: Browser, file: Path) -> None:
    before = text_of(file)
    fields = fields_in(await manager.get("/main-number"), "/main-number")
    await saved(manager, await manager.submit("/main-number", {**fields, "who": "person", "person": "orders"}))
    page = await manager.get("/plan/versions/2")
    assert "This is the plan as it is now." in page.text
    review = await manager.submit("/plan/versions/1/undo", page="/plan/versions/1")
    done = await saved(manager, review)
    assert done.headers["location"] == "/plan/versions"
    assert text_of(file) == before
    assert "Back to version 1" in (await manager.get("/plan/versions")).text
    assert (await manager.get("/plan/versions/77")).status_code == 422


@pytest.mark.parametrize(
    "what", ["", "menu:{x.__class__}", "undo:x", "undo:" + "9" * 40, "[", '["{0}", {}]', "x" * 9000]
)
async def test_what_a_change_is_about_cannot_be_forged(manager: Browser, file: Path, what: str) -> None:
    fields = fields_in(await manager.get("/plan"), "/plan")
    text = fields["text"] + "# more\n"
    done = await manager.submit(
        "/plan/save", {**fields, "text": text, "what": what, "back": "//evil.example"}, page="/plan"
    )
    assert done.headers["location"] == "/main-number"
    assert text_of(file) == text
    assert (await manager.get("/plan/versions")).status_code == 200


async def test_without_a_plan_the_numbers_come_first(manager: Browser, file: Path) -> None:
    remove(file)
    page = await manager.get("/main-number")
    assert page.status_code == 200
    assert "There is no main number yet" in page.text
    for other in PAGES[1:]:
        assert (await manager.get(other)).headers["location"] == "/main-number"


async def test_a_plan_that_somebody_broke_by_hand_is_put_right_as_text(manager: Browser, file: Path) -> None:
    for broken, status in (("menus: [", 303), ("menus: [welcome]\nnumbers: 5", 200)):
        by_hand(file, text_of(file), f"{broken}\n")
        answer = await manager.get("/main-number")
        assert answer.status_code == status
        page = await manager.get("/plan")
        assert page.status_code == 200
        assert fields_in(page, "/plan")["text"] == f"{broken}\n"


def test_a_text_without_end_is_neither_compared_nor_kept() -> None:
    plan = Plan("a: 1\n" * 500)
    with pytest.raises(Mistakes, match="more than 20,000 lines"):
        plan.with_text("\n" * 100_000)
    began = time.process_time()
    made = plan.with_text("a: 1\n\n" * (MAX_LINES // 2))
    assert difference(plan.text, made.text)
    assert time.process_time() - began < 5


def test_a_text_keeps_how_its_lines_end() -> None:
    mixed = "\ufeffa: 1\r\nb: 2\nc: 3"
    plan = Plan(mixed)
    assert plan.with_text("a: 1\r\nb: 2\r\nc: 3\r\n").text == mixed
    assert plan.with_text("a: 1\nb: 4\nc: 3").text == "\ufeffa: 1\r\nb: 4\r\nc: 3"
    assert plan.with_text("a: 1\nb: 2\nc: 3\nd: 4").text == "\ufeffa: 1\r\nb: 2\nc: 3\r\nd: 4\r\n"
    assert plan.with_text("").text == "\ufeff"
    assert Plan("a: 1\n").with_text("\ufeffa: 1").text == "a: 1\n"


async def test_a_text_that_reaches_for_the_machines_files_is_not_even_looked_at(manager: Browser, file: Path) -> None:
    fields = fields_in(await manager.get("/plan"), "/plan")
    wrong = {**fields, "text": f"{fields['text']}callers: {{vip: {{file: /etc/passwd}}}}\n"}
    for address in ("/plan", "/plan/check", "/plan/save"):
        page = await manager.submit(address, {**wrong, "what": "text", "back": "/plan"}, page="/plan")
        assert "Only whoever administers this machine" in page.text
        assert "root" not in page.text
    assert text_of(file) == fields["text"]
