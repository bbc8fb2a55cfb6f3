"""What a pjsua2 phone says in a call, and where it keeps what it hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pjsua2 as pj

from engine.softphone.settings import PhoneSettings


def voice(settings: PhoneSettings) -> Any | None:
    """A file over and over, or a tone; None for a phone that says nothing."""
    if settings.play:
        player = pj.AudioMediaPlayer()
        player.createPlayer(settings.play)
        return player
    if settings.tone:
        tone = pj.ToneDesc()
        tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = int(settings.tone), 0, 1000, 0
        tones = pj.ToneDescVector()
        tones.append(tone)
        generator = pj.ToneGenerator()
        generator.createToneGenerator(8000, 1)
        generator.play(tones, True)
        return generator
    return None


def recorder(settings: PhoneSettings) -> Any | None:
    """The WAV file of all calls; None where nobody wants one."""
    if not settings.record:
        return None
    Path(settings.record).parent.mkdir(parents=True, exist_ok=True)
    kept = pj.AudioMediaRecorder()
    kept.createRecorder(settings.record)
    return kept
