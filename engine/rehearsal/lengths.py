"""How long sounds last: recordings are measured, once each."""

from __future__ import annotations

from engine.call.simulated_leg import usual_seconds
from media.commands import File, Sound
from media.sound.prompts import UnreadableSound, probe


class Lengths:
    """``lengths(sound)`` is its length in seconds."""

    def __init__(self) -> None:
        self._measured: dict[str, float] = {}

    def __call__(self, sound: Sound) -> float:
        if not isinstance(sound, File):
            return usual_seconds(sound)
        if sound.path not in self._measured:
            self._measured[sound.path] = _measure(sound)
        return self._measured[sound.path]


def _measure(sound: File) -> float:
    try:
        return probe(sound.path)
    except (UnreadableSound, OSError):
        return usual_seconds(sound)
