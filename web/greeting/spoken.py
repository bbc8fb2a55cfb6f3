"""A text as it will be spoken to callers, to be heard before it is saved."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.dialplan.findings import Wrong
from engine.dialplan.languages import read_code
from engine.dialplan.values import MAX_TEXT
from media.sound.prompts import UnreadableSound, probe
from media.sound.speech import SpeechUnavailable, synthesise
from web.greeting.decoding import Sound
from web.greeting.turns import Turns
from web.mistakes import refused
from web.words import say

FIELD = "text"
_TURNS = Turns(2)


def speak(text: str, language: str) -> Sound:
    """The text as the engine's own voice says it, in a language (``nl``). Takes a moment. Raises Mistakes."""
    words = check_text(text)
    try:
        spoken_in = read_code(language)
    except Wrong as wrong:
        raise refused("language", say("{what}", what=wrong.what)) from None
    # the cache of the dialplans' texts is the engine's: what nobody saves does not belong into it
    with _TURNS.one(), tempfile.TemporaryDirectory(prefix="belplan-speech-") as folder:
        try:
            path = synthesise(words, spoken_in, Path(folder))
            return Sound(path.read_bytes(), probe(path))
        except (SpeechUnavailable, UnreadableSound, OSError) as problem:
            raise refused(FIELD, say("This cannot be spoken: {why}.", why=str(problem))) from None


def check_text(text: str) -> str:
    """A text that can be spoken, its blanks evened out. Raises Mistakes."""
    words = " ".join(text.split())
    if not words:
        raise refused(FIELD, say("Type what callers are to hear."))
    if len(words) > MAX_TEXT:
        raise refused(
            FIELD, say("This has {length} characters; {most} can be spoken.", length=len(words), most=MAX_TEXT)
        )
    return words
