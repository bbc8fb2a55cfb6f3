"""What has to be typed into a softphone, whatever brings it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.certificates.certificate import CertificateProblem
from engine.certificates.keeping import read_certificates
from engine.dialplan.account import Account, Person
from engine.facing import facing
from engine.setting_values import ListenOn
from engine.settings import Settings
from sip.flow import default_port

PREFERRED = ("tls", "tcp", "udp")
"""A connection keeps a mobile phone's router open, and encryption its calls to itself."""
ENCRYPTION = {"never": "none", "offered": "SRTP (SDES), optional", "required": "SRTP (SDES), mandatory"}


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """One person's SIP account. ``host`` is where phones reach Belplan, an IPv6 address without brackets.

    ``encryption`` of sound is never, offered or required.
    """

    name: str
    user: str
    domain: str
    password: str = field(repr=False)
    host: str
    port: int
    transport: str
    encryption: str = "never"

    @property
    def server(self) -> str:
        """``192.168.1.20:5060``; the port is left out where it is the transport's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == default_port(self.transport) else f"{host}:{self.port}"

    def lines(self) -> list[tuple[str, str]]:
        """What to type into a phone, field by field, in the words most phones use."""
        return [
            ("name", self.name),
            ("user name", self.user),
            ("password", self.password),
            ("domain", self.domain),
            ("server (proxy)", self.server),
            ("transport", self.transport.upper()),
            ("encryption", ENCRYPTION[self.encryption]),
        ]


class NoWayIn(Exception):
    """Belplan listens nowhere that a phone can be told; the text is a sentence."""


def phone_account(settings: Settings, account: Account, name: str, person: Person, password: str) -> PhoneAccount:
    """The SIP account of ``person``, called ``name`` in the dialplan. Raises NoWayIn."""
    transport, host, port = _way_in(settings)
    encryption = account.encryption_of(name) or ("offered" if transport == "tls" else "never")
    return PhoneAccount(
        person.name or name, person.extension, account.domain, password, host, port, transport, encryption
    )


def _host(settings: Settings, listens: ListenOn) -> str | None:
    """What phones are told: for TLS the name that the certificate has, as they check it."""
    address = facing(settings, listens.host)
    if listens.transport != "tls" or address is None:
        return address
    try:
        names = read_certificates(settings)[0].names
    except CertificateProblem:
        return None
    return next((name for name in names if not name.startswith("*.")), None)


def _way_in(settings: Settings) -> tuple[str, str, int]:
    ways: Sequence[tuple[str, str, int]] = [
        (each.transport, host, each.port)
        for each in settings.listen_addresses()
        if each.transport in PREFERRED and (host := _host(settings, each)) is not None
    ]
    if not ways:
        raise NoWayIn("Belplan listens on no address that a phone can reach: see the setting 'listen'")
    return min(ways, key=lambda way: (":" in way[1], PREFERRED.index(way[0])))
