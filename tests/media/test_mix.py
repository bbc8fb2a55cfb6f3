"""The mixer: everybody hears the others, nobody themselves, and loudness is cut off, never wrapped around."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.codecs.registry import codec_named
from media.mix import NOTHING, ROWS, mix
from media.rtp import FRAME_SAMPLES

CODEC_NAMES = sorted(ROWS)
FRAMES = 10


def tone(hertz: float, loudness: float = 8000) -> np.ndarray:
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(FRAMES * FRAME_SAMPLES) / 8000)).astype(np.int16)


def hear(voices: list[np.ndarray], codecs: list[str], rooms: list[int]) -> list[np.ndarray]:
    """What each member heard of a second and more of voices, frame by frame."""
    laws = [ROWS[codec] for codec in codecs]
    heard: list[list[np.ndarray]] = [[] for _ in voices]
    for at in range(0, len(voices[0]), FRAME_SAMPLES):
        said = b"".join(
            codec_named(codec).encode(voice[at : at + FRAME_SAMPLES])
            for voice, codec in zip(voices, codecs, strict=True)
        )
        for member, frame in enumerate(mix(said, laws, laws, rooms, {})):
            heard[member].append(codec_named(codecs[member]).decode(frame))
    return [np.concatenate(parts) for parts in heard]


def level(sound: np.ndarray, hertz: float) -> float:
    """The amplitude of a frequency in a sound."""
    spectrum = np.abs(np.fft.rfft(sound.astype(float))) * 2 / len(sound)
    return float(spectrum[round(hertz * len(sound) / 8000)])


@pytest.mark.parametrize("codecs", [["PCMU"] * 4, ["PCMA"] * 4, ["PCMU", "PCMA", "PCMA", "PCMU"]])
def test_each_hears_the_others_and_not_oneself(codecs: list[str]) -> None:
    pitches = [400.0, 650.0, 1000.0, 1500.0]
    heard = hear([tone(hertz, 4000) for hertz in pitches], codecs, [4])
    for member, sound in enumerate(heard):
        for speaker, hertz in enumerate(pitches):
            if speaker == member:
                assert level(sound, hertz) < 100
            else:
                assert level(sound, hertz) == pytest.approx(4000, rel=0.05)


def test_rooms_of_one_frame_do_not_hear_each_other() -> None:
    pitches = [400.0, 650.0, 1000.0, 1500.0, 1800.0]
    heard = hear([tone(hertz) for hertz in pitches], ["PCMU"] * 5, [2, 1, 2])
    present = [{hertz for hertz in pitches if level(sound, hertz) > 1000} for sound in heard]
    assert present == [{650.0}, {400.0}, set(), {1800.0}, {1500.0}]


@pytest.mark.parametrize("codec", CODEC_NAMES)
def test_many_loud_voices_are_cut_off_and_never_wrap_around(codec: str) -> None:
    members = 30
    heard = hear([tone(200, 32000)] * members, [codec] * members, [members])[0].astype(int)
    assert abs(heard).max() > 31000
    # a wave that wraps around leaps from one end to the other between two samples
    assert all(one * following >= 0 or min(abs(one), abs(following)) < 31000 for one, following in pairwise(heard))
    loud = heard[abs(heard) > 31000]
    assert len(loud) > 0.8 * len(heard)


def test_those_who_say_nothing_add_nothing() -> None:
    members = 30
    said = bytes(members * FRAME_SAMPLES)
    for codec in CODEC_NAMES:
        frames = mix(said, [NOTHING] * members, [ROWS[codec]] * members, [members], {})
        assert set(b"".join(frames)) == set(codec_named(codec).silence)


def test_what_is_put_on_top_is_heard_by_that_member_only() -> None:
    beep = tone(1000)[:FRAME_SAMPLES].astype(np.int32)
    silent = mix(bytes(3 * FRAME_SAMPLES), [NOTHING] * 3, [ROWS["PCMU"]] * 3, [3], {1: beep})
    heard = [np.abs(codec_named("PCMU").decode(frame).astype(int)).max() for frame in silent]
    assert heard[0] == heard[2] == 0
    assert heard[1] == pytest.approx(8000, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(
    rooms=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_matrix_agrees_with_adding_up_one_by_one(rooms: list[int], seed: int) -> None:
    """Invariant: member by member, sample by sample, the sum of the others of the room, clipped and encoded."""
    chance = np.random.default_rng(seed)
    members = sum(rooms)
    names = [CODEC_NAMES[index] for index in chance.integers(0, 2, members)]
    silent = chance.integers(0, 2, members).astype(bool)
    frames = [chance.integers(0, 256, FRAME_SAMPLES, np.uint8).tobytes() for _ in range(members)]
    laws = [ROWS[name] for name in names]
    said_in = [NOTHING if quiet else law for quiet, law in zip(silent, laws, strict=True)]
    heard = mix(b"".join(frames), said_in, laws, rooms, {})
    samples = [
        np.zeros(FRAME_SAMPLES, int) if quiet else codec_named(name).decode(frame).astype(int)
        for quiet, name, frame in zip(silent, names, frames, strict=True)
    ]
    first = 0
    for size in rooms:
        for member in range(first, first + size):
            others = sum(
                (samples[other] for other in range(first, first + size) if other != member),
                np.zeros(FRAME_SAMPLES, int),
            )
            expected = codec_named(names[member]).encode(np.clip(others, -32768, 32767).astype(np.int16))
            assert heard[member] == expected
        first += size
