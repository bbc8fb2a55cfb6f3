"""Whose phone a scenario means: that of a person of the account, or one outside."""

from __future__ import annotations

import re
from typing import Any

from engine.dialplan.number_kinds import is_emergency, is_short
from engine.dialplan.reading import Reading
from engine.dialplan.values import read_number, refer
from engine.office.presence import SHORT

_SHORT = re.compile(r"[0-9]{2,6}")
_OUTSIDE = re.compile(r"\+?[0-9][0-9 ()/.-]{5,}")


def whose_phone(value: Any, reading: Reading) -> str:
    """A person by name or extension, or a telephone outside by its number (E.164), or a short one. Raises Wrong."""
    text = str(value).strip()
    if text not in reading.names["people"] and text not in reading.people_by_extension:
        if _SHORT.fullmatch(text) and (is_short(text, reading.country) or is_emergency(text, reading.country)):
            return f"{SHORT}{text}"
        if _OUTSIDE.fullmatch(text):
            return read_number(text, reading.country)
    return refer("people", value, reading)
