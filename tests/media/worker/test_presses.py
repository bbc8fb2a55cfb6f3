"""Keys towards a peer."""

from __future__ import annotations

import struct

from media.worker.presses import MAX_WAITING, EventPresses, TonePresses


def frames(presses: EventPresses, most: int = 1000) -> list[tuple[bytes, bool] | None]:
    made = []
    while not presses.over and len(made) < most:
        made.append(presses.step())
    return made


def test_a_key_is_an_event_from_its_first_packet_to_three_ends() -> None:
    presses = EventPresses(8000)
    presses.add("5", 0.1)
    made = [step for step in frames(presses) if step is not None]
    assert [first for _, first in made] == [True] + [False] * 6
    assert [struct.unpack("!BBH", payload) for payload, _ in made] == [
        (5, 10, 160), (5, 10, 320), (5, 10, 480), (5, 10, 640), (5, 138, 800), (5, 138, 800), (5, 138, 800),
    ]  # fmt: skip


def test_between_two_keys_there_is_a_pause() -> None:
    presses = EventPresses(8000)
    presses.add("12", 0.04)
    silent = [number for number, step in enumerate(frames(presses)) if step is None]
    assert silent[:4] == [4, 5, 6, 7]


def test_what_is_no_key_is_passed_over_and_the_queue_is_bounded() -> None:
    presses = EventPresses(8000)
    presses.add("x!1, a", 0.04)
    presses.add("9" * 1000, 0.04)
    assert sum(step is not None and step[1] for step in frames(presses, 10_000)) == MAX_WAITING


def test_tones_fill_whole_frames_and_end() -> None:
    presses = TonePresses("PCMA")
    presses.add("1", 0.1)
    made = []
    while (frame := presses.frame(160)) is not None:
        made.append(frame)
    assert {len(frame) for frame in made} == {160}
    assert len(made) == 9
