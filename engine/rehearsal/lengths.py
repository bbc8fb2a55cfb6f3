"""How long sounds last: recordings are measured, once each."""

from __future__ import annotations

from engine.call.simulated_leg import usual_seconds
from engine.call.words import name_of
from media.commands import File, Sound, Tone
from media.sound.prompts import UnreadableSound, probe


class Lengths:
    """``lengths(sound)`` is its length in seconds; ``named`` that of one asked for before, by its name in events."""

    def __init__(self) -> None:
        self._measured: dict[str, float] = {}
        self._named = {"beep": usual_seconds(Tone("beep"))}

    def __call__(self, sound: Sound) -> float:
        if not isinstance(sound, File):
            return usual_seconds(sound)
        if sound.path not in self._measured:
            self._measured[sound.path] = self._named[name_of(sound)] = _measure(sound)
        return self._measured[sound.path]

    def named(self, name: str) -> float | None:
        return self._named.get(name)


def _measure(sound: File) -> float:
    try:
        return probe(sound.path)
    except (UnreadableSound, OSError):
        return usual_seconds(sound)
