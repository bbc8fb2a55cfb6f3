"""The sounds of rehearsals for the browser: each by a reference that a timeline gave, never by a name or a path.

A reference is good for the account whose rehearsal it came from, for as long as this process remembers it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from media.commands import File, Sound, Tone
from media.sound import tones
from media.sound.prompts import UnreadableSound, probe, read_samples

MOST: Final = 5000
LONGEST: Final = 300.0
"""Seconds; what is longer is music, of which a rehearsal tells the name only."""
RATE: Final = 16_000
LENGTH: Final = 32
"""Characters of a reference."""


class References:
    """Remembers which sound a reference stands for; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._sounds: OrderedDict[tuple[str, str], Sound] = OrderedDict()
        self._lock = threading.Lock()

    def give(self, account: str, sound: Sound | None) -> str | None:
        """The reference of a sound; None if there is nothing to play."""
        version = _version(sound)
        if sound is None or version is None:
            return None
        said = "\0".join((account, repr(sound), version))
        reference = hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()[:LENGTH]
        with self._lock:
            self._sounds[account, reference] = sound
            self._sounds.move_to_end((account, reference))
            while len(self._sounds) > MOST:
                self._sounds.popitem(last=False)
        return reference

    def find(self, account: str, reference: str) -> Sound | None:
        """What a reference stands for."""
        with self._lock:
            return self._sounds.get((account, reference))


def wav_of(sound: Sound) -> bytes:
    """A sound as a wideband caller hears it, as a WAV file. Raises UnreadableSound."""
    samples, rate = _samples_of(sound)
    made = io.BytesIO()
    soundfile.write(made, samples, rate, subtype="PCM_16", format="WAV")
    return made.getvalue()


def _samples_of(sound: Sound) -> tuple[NDArray[np.int16], int]:
    if isinstance(sound, Tone):
        return tones.samples(sound.kind, sound.country), tones.RATE
    if not isinstance(sound, File) or probe(sound.path) > LONGEST:
        raise UnreadableSound("this cannot be heard here")
    return read_samples(sound.path, RATE), RATE


def _version(sound: Sound | None) -> str | None:
    """What tells a sound from another of the same name; None of one that is not there, or lasts too long."""
    if isinstance(sound, Tone):
        return sound.kind
    if not isinstance(sound, File):
        return None
    try:
        changed = Path(sound.path).stat().st_mtime_ns
        return str(changed) if probe(sound.path) <= LONGEST else None
    except (OSError, UnreadableSound, ValueError):
        return None
