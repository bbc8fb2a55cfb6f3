"""Make the built-in prompts, the hold music and the example account's greetings.

Run it from the project's folder after a change of a text (needs espeak-ng): ``python prompts/make_prompts.py``, or
``python prompts/make_prompts.py nl de`` for some folders only. The texts are in english.py, dutch.py, german.py and
french.py. The files it writes are part of the repository, so that nobody needs espeak-ng to run Belplan.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import dutch
import english
import french
import german
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

RATE = 8000
LOUDNESS = 0.09
"""Root mean square of what is spoken: about -21 dBFS."""
PEAK = 0.85
PAUSE_SECONDS = 0.12

HERE = Path(__file__).resolve().parent
EXAMPLE = {
    "welcome": (
        "Welcome to The Bakery. For orders, press 1. For our opening hours, press 2. "
        "To speak with someone, press 0. "
        "If you know the extension of the person you want, you can dial it at any time."
    ),
    "opening-hours": "We are open from Monday to Friday, from 8 in the morning until half past 5.",
}
"""What callers of the example account hear."""
SPOKEN = {
    HERE / "en": (english.TEXTS, english.VOICE),
    HERE.parent / "dialplans" / "sounds": (EXAMPLE, english.VOICE),
    HERE / "nl": (dutch.TEXTS, dutch.VOICE),
    HERE / "de": (german.TEXTS, german.VOICE),
    HERE / "fr": (french.TEXTS, french.VOICE),
}
"""The texts of each folder, and whose voice speaks them."""


def speak(text: str, voice: str) -> NDArray[np.float64]:
    """A text as samples at RATE, its silence trimmed, its loudness made the same for all."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", file.name, text], check=True)
        sound, rate = soundfile.read(file.name, dtype="float64")
    sound = soxr.resample(sound, rate, RATE, quality="HQ")
    heard = np.flatnonzero(np.abs(sound) > 0.01)
    sound = sound[heard[0] : heard[-1]]
    sound *= LOUDNESS / np.sqrt(np.mean(sound**2))
    sound *= min(1.0, PEAK / np.abs(sound).max())
    pause = np.zeros(round(PAUSE_SECONDS * RATE))
    return np.concatenate([pause, sound, pause])


def beep() -> NDArray[np.float64]:
    times = np.arange(round(0.3 * RATE)) / RATE
    edge = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.01)
    return np.asarray(0.3 * np.sin(2 * np.pi * 1000 * times) * edge)


def hold_music() -> NDArray[np.float64]:
    """Broken chords of four bars, twice over, in soft plucked tones; the end joins the beginning."""
    chords = [(261.63, 329.63, 392.0, 523.25), (220.0, 261.63, 329.63, 440.0), (174.61, 220.0, 261.63, 349.23)]
    chords.append((196.0, 246.94, 293.66, 392.0))
    patterns = [(0, 1, 2, 3, 2, 1, 2, 1), (0, 2, 1, 3, 1, 2, 3, 2)]
    step = round(0.32 * RATE)
    notes = [chord[index] for pattern in patterns for chord in chords for index in pattern]
    music = np.zeros(step * len(notes))
    times = np.arange(4 * step) / RATE
    for position, hertz in enumerate(notes):
        envelope = np.minimum(times / 0.008, 1) * np.exp(-times * 3.2)
        overtones = ((1, 1.0), (2, 0.35), (3, 0.12))
        wave = sum(share * np.sin(2 * np.pi * hertz * order * times) for order, share in overtones)
        where = (position * step + np.arange(len(times))) % len(music)
        music[where] += wave * envelope
    return np.asarray(music * (0.25 / np.abs(music).max()))


def write(path: Path, sound: NDArray[np.float64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    sys.stdout.write(f"{path.relative_to(HERE.parent)}  {len(sound) / RATE:.1f} s\n")


def main(*folders: str) -> None:
    wanted = [folder for folder in SPOKEN if not folders or folder.name in folders]
    for folder in wanted:
        texts, voice = SPOKEN[folder]
        for name, text in texts.items():
            write(folder / f"{name}.wav", speak(text, voice))
    if HERE / "en" in wanted:
        write(HERE / "en" / "beep.wav", beep())
        write(HERE / "en" / "hold-music.wav", hold_music())


if __name__ == "__main__":
    main(*sys.argv[1:])
