"""What an account says of itself, read from its file: its name, and the time zone and region it is in."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.public_holidays import read_region
from engine.dialplan.reading import Reading, shown
from engine.dialplan.values import MAX_NAME


def _timezone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        hint = did_you_mean(str(value), zoneinfo.available_timezones(), "expected one such as Europe/Amsterdam")
        raise Wrong(f"{shown(value)} is no time zone", hint) from None


def _shown_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME or not value.isprintable():
        raise Wrong(f"{shown(value)} is no name", f"expected a text of at most {MAX_NAME} characters")
    return str(value).strip()


def _region(value: Any, info: ValidationInfo) -> str:
    country = info.context.country if isinstance(info.context, Reading) else ""
    return read_region(value, country) if country else str(value)


ShownName = Annotated[str, BeforeValidator(_shown_name)]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_timezone), WithJsonSchema({"type": "string"})]
Region = Annotated[str, BeforeValidator(_region), WithJsonSchema({"type": "string"})]
