"""The rooms of a worker: what of a member's packets is mixed when, and what a member hears besides the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from media.codecs.registry import codec_named
from media.rtp import FRAME_SAMPLES
from media.worker.leg_table import LegTable
from media.worker.legs import Leg
from media.worker.playback import Piece, Playback
from media.worker.rooms import MAX_MEMBERS, MAX_WAITING, WATCHED_FRAMES, Member, Rooms
from media.worker.transmit import send_phase
from tests.media.worker.test_legs import Audience, make


def frame(loudness: int, codec: str = "PCMU") -> bytes:
    return codec_named(codec).encode(np.full(FRAME_SAMPLES, loudness, np.int16))


def loudness(payload: bytes, codec: str = "PCMU") -> int:
    samples = codec_named(codec).decode(payload)
    assert len(set(samples.tolist())) == 1
    return int(samples[0])


class Scene:
    """Some legs, all in room 1."""

    def __init__(self, count: int = 3, **changes: Any) -> None:
        self.table = LegTable()
        self.rooms = Rooms(self.table)
        self.audience = Audience()
        self.legs: list[Leg] = []
        self.sent: list[list[bytes]] = []
        for number in range(count):
            leg, sent = make(number, seed=number, **changes)
            self.table.add(leg)
            self.legs.append(leg)
            self.sent.append(sent)
            assert self.rooms.enter(leg, 1)

    def tick(self) -> None:
        phase = self.legs[0].phase
        self.rooms.mix(phase, 0.0, self.audience)
        send_phase(tuple(self.table.phases[phase].values()), 1, 0.0, self.audience)

    def says(self, index: int, value: int, sequence: int = 1) -> None:
        member = self.legs[index].member
        assert member is not None
        member.hear(frame(value), "PCMU", sequence, 7)

    def hears(self, index: int) -> int:
        """How loud the last packet of a leg is."""
        return loudness(self.sent[index][-1][12:])


def test_members_are_mixed_and_sent_in_one_phase() -> None:
    scene = Scene(5)
    assert {leg.phase for leg in scene.legs} == {0}
    assert len(scene.table.phases[0]) == 5
    scene.says(0, 1000)
    scene.says(1, 500)
    scene.tick()
    assert [len(sent) for sent in scene.sent] == [1] * 5
    assert [scene.hears(index) for index in range(3)] == [pytest.approx(each, rel=0.05) for each in (500, 1000, 1500)]


@pytest.mark.parametrize("frames", [1, 3, 5, 6, 12])
def test_long_packets_are_heard_whole_and_a_burst_is_cut(frames: int) -> None:
    """Some send 120 ms in a packet."""
    member, taken = Member("PCMU"), 0
    for sequence in range(20):
        member.hear(frame(1000) * frames, "PCMU", sequence, 7)
        taken += sum(member.take() is not None for _ in range(frames))
    assert taken == 20 * frames
    for sequence in range(20, 60):
        member.hear(frame(1000) * frames, "PCMU", sequence, 7)
    waiting = 0
    while member.take() is not None:
        waiting += 1
    assert waiting == MAX_WAITING // FRAME_SAMPLES + frames - 1


def test_who_is_muted_is_not_heard_and_hears() -> None:
    scene = Scene()
    assert scene.legs[0].member is not None
    scene.legs[0].member.muted = True
    scene.says(0, 1000)
    scene.says(1, 500)
    scene.tick()
    assert scene.hears(1) == 0
    assert scene.hears(0) == pytest.approx(500, rel=0.05)
    # what was said meanwhile does not come out later
    scene.legs[0].member.muted = False
    scene.tick()
    assert scene.hears(1) == 0


def test_who_has_left_is_not_heard_and_hears_silence() -> None:
    scene = Scene()
    scene.rooms.leave(scene.legs[0])
    scene.says(1, 500)
    scene.tick()
    assert scene.hears(0) == 0
    assert scene.hears(2) == pytest.approx(500, rel=0.05)
    assert scene.legs[0].source is None
    assert not scene.legs[0].curious


def test_an_empty_room_is_forgotten_and_a_full_one_takes_nobody() -> None:
    scene = Scene(3)
    for leg in scene.legs:
        scene.rooms.leave(leg)
        scene.rooms.leave(leg)
    assert scene.rooms._rooms == {}
    assert not any(scene.rooms._phases)
    scene = Scene(MAX_MEMBERS)
    late, _ = make(MAX_MEMBERS)
    scene.table.add(late)
    assert not scene.rooms.enter(late, 1)
    assert late.member is None
    assert scene.rooms.enter(late, 2)


def test_a_leg_is_in_one_room_at_a_time() -> None:
    scene = Scene(2)
    scene.rooms.enter(scene.legs[0], 2)
    scene.says(0, 900)
    scene.tick()
    assert scene.hears(1) == 0


def test_a_packet_that_is_late_once_costs_one_silent_frame() -> None:
    member = Member("PCMU")
    taken = []
    for arrivals in ([1], [2], [], [3, 4], [5], [6], [], [7, 8], [9]):
        for number in arrivals:
            member.hear(frame(number * 100), "PCMU", number, 7)
        mixed = member.take()
        taken.append(None if mixed is None else round(loudness(mixed) / 100))
    assert taken == [1, 2, None, 3, 4, 5, 6, 7, 8]


def test_what_comes_twice_or_after_a_later_packet_is_left_out() -> None:
    member = Member("PCMU")
    for sequence in (65534, 65535, 65535, 0, 65534, 1):
        member.hear(frame(100), "PCMU", sequence, 7)
    assert [member.take() is None for _ in range(5)] == [False] * 4 + [True]
    member.hear(frame(100), "PCMU", 60000, 8)
    assert member.take() is not None


def test_a_flood_is_bounded_and_the_delay_of_a_burst_does_not_stay() -> None:
    member = Member("PCMU")
    for sequence in range(1000):
        member.hear(frame(100), "PCMU", sequence, 7)
    assert len(member._waiting) == MAX_WAITING
    for sequence in range(1000, 1000 + 10 * WATCHED_FRAMES):
        member.hear(frame(100), "PCMU", sequence, 7)
        assert member.take() is not None
    assert len(member._waiting) <= FRAME_SAMPLES


@pytest.mark.parametrize("milliseconds", [10, 30, 60])
def test_packets_of_other_lengths_are_heard_whole(milliseconds: int) -> None:
    member = Member("PCMU")
    size = milliseconds * 8
    audio = bytes(range(256)) * 75
    given = heard = 0
    said = b""
    for tick in range(len(audio) // FRAME_SAMPLES):
        while given + size <= (tick + 1) * FRAME_SAMPLES:
            member.hear(audio[given : given + size], "PCMU", given // size, 7)
            given += size
        said += member.take() or b""
    heard = len(said)
    assert said == audio[:heard]
    assert heard >= len(audio) - 4 * FRAME_SAMPLES


def test_a_phone_of_the_other_law_is_heard_and_hears() -> None:
    member = Member("PCMA")
    member.hear(frame(1000), "PCMU", 1, 7)
    taken = member.take()
    assert taken is not None
    assert loudness(taken, "PCMA") == pytest.approx(1000, rel=0.05)


def test_a_leg_of_longer_packets_hears_every_frame_once() -> None:
    scene = Scene(2, ptime_ms=40)
    scene.legs[1].configure(scene.legs[1].stream, 0.0)  # type: ignore[arg-type]
    for tick in range(1, 9):
        scene.says(1, tick * 100, sequence=tick)
        scene.tick()
    heard = b"".join(packet[12:] for packet in scene.sent[0])
    assert {len(packet) - 12 for packet in scene.sent[0]} == {320}
    values = [round(loudness(heard[at : at + FRAME_SAMPLES]) / 100) for at in range(0, len(heard), FRAME_SAMPLES)]
    assert [value for value in values if value] == list(range(2, 8))


def playing(leg: Leg, value: int, frames: int, *, over: bool) -> None:
    leg.playing = Playback(1, (), over=over)
    leg.playing.speak("PCMU")
    leg.playing.start([Piece(frame(value) * frames, FRAME_SAMPLES * frames)], "PCMU")
    leg.choose()


def test_a_sound_is_heard_over_the_others_or_in_their_place() -> None:
    scene = Scene()
    playing(scene.legs[0], 300, 2, over=True)
    playing(scene.legs[1], 300, 2, over=False)
    heard = []
    for sequence in range(1, 5):
        scene.says(2, 1000, sequence)
        scene.tick()
        heard.append((scene.hears(0), scene.hears(1)))
    both, alone, place = (pytest.approx(each, rel=0.05) for each in (1300, 1000, 300))
    assert heard == [(both, place), (both, place), (alone, alone), (alone, alone)]
    assert sorted(scene.audience.ended) == [0, 1]


def test_a_fault_of_ours_ends_the_room_and_not_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("media.worker.rooms.mix", fail)
    scene.rooms.mix(0, 0.0, scene.audience)
    assert scene.audience.broken == [(0, "ours"), (1, "ours"), (2, "ours")]
