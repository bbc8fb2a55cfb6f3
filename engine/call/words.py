"""How events name what was played and what keys meant, alike for live and simulated calls."""

from __future__ import annotations

from engine.call.protocol import Digits, DigitString, ExtensionDialled, Key, Keys, NoInput, WrongInput
from media.commands import File, Silence, Sound, Tone

_MEANINGS: dict[type[Keys | DigitString], str] = {
    Digits: "digits",
    Key: "key",
    ExtensionDialled: "extension",
    NoInput: "no_input",
    WrongInput: "wrong_input",
}


def name_of(sound: Sound) -> str:
    """A sound as events and logs name it: the file's name, or the tone's."""
    match sound:
        case File(path=path):
            return path.rpartition("/")[2]
        case Tone(kind=kind):
            return kind
        case Silence():
            return "silence"


def meaning_of(keys: Keys | DigitString) -> str:
    """What keys meant, as DigitsCollected says it."""
    return _MEANINGS[type(keys)]
