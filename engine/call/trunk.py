"""A provider's trunk as calls use it: where it is, who we are there, and how it wants numbers written."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

import phonenumbers

from engine.dialplan.values import international_prefix, national_digits
from sip.credentials import Credentials
from sip.message.values import NameAddr, Uri

DEFAULT_UNHEARD_SECONDS = 5.0
"""How long a provider may leave an INVITE without any answer, before the next one is tried."""
DEFAULT_CHECK_SECONDS = 30.0
"""How often a provider is asked whether it is there."""

Writing = Literal["e164", "digits", "international", "national", "tel"]
"""``+31201234567``, ``31201234567``, ``0031201234567``, ``0201234567`` within the country, or ``tel:+31201234567``."""
Identity = Literal["from", "asserted", "preferred"]
"""Where a provider reads who calls: in From, in P-Asserted-Identity, or in P-Preferred-Identity (RFC 3325)."""

IDENTITY_HEADERS = {"asserted": "P-Asserted-Identity", "preferred": "P-Preferred-Identity"}
ANONYMOUS = NameAddr("Anonymous", Uri("sip", "anonymous", None, "anonymous.invalid", None, (), ()), ())
"""From of a caller who shows no number (RFC 3323 section 4.1)."""


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider.

    ``port`` and ``transport`` are looked up where they are left out (RFC 3263). ``user`` is who we are there,
    ``credentials`` what proves it. It ``registers`` for so many seconds; 0: not at all. Requests go by ``proxy`` if
    there is one. Its calls come over the registration, or from its ``addresses``; those that name no number of ours go
    to ``number``. Numbers it sends are read in ``country``, the account's own if empty.

    It serves ``accounts``, all if empty, for numbers that begin with one of ``prefixes``, any if empty; the lower
    ``priority`` goes first. ``calls`` bounds those at a time, ``seconds`` those of a day. ``shows`` (E.164) is the only
    caller's number it lets us show. It is asked every ``check`` seconds whether it is there; 0: never.
    """

    name: str
    host: str
    port: int | None = None
    transport: str = ""
    user: str = ""
    credentials: Credentials | None = None
    registers: float = 0.0
    proxy: Uri | None = None
    addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    number: str = ""
    country: str = ""
    shows: str = ""
    identity: Identity = "from"
    writes: Writing = "e164"
    user_phone: bool = False
    accounts: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    priority: int = 1
    calls: int | None = None
    seconds: float | None = None
    emergency: bool = True
    unheard: float = DEFAULT_UNHEARD_SECONDS
    check: float = DEFAULT_CHECK_SECONDS
    codecs: tuple[str, ...] = ()
    encryption: str = ""

    def serves(self, account: str) -> bool:
        return not self.accounts or account in self.accounts

    def begins(self, number: str) -> int | None:
        """How many characters of a number (E.164) one of the prefixes covers; None if the trunk is for others."""
        if not self.prefixes:
            return 0
        return max((len(each) for each in self.prefixes if number.startswith(each)), default=None)

    # --- where requests go -------------------------------------------------------------------------------------------

    @property
    def registrar(self) -> Uri:
        """The provider itself: what is registered with, and asked whether it is there."""
        return Uri("sip", None, None, self.host, self.port, self._transport(), ())

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        """What requests outside a registration go by: the proxy; the provider itself where numbers are tel URIs."""
        if self.proxy is not None:
            return (NameAddr("", self.proxy.with_params(lr="")),)
        return (NameAddr("", self.registrar.with_params(lr="")),) if self.writes == "tel" else ()

    @property
    def address_of_record(self) -> NameAddr:
        """Who we are there."""
        return NameAddr("", Uri("sip", self.user or None, None, self.host, None, (), ()), ())

    def uri_of(self, number: str, country: str) -> Uri:
        """Where a call to ``number`` (E.164, or a short one as it is dialled) from ``country`` goes."""
        written = self.written(number, country)
        if self.writes == "tel" and number.startswith("+"):
            return Uri("tel", written)
        return Uri("sip", written, None, self.host, self.port, (*self._transport(), *self._phone()), ())

    def _transport(self) -> tuple[tuple[str, str], ...]:
        return (("transport", self.transport),) if self.transport else ()

    def _phone(self) -> tuple[tuple[str, str], ...]:
        return (("user", "phone"),) if self.user_phone else ()

    # --- who calls ---------------------------------------------------------------------------------------------------

    def caller_shown(self, name: str, number: str, country: str, *, hidden: bool = False) -> NameAddr:
        """Who calls, as the telephone called is told; ``number`` is E.164, or empty for a caller who has none to show.

        Where the provider reads elsewhere who calls, From of one who is ``hidden`` names nobody.
        """
        if hidden:
            return ANONYMOUS
        shown = self.shows or number
        user = self.written(shown, country) if shown else "anonymous"
        return NameAddr(name, Uri("sip", user, None, self.host, None, self._phone(), ()), ())

    def caller_headers(self, number: str, country: str, *, hidden: bool = False) -> tuple[tuple[str, str], ...]:
        """Who calls, as the provider is told beside From: only it, where the caller is ``hidden`` (RFC 3323, 3325)."""
        headers = []
        identity = "asserted" if hidden and self.identity == "from" else self.identity
        if identity != "from":
            headers.append((IDENTITY_HEADERS[identity], str(self.caller_shown("", number, country))))
        if hidden:
            headers.append(("Privacy", "id"))
        return tuple(headers)

    def written(self, number: str, country: str) -> str:
        """A number (E.164) as this provider wants it from ``country``; a short one stays as it is."""
        if not number.startswith("+"):
            return number
        match self.writes:
            case "e164" | "tel":
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
