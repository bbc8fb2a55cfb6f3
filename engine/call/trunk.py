"""The way to telephones outside: a provider's trunk as calls use it, and how many of its lines an account may take."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from engine.dialplan.values import international_prefix, national_digits
from sip.credentials import Credentials
from sip.flow import DEFAULT_PORT
from sip.message.values import NameAddr, Uri

DEFAULT_MOST_OUTSIDE = 10
"""Calls to the outside that an account may have at a time, those that only ring included."""
DEFAULT_UNHEARD_SECONDS = 5.0
"""How long a provider may leave an INVITE without any answer, before the next one is tried."""

Writing = Literal["e164", "digits", "international", "national"]
"""``+31201234567``, ``31201234567``, ``0031201234567``, or ``0201234567`` within the country."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider: where it is, who we are there, how it wants numbers written.

    ``shows`` (E.164) is the only caller's number it lets us show, if it has one. ``accounts`` may use it; all if empty.
    """

    name: str
    host: str
    port: int = DEFAULT_PORT
    transport: str = "udp"
    credentials: Credentials | None = None
    shows: str = ""
    writes: Writing = "e164"
    accounts: frozenset[str] = frozenset()
    unheard: float = DEFAULT_UNHEARD_SECONDS
    codecs: tuple[str, ...] = ()

    def serves(self, account: str) -> bool:
        return not self.accounts or account in self.accounts

    def uri_of(self, number: str, country: str) -> Uri:
        """Where a call to ``number`` (E.164) from ``country`` goes."""
        params = () if self.transport == "udp" else (("transport", self.transport),)
        return Uri("sip", self.written(number, country), None, self.host, self.port, params, ())

    def caller_shown(self, name: str, number: str, country: str) -> NameAddr:
        """Who calls, as the provider is told; ``number`` is E.164, or empty for a caller who has none to show."""
        shown = self.shows or number
        user = self.written(shown, country) if shown else "anonymous"
        return NameAddr(name, Uri("sip", user, None, self.host, None, (), ()), ())

    def written(self, number: str, country: str) -> str:
        """A number (E.164) as this provider wants it from ``country``."""
        match self.writes:
            case "e164":
                return number
            case "digits":
                return number.removeprefix("+")
            case "international":
                return _prefix(country) + number.removeprefix("+")
            case "national":
                parsed = phonenumbers.parse(number, None)
                if parsed.country_code != phonenumbers.country_code_for_region(country):
                    return _prefix(country) + number.removeprefix("+")
                return national_digits(parsed)


def _prefix(country: str) -> str:
    """What one dials before the number of another country."""
    return international_prefix(country) or "00"


class WaysOut:
    """The trunks in the order in which they are tried, and the calls to the outside that there are."""

    def __init__(self, trunks: Sequence[Trunk] = (), most: int = DEFAULT_MOST_OUTSIDE) -> None:
        self.trunks = tuple(trunks)
        self._most = most
        self._taken: Counter[str] = Counter()

    def of(self, account: str) -> tuple[Trunk, ...]:
        """The trunks an account may use."""
        return tuple(trunk for trunk in self.trunks if trunk.serves(account))

    def taken(self, account: str) -> int:
        """How many calls to the outside an account has."""
        return self._taken[account]

    def take(self, account: str) -> Callable[[], None] | None:
        """One more call of the account; what is to be called at its end, once. None if there are enough of them."""
        if self._taken[account] >= self._most:
            log.warning("%s has %d calls to the outside already", account, self._most)
            return None
        self._taken[account] += 1

        def give_back() -> None:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]

        return give_back
