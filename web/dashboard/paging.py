"""The list of past calls, a page at a time: which page, what to look for, and how to go on from its last call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from engine.dialplan.account import Account
from engine.store.records import CallRecord, Place
from engine.store.store import Store
from web.dashboard.calls import OUTCOMES, wanted
from web.mistakes import refused
from web.words import say

PAGE: Final = 50
MOST: Final = 500
MAX_TEXT: Final = 60
MAX_CURSOR: Final = 400


@dataclass(frozen=True, slots=True)
class Search:
    """``text`` in a number or name, an outcome of OUTCOMES, a day (ISO); only calls earlier than ``before``."""

    text: str = ""
    outcome: str = ""
    day: str = ""
    before: str = ""

    def earlier(self, last: CallRecord) -> str:
        """The query of the page that begins after a call."""
        fields = {"text": self.text, "outcome": self.outcome, "day": self.day, "before": cursor_of(last)}
        return urlencode({name: value for name, value in fields.items() if value})


def found(store: Store, account: str, search: Search, plan: Account | None, limit: int = PAGE) -> list[CallRecord]:
    """The calls of a page, newest first. Raises Mistakes for what cannot be looked for."""
    since, until = _day(search.day, str(plan.info.timezone) if plan is not None else "UTC")
    if search.outcome not in OUTCOMES:
        raise refused("outcome", say("There is no such outcome."))
    if len(search.text) > MAX_TEXT:
        raise refused("text", say("Look for {most} characters at most.", most=MAX_TEXT))
    before = place_of(search.before) if search.before else None
    return store.records.page(
        account, limit, before=before, wanted=wanted(search.text, search.outcome, plan, since, until)
    )


def cursor_of(record: CallRecord) -> str:
    """Where a page ends, for the next one to begin after it."""
    return f"{record.started_at!r} {record.id}"


def place_of(cursor: str) -> Place:
    """Raises Mistakes."""
    at, _, call = cursor.partition(" ")
    try:
        moment = float(at)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment) or not call or len(cursor) > MAX_CURSOR:
        raise refused("", say("There is no such page. Begin with the newest calls."))
    return moment, call


def _day(day: str, zone: str) -> tuple[float | None, float | None]:
    if not day:
        return None, None
    try:
        begins = date.fromisoformat(day)
        first, last = (
            datetime.combine(each, datetime.min.time(), ZoneInfo(zone)).timestamp()
            for each in (begins, begins + timedelta(days=1))
        )
    except (ValueError, OverflowError):
        raise refused("day", say("Give the day like 2026-11-26.")) from None
    return first, last
