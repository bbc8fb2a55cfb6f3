"""Legs: what one hears first, and that a leg's packets do not depend on how many others there are."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from media.commands import Stream
from media.rtp import HEADER
from media.worker.leg_table import LegTable
from media.worker.legs import Leg
from media.worker.playback import ENDLESS, Piece, Playback
from media.worker.presses import EventPresses
from media.worker.schedule import PHASES
from media.worker.sockets import PortPair
from media.worker.transmit import COMFORT_AFTER, send_phase


class Wire:
    """Stands in for a socket."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def recv_into(self, _buffer: bytearray) -> int:
        raise BlockingIOError

    def fileno(self) -> int:
        return -1


class Audience:
    def __init__(self) -> None:
        self.ended: list[int] = []
        self.broken: list[tuple[int, str]] = []

    def heard_out(self, leg: Leg) -> None:
        self.ended.append(leg.number)
        leg.playing = leg.event_presses = None
        leg.choose()

    def broke(self, leg: Leg, error: Exception, now: float) -> None:
        self.broken.append((leg.number, str(error)))


def make(number: int, seed: int = 1, **changes: Any) -> tuple[Leg, list[bytes]]:
    wire: Any = Wire()
    leg = Leg(number, PortPair("127.0.0.1", 20000, wire, wire), number % PHASES, random.Random(seed), 0.0)
    facts: dict[str, Any] = {"event_send_payload": 101, "event_receive_payload": 101, **changes}
    leg.configure(Stream("PCMU", 0, 0, "127.0.0.1", 4000, **facts), 0.0)
    sent: list[bytes] = []
    leg.emit = lambda packet: sent.append(bytes(packet))
    return leg, sent


def playing(number: int) -> tuple[Leg, list[bytes]]:
    leg, sent = make(number, seed=number)
    leg.playing = Playback(1, ())
    leg.playing.speak("PCMU")
    leg.playing.start([Piece(random.Random(number).randbytes(400 + number), ENDLESS)], "PCMU")
    leg.choose()
    return leg, sent


def test_a_batch_of_one_equals_a_batch_of_a_thousand() -> None:
    audience = Audience()
    together = [playing(number) for number in range(1000)]
    for step in range(5):
        send_phase([leg for leg, _ in together], 1, step * 0.02, audience)
    for number in (0, 1, 499, 999):
        alone, sent = playing(number)
        for step in range(5):
            send_phase([alone], 1, step * 0.02, audience)
        assert sent == together[number][1]
        assert len(sent) == 5
    assert audience.broken == []


def test_headers_go_on_and_only_the_first_has_the_marker() -> None:
    leg, sent = make(1)
    for step in range(3):
        send_phase([leg], 1, step * 0.02, Audience())
    headers = [HEADER.unpack_from(packet) for packet in sent]
    assert [second for _, second, *_ in headers] == [0x80, 0, 0]
    assert [(b[2] - a[2]) & 0xFFFF for a, b in pairwise(headers)] == [1, 1]
    assert [(b[3] - a[3]) & 0xFFFFFFFF for a, b in pairwise(headers)] == [160, 160]


def test_after_a_stall_one_packet_leaves_with_the_time_that_went_by() -> None:
    leg, sent = make(1)
    send_phase([leg], 1, 0.0, Audience())
    send_phase([leg], 4, 0.08, Audience())
    first, second = (HEADER.unpack_from(packet) for packet in sent)
    assert (second[2] - first[2]) & 0xFFFF == 1
    assert (second[3] - first[3]) & 0xFFFFFFFF == 640


@pytest.mark.parametrize(
    ("ptime", "every", "size"), [(20, 1, 160), (10, 1, 160), (40, 2, 320), (60, 3, 480), (500, 3, 480)]
)
def test_packets_are_as_long_as_the_peer_likes_them_within_bounds(ptime: int, every: int, size: int) -> None:
    leg, sent = make(1, ptime_ms=ptime)
    for step in range(6):
        send_phase([leg], 1, step * 0.02, Audience())
    assert [len(packet) - 12 for packet in sent] == [size] * (6 // every)


def test_what_is_played_goes_on_unheard_while_nothing_may_be_sent() -> None:
    leg, sent = make(1, send=False)
    leg.playing = Playback(1, ())
    leg.playing.start([Piece(b"a", 320)], "PCMU")
    leg.choose()
    audience = Audience()
    for step in range(3):
        send_phase([leg], 1, step * 0.02, audience)
    assert sent == []
    assert audience.ended == [1]


def test_keys_come_before_sounds_before_music_before_the_partner() -> None:
    leg, _ = make(1)
    other, _ = make(2)
    leg.partner, other.partner = other, leg
    leg.choose()
    assert not leg.occupied
    leg.holding = Playback(0, ())
    leg.choose()
    assert leg.source is leg.holding
    leg.playing = Playback(1, ())
    leg.choose()
    assert leg.source is leg.playing
    leg.event_presses = EventPresses(8000)
    leg.choose()
    assert leg.occupied


def test_a_leg_fed_by_its_partner_sends_nothing_of_its_own_until_that_is_quiet() -> None:
    leg, sent = make(1)
    other, _ = make(2)
    leg.partner, other.partner = other, leg
    other.path.place(leg.out, 1, 160, 9, 0.0)
    for step in range(20):
        send_phase([leg], 1, step * 0.02, Audience())
    assert len(sent) == sum(step * 0.02 >= COMFORT_AFTER for step in range(20))
    assert sent[0][1] & 0x80


def test_an_event_keeps_its_timestamp_and_the_audio_goes_on_behind_it() -> None:
    leg, sent = make(1)
    audience = Audience()
    send_phase([leg], 1, 0.0, audience)
    leg.event_presses = EventPresses(8000)
    leg.event_presses.add("1", 0.1)
    leg.choose()
    for step in range(1, 20):
        send_phase([leg], 1, step * 0.02, audience)
    headers = [HEADER.unpack_from(packet) for packet in sent]
    events = [header for header in headers if header[1] & 0x7F == 101]
    assert len({header[3] for header in events}) == 1
    assert (events[0][3] - headers[0][3]) & 0xFFFFFFFF == 160
    stamps = [(header[3] - headers[0][3]) & 0xFFFFFFFF for header in headers if header[1] & 0x7F == 0]
    assert stamps[1] == 160 * 8
    assert stamps == sorted(stamps)


def test_a_fault_with_one_leg_is_that_legs_alone() -> None:
    audience = Audience()
    good, sent = make(1)
    bad, _ = make(2)
    bad.source = object()  # type: ignore[assignment]
    send_phase([bad, good], 1, 0.0, audience)
    assert [number for number, _ in audience.broken] == [2]
    assert len(sent) == 1


def test_a_path_that_is_full_loses_the_packet_and_nothing_else() -> None:
    leg, _ = make(1)

    def full(_packet: bytes | memoryview) -> object:
        raise BlockingIOError

    leg.emit = full
    audience = Audience()
    send_phase([leg], 1, 0.0, audience)
    assert audience.broken == []


def test_legs_are_spread_over_the_phases() -> None:
    table = LegTable()
    for number in range(40):
        wire: Any = Wire()
        table.add(Leg(number, PortPair("::1", 2, wire, wire), table.emptiest_phase(), random.Random(1), 0.0))
    assert [len(phase) for phase in table.phases] == [10] * PHASES
    for leg in table:
        table.remove(leg)
    assert len(table) == sum(map(len, table.phases)) == 0


def test_reports_go_to_the_locked_host_only() -> None:
    leg, _ = make(1, remote_rtcp_port=4321)
    leg.expect_source()
    assert leg.rtcp_remote() is None
    leg.lock.judge(("127.0.0.1", 4000), 1, 1, 0.0)
    assert leg.rtcp_remote() == ("127.0.0.1", 4321)
    leg.rtcp_source = ("127.0.0.1", 9999)
    assert leg.rtcp_remote() == ("127.0.0.1", 9999)


def test_a_re_invite_to_the_same_address_learns_anew_only_when_media_comes_back() -> None:
    leg, _ = make(1)
    stream = leg.stream
    assert stream is not None
    from msgspec.structs import replace

    assert not leg.configure(replace(stream, ptime_ms=40), 1.0)
    assert not leg.configure(replace(stream, receive=False), 2.0)
    assert leg.configure(stream, 3.0)
    assert leg.configure(replace(stream, remote_port=5000), 4.0)
