"""A new account as somebody describes it: read from a form or a command's options, with all that is wrong at once."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Final
from zoneinfo import available_timezones

import phonenumbers
from anyascii import anyascii
from babel.core import get_global

from engine.dialplan.findings import Wrong
from engine.dialplan.languages import read_code
from engine.dialplan.values import MAX_NAME
from web.accounts.about import About
from web.accounts.addresses import read_email
from web.mistakes import Mistake, Mistakes
from web.words import Sentence, say

MAX_LICENCES: Final = 10_000
MAX_KEY: Final = 40
MAIN_ZONES: Final = {"US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "DE": "Europe/Berlin"}
NAME_MISSING: Final = say("Type the name of the organisation.")
NAMELESS: Final = "office"
"""The key of an account whose name has no letter or digit that can be written in a file's name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be changed about an account."""

    name: str
    country: str
    timezone: str
    language: str
    licences: int


FACTS: Final = tuple(fact.name for fact in fields(Facts))


@dataclass(frozen=True, slots=True)
class Draft(Facts):
    """An account that is to be. ``key`` is set where a dialplan is claimed that is there already."""

    owner_name: str
    owner_email: str
    key: str = ""
    first: bool = False

    def packed(self) -> str:
        """As it is kept until the owner's address is proved."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Draft:
        return cls(**json.loads(text))


def read_draft(
    *,
    name: str,
    country: str,
    timezone: str,
    language: str,
    licences: str,
    owner_name: str,
    owner_email: str,
    first: bool = False,
) -> Draft:
    """The account that was typed; the ``first`` only if nobody owns another. Raises Mistakes with all that is wrong."""
    reading = _Reading()
    draft = Draft(
        **asdict(reading.facts(name, country, timezone, language, licences)),
        owner_name=reading.name("owner_name", owner_name, say("Type your name.")),
        owner_email=reading.email("owner_email", owner_email),
        first=first,
    )
    reading.done()
    return draft


def read_claim(*, key: str, licences: str, owner_name: str, owner_email: str, ownerless: Collection[str]) -> Draft:
    """The owner whom an account with a dialplan is to have. Raises Mistakes."""
    reading = _Reading()
    if key not in ownerless:
        reading.wrong("key", say("There is no account '{key}' that has no owner yet.", key=key[:MAX_KEY]))
    draft = Draft(
        name="",
        country="",
        timezone="",
        language="",
        licences=reading.licences(licences),
        owner_name=reading.name("owner_name", owner_name, say("Type your name.")),
        owner_email=reading.email("owner_email", owner_email),
        key=key,
    )
    reading.done()
    return draft


def read_facts(*, name: str, country: str, timezone: str, language: str, licences: str) -> Facts:
    """The facts that were typed. Raises Mistakes with all that is wrong."""
    reading = _Reading()
    facts = reading.facts(name, country, timezone, language, licences)
    reading.done()
    return facts


def typed_facts(known: About) -> dict[str, str]:
    """What ``read_facts`` reads, as it would be typed of the account as it is."""
    return {name: str(getattr(known, name)) for name in FACTS}


def new_key(name: str, taken: Collection[str]) -> str:
    """What the account is called in file names and addresses: made from its name, and like no other's."""
    made = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:MAX_KEY].strip("-") or NAMELESS
    key, number = made, 2
    while key in taken:
        key = f"{made[: MAX_KEY - 1 - len(str(number))].rstrip('-')}-{number}"
        number += 1
    return key


@cache
def known_zones() -> frozenset[str]:
    """All time zones, under every name they have."""
    return frozenset(available_timezones())


@cache
def zones() -> tuple[str, ...]:
    """The time zones that are offered: those named after places."""
    return tuple(sorted(zone for zone in known_zones() if "/" in zone and not zone.startswith("Etc/")))


@cache
def first_zones() -> dict[str, str]:
    """A time zone of each country, by its two letters: that of most people there, where there are several."""
    found: dict[str, str] = dict(MAIN_ZONES)
    for zone, territory in sorted(get_global("zone_territories").items()):
        if zone in known_zones():
            found.setdefault(territory, zone)
    return found


@cache
def countries() -> tuple[str, ...]:
    """The countries whose numbers can be read, by their two letters."""
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


class _Reading:
    """Reads field by field and keeps what is wrong with each."""

    def __init__(self) -> None:
        self._mistakes: list[Mistake] = []

    def wrong(self, field: str, what: Sentence) -> None:
        self._mistakes.append(Mistake(field, what))

    def done(self) -> None:
        """Raises Mistakes if there are any."""
        if self._mistakes:
            raise Mistakes(self._mistakes)

    def facts(self, name: str, country: str, timezone: str, language: str, licences: str) -> Facts:
        return Facts(
            name=self.name("name", name, NAME_MISSING),
            country=self.country(country),
            timezone=self.timezone(timezone),
            language=self.language(language),
            licences=self.licences(licences),
        )

    def name(self, field: str, typed: str, missing: Sentence) -> str:
        name = " ".join(typed.split())
        if not name:
            self.wrong(field, missing)
        elif len(name) > MAX_NAME or not name.isprintable():
            self.wrong(field, say("A name has at most {most} characters, all of them visible.", most=MAX_NAME))
        return name

    def country(self, typed: str) -> str:
        country = typed.strip().upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            self.wrong("country", say("Choose the country that the numbers belong to, such as NL."))
        return country

    def timezone(self, typed: str) -> str:
        zone = typed.strip()
        if zone not in known_zones():
            self.wrong("timezone", say("Choose a time zone, such as Europe/Amsterdam."))
        return zone

    def language(self, typed: str) -> str:
        try:
            return read_code(typed)
        except Wrong:
            self.wrong("language", say("Choose the language that callers hear, such as en or nl."))
            return ""

    def licences(self, typed: str) -> int:
        digits = typed.strip()
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
        if not 1 <= number <= MAX_LICENCES:
            self.wrong(
                "licences", say("Type how many licences there are: a number from 1 to {most}.", most=MAX_LICENCES)
            )
        return number

    def email(self, field: str, typed: str) -> str:
        try:
            return read_email(typed, field)
        except Mistakes as problem:
            self._mistakes += problem.mistakes
            return ""
