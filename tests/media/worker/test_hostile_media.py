"""Whatever comes to a leg's ports in whatever order: nothing escapes, nothing grows, and strangers are not heard."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from media.digits.events import REMEMBERED, EventReceiver
from media.rtp import HEADER, MAX_MISORDER, Drop
from media.worker.lock import MAX_CANDIDATES
from tests.media.worker.test_receive import PHONE, ROUTER, STRANGER, Case

NUMBERS = st.one_of(st.sampled_from([0, 1, 2, 3, 4, 5, 0xFFFE, 0xFFFF, 3000, 0x8000]), st.integers(0, 0xFFFF))
PACKETS = st.builds(
    lambda first, second, sequence, timestamp, ssrc, body: HEADER.pack(first, second, sequence, timestamp, ssrc) + body,
    st.one_of(st.just(0x80), st.integers(0, 255)),
    st.sampled_from([0, 8, 101, 0x80, 0xE5, 13, 77]),
    NUMBERS,
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from([1, 2, 3, 0xFFFFFFFF]),
    st.one_of(st.just(b"\x7f" * 160), st.binary(max_size=40), st.just(struct.pack("!BBH", 5, 10, 160))),
)
ARRIVALS = st.tuples(PACKETS, st.sampled_from([PHONE, PHONE, ROUTER, STRANGER]), st.floats(0.0, 0.1))


@settings(max_examples=150, deadline=None)
@given(st.lists(ARRIVALS, max_size=80), st.integers(0, 80), st.sampled_from(["PCMU", "PCMA"]))
def test_no_packets_raise_or_are_kept(arrivals: list[tuple[bytes, tuple[str, int], float]], when: int, to: str) -> None:
    """Nothing escapes, each datagram is counted once or is of a source being tried, and memory is bounded."""
    case = Case()
    sent, now = case.bridge(to), 1.0
    for number, (data, sender, pause) in enumerate(arrivals):
        now += pause
        if number == when and case.leg.lock.locked is not None:
            case.leg.lock.doubt(case.leg.statistics.ssrc)
            case.leg.connected = False
        case.arrive(data, sender, now)
    leg = case.leg
    events = leg.event_source.received if leg.event_source is not None else 0
    assert leg.statistics.received + events + leg.drops.total() <= len(arrivals)
    assert len(sent) <= leg.statistics.received + events
    assert len(leg.lock._candidates) <= MAX_CANDIDATES
    assert len(leg.statistics._missing) <= 2 * MAX_MISORDER


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=12), st.integers(0, 0xFFFFFFFF), st.floats(0.0, 90.0)), max_size=60))
def test_no_events_raise_or_are_kept(payloads: list[tuple[bytes, int, float]]) -> None:
    """Nothing escapes the receiver of telephone-events, and it remembers a bounded number of presses."""
    receiver, now = EventReceiver(), 0.0
    for payload, timestamp, pause in payloads:
        now += pause
        assert receiver.receive(payload, timestamp, now) in (None, *"0123456789*#ABCD")
    assert len(receiver._presses) <= REMEMBERED


def test_a_stranger_of_the_right_address_presses_no_key_while_its_owner_speaks() -> None:
    case = Case()
    for number in range(50):
        now = 1.0 + number * 0.02
        case.arrive(HEADER.pack(0x80, 0, number, number * 160, 7) + b"\x7f" * 160, PHONE, now)
        forged = HEADER.pack(0x80, 101, (number * 77) & 0xFFFF, 1, 666 + number) + struct.pack("!BBH", 1, 10, 160)
        case.arrive(forged, PHONE, now + 0.01)
    assert case.listener.digits == []
    assert case.leg.drops == {Drop.SSRC: 50}
