"""One file for one phone: who knows its name gets it, nobody else, and only for a while."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from engine.provisioning.handing_over import MAX_VISITORS, NAME_BYTES, HandOver

CONTENT = b"<config/>"


@pytest.fixture
def waiting() -> Iterator[HandOver]:
    with HandOver(CONTENT, "127.0.0.1") as handover:
        yield handover


def served(handover: HandOver) -> threading.Thread:
    thread = threading.Thread(target=handover.wait, args=(30.0,))
    thread.start()
    return thread


def fetch(url: str) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        got: bytes = answer.read()
        return got


def test_whoever_knows_the_name_gets_it_and_then_it_is_over(waiting: HandOver) -> None:
    serving = served(waiting)
    assert fetch(waiting.url) == CONTENT
    serving.join(10)
    assert not serving.is_alive()
    assert waiting.fetched_by == "127.0.0.1"


def test_a_guess_gets_nothing(waiting: HandOver) -> None:
    serving = served(waiting)
    assert len(urlsplit(waiting.url).path) > NAME_BYTES
    for guess in ("/", "/101.xml", urlsplit(waiting.url).path[:-5], "/%00", "/../etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(f"http://{urlsplit(waiting.url).netloc}{guess}")
        assert refused.value.code == 404
        assert waiting.fetched_by is None
    fetch(waiting.url)
    serving.join(10)


def test_visitors_who_say_nothing_keep_nobody_out(waiting: HandOver) -> None:
    serving = served(waiting)
    address = (urlsplit(waiting.url).hostname, urlsplit(waiting.url).port)
    silent = [socket.create_connection(address) for _ in range(MAX_VISITORS - 2)]  # type: ignore[arg-type]
    try:
        assert fetch(waiting.url) == CONTENT
    finally:
        for each in silent:
            each.close()
    serving.join(10)


def test_nobody_came(waiting: HandOver) -> None:
    assert waiting.wait(0.0) is None
