"""A folder to load dialplans from, with recordings and built-in prompts in it."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.load import load_account

DIRECTORY = ("", "-nobody", "-more-letters", "-confirm", "-for", "-press", "-another")
FORWARD = (
    *("where", "wrong", "always", "busy", "no-answer", "not-registered"),
    *("to", "voicemail", "elsewhere", "off", "none"),
)
PROMPTS = (
    *("invalid-choice", "not-available", "leave-message", "goodbye", "nobody-available"),
    *("accept-call", "accept-for", "accept-press", "do-not-disturb-on", "do-not-disturb-off"),
    *(f"forward-{part}" for part in FORWARD),
    *("signed-in", "signed-out", "not-allowed", "pin"),
    *(f"record-{part}" for part in ("how", "how-reset", "choices", "choices-reset")),
    *(f"record-{part}" for part in ("kept", "reset", "unchanged", "failed")),
    *("transfer-number", "transfer-refused", "transferred"),
    "agent-ready",
    *(f"queue-{part}" for part in ("next", "position", "wait", "wait-minute", "wait-long")),
    *(f"directory{part}" for part in DIRECTORY),
    *(f"digit-{digit}" for digit in range(10)),
)


def write_wav(path: Path, seconds: float = 0.5) -> None:
    """A recording of a tone."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(array("h", (int(8000 * math.sin(at * 0.35)) for at in range(int(seconds * 8000)))).tobytes())


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dialplans, recordings and prompts lie."""
    folder = tmp_path_factory.mktemp("dialplans")
    for place in ("sounds", "prompts/en", "prompts/no", "cache"):
        (folder / place).mkdir(parents=True)
    for name in ("welcome", "opening-hours"):
        write_wav(folder / "sounds" / f"{name}.wav")
    for name in PROMPTS:
        for language in ("en", "no"):
            write_wav(folder / "prompts" / language / f"{name}.wav")
    (folder / "sounds" / "broken.wav").write_bytes(b"RIFF is not enough")
    return folder


@pytest.fixture
def load(folder: Path) -> Callable[[str], Account]:
    """Load a dialplan from its text."""

    def load(text: str, name: str = "bakery.yaml") -> Account:
        path = folder / name
        path.write_text(text)
        return load_account(path, sounds_cache=folder / "cache", prompts_dir=folder / "prompts")

    return load


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Takes calls through dialplans on a made-up clock."""
    with Simulator() as simulator:
        yield simulator
