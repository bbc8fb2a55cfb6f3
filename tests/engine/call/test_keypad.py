"""Each press once, in order, whichever way and how often a phone tells of it; waiting for one ends as it should."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.call.keypad import (
    DIGITS,
    DOUBLE_SENDING_SECONDS,
    MAX_INFO_BYTES,
    MAX_REMEMBERED,
    MAX_TYPED_AHEAD,
    KeyPresses,
    Press,
    info_digit,
)
from engine.call.virtual_time import NothingLeftToHappen, VirtualTimeLoop

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()


def taken(*presses: tuple[str, str, float]) -> str:
    keys = KeyPresses()
    return "".join(digit for digit, method, at in presses if keys.press(digit, method, at))


@pytest.mark.parametrize(
    ("presses", "heard"),
    [
        ([("5", "rfc4733", 0.0), ("5", "info", 0.1)], "5"),
        ([("5", "info", 0.0), ("5", "rfc4733", 0.1)], "5"),
        ([("5", "rfc4733", 0.1), ("5", "info", 0.05)], "5"),
        ([("5", "rfc4733", 0.0), ("5", "info", 0.1), ("5", "inband", 0.2)], "5"),
        ([("5", "rfc4733", 0.0), ("5", "rfc4733", 0.2)], "55"),
        ([("5", "rfc4733", 0.0), ("5", "info", 0.1), ("5", "rfc4733", 0.2), ("5", "info", 0.3)], "55"),
        ([("5", "rfc4733", 0.0), ("5", "rfc4733", 0.2), ("5", "info", 0.25), ("5", "info", 0.45)], "55"),
        ([("1", "rfc4733", 0.0), ("2", "rfc4733", 0.1), ("1", "info", 0.2), ("2", "info", 0.3)], "12"),
        ([("5", "rfc4733", 0.0), ("5", "info", DOUBLE_SENDING_SECONDS)], "55"),
        ([("5", "rfc4733", 0.0), ("6", "info", 0.1)], "56"),
    ],
)
def test_a_press_told_in_two_ways_is_one(presses: list[tuple[str, str, float]], heard: str) -> None:
    assert taken(*presses) == heard


@given(
    keys=st.lists(st.tuples(st.sampled_from("012#"), st.floats(0.08, 2.0)), max_size=MAX_REMEMBERED),
    lag=st.floats(0.0, DOUBLE_SENDING_SECONDS - 0.05),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_a_second_way_adds_nothing(keys: list[tuple[str, float]], lag: float) -> None:
    at, reports = 0.0, []
    for key, pause in keys:
        at += pause
        reports += [(at, key, "rfc4733"), (at + lag, key, "info")]
    ordered = [(key, method, when) for when, key, method in sorted(reports, key=lambda report: report[0])]
    assert taken(*ordered) == "".join(key for key, _ in keys)


def test_no_more_than_so_many_are_kept_and_room_is_used_again() -> None:
    keys = KeyPresses()
    assert [keys.press("1", "info", float(n)) for n in range(MAX_TYPED_AHEAD + 2)] == [True] * MAX_TYPED_AHEAD + [
        False
    ] * 2
    keys.clear()
    assert len(keys) == 0
    assert keys.press("1", "info", 1e6)


def test_whoever_listens_hears_of_each_press_once_what_became_of_it_is_known() -> None:
    async def scene() -> list[tuple[str, bool]]:
        keys, heard = KeyPresses(), []
        keys.on_press = lambda press, asked: heard.append((press.digit, asked))
        keys.press("1", "info", 0.0)
        keys.press("1", "rfc4733", 0.1)
        keys.press("2", "info", 0.2)
        assert heard == [], "nobody knows yet whether it is the beginning of a PIN"
        first = await keys.next(None)
        assert first is not None
        keys.tell(first)
        keys.clear()
        keys.press("#", "info", 1.0)
        keys.clear(asked=True)
        return heard

    assert run(scene()) == [("1", True), ("2", False), ("#", True)]


def test_presses_come_out_in_order_and_one_may_be_put_back() -> None:
    async def scene() -> list[str]:
        keys = KeyPresses()
        for digit in "123":
            keys.press(digit, "info", 0.0)
        first = await keys.next(None)
        assert first is not None
        keys.put_back(first)
        return [press.digit for press in [await keys.next(0.0) for _ in range(3)] if press]

    assert run(scene()) == ["1", "2", "3"]


def test_waiting_ends_with_a_press_a_deadline_or_a_wake() -> None:
    async def scene() -> None:
        loop, keys = asyncio.get_running_loop(), KeyPresses()
        assert await keys.next(2.0) is None
        assert loop.time() == pytest.approx(2.0)
        assert await keys.next(1.0) is None, "a deadline that has passed"
        loop.call_at(3.0, keys.press, "7", "info", 3.0)
        assert await keys.next(None) == Press("7", "info", 3.0)
        loop.call_at(4.0, keys.wake)
        assert await keys.next(9.0) is None
        assert loop.time() == pytest.approx(4.0)
        keys.wake()

    run(scene())


def test_waiting_without_a_deadline_does_not_end_by_itself() -> None:
    with pytest.raises(NothingLeftToHappen):
        run(KeyPresses().next(None))


def test_a_cancelled_wait_loses_no_press() -> None:
    async def scene() -> None:
        keys = KeyPresses()
        waiting = asyncio.create_task(keys.next(5.0))
        await asyncio.sleep(1.0)
        waiting.cancel()
        await asyncio.wait({waiting})
        keys.press("1", "info", 1.0)
        assert await keys.next(0.0) == Press("1", "info", 1.0)

    run(scene())


@pytest.mark.parametrize(
    ("content_type", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"Signal= 5\nDuration= 160", "5"),
        ("application/dtmf-relay", b"Duration=160\r\nsignal=#\r\n", "#"),
        ("application/dtmf-relay", b"Signal=*", "*"),
        ("application/dtmf-relay", b"Signal=10", "*"),
        ("application/dtmf-relay", b"Signal=11", "#"),
        ("application/dtmf-relay", b"Signal=d", "D"),
        ("application/dtmf-relay", b"Signal=16", None),
        ("application/dtmf-relay", b"Signal=55", None),
        ("application/dtmf-relay", b"Signal=hf", None),
        ("application/dtmf-relay", b"Signal=", None),
        ("application/dtmf-relay", b"5", None),
        ("application/dtmf-relay", b"\xff\xfe\x00", None),
        ("application/dtmf-relay", b"x" * MAX_INFO_BYTES + b"\nSignal=5", None),
        ("application/dtmf", b"5", "5"),
        ("application/dtmf", b" 5\r\n", "5"),
        ("application/dtmf", b"", None),
        ("application/dtmf", b"12", "A"),
        ("text/plain", b"5", None),
        ("", b"Signal=5", None),
    ],
)
def test_keys_in_info(content_type: str, body: bytes, digit: str | None) -> None:
    assert info_digit(content_type, body) == digit


@given(st.sampled_from(["application/dtmf-relay", "application/dtmf"]), st.binary(max_size=600))
def test_no_body_of_an_info_breaks_anything(content_type: str, body: bytes) -> None:
    digit = info_digit(content_type, body)
    assert digit is None or digit in DIGITS
