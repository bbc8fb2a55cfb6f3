"""Each press once, whatever is lost, repeated, late or odd about the sender (RFC 4733)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.digits.events import (
    END_REPEATS,
    EVENTS,
    FORGET_SECONDS,
    MAX_DURATION,
    REMEMBERED,
    EventReceiver,
    EventSender,
)

FRAME = 160


@dataclass(frozen=True)
class Packet:
    key: str
    timestamp: int
    duration: int
    ended: bool = False

    @property
    def payload(self) -> bytes:
        return struct.pack("!BBH", EVENTS.index(self.key), (0x80 if self.ended else 0) | 10, self.duration)


def press(key: str, at: int = 1000, frames: int = 5) -> list[Packet]:
    """What a well-behaved phone sends: one packet each 20 ms, the last three times with the end bit."""
    going = [Packet(key, at, FRAME * number) for number in range(1, frames)]
    return going + [Packet(key, at, FRAME * frames, ended=True)] * END_REPEATS


def hear(packets: list[Packet], receiver: EventReceiver | None = None, rate: int = 8000) -> str:
    receiver = receiver or EventReceiver(rate)
    wrapped = [(packet.payload, packet.timestamp % (1 << 32)) for packet in packets]
    return "".join(receiver.receive(payload, timestamp, 1.0) or "" for payload, timestamp in wrapped)


def test_a_press_is_heard_at_its_first_packet() -> None:
    receiver = EventReceiver()
    first, *others = press("5")
    assert receiver.receive(first.payload, first.timestamp, 1.0) == "5"
    assert hear(others, receiver) == ""


@pytest.mark.parametrize("key", EVENTS)
def test_every_key(key: str) -> None:
    assert hear(press(key)) == key


@pytest.mark.parametrize(
    ("what", "packets", "heard"),
    [
        ("ends lost", press("1")[:-3] + press("2", 3000)[:-3], "12"),
        ("ends lost, same key", press("1")[:-3] + press("1", 3000)[:-3], "11"),
        ("only an end arrives", press("1")[-1:] + press("2", 3000), "12"),
        ("all twice", [packet for packet in press("1") for _ in range(2)], "1"),
        ("in reverse", press("1")[::-1], "1"),
        ("the same key twice", press("1") + press("1", 1000 + 5 * FRAME + 320), "11"),
        ("the same key again, no pause", press("1") + press("1", 1000 + 5 * FRAME), "11"),
        ("a second of nothing before the end", press("1")[:2] + [Packet("1", 1000, 8000, True)] * 3, "1"),
        ("an old packet after the next key", press("1") + press("2", 3000) + press("1")[:3], "12"),
        ("a key late as a whole", press("2", 3000)[:2] + press("1") + press("2", 3000)[2:], "21"),
        ("the clock wraps", press("1", (1 << 32) - 100) + press("1", (1 << 32) + 2000), "11"),
        ("a clock from zero", press("7", 0), "7"),
        ("durations of zero", [Packet("1", 1000, 0)] * 4 + [Packet("2", 2000, 0)] * 4, "12"),
    ],
)
def test_what_networks_and_phones_do(what: str, packets: list[Packet], heard: str) -> None:
    assert hear(packets) == heard, what


def test_two_keys_held_together_are_one_press_each() -> None:
    one, two = press("1", 1000, 12), press("2", 1400, 12)
    mixed = [packet for pair in zip(one, two, strict=True) for packet in pair]
    assert hear(mixed) == "12"
    together = [packet for pair in zip(press("1"), press("2"), strict=True) for packet in pair]
    assert hear(together) == "12", "even with the same beginning"


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_long_press_goes_on_in_segments(rate: int) -> None:
    frame = rate // 50
    full = [Packet("9", 1000, duration) for duration in range(frame, MAX_DURATION, frame)] + [
        Packet("9", 1000, MAX_DURATION)
    ]
    second = [replace(packet, timestamp=1000 + MAX_DURATION) for packet in full]
    last = press("9", 1000 + 2 * MAX_DURATION)
    assert hear(full + second + last, rate=rate) == "9"
    assert hear(full[:-4] + second[3:-2] + last, rate=rate) == "9", "though packets are lost where segments meet"


def test_a_phone_that_moves_the_timestamp_with_each_packet() -> None:
    def moving(at: int) -> list[Packet]:
        return [Packet("4", at + FRAME * n, FRAME * (n + 1), ended=n >= 5) for n in range(8)]

    assert hear(moving(1000)) == "4"
    assert hear(moving(1000) + moving(1000 + 8 * FRAME + 800)) == "44"
    shuffled = moving(1000)
    shuffled[2], shuffled[3] = shuffled[3], shuffled[2]
    assert hear(shuffled) == "4"


def test_a_wrong_duration_swallows_no_later_press() -> None:
    huge = [replace(packet, duration=0xA000) for packet in press("1")]
    assert hear(huge + press("1", 1000 + 2000)) == "11"


@pytest.mark.parametrize("event", [16, 17, 32, 66, 255])
def test_hook_flash_and_other_events_are_no_keys(event: int) -> None:
    receiver = EventReceiver()
    assert receiver.receive(struct.pack("!BBH", event, 10, 160), 1000, 1.0) is None
    assert hear(press("1"), receiver) == "1"


@given(payload=st.binary(max_size=8), timestamp=st.integers(0, (1 << 32) - 1))
@settings(max_examples=200)
def test_no_payload_breaks_the_receiver(payload: bytes, timestamp: int) -> None:
    heard = EventReceiver().receive(payload, timestamp, 1.0)
    assert heard is None or (len(payload) >= 4 and heard == EVENTS[payload[0]])


def test_another_clock_after_a_long_silence_is_believed() -> None:
    receiver = EventReceiver()
    late = [press("123456789"[number], 5_000_000 + 4000 * number) for number in range(REMEMBERED)]
    for packets in late:
        hear(packets, receiver)
    (packet, *_) = press("1", 4_960_000)
    assert receiver.receive(packet.payload, packet.timestamp, 2.0) is None, "older than all that is remembered"
    assert receiver.receive(packet.payload, packet.timestamp, 3.0 + FORGET_SECONDS) == "1"


def test_a_clock_that_began_anew_far_behind_is_believed_at_once() -> None:
    receiver = EventReceiver()
    for number in range(REMEMBERED):
        hear(press("123456789"[number], 2_000_000_000 + 4000 * number), receiver)
    again = [hear(press(key, 1000 + 4000 * number), receiver) for number, key in enumerate("1234567890")]
    assert "".join(key or "" for key in again) == "1234567890"


@st.composite
def journeys(draw: st.DrawFn) -> tuple[str, list[Packet]]:
    """Presses a person makes, and their packets as a bad network delivers them: some lost, repeated, some late.

    Of each press one packet at least arrives before the next press is over.
    """
    at = draw(st.integers(0, (1 << 32) - 1))
    keys, arriving = "", []
    sent = 0.0
    for _ in range(draw(st.integers(1, 12))):
        key, frames = draw(st.sampled_from(EVENTS)), draw(st.integers(2, 20))
        packets = press(key, at, frames)
        kept = sorted(draw(st.sets(st.integers(0, len(packets) - 1), min_size=1)))
        for index in kept:
            lateness = draw(st.floats(0.0, 1.9))
            times = draw(st.integers(1, 3))
            arriving += [(sent + index + lateness + 30 * again, packets[index]) for again in range(times)]
        keys += key
        pause = draw(st.integers(2, 50))
        at += FRAME * (frames + pause)
        sent += frames + pause
    return keys, [packet for _, packet in sorted(arriving, key=lambda each: each[0])]


@given(journeys())
@settings(max_examples=300, deadline=None)
def test_each_press_once_whatever_the_network_does(journey: tuple[str, list[Packet]]) -> None:
    keys, packets = journey
    assert sorted(hear(packets)) == sorted(keys)


@pytest.mark.parametrize("seconds", [0.04, 0.1, 0.5])
def test_what_we_send_is_heard_and_ends_three_times(seconds: float) -> None:
    sender, payloads = EventSender("#", seconds), []
    while (payload := sender.next()) is not None:
        payloads.append(payload)
    parts = [struct.unpack("!BBH", payload) for payload in payloads]
    assert [bool(flags & 0x80) for _, flags, _ in parts].count(True) == END_REPEATS
    assert parts[-1][2] == seconds * 8000
    assert [duration for _, _, duration in parts] == sorted(duration for _, _, duration in parts)
    receiver = EventReceiver()
    assert [receiver.receive(payload, 1, 1.0) for payload in payloads] == ["#"] + [None] * (len(payloads) - 1)
