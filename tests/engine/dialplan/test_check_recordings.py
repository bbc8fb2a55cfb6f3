"""What is told of recordings: silence, dead air, clipping, and how long callers wait before they can choose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.dialplan.account import Account
from engine.dialplan.check import check

RATE = 8000
Load = Callable[[str], Account]


def tone(seconds: float, level: float) -> np.ndarray:
    return level * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 300 / RATE)


SOUNDS = {
    "fine": tone(1, 0.5),
    "loud": tone(1, 0.99),
    "silent": tone(1, 0.003),
    "late": np.concatenate([np.zeros(3 * RATE), tone(1, 0.5)]),
    "clipped": np.clip(tone(1, 1.5), -1, 1),
    "long": tone(61, 0.5),
    "half": tone(31, 0.5),
}


@pytest.fixture
def load_at(tmp_path: Path, load: Callable[..., Account], folder: Path) -> Load:
    def load_with(rest: str) -> Account:
        for name, sound in SOUNDS.items():
            soundfile.write(folder / f"{name}.flac", sound, RATE)
        head = (
            "account: {name: A, country: NL, timezone: UTC}\nnumbers: {main: '+31 20 123 4567'}\n"
            "people: {desk: {extension: 201}}\n"
        )
        return load(head + rest)

    return load_with


def told(account: Account) -> list[str]:
    return [f"{finding.line}:{finding.column}: {finding.what}" for finding in check(account)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fine", []),
        ("loud", []),
        ("silent", ["the recording 'silent.flac' is silent"]),
        ("late", ["the recording 'late.flac' begins with 3.0 s of silence"]),
        ("clipped", ["the recording 'clipped.flac' is clipped (52.5% of it)"]),
    ],
)
def test_poor_recordings(name: str, expected: list[str], load_at: Load) -> None:
    account = load_at(f"main_number: {{play: {name}.flac, then: {{play: {name}.flac, then: desk}}}}")
    assert told(account) == [f"4:21: {what}" for what in expected]


def test_long_greetings(load_at: Load) -> None:
    account = load_at(
        "main_number: m\nmenus: {m: {greeting: [half.flac, half.flac], dial_extensions: yes, no_input: {then: desk}}}"
    )
    assert told(account) == ["5:23: the greeting of menu 'm' lasts 62 s"]


def test_announcements_one_after_the_other_are_added_up(load_at: Load) -> None:
    account = load_at("main_number: {play: half.flac, then: {play: half.flac, then: desk}}")
    assert told(account) == ["4:14: this announcement lasts 62 s"]
    assert told(load_at("main_number: {play: half.flac, then: desk}")) == []


def test_a_recording_that_has_gone_since_is_no_reason_to_fail(load_at: Load, folder: Path) -> None:
    account = load_at("main_number: {play: long.flac, then: desk}")
    assert told(account) == ["4:14: this announcement lasts 61 s"]
    (folder / "long.flac").unlink()
    assert told(account) == []
