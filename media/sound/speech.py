"""Texts spoken by espeak-ng when a dialplan is loaded, and kept as WAV files by what they say."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from media.sound.prompts import UnreadableSound, probe

PROGRAM = "espeak-ng"
MAX_TEXT = 2_000
TIME_LIMIT = 30.0
READABLE = 0o644
"""Whoever made a file with ``check``, the engine must be able to read it; the state folder around it is private."""
WORDS_PER_MINUTE = 155
VERSION = "1"
"""Goes into the name of each file: a change of voice or speed makes new ones."""


class SpeechUnavailable(Exception):
    """A text cannot be spoken on this machine; the text is a sentence that says what to do."""


def synthesise(text: str, language: str, cache: Path) -> Path:
    """The WAV file that says ``text`` in ``language`` (``en``, ``nl``), made in ``cache`` unless it is there.

    Raises SpeechUnavailable.
    """
    words = " ".join(text.split())
    if not words:
        raise SpeechUnavailable("there is no text to be spoken")
    if len(words) > MAX_TEXT:
        raise SpeechUnavailable(f"the text has {len(words)} characters; {MAX_TEXT} can be spoken")
    name = hashlib.sha256(f"{VERSION}\n{language}\n{words}".encode()).hexdigest()[:32]
    path = cache / f"say-{name}.wav"
    try:
        probe(path)
    except UnreadableSound:
        # not there yet, or damaged
        _speak(words, language, path)
    return path


def _speak(words: str, language: str, path: Path) -> None:
    program = shutil.which(PROGRAM)
    if program is None:
        raise SpeechUnavailable(
            f"texts are spoken by {PROGRAM}, which is not installed: 'apt install {PROGRAM}', or name an audio file"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(suffix=".wav", dir=path.parent)
    except OSError as error:
        raise SpeechUnavailable(f"spoken texts cannot be kept in {path.parent}: {error.strerror}") from error
    os.close(handle)
    command = [program, "-v", language, "-s", str(WORDS_PER_MINUTE), "-w", made, "--stdin"]
    try:
        done = subprocess.run(command, input=words.encode(), capture_output=True, timeout=TIME_LIMIT, check=False)
        if done.returncode != 0 or Path(made).stat().st_size <= 44:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise SpeechUnavailable(f"{PROGRAM} cannot speak '{language}': {said[0] if said else 'no sound came out'}")
        Path(made).chmod(READABLE)
        Path(made).replace(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechUnavailable(f"{PROGRAM} failed: {error}") from error
    finally:
        Path(made).unlink(missing_ok=True)
