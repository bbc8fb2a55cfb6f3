"""Lengths of time as a dialplan file writes them: ``20s``, ``1m30s``, ``30 days``; in seconds."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from engine.dialplan.findings import Wrong
from engine.dialplan.reading import shown, text_of

_DURATION = re.compile(r"(?:(\d{1,4}) ?m(?:in(?:utes?)?)? ?)?(?:(\d{1,5}(?:\.\d{1,3})?) ?(?:s(?:ec(?:onds?)?)?)?)?")


def read_duration(value: Any) -> float:
    """Seconds of ``20s``, ``20``, ``1m30s``, ``2 min``, ``1.5s``. Raises Wrong."""
    if isinstance(value, float):
        return value
    text = text_of(value, "length of time").lower()
    match = _DURATION.fullmatch(text)
    if not match or not (match[1] or match[2]):
        raise Wrong(f"{shown(value)} is no length of time", "write 20s, 90s or 1m30s")
    return int(match[1] or 0) * 60 + float(match[2] or 0)


def _between(low: float, high: float) -> BeforeValidator:
    def read(value: Any) -> float:
        seconds = read_duration(value)
        if not low <= seconds <= high:
            raise Wrong(f"{shown(value)} is out of bounds", f"expected between {low:g}s and {high:g}s")
        return seconds

    return BeforeValidator(read)


_DURATION_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string", "pattern": r"^(\d+ ?m[a-z]* ?)?(\d+(\.\d+)? ?(s[a-z]*)?)?$"}, {"type": "number"}]}
)
_DAYS = re.compile(r"(\d{1,4}) ?(d(?:ays?)?|w(?:eeks?)?)")
LONGEST_KEPT = 3650
"""Days."""


def _days(value: Any) -> float:
    """Seconds of ``30 days``, ``30d`` or ``4 weeks``."""
    match = _DAYS.fullmatch(text_of(value, "number of days").lower())
    days = int(match[1]) * (7 if match[2].startswith("w") else 1) if match else 0
    if not 1 <= days <= LONGEST_KEPT:
        raise Wrong(f"{shown(value)} is no number of days", f"write 30 days or 4 weeks, at most {LONGEST_KEPT} days")
    return days * 86400.0


KeepTime = Annotated[
    float, BeforeValidator(_days), WithJsonSchema({"type": "string", "pattern": r"^\d+ ?(d|days?|w|weeks?)$"})
]
RingTime = Annotated[float, _between(1, 600), _DURATION_SCHEMA]
FirstDigitTime = Annotated[float, _between(1, 60), _DURATION_SCHEMA]
BetweenDigitsTime = Annotated[float, _between(0.5, 10), _DURATION_SCHEMA]
MessageLimit = Annotated[float, _between(5, 1800), _DURATION_SCHEMA]
SilenceLimit = Annotated[float, _between(1, 60), _DURATION_SCHEMA]
AskTime = Annotated[float, _between(0.2, 15), _DURATION_SCHEMA]
WrapUpTime = Annotated[float, _between(0, 3600), _DURATION_SCHEMA]
RestTime = Annotated[float, _between(1, 3600), _DURATION_SCHEMA]
WaitTime = Annotated[float, _between(5, 7200), _DURATION_SCHEMA]
AnnounceTime = Annotated[float, _between(10, 600), _DURATION_SCHEMA]
ParkingTime = Annotated[float, _between(1, 3600), _DURATION_SCHEMA]
PageTime = Annotated[float, _between(1, 600), _DURATION_SCHEMA]
ToneTime = Annotated[float, _between(1, 60), _DURATION_SCHEMA]
