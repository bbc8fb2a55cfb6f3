"""What a visitor sends is bounded, in size and in time, whatever they say its size is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from tests.web.browsing import Browser
from web import app as console
from web.shell import bounds
from web.shell.bounds import BODY_SECONDS, MAX_BODY, SLOWEST_UPLOAD, Bounds, Upload
from web.shell.typed import MAX_FIELDS, MAX_FILES

TOKEN = {"Authorization": "Bearer secret"}


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 10_000):
        yield b"x" * 10_000


async def test_a_body_is_taken_up_to_the_bound(browser: Browser) -> None:
    taken = await browser.post("/hooks/letters", content=b"x" * MAX_BODY)
    assert taken.json()["size"] == MAX_BODY
    assert (await browser.post("/hooks/letters", content=chunks(MAX_BODY))).json()["size"] == MAX_BODY


async def test_a_larger_one_is_refused_whether_it_says_so_or_not(browser: Browser) -> None:
    said = await browser.post("/hooks/letters", content=b"x" * (MAX_BODY + 1))
    assert said.status_code == 413
    assert "too large" in said.json()["error"]
    assert (await browser.post("/hooks/letters", content=chunks(MAX_BODY + 10_000))).status_code == 413
    for length in ("-1", "9" * 40, "1e3", " "):
        lied = await browser.post("/hooks/letters", content=chunks(1), headers={"Content-Length": length})
        assert lied.status_code == 413


async def test_a_form_that_is_too_large_is_a_page(browser: Browser) -> None:
    refused = await browser.submit("/forms", {"notes": "x" * MAX_BODY}, page="/")
    assert refused.status_code == 413
    assert "<h1>Too large</h1>" in refused.text


async def test_fields_and_files_are_counted(browser: Browser) -> None:
    token = await browser.token()
    many = {f"f{number}": "" for number in range(MAX_FIELDS + 1)}
    assert (await browser.post("/forms", data={"form_token": token} | many)).status_code == 400
    files = [("sound", (f"{number}.wav", b"x")) for number in range(MAX_FILES + 1)]
    assert (await browser.post("/forms", data={"form_token": token}, files=files)).status_code == 400


async def test_routes_for_uploads_take_more(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "UPLOADS", (Upload(re.compile(r"/hooks/let.+"), 2 * MAX_BODY),))
    async with Browser(app) as browser:
        assert (await browser.post("/hooks/letters", content=b"x" * MAX_BODY * 2)).json()["size"] == MAX_BODY * 2
        assert (await browser.post("/hooks/letters", content=b"x" * (MAX_BODY * 2 + 1))).status_code == 413
    assert Upload(re.compile(""), 5_000_000).seconds == BODY_SECONDS + 5_000_000 / SLOWEST_UPLOAD


async def test_a_body_that_never_ends_is_given_up(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(bounds, "SLOWEST_UPLOAD", float("inf"))
    sent: list[Message] = []

    async def dribble() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/hooks/letters",
        "raw_path": b"/hooks/letters",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")],
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "http_version": "1.1",
    }
    await Bounds(app)(scope, dribble, send)
    assert sent[0]["status"] == 408
