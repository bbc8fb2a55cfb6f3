"""What a page elsewhere sends in a visitor's name is refused, by whichever sign is there."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.web.browsing import BASE, Browser, token_in
from tests.web.html import assert_sound
from web.shell.cookies import SESSION_COOKIE
from web.shell.forgery import FORM_COOKIE, MAX_COOKIE, TOKEN_HEADER

OURS = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}


async def test_a_form_of_ours_is_taken(browser: Browser) -> None:
    assert (await browser.submit("/forms", page="/")).status_code == 303
    assert (await browser.submit("/forms", page="/", headers=OURS)).status_code == 303
    token = await browser.token()
    assert (await browser.post("/letters", json={}, headers={TOKEN_HEADER: token})).status_code == 200
    upload = await browser.post("/forms", data={"form_token": token}, files={"sound": ("a.wav", b"RIFF")})
    assert upload.status_code == 303


async def test_without_the_pages_token_nothing_is_done(browser: Browser, app: FastAPI) -> None:
    token = await browser.token()
    for fields in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é"}, {"form_token": token[:-1]}):
        refused = await browser.post("/forms", data=fields)
        assert refused.status_code == 403
        assert "Load it again" in refused.text
    assert (await browser.post("/letters", json={"form_token": token})).status_code == 403
    async with Browser(app) as stranger:
        assert (await stranger.post("/forms", data={"form_token": token})).status_code == 403
        await stranger.token()
        assert (await stranger.post("/forms", data={"form_token": token})).status_code == 403


@pytest.mark.parametrize(
    "signs",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9"},
        {"Origin": "http://localhost:8080.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_what_comes_from_elsewhere_is_refused_with_the_token_too(browser: Browser, signs: dict[str, str]) -> None:
    assert (await browser.submit("/forms", page="/", headers=signs)).status_code == 403


async def test_a_token_is_good_for_its_session_only(browser: Browser) -> None:
    before = await browser.token()
    browser.cookies.set(SESSION_COOKIE, "somebody")
    refused = await browser.post("/forms", data={"form_token": before, "name": "An"})
    assert refused.status_code == 403
    assert "An" not in refused.text, "nothing says that a page of ours has sent it"
    assert (await browser.submit("/forms", page="/")).status_code == 303


@pytest.mark.parametrize("sign", [{"Origin": BASE}, {"Sec-Fetch-Site": "same-origin"}, OURS])
async def test_a_form_shown_before_somebody_signed_in_is_theirs_to_send_again(
    browser: Browser, sign: dict[str, str]
) -> None:
    before = await browser.token()
    browser.cookies.set(SESSION_COOKIE, "somebody")
    typed = {"form_token": before, "name": 'An "&" <Co>', "days": ["mon", "tue"], "text": "one\r\ntwo"}
    shown = await browser.post("/forms?a=1&b=2", data=typed, headers=sign)
    assert shown.status_code == 403
    assert_sound("/forms", shown.text)
    assert 'action="/forms?a=1&amp;b=2"' in shown.text
    for field in ('"name" value="An &#34;&amp;&#34; &lt;Co&gt;"', '"days" value="mon"', '"days" value="tue"'):
        assert f'<input type="hidden" name={field}>' in shown.text
    assert before not in shown.text
    again = await browser.post("/forms", data={**typed, "form_token": token_in(shown.text)}, headers=sign)
    assert again.status_code == 303
    elsewhere = {**sign, "Origin": "https://evil.example"}
    assert "An" not in (await browser.post("/forms", data=typed, headers=elsewhere)).text


async def test_a_cookie_that_is_none_of_ours_is_replaced(browser: Browser) -> None:
    browser.cookies.set(FORM_COOKIE, "x" * (MAX_COOKIE + 1), domain="localhost.local", path="/")
    page = await browser.get("/")
    assert FORM_COOKIE in page.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/hooks/letters", "/api/v1/letters"])
async def test_machines_need_no_token_and_no_cookie_of_theirs_counts(browser: Browser, path: str) -> None:
    browser.cookies.set(SESSION_COOKIE, "somebody")
    answer = await browser.post(path, content=b"four", headers={"Authorization": "Bearer secret"})
    assert answer.json() == {"size": 4, "session": None}


async def test_the_api_with_a_session_needs_the_token(browser: Browser) -> None:
    browser.cookies.set(SESSION_COOKIE, "somebody")
    refused = await browser.post("/api/v1/letters", content=b"four")
    assert refused.status_code == 403
    assert refused.json()["error"].startswith("This is not for you to do")
    taken = await browser.post("/api/v1/letters", content=b"four", headers={TOKEN_HEADER: await browser.token()})
    assert taken.json() == {"size": 4, "session": "somebody"}
    assert (await browser.post("/letters", headers={"Authorization": "Bearer secret"})).status_code == 403


async def test_cookies_are_out_of_reach_and_behind_tls_the_hosts_own(app: FastAPI) -> None:
    async with Browser(app) as plain:
        (cookie,) = (await plain.get("/")).headers.get_list("Set-Cookie")
        assert cookie.startswith(f"{FORM_COOKIE}=")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    async with Browser(app, base_url="https://localhost") as encrypted:
        page = await encrypted.get("/")
        (cookie,) = page.headers.get_list("Set-Cookie")
        assert cookie.startswith(f"__Host-{FORM_COOKIE}=")
        assert "Secure" in cookie.split("; ")
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert (await encrypted.submit("/forms", page="/")).status_code == 303
