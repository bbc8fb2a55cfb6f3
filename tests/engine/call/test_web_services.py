"""Asking a real HTTP server on loopback: good, slow, broken, endless and foreign replies."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator

import pytest

from engine.call.question import MAX_ANSWER, NO_ANSWER, Answer, Question, Said, Unanswered, read_reply
from engine.call.web_services import MAX_REPLY, WebServices
from tests.web_service import SLOW_SECONDS, WebService, web_service

FACTS = {"caller": {"number": "+31612345678", "name": "Zoë"}, "keys": "12#"}


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with web_service() as service:
        yield service


@pytest.fixture
async def services() -> AsyncIterator[WebServices]:
    services = WebServices()
    await services.get_ready()
    yield services
    await services.close()


def question(url: str, within: float = 5.0, token: str = "") -> Question:
    return Question(url=url, facts=FACTS, within=within, service="crm", token=token)


async def test_the_call_is_posted_as_json_and_the_answer_comes_back(service: WebService, services: WebServices) -> None:
    assert await services.ask(question(service.url)) == Said("vip")
    assert service.asked == [FACTS]
    head = service.heads[0].lower()
    assert head.startswith("post /route http/1.1\r\n")
    assert "content-type: application/json" in head
    assert "authorization" not in head


async def test_the_token_goes_along_and_is_shown_nowhere(service: WebService, services: WebServices) -> None:
    asking = question(service.url, token="s3cret-t0ken")
    await services.ask(asking)
    assert "Authorization: Bearer s3cret-t0ken\r\n" in service.heads[0]
    assert "s3cret" not in repr(asking)


async def test_calls_share_a_connection(service: WebService, services: WebServices) -> None:
    for _ in range(5):
        assert await services.ask(question(service.url)) == Said("vip")
    assert service.connections == 1


async def test_a_slow_service_is_given_up_in_time_and_left(service: WebService, services: WebServices) -> None:
    service.waits = SLOW_SECONDS
    began = time.monotonic()
    assert await services.ask(question(service.url, within=0.2)) == Unanswered("no reply in time")
    assert 0.19 < time.monotonic() - began < 1.0
    await gone(service)


async def test_a_reply_that_is_cut_off_is_no_answer(service: WebService, services: WebServices) -> None:
    service.garbage = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"
    assert await services.ask(question(service.url)) == Unanswered("cannot be reached")


async def test_a_hang_up_leaves_the_service_at_once(service: WebService, services: WebServices) -> None:
    service.waits = SLOW_SECONDS
    asking = asyncio.create_task(services.ask(question(service.url)))
    async with asyncio.timeout(5):
        while not service.asked:  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)
    asking.cancel()
    await gone(service)


async def gone(service: WebService) -> None:
    async with asyncio.timeout(5):
        while not service.gone:  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


async def test_an_endless_reply_is_not_read_to_its_end(service: WebService, services: WebServices) -> None:
    service.endless = True
    assert await services.ask(question(service.url)) == Unanswered("the reply is too long")
    await gone(service)


async def test_the_longest_reply_that_is_read(service: WebService, services: WebServices) -> None:
    service.reply = b'{"answer": "vip"' + b" " * (MAX_REPLY - 17) + b"}"
    assert await services.ask(question(service.url)) == Said("vip")
    service.reply += b" "
    assert await services.ask(question(service.url)) == Unanswered("the reply is too long")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "401 Unauthorized"])
async def test_a_failure_is_no_answer(service: WebService, services: WebServices, status: str) -> None:
    service.status = status
    assert await services.ask(question(service.url)) == Unanswered(f"status {status[:3]}")


async def test_a_redirect_is_not_followed(service: WebService, services: WebServices) -> None:
    async with web_service() as elsewhere:
        service.status, service.headers = "307 Temporary Redirect", (f"Location: {elsewhere.url}",)
        assert await services.ask(question(service.url, token="secret")) == Unanswered("status 307")
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n", b"HTTP/1.1 "],
    ids=["no HTTP", "huge header", "cut off"],
)
async def test_what_is_no_http_is_no_answer(service: WebService, services: WebServices, garbage: bytes) -> None:
    service.garbage = garbage
    assert await services.ask(question(service.url)) == Unanswered("cannot be reached")


async def test_a_packed_reply_is_not_unpacked(service: WebService, services: WebServices) -> None:
    service.reply, service.headers = gzip.compress(b"vip" * 1000), ("Content-Encoding: gzip",)
    assert await services.ask(question(service.url)) == Unanswered(NO_ANSWER)


async def test_nobody_there(services: WebServices) -> None:
    async with web_service() as closed:
        url = closed.url
    assert await services.ask(question(url)) == Unanswered("cannot be reached")
    assert await services.ask(question("http://no.such.host.invalid/")) == Unanswered("cannot be reached")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b'{"answer": "vip"}', Said("vip")),
        (b' {"more": [1, {"a": null}], "answer": " vip "}', Said("vip")),
        (b'"vip"', Said("vip")),
        (b"vip\r\n", Said("vip")),
        ("één".encode(), Said("één")),
        (b"", Unanswered(NO_ANSWER)),
        (b"{}", Unanswered(NO_ANSWER)),
        (b'{"answer": 5}', Unanswered(NO_ANSWER)),
        (b'{"answer": "vip"', Unanswered(NO_ANSWER)),
        (b'{"answer":' + b"[" * 8000, Unanswered(NO_ANSWER)),
        (b'{"x":' + b"[" * 8000 + b"]" * 8000 + b"}", Unanswered(NO_ANSWER)),
        (b"\xff\xfe", Unanswered(NO_ANSWER)),
        (b"<html>\n<h1>Sorry</h1></html>", Unanswered(NO_ANSWER)),
        (b"v" * MAX_ANSWER, Said("v" * MAX_ANSWER)),
        (b"v" * (MAX_ANSWER + 1), Unanswered(NO_ANSWER)),
    ],
)
def test_what_counts_as_an_answer(data: bytes, answer: Answer) -> None:
    assert read_reply(data) == answer
