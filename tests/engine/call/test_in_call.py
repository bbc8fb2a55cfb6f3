"""Codes pressed while somebody talks: which keys make one, and how far they may be apart."""

from __future__ import annotations

import pytest

from engine.call.in_call import PAUSE_SECONDS, Codes, ToPark
from engine.call.keypad import MAX_TYPED_AHEAD, KeyPresses, Press

PARK = ToPark(("701",), (), (), lambda slot: ())
OTHER = ToPark(("702",), (), (), lambda slot: ())
CODES = {"*70": PARK, "*711": OTHER}


def asked(*presses: tuple[float, str]) -> list[ToPark]:
    codes = Codes(CODES)
    found = [codes.press(Press(digit, "rfc4733", at)) for at, digit in presses]
    return [one for one in found if isinstance(one, ToPark)]


def typed(keys: str, apart: float = 0.3) -> list[tuple[float, str]]:
    return [(10 + apart * number, key) for number, key in enumerate(keys)]


@pytest.mark.parametrize(
    ("keys", "apart", "wanted"),
    [
        ("*70", 0.3, [PARK]),
        ("*70", PAUSE_SECONDS, [PARK]),
        ("*70", PAUSE_SECONDS + 0.1, []),
        ("5*70", 0.3, [PARK]),
        ("**70", 0.3, [PARK]),
        ("*7*70", 0.3, [PARK]),
        ("*7711", 0.3, []),
        ("*711", 0.3, [OTHER]),
        ("*70*70", 0.3, [PARK, PARK]),
        ("*70" + "1" * 50 + "*711", 0.3, [PARK, OTHER]),
        ("", 0.3, []),
    ],
)
def test_which_keys_ask_for_something(keys: str, apart: float, wanted: list[ToPark]) -> None:
    assert asked(*typed(keys, apart)) == wanted


def test_a_pause_within_a_code_begins_another() -> None:
    assert asked((1, "*"), (1.5, "7"), (4, "*"), (4.1, "7"), (4.2, "0")) == [PARK]


def test_a_listener_hears_each_press_once_however_many_come() -> None:
    keys, heard = KeyPresses(), list[Press]()
    keys.listener = heard.append
    for number in range(2 * MAX_TYPED_AHEAD):
        assert keys.press("5", "rfc4733", float(number))
    assert not keys.press("5", "info", float(2 * MAX_TYPED_AHEAD - 1)), "the same press by another way"
    assert len(heard) == 2 * MAX_TYPED_AHEAD
    assert len(keys) == 0, "nothing is kept for later"
