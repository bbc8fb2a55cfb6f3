"""How the trunks stand, in a file of the state folder: a running engine writes it, ``belplan trunks`` reads it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

FILE = "trunks.json"
STALE_SECONDS = 60.0
"""A report that is older comes from an engine that no longer runs; it is written anew much more often."""


class TrunkReport(msgspec.Struct, frozen=True):
    """One trunk. Times are seconds since the epoch."""

    name: str
    address: str
    registers: bool
    registered_until: float | None
    up: bool
    checked: bool
    calls: int
    most_calls: int | None
    seconds_today: float
    most_seconds: float | None
    failure: str
    failed_at: float


class Report(msgspec.Struct, frozen=True):
    """All of them at one moment."""

    at: float
    trunks: tuple[TrunkReport, ...]


def write_report(state: Path, trunks: Sequence[TrunkReport], at: float) -> None:
    """Replace the report as a whole. Raises OSError."""
    path = state / FILE
    draft = path.with_name(f".{FILE}.{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(Report(at, tuple(trunks))))
    draft.replace(path)


def read_report(state: Path) -> Report | None:
    """The last report; None if there is none that can be read."""
    try:
        return msgspec.json.decode((state / FILE).read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        return None
