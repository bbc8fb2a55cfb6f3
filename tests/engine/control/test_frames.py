"""Frames and messages: what is written is read again, and nothing that comes in does more than be refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.frames import (
    HEAD,
    MAX_REQUEST,
    BadFrame,
    Frames,
    TooLong,
    framed,
    read_answer,
    read_request,
)
from engine.control.messages import (
    Answer,
    Call,
    CallNews,
    CallOver,
    Calls,
    CallState,
    Finding,
    ListCalls,
    ListPhones,
    LookAgain,
    MailboxNews,
    News,
    NotReloaded,
    Phone,
    Phones,
    PhonesNews,
    PlansNews,
    RefusalReason,
    Refused,
    Reload,
    Reloaded,
    Request,
    Ring,
    TestCallBegan,
    TestCallEnded,
    Watch,
    Watching,
    account_of,
)

PHONE = Phone("bakery", "101", "anna", "baresip", "127.0.0.1", "udp", 1.0, 61.0)
CALL = Call("call", "bakery", "+31701112233", "+31201234567", 1.0, CallState.RINGING, 2.0, path=("menu:welcome",))
REQUESTS: list[Request] = [ListPhones(), ListCalls("bakery"), Reload(), Ring("bakery", "101"), Watch()]
ANSWERS: list[Answer | News] = [
    Phones((PHONE,)),
    Calls((CALL,)),
    Reloaded(("person anna added",)),
    NotReloaded("there is an error", (Finding("bakery.yaml", 1, 2, "bakery.yaml:1:2: no"),)),
    TestCallBegan(2),
    TestCallEnded("heard"),
    Watching(),
    Refused(RefusalReason.MALFORMED, "no"),
    CallNews("Ringing", 2.0, CALL),
    CallOver(3.0, CALL, "talked", "caller", "hung up", 2.0),
    PhonesNews("bakery", "101", (PHONE,)),
    MailboxNews("bakery", "anna", 1, 0),
    PlansNews(),
    LookAgain(),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: type(each).__name__)
def test_a_request_is_read_as_it_was_written(request_: Request) -> None:
    (frame,) = Frames(MAX_REQUEST).feed(framed(request_))
    assert read_request(frame) == request_


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: type(each).__name__)
def test_an_answer_is_read_as_it_was_written(answer: Answer | News) -> None:
    (frame,) = Frames(MAX_REQUEST).feed(framed(answer))
    assert read_answer(frame) == answer


def test_news_of_an_account_say_whose_they_are() -> None:
    whose = {type(each).__name__: account_of(each) for each in ANSWERS[8:]}  # type: ignore[arg-type]
    assert whose == {
        "CallNews": "bakery",
        "CallOver": "bakery",
        "PhonesNews": "bakery",
        "MailboxNews": "bakery",
        "PlansNews": None,
        "LookAgain": None,
    }


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_frames_are_the_same_wherever_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    """However a stream of frames is cut into pieces, the frames come out whole and in order."""
    stream = b"".join(len(body).to_bytes(HEAD, "big") + body for body in bodies)
    frames, found, at = Frames(40), [], 0
    while at < len(stream):
        for cut in cuts:
            found += frames.feed(stream[at : at + cut])
            at += cut
    assert found == bodies


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_request_or_refused(data: bytes) -> None:
    """Any bytes give requests or BadFrame, and nothing else."""
    with contextlib.suppress(BadFrame):
        for frame in Frames(MAX_REQUEST).feed(data):
            read_request(frame)


@given(st.sampled_from(REQUESTS), st.data())
def test_a_request_that_is_not_quite_one_is_a_request_or_refused(request_: Request, data: st.DataObject) -> None:
    """A request with any byte changed gives a request or BadFrame, and nothing else."""
    written = bytearray(framed(request_))
    written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadFrame):
        for frame in Frames(MAX_REQUEST).feed(bytes(written)):
            read_request(frame)


def test_a_frame_that_is_too_long_is_refused_before_it_is_there() -> None:
    with pytest.raises(TooLong, match=str(MAX_REQUEST + 1)):
        list(Frames(MAX_REQUEST).feed((MAX_REQUEST + 1).to_bytes(HEAD, "big")))


def test_an_answer_is_no_request() -> None:
    (frame,) = Frames(MAX_REQUEST).feed(framed(PlansNews()))
    with pytest.raises(BadFrame):
        read_request(frame)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(BadFrame):
        read_request(b"\x91" * MAX_REQUEST)
