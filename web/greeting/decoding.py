"""What somebody sends as a greeting, made into one: in a process of its own, whose end is waited for only so long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import web
from web.greeting.kinds import KINDS, LIMIT_SECONDS, NEEDED, kind_of, other_name
from web.greeting.turns import Turns
from web.mistakes import refused
from web.words import Sentence, say

MAX_BYTES = 40 << 20
"""Three minutes as the best recorders leave them: stereo, 48 kHz, 24 bits."""
WAIT_SECONDS = 30.0
FIELD = "file"
AT_ONCE = 2
_TURNS = Turns(AT_ONCE)
_ROOT = Path(web.__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Sound:
    """A greeting, fit for callers: a WAV file of 16 kHz, and how long it is."""

    data: bytes
    seconds: float


def decode(data: bytes) -> Sound:
    """The greeting in a file that somebody sent. Takes a second: call it in a thread. Raises Mistakes."""
    if not data:
        raise refused(FIELD, say("This file is empty. Choose a recording."))
    if len(data) > MAX_BYTES:
        raise refused(FIELD, too_large())
    kind = kind_of(data[:NEEDED])
    if kind is None:
        raise refused(FIELD, _no_sound(other_name(data[:NEEDED])))
    with _TURNS.one(), tempfile.TemporaryDirectory(prefix="belplan-greeting-") as folder:
        source, target = Path(folder) / "source", Path(folder) / "target.wav"
        source.write_bytes(data)
        said = _run(kind.name, source, target)
        if "refused" in said:
            raise refused(FIELD, _why(str(said["refused"]), kind.name))
        return Sound(target.read_bytes(), float(str(said["seconds"])))


def _run(kind: str, source: Path, target: Path) -> dict[str, object]:
    """What the decoder says of a file. One that is ended by its bounds, or by a fault, has said ``unreadable``."""
    command = [sys.executable, "-P", "-s", "-m", "web.greeting.decoder", kind, str(source), str(target)]
    environment = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=source.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        said = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, OSError, ValueError):
        said = {}
    return said if isinstance(said, dict) and ("seconds" in said or "refused" in said) else {"refused": "unreadable"}


def too_large() -> Sentence:
    """What is said of a file that nobody reads."""
    return say(
        "This file is larger than {most} MB. Save the recording as MP3, or make it shorter.", most=MAX_BYTES >> 20
    )


def _no_sound(other: Sentence | None) -> Sentence:
    kinds = ", ".join(KINDS)
    if other is not None:
        return say("This is {other}. A greeting is a file of sound: {kinds}.", other=other, kinds=kinds)
    return say("This is no file of sound that can be read. These can: {kinds}.", kinds=kinds)


def _why(reason: str, kind: str) -> Sentence:
    """Why a file of a kind will not do, and what to do."""
    sentences = {
        "no audio": say("There is no sound in this file. Choose a recording."),
        "long": say(
            "This lasts longer than {most} minutes. Callers hang up long before: make it shorter.",
            most=round(LIMIT_SECONDS / 60),
        ),
        "cut off": say("The end of this file is missing. Copy or save it once more."),
        "silent": say(
            "Nobody speaks in this recording, or only for a moment. Record it again, nearer to the microphone."
        ),
    }
    unreadable = say("This looks like {kind}, and cannot be read. Save it once more, as WAV or MP3.", kind=kind)
    return sentences.get(reason, unreadable)
