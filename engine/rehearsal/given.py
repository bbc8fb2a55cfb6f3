"""What is given in a rehearsal, as people write it: a time of day, and what a phone does when it rings."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers

from engine.call.accepting import ACCEPT, DECLINE
from engine.call.script import Ahead, Phone
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.reading import shown
from engine.office.messages import MAX_MESSAGES, Count

TALKS = 5.0
"""Seconds that somebody who answers talks before they hang up, unless said otherwise."""
REACTS_AFTER = 3.0
"""Seconds after which a phone is answered or declines, unless said otherwise."""

SILENT_FOR = 600.0
"""Seconds that a phone from which no sound comes would go on saying nothing."""

NOT_REGISTERED = "not registered"
PHONE_WORDS = (
    "answers",
    "answers after 5s",
    "answers and parks after 3s",
    "answers and transfers to 101 after 3s",
    "picks up after 4s",
    "busy",
    "no answer",
    "declines",
    "fails",
    "is silent",
    NOT_REGISTERED,
)
OUTSIDE_WORDS = ("answers after 5s and accepts", "answers after 5s and refuses", "cannot be reached")
"""What a phone outside does besides; one that answers and does neither is a voicemail to whoever asks it to accept."""
REACTS_TO_QUESTION = 2.0
"""Seconds after which whoever answered outside presses the key, unless said otherwise."""
QUEUE_EXAMPLE = "2 waiting, served every 30s"
MAX_AHEAD = 200
EXAMPLE_TIME = "2026-12-24 16:30"

_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_AHEAD = re.compile(r"(?P<waiting>\d{1,3}) waiting(?:,? (?:and )?served every (?P<every>[\w. ]+))?")
_PHONE = re.compile(
    r"(?P<absent>not registered)|(?P<unreachable>cannot be reached)"
    r"|(?P<busy>busy|is busy)|(?P<rings>no answer|does not answer)"
    r"|(?P<fails>fails)|(?P<silent>(?:answers,? (?:and )?)?is silent)"
    r"|(?P<declines>declines)(?: after (?P<declines_after>[\w. ]+))?"
    r"|(?P<answers>answers)(?: after (?P<answers_after>[\w. ]+?))?"
    r"(?:,? (?:and )?(?P<presses>accepts|refuses)(?: after (?P<presses_after>[\w. ]+?))?)?"
    r"(?:,? (?:and )?talks(?: for)? (?P<talks>[\w. ]+?))?"
    r"(?:,? (?:and )?(?P<parks>parks)(?: after (?P<parks_after>[\w. ]+))?)?"
    r"(?:,? (?:and )?transfers to (?P<transfers_to>[0-9+*#]+)(?: after (?P<transfers_after>[\w. ]+))?)?"
    r"|(?P<picks_up>picks up)(?: after (?P<picks_up_after>[\w. ]+?))?"
    r"(?:,? (?:and )?talks(?: for)? (?P<picker_talks>[\w. ]+?))?"
)


def read_time(value: object, zone: ZoneInfo) -> float:
    """Seconds since the epoch of ``2026-12-24 16:30``, by the clock on the wall in ``zone``. Raises Wrong."""
    text = str(value).strip()
    for form in _FORMATS:
        try:
            local = datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Wrong(f"the clocks of {zone} never show {text}", "they are put forward then; take an hour later")
        return local.timestamp()
    raise Wrong(f"{shown(value)} is no time", f"write it as {EXAMPLE_TIME}")


def read_phone(value: object) -> Phone | None:
    """What a phone does when it rings; None if it is not registered. Raises Wrong."""
    text = " ".join(str(value).lower().split())
    said = _PHONE.fullmatch(text)
    if said is None:
        words = (*PHONE_WORDS, *OUTSIDE_WORDS)
        advice = did_you_mean(text, words, f"expected one of: {', '.join(words)}")
        raise Wrong(f"{shown(value)} is nothing a phone does", advice)
    if said["absent"]:
        return None
    if said["unreachable"]:
        return Phone(unreachable=True)
    if said["busy"]:
        return Phone(busy=True, talks=TALKS)
    if said["fails"]:
        return Phone(fails=True, talks=TALKS)
    if said["silent"]:
        return Phone(answers_after=REACTS_AFTER, talks=SILENT_FOR, silent=True)
    if said["declines"]:
        return Phone(declines_after=_seconds(said["declines_after"], REACTS_AFTER), talks=TALKS)
    if said["answers"]:
        parks_after = _seconds(said["parks_after"], REACTS_AFTER) if said["parks"] else None
        transfers = None
        if said["transfers_to"]:
            transfers = (_seconds(said["transfers_after"], REACTS_AFTER), said["transfers_to"])
        presses = None
        if said["presses"]:
            key = ACCEPT if said["presses"] == "accepts" else DECLINE
            presses = (_seconds(said["presses_after"], REACTS_TO_QUESTION), key)
        return Phone(
            answers_after=_seconds(said["answers_after"], REACTS_AFTER),
            talks=_seconds(said["talks"], TALKS + max(parks_after or 0.0, transfers[0] if transfers else 0.0)),
            parks_after=parks_after,
            transfers=transfers,
            presses=presses,
        )
    if said["picks_up"]:
        after = _seconds(said["picks_up_after"], REACTS_AFTER)
        return Phone(picks_up_after=after, talks=_seconds(said["picker_talks"], TALKS))
    return Phone(talks=TALKS)


def read_ahead(queue: str, value: object) -> Ahead:
    """Who else waits in a queue when the call comes. Raises Wrong."""
    text = " ".join(str(value).lower().split())
    said = _AHEAD.fullmatch(text)
    if said is None or int(said["waiting"]) > MAX_AHEAD:
        raise Wrong(f"{shown(value)} does not say who waits", f"expected such as {QUEUE_EXAMPLE}")
    return Ahead(queue, int(said["waiting"]), read_duration(said["every"]) if said["every"] else None)


def _seconds(text: str | None, otherwise: float) -> float:
    return read_duration(text) if text else otherwise


def read_messages(value: object) -> Count:
    """What is in a mailbox: ``2 new``, ``1 saved``, ``3 new, 1 urgent, 2 saved``, ``full``. Raises Wrong.

    Urgent ones are among the new ones.
    """
    text = " ".join(str(value).lower().replace(",", " ").split())
    if text == "full":
        return Count(new=MAX_MESSAGES)
    words = text.split()
    numbers = dict.fromkeys(("new", "urgent", "saved"), 0)
    for number, kind in zip(words[::2], words[1::2], strict=False):
        if number.isascii() and number.isdigit() and kind in numbers:
            numbers[kind] = int(number)
    new, there = max(numbers["new"], numbers["urgent"]), Count(**numbers)
    if len(words) % 2 or not words or not 0 < new + there.saved <= MAX_MESSAGES:
        raise Wrong(
            f"{shown(value)} is nothing that a mailbox holds", "write 2 new, or 3 new, 1 urgent, 2 saved; or full"
        )
    return Count(new, there.urgent, there.saved)


@lru_cache(maxsize=256)
def outside_number(country: str) -> str:
    """A number that nobody is known to have, of a mobile phone in the country: the caller if none is named."""
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return "+31612345678"
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
