"""Call-progress tones by what is heard: which frequencies, for how long, with which pauses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from media.codecs.registry import codec_named
from media.sound.tones import COUNTRIES, ENDING, LEVEL, cadence, samples, tone

KINDS = ("ringback", "busy", "congestion")

KNOWN = [
    ("NL", "ringback", {425}, [(1.0, 4.0)]),
    ("NL", "busy", {425}, [(0.5, 0.5)]),
    ("NL", "congestion", {425}, [(0.25, 0.25)]),
    ("DE", "busy", {425}, [(0.48, 0.48)]),
    ("FR", "ringback", {440}, [(1.5, 3.5)]),
    ("GB", "ringback", {400, 450}, [(0.4, 0.2), (0.4, 2.0)]),
    ("GB", "busy", {400}, [(0.375, 0.375)]),
    ("US", "ringback", {440, 480}, [(2.0, 4.0)]),
    ("US", "busy", {480, 620}, [(0.5, 0.5)]),
    ("US", "congestion", {480, 620}, [(0.25, 0.25)]),
]
"""From ITU-T E.180 Supplement 2."""


def heard(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> tuple[set[int], list[tuple[float, float]]]:
    """The frequencies of a tone, to 5 Hz, and how long it sounds and is silent in turn, to 10 ms."""
    windows = np.abs(sound[: len(sound) // 80 * 80].reshape(-1, 80)).max(axis=1) > 200
    edges = [0, *(np.flatnonzero(np.diff(windows.astype(int))) + 1), len(windows)]
    lengths = [(later - one) / 100 for one, later in pairwise(edges)]
    first = sound[: int(lengths[0] * 8000)].astype(float)
    spectrum = np.abs(np.fft.rfft(first * np.hanning(len(first)), 16000))
    peaks = [
        index / 2
        for index in range(1, len(spectrum) - 1)
        if spectrum[index] == spectrum[index - 8 if index > 8 else 0 : index + 9].max() > 0.3 * spectrum.max()
    ]
    return {5 * round(peak / 5) for peak in peaks}, list(zip(lengths[::2], lengths[1::2], strict=True))


@pytest.mark.parametrize(("country", "kind", "hertz", "pattern"), KNOWN)
@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_what_a_caller_hears(
    country: str, kind: str, hertz: set[int], pattern: list[tuple[float, float]], codec: str
) -> None:
    found, lengths = heard(codec_named(codec).decode(tone(kind, country, codec)))
    assert found == hertz
    assert np.array(lengths) == pytest.approx(np.array(pattern), abs=0.011)


@pytest.mark.parametrize("country", sorted(COUNTRIES))
@pytest.mark.parametrize("kind", KINDS)
def test_every_tone_is_one_whole_period_at_the_usual_level(country: str, kind: str) -> None:
    sound, wanted = samples(kind, country), cadence(kind, country)
    assert len(sound) == pytest.approx(8000 * sum(on + off for on, off in wanted.on_off), abs=2)
    assert 0.7 * LEVEL < np.abs(sound).max() / 32767 <= LEVEL
    assert abs(int(sound[0])) < 200, "it begins softly"
    assert sound[-1] == 0, "and ends in silence: the loop has no seam"


def test_busy_and_congestion_differ_wherever_the_country_has_two() -> None:
    same = {country for country, tones in COUNTRIES.items() if tones["busy"] == tones["congestion"]}
    assert same <= {"AU", "DK", "JP", "PL"}


def test_a_country_without_its_own_sounds_like_most_of_europe() -> None:
    assert cadence("ringback", "XX") == cadence("ringback", "nl") == cadence("ringback", "NL")


def test_a_beep_ends_by_itself() -> None:
    beep = samples("beep", "NL")
    found, _ = heard(np.concatenate([beep, np.zeros(800, np.int16)]))
    assert found == {1000.0}
    assert len(beep) == 0.3 * 8000


def test_who_joins_a_conference_rises_and_who_leaves_falls() -> None:
    assert set(ENDING) == {"beep", "joined", "left"}
    for kind, pitches in (("joined", [660.0, 880.0]), ("left", [880.0, 660.0])):
        sound = samples(kind, "NL")
        parts = [sound[:800], sound[800:]]
        assert [heard(np.concatenate([part, np.zeros(800, np.int16)]))[0] for part in parts] == [{p} for p in pitches]


def test_another_tone_is_an_error() -> None:
    with pytest.raises(KeyError):
        tone("howler", "NL", "PCMU")
    with pytest.raises(KeyError):
        tone("busy", "NL", "GSM")
