"""Calls that come from a provider: how they are known, which number of ours they are for, and who calls.

A provider's call comes to the Contact that its trunk is registered with, whose user part nobody can guess, or from one
of the trunk's addresses. From and its kin never make a call a provider's. What a provider says of the caller
(P-Asserted-Identity) is believed; it is shown, and gives no rights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from engine.call.protocol import Caller
from engine.dialplan.values import e164
from sip.errors import ProtocolError
from sip.message.values import NameAddr, Uri

if TYPE_CHECKING:
    from engine.call.trunk import Trunk
    from engine.dialplan.account import Account
    from engine.numbering import Numbering, Reached
    from sip.flow import Flow
    from sip.message.envelope import Request

CALLED_HEADERS = ("P-Called-Party-ID",)
"""Where providers say whom a call is for, beside Request-URI and To (RFC 7315 section 4.2)."""
ANONYMOUS = "anonymous"
MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class FromTrunk:
    """A provider's call: over which trunk, and the number of ours it is for."""

    trunk: Trunk
    reached: Reached
    called: str


class Incoming:
    """Knows the calls of these trunks. ``contacts`` has the user part of our Contact at each, by the trunk's name."""

    def __init__(self, trunks: tuple[Trunk, ...] = (), contacts: Mapping[str, str] | None = None) -> None:
        self._by_contact = {user: trunk for trunk in trunks if (user := (contacts or {}).get(trunk.name))}
        self._by_address = [(network, trunk) for trunk in trunks for network in trunk.addresses]
        self._known: dict[str, tuple[Trunk, ...]] = {}

    def is_contact(self, uri: Uri) -> bool:
        """Whether it is where a registration of ours says that we are."""
        return uri.user in self._by_contact

    def find(self, request: Request, flow: Flow, numbering: Numbering) -> FromTrunk | None:
        """Which of our numbers a provider's call is for; None for anybody else's, or where it is for none."""
        for trunk in self._trunks_of(request, flow):
            for called in (*_called(request, frozenset(self._by_contact)), trunk.number):
                reached = _reached(called, trunk, numbering)
                if reached is not None:
                    return FromTrunk(trunk, reached, called)
        return None

    def _trunks_of(self, request: Request, flow: Flow) -> Iterator[Trunk]:
        trunk = self._by_contact.get(request.uri.user or "")
        if trunk is not None:
            yield trunk
        yield from self._from_address(flow.remote[0]) if self._by_address else ()

    def _from_address(self, host: str) -> tuple[Trunk, ...]:
        """Several trunks may share an address: accounts of one provider."""
        if host not in self._known:
            try:
                address = ip_address(host.partition("%")[0])
            except ValueError:
                return ()
            address = getattr(address, "ipv4_mapped", None) or address
            found = tuple(dict.fromkeys(trunk for network, trunk in self._by_address if address in network))
            if not found:
                return ()
            self._known[host] = found
        return self._known[host]


def caller_of(shown: NameAddr, from_: NameAddr, trunk: Trunk, account: Account) -> Caller:
    """Who calls, as the provider says: numbers as E.164, read as they are dialled in the trunk's country.

    ``shown`` is what it asserts, ``from_`` what the caller's own telephone says.
    """
    if not _hides(from_):
        for each in (shown, from_):
            if number := read_number(each.uri, trunk.country or account.country):
                name = each.display or from_.display
                return Caller(number, "".join(filter(str.isprintable, name))[:MAX_NAME], vouched=True)
    return Caller(ANONYMOUS)


def read_number(uri: Uri, country: str) -> str:
    """The number a sip or tel URI holds, as E.164 if it is one; empty if it holds none."""
    user = (uri.user or "").partition(";")[0]
    context = uri.param("phone-context") or ""
    if uri.scheme == "tel" and context.startswith("+") and not user.startswith("+"):
        user = context + user.lstrip("0")
    digits = user.lstrip("+")
    if not digits.isascii() or not any(map(str.isdigit, digits)):
        return ""
    if not user.startswith("+") and not user.startswith("0"):
        with_plus = e164(f"+{user}", country) if len(digits) > 9 else None
        return with_plus or e164(user, country) or user[:MAX_NAME]
    return e164(user, country) or user[:MAX_NAME]


def _called(request: Request, contacts: frozenset[str]) -> Iterator[str]:
    """The numbers that a request may be for, the most telling first."""
    for header in CALLED_HEADERS:
        if (named := _address(request.header(header))) is not None:
            yield _user(named.uri)
    if request.uri.user not in contacts:
        yield _user(request.uri)
    if request.to.uri.user not in contacts:
        yield _user(request.to.uri)


def _reached(called: str, trunk: Trunk, numbering: Numbering) -> Reached | None:
    if not called:
        return None
    reached = numbering.find_number(called)
    if reached is None and trunk.country:
        reached = numbering.find_number(e164(called, trunk.country) or "")
    return reached if reached is not None and trunk.serves(reached.account.key) else None


def _address(text: str | None) -> NameAddr | None:
    try:
        return NameAddr.parse(text) if text else None
    except ProtocolError:
        return None


def _hides(shown: NameAddr) -> bool:
    return shown.uri.host.endswith(".invalid") or (shown.uri.user or ANONYMOUS).lower() in (ANONYMOUS, "unknown")


def _user(uri: Uri) -> str:
    user = (uri.user or "").partition(";")[0]
    context = uri.param("phone-context") or ""
    return context + user.lstrip("0") if context.startswith("+") and not user.startswith("+") else user
