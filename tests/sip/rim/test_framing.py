"""Streams cut into messages, however the network tears them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.errors import DropReason, ProtocolError
from sip.message.bounds import MAX_HEAD, MAX_KEEP_ALIVE, MAX_MESSAGE
from sip.rim.framing import PING, Framing
from tests.sip.rim.network import request

FIRST = request(transport="TCP")
SECOND = request("MESSAGE", "TCP", body=b"\r\n\r\nCSeq: 9 BYE\r\n\r\n\x00\xff")
STREAM = b"\r\n" + FIRST + PING + SECOND + PING + PING + FIRST
EXPECTED = [FIRST, PING, SECOND, PING, PING, FIRST]


def test_a_stream_that_comes_at_once() -> None:
    framing = Framing()
    assert list(framing.feed(STREAM)) == EXPECTED
    assert not framing.begun


def test_a_stream_that_comes_byte_by_byte() -> None:
    framing = Framing()
    assert [each for byte in STREAM for each in framing.feed(bytes([byte]))] == EXPECTED
    assert not framing.begun


@settings(max_examples=100)
@given(st.lists(st.integers(1, 200), max_size=20))
def test_a_stream_torn_anywhere(pieces: list[int]) -> None:
    framing = Framing()
    found: list[bytes] = []
    rest = STREAM
    for size in (*pieces, len(STREAM)):
        found += framing.feed(rest[:size])
        rest = rest[size:]
    assert found == EXPECTED


def collect(framing: Framing, stream: bytes, found: list[bytes], step: int) -> None:
    for start in range(0, len(stream), step):
        found.extend(framing.feed(stream[start : start + step]))
        assert len(framing._buffer) <= MAX_MESSAGE + MAX_KEEP_ALIVE


def test_what_came_before_the_break_is_given() -> None:
    stream = FIRST + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    framing = iter(Framing().feed(stream))
    assert next(framing) == FIRST
    with pytest.raises(ProtocolError) as caught:
        next(framing)
    assert caught.value.reason is DropReason.NOT_SIP


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"OPTIONS sip:a SIP/2.0\r\nX: " + b"x" * MAX_HEAD, DropReason.TOO_LARGE),
        (b"\r\n" * MAX_KEEP_ALIVE, DropReason.TOO_LARGE),
        (FIRST.replace(b"Content-Length: 0", b"Content-Length: 999999"), DropReason.TOO_LARGE),
        (FIRST.replace(b"Content-Length: 0\r\n", b""), DropReason.BAD_CONTENT_LENGTH),
        (FIRST.replace(b"Content-Length: 0", b"Content-Length: -1"), DropReason.BAD_CONTENT_LENGTH),
    ],
)
def test_a_stream_that_would_never_end_is_given_up(stream: bytes, reason: DropReason) -> None:
    with pytest.raises(ProtocolError) as caught:
        collect(Framing(), stream, [], step=4096)
    assert caught.value.reason is reason


def test_keep_alives_alone_fill_nothing() -> None:
    framing = Framing()
    found: list[bytes] = []
    collect(framing, PING * 10_000, found, step=1000)
    assert found == [PING] * 10_000
    assert not framing.begun
