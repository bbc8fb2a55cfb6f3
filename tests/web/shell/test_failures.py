"""What goes wrong is told in a sentence, to people and to programs; nothing of our inside is."""

from __future__ import annotations

import logging
import re
from io import StringIO

import pytest
from fastapi import FastAPI
from starlette.requests import Request

from engine.log import configure
from tests.web.browsing import Browser, token_in
from tests.web.html import assert_sound
from web.shell.cookies import SESSION_COOKIE
from web.shell.visitor import Visitor

DUTCH = {"Accept-Language": "nl"}


@pytest.fixture
def lines() -> StringIO:
    """The console's log."""
    stream = StringIO()
    configure("info", "json", stream)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return stream


async def test_pages_tell_what_is_wrong(browser: Browser) -> None:
    for method, path, status, sentence in (
        ("GET", "/nowhere", 404, "There is no such page"),
        ("POST", "/letters", 403, "This is not for you to do"),
        ("DELETE", "/", 405, "cannot be asked for in this way"),
        ("GET", "/personal/mistakes", 422, "<li>No &lt;name&gt;</li>"),
        ("GET", "/personal/stale", 409, "An was first"),
        ("GET", "/personal/often", 429, "too often"),
        ("GET", "/personal/gone", 410, "This invitation has expired."),
    ):
        page = await browser.request(method, path)
        assert (page.status_code, page.headers["Content-Type"]) == (status, "text/html; charset=utf-8"), path
        assert sentence in page.text
    assert "Deze pagina bestaat niet" in (await browser.get("/nowhere", headers=DUTCH)).text


async def test_programs_are_told_in_json_with_the_field(browser: Browser) -> None:
    wrong = await browser.get("/api/v1/personal/mistakes")
    assert wrong.status_code == 422
    assert wrong.json()["mistakes"] == [{"field": "name", "what": "No <name>"}]
    assert (await browser.get("/api/v1/personal/stale")).json()["error"] == "An was first"
    often = await browser.get("/api/v1/personal/often", headers=DUTCH)
    assert often.headers["Retry-After"] == "12"
    assert often.json()["error"].startswith("Dat was te vaak")
    token = {"Authorization": "Bearer secret"}
    too_long = await browser.post("/api/v1/personal/people", json={"name": "Johanna"}, headers=token)
    assert too_long.status_code == 422
    assert [each["field"] for each in too_long.json()["mistakes"]] == ["name"]
    for nonsense in (b"{", b"\xff", b"[" * 100_000, b'{"name": NaN}'):
        answer = await browser.post(
            "/api/v1/personal/people", content=nonsense, headers=token | {"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422)
        assert answer.json()["error"]
    assert (await browser.get("/api/v1/nothing")).json()["error"]


async def test_who_has_not_signed_in_is_led_there_and_back(browser: Browser) -> None:
    led = await browser.get("/personal/sign-in?a=1&b=//evil.example")
    assert led.status_code == 303
    assert led.headers["Location"] == "/sign-in?next=%2Fpersonal%2Fsign-in%3Fa%3D1%26b%3D%2F%2Fevil.example"
    part = await browser.get("/personal/sign-in", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/sign-in")
    program = await browser.get("/api/v1/personal/sign-in")
    assert (program.status_code, program.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_whoever_was_signed_out_meanwhile_loses_nothing_that_they_typed(browser: Browser, app: FastAPI) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}
    typed = {"name": "An & Co", "form_token": await browser.token()}
    sound = {"sound": ("a.wav", b"RIFF")}
    shown = await browser.post("/managers", data=typed, files=sound, headers=ours)
    assert shown.status_code == 401
    assert_sound("/managers", shown.text)
    assert '<a class="button main" href="/sign-in" target="_blank" rel="noopener">' in shown.text
    assert '<input type="hidden" name="name" value="An &amp; Co">' in shown.text
    assert "Files have to be chosen once more" in shown.text
    script = await browser.post("/managers", data=typed, headers={**ours, "HX-Request": "true"})
    assert (script.status_code, "HX-Redirect" in script.headers) == (401, False), "the page stays as it is"

    app.state.recognise = lambda _: Visitor("an@bakery.example", "An", "bakery", "owner")
    browser.cookies.set(SESSION_COOKIE, "anew")
    offered = await browser.post("/managers", data={**typed, "form_token": token_in(shown.text)}, headers=ours)
    assert offered.status_code == 403
    assert "You have signed in or out since this form was shown" in offered.text
    done = await browser.post("/managers", data={**typed, "form_token": token_in(offered.text)}, headers=ours)
    assert done.json() == {"who": "An", "name": "An & Co", "file": False}


async def test_a_fault_of_ours_has_a_number_that_stands_in_the_log(browser: Browser, lines: StringIO) -> None:
    page = await browser.get("/personal/k3y")
    assert page.status_code == 500
    assert "Something went wrong here" in page.text
    assert "RuntimeError" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["Content-Security-Policy"]
    number = re.search(r"stands in the log: ([0-9a-f]{8})", page.text)
    assert number is not None
    assert f'"reference":"{number[1]}"' in lines.getvalue()
    program = await browser.get("/api/v1/personal/k3y")
    assert program.json()["reference"] in lines.getvalue()


async def test_a_store_that_cannot_be_reached_is_told_as_what_passes(browser: Browser) -> None:
    page = await browser.get("/personal/locked")
    assert page.status_code == 503
    assert "cannot reach its store" in page.text
    assert "UPDATE" not in page.text


async def test_a_fault_in_knowing_the_visitor_is_still_a_page(browser: Browser, app: FastAPI) -> None:
    def fails(_: Request) -> Visitor | None:
        raise OSError("no store")

    app.state.recognise = fails
    page = await browser.get("/")
    assert page.status_code == 500
    assert "Something went wrong here" in page.text
    assert "no store" not in page.text


async def test_the_log_has_the_route_and_no_personal_link(browser: Browser, lines: StringIO) -> None:
    await browser.get("/personal/gone?code=123456")
    await browser.get("/nowhere/s3cret?code=123456")
    text = lines.getvalue()
    assert '"route":"/personal/{secret}"' in text
    assert '"route":"none"' in text
    for secret in ("/gone", "s3cret", "123456"):
        assert secret not in text
