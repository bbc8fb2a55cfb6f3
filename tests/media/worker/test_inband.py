"""In-band digits: rows of many legs, packets of any length."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from media.codecs.registry import codec_named
from media.digits.tones import dual_tone
from media.worker.inband import MAX_ROWS, MAX_WAITING_BYTES, Ears
from media.worker.legs import Leg
from media.worker.sockets import PortPair


class Quiet:
    def recv_into(self, _buffer: bytearray) -> int:
        raise BlockingIOError


def leg(number: int) -> Leg:
    socket: Any = Quiet()
    return Leg(number, PortPair("127.0.0.1", 2, socket, socket), number % 4, random.Random(1), 0.0)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
@pytest.mark.parametrize("size", [80, 160, 240, 480])
def test_keys_are_heard_in_packets_of_any_length(codec: str, size: int) -> None:
    found: list[tuple[int, str, str]] = []
    ears = Ears(lambda leg, digit, method, now: found.append((leg.number, digit, method)))
    legs = [leg(number) for number in range(5)]
    audio = {}
    for one, key in zip(legs, "159D*", strict=True):
        ears.attend(one)
        sound = np.concatenate([np.zeros(480, np.int16), dual_tone(key, 0.1), np.zeros(960, np.int16)])
        audio[one.number] = codec_named(codec).encode(sound)
    for at in range(0, len(audio[0]), size):
        for one in legs:
            assert one.inband is not None
            one.inband.hear(audio[one.number][at : at + size], codec, at // size, at)
        ears.listen(0.0)
    assert sorted(found) == [(number, key, "inband") for number, key in enumerate("159D*")]


def test_a_leg_that_is_no_longer_listened_to_leaves_its_row_clean() -> None:
    found: list[str] = []
    ears = Ears(lambda leg, digit, method, now: found.append(digit))
    one, two = leg(1), leg(2)
    ears.attend(one)
    assert one.inband is not None
    one.inband.hear(codec_named("PCMU").encode(dual_tone("5", 0.02)), "PCMU", 1, 160)
    ears.listen(0.0)
    ears.dismiss(one)
    ears.attend(two)
    assert two.inband is not None
    two.inband.hear(codec_named("PCMU").encode(dual_tone("5", 0.02)), "PCMU", 1, 160)
    ears.listen(0.0)
    assert found == []
    ears.dismiss(one)


def test_audio_that_comes_faster_than_time_is_bounded() -> None:
    ears = Ears(lambda *_: None)
    one = leg(1)
    ears.attend(one)
    assert one.inband is not None
    for number in range(100):
        one.inband.hear(bytes(480), "PCMU", number, 480 * number)
    assert len(one.inband.audio) == MAX_WAITING_BYTES


@pytest.mark.parametrize(("lost", "keys"), [(0, "55"), (1, "5")])
def test_a_pause_that_was_not_sent_is_silence_and_what_was_lost_is_not(lost: int, keys: str) -> None:
    found: list[str] = []
    ears = Ears(lambda leg, digit, method, now: found.append(digit))
    one = leg(1)
    ears.attend(one)
    assert one.inband is not None
    press = codec_named("PCMU").encode(dual_tone("5", 0.1))
    pause = 160 if lost else 1600
    for number in range(10):
        later = number >= 5
        one.inband.hear(
            press[number % 5 * 160 :][:160],
            "PCMU",
            65530 + number + lost * later & 0xFFFF,
            160 * number + pause * later,
        )
        ears.listen(0.0)
    one.inband.hear(b"\xff" * 480, "PCMU", 65540 + lost & 0xFFFF, 1600 + pause)
    ears.listen(0.0)
    assert "".join(found) == keys


def test_there_are_no_more_rows_than_rows() -> None:
    ears = Ears(lambda *_: None)
    legs = [leg(number) for number in range(MAX_ROWS + 1)]
    for one in legs:
        ears.attend(one)
    assert sum(one.inband is not None for one in legs) == MAX_ROWS
    ears.dismiss(legs[0])
    ears.attend(legs[-1])
    assert legs[-1].inband is not None
