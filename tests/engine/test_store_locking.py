"""The lock between processes: one has it at a time, until the file is closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.store import locking
from engine.store.locking import LOOK_AGAIN, locked


def opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def test_one_has_it_until_the_file_is_closed(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "lock"), opened(tmp_path / "lock")
    assert locked(first)
    assert not locked(second)
    os.close(first)
    assert locked(second)
    os.close(second)


def test_others_wait_as_long_as_they_have_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = opened(tmp_path / "lock"), opened(tmp_path / "lock")
    assert locked(first)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            os.close(first)

    monkeypatch.setattr(locking.time, "sleep", sleep)
    assert locked(second, patience=60.0)
    assert slept == [LOOK_AGAIN] * 3
    os.close(second)
