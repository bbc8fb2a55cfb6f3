"""Numbers: which account a called number belongs to and where in it, whatever form the number comes in.

All forms of every number are worked out once, when dialplans are loaded, so that a look-up is one step in a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from engine.dialplan.account import Account
from engine.dialplan.model import Node
from engine.dialplan.values import international_prefix, national_digits

MAX_DIALLED = 32
"""Characters of a called number that are looked at; longer ones are nobody's."""

WITHHOLD = ("*31#", "#31#", "*31*")
"""What people dial before a number in order not to be shown for this call: on lines and in mobile networks."""

PARSES_KEPT = 1024

_PUNCTUATION = str.maketrans("", "", " -.()/\u00a0")
_DIALLED = re.compile(r"\+?[0-9]{1,31}")


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a called number leads: an account, and the person whose own number it is, None for the main number."""

    account: Account
    person: str | None = None

    @property
    def entry(self) -> Node:
        """The node at which the call begins."""
        return self.account.main if self.person is None else self.account.ring_person(self.person)


class Numbering:
    """The numbers and domains of all accounts. Immutable: a reload makes a new one."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.accounts = tuple(accounts)
        self._countries = tuple(dict.fromkeys(account.country for account in self.accounts))
        self._by_domain = {account.domain: account for account in self.accounts}
        self._by_number: dict[str, Reached] = {}
        ambiguous: set[str] = set()
        for account in self.accounts:
            for number, reached in _reached(account):
                for form in forms(number, account.country):
                    if self._by_number.setdefault(form, reached) is not reached and not form.startswith("+"):
                        ambiguous.add(form)
        for form in ambiguous:
            del self._by_number[form]

    def find_number(self, called: str, within: Account | None = None) -> Reached | None:
        """Where ``called`` leads, be it ``+31201234567``, ``0031201234567``, ``0201234567`` or ``31201234567``.

        ``within`` asks for numbers of that account only, as its own phones dial them. Without it, a national form that
        accounts of several countries have leads nowhere.
        """
        if len(called) > MAX_DIALLED:
            return None
        dialled = called.translate(_PUNCTUATION)
        found = self._by_number.get(dialled)
        if found is None and _DIALLED.fullmatch(dialled):
            found = self._find_otherwise(called, (within.country,) if within else self._countries)
        return found if found is None or within is None or found.account is within else None

    def _find_otherwise(self, called: str, countries: Iterable[str]) -> Reached | None:
        """A number in a form that is not among the usual ones, if all countries read it alike."""
        numbers = {number for country in countries if (number := e164(called, country))}
        found = [self._by_number[number] for number in numbers if number in self._by_number]
        return found[0] if len(found) == 1 else None

    def by_domain(self, domain: str) -> Account | None:
        """The account whose phones register to ``domain``."""
        return self._by_domain.get(domain.lower())


def _reached(account: Account) -> Iterator[tuple[str, Reached]]:
    main = Reached(account)
    personal = {person.number: Reached(account, name) for name, person in account.people.items() if person.number}
    for number in account.numbers_at:
        yield number, personal.get(number, main)


def forms(number: str, country: str) -> set[str]:
    """The forms in which a number (E.164) of an account in ``country`` may be called."""
    parsed = phonenumbers.parse(number, None)
    found = {number, number.removeprefix("+")}
    if prefix := international_prefix(country):
        found.add(prefix + number.removeprefix("+"))
    if country in phonenumbers.region_codes_for_country_code(parsed.country_code or 0):
        found.add(national_digits(parsed))
    return found


@lru_cache(maxsize=PARSES_KEPT)
def e164(number: str, country: str) -> str | None:
    """``number`` as dialled in ``country``, as E.164; None if it is no telephone number."""
    if len(number) > MAX_DIALLED:
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def without_prefix(called: str) -> str:
    """What somebody wants to call without being shown, having dialled a code before it; empty if they have not."""
    prefix = next((code for code in WITHHOLD if called.startswith(code)), "")
    rest = called[len(prefix) :] if prefix else ""
    return "" if rest.startswith(WITHHOLD) else rest
