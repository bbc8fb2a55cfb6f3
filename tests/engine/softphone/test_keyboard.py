"""What a typed line does, and what a person reads of what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from engine.softphone.keyboard import HELP, WORDS, describe, obey, play_phone
from engine.softphone.phone import Softphone
from engine.softphone.settings import PhoneEvent


class Noted:
    """A phone that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def __getattr__(self, verb: str) -> Any:
        return lambda *words: self.told.append((verb, *words))


def typed(line: str) -> tuple[list[tuple[Any, ...]], bool, list[str]]:
    """What the phone was told, whether one goes on, and what was said."""
    phone, said = Noted(), list[str]()
    goes_on = obey(cast(Softphone, phone), line, said.append)
    return phone.told, goes_on, said


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("call 102", ("dial", "102")),
        ("c +31 20 123 4567", ("dial", "+31201234567")),
        ("dial sip:102@bakery.test", ("dial", "sip:102@bakery.test")),
        ("CALL 102", ("dial", "102")),
        ("  a  ", ("answer",)),
        ("answer", ("answer",)),
        ("h", ("hold",)),
        ("r", ("resume",)),
        ("x", ("hang_up",)),
        ("hang up", ("hang_up",)),
        ("reject", ("hang_up",)),
        ("1", ("press", "1")),
        ("12#*", ("press", "12#*")),
        ("12d", ("press", "12D")),
    ],
)
def test_what_a_line_does(line: str, told: tuple[Any, ...]) -> None:
    assert typed(line) == ([told], True, [])


@pytest.mark.parametrize("line", ["q", "quit", "exit", "Q"])
def test_leaving(line: str) -> None:
    assert typed(line) == ([], False, [])


@pytest.mark.parametrize("line", ["?", "help", "call", "call ", "1 2x", "99e"])
def test_what_is_not_understood_gets_the_help(line: str) -> None:
    if line == "1 2x":
        assert typed(line)[0] == [("press", "1")]
    else:
        assert typed(line) == ([], True, [HELP])


def test_an_empty_line_is_nothing() -> None:
    assert typed("\n") == ([], True, [])


def test_events_in_words() -> None:
    assert describe(PhoneEvent("answered", 0.0, 1, 200, "sip:102@x")) == "connected to sip:102@x"
    assert describe(PhoneEvent("failed", 0.0, 1, 486, "Busy Here")) == "no call: 486 Busy Here"
    assert describe(PhoneEvent("failed", 0.0, 0, 0, "there is no call to hold")) == "no call: there is no call to hold"
    assert describe(PhoneEvent("ended", 0.0, 2, 200, "Normal")) == "[call 2] call ended: Normal"
    assert (
        describe(PhoneEvent("incoming", 0.0, 1, 0, "{status}")) == "RINGING: {status} calls. 'a' answers, 'x' refuses"
    )
    assert describe(PhoneEvent("media", 0.0)) is None
    assert set(WORDS) >= {"registered", "unregistered", "incoming", "answered", "ended", "failed"}


async def test_lines_are_played_until_quit() -> None:
    async def lines() -> AsyncIterator[str]:
        for line in ("call 102\n", "1\n", "q\n", "2\n"):
            yield line

    phone, said = Noted(), list[str]()
    await play_phone(cast(Softphone, phone), lines(), said.append)
    assert phone.told == [("dial", "102"), ("press", "1")]
    assert said == [HELP]
