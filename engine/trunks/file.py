"""``config/trunks.yaml``: the providers through which telephones outside are called, in the order they are tried.

It is a file of its own, since it needs structure and holds passwords, which the settings and the dialplans do not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from engine.call.trunk import DEFAULT_CHECK_SECONDS, DEFAULT_UNHEARD_SECONDS, Identity, Trunk, Writing
from engine.dialplan.codec_names import CodecNames
from engine.dialplan.durations import read_duration
from engine.dialplan.encryption import EncryptionWord
from engine.dialplan.findings import DialplanErrors, Wrong
from engine.dialplan.load import read_block
from engine.dialplan.model import Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import Country, Name, Truth, read_number
from sip.credentials import Credentials
from sip.errors import ProtocolError
from sip.message.uri import Uri

MAX_TRUNKS = 50
MAX_SECRET = 200
MAX_ADDRESSES = 100
MAX_PREFIXES = 1000
DEFAULT_EXPIRES = 600.0
"""Seconds a registration is asked for."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Fa-f:.]{2,45}")
_USER = re.compile(r"[A-Za-z0-9._+@-]{1,100}")
_PREFIX = re.compile(r"\+[0-9]{1,15}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def _host(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not _HOST.fullmatch(text):
        raise Wrong(f"{shown(value)} is no name or address of a machine", "expected one such as sip.provider.example")
    return f"[{text}]" if ":" in text and not text.startswith("[") else text


def _user(value: Any) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _USER.fullmatch(text):
        raise Wrong(f"{shown(value)} is no user name", 'expected what the provider gave you, such as "31201234567"')
    return text


def _password(value: Any) -> str:
    """The password, or the environment variable that holds it. No message shows one."""
    if isinstance(value, SourceMapping) and set(value) == {"env"} and _VARIABLE.fullmatch(str(value["env"])):
        text = os.environ.get(str(value["env"]), "")
        if not text:
            raise Wrong(f"the environment variable {value['env']} is not set", "set it where Belplan is started")
    else:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > MAX_SECRET or not text.isprintable():
        raise Wrong("this is no password", "expected a text on one line, or {env: NAME_OF_A_VARIABLE}")
    return text


def _listed(value: Any) -> Any:
    return value if isinstance(value, SourceList) else [value]


def _between(least: float, most: float, bounds: str) -> BeforeValidator:
    def read(value: Any) -> float:
        seconds = read_duration(value)
        if not least <= seconds <= most:
            raise Wrong(f"{shown(value)} is out of bounds", f"expected between {bounds}")
        return seconds

    return BeforeValidator(read)


def _check(value: Any) -> float:
    if value is False or value == "off":
        return 0.0
    seconds = read_duration(value)
    if not 1 <= seconds <= 3600:
        raise Wrong(f"{shown(value)} is out of bounds", "expected between 1s and 60m, or off")
    return seconds


def _number(value: Any, info: ValidationInfo) -> str:  # noqa: ARG001
    return read_number(value, "")


def _prefix(value: Any) -> str:
    text = "".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _PREFIX.fullmatch(text):
        raise Wrong(f"{shown(value)} is no beginning of numbers", 'expected one such as "+49" or "+3120"')
    return text


def _network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value.strip() if isinstance(value, str) else "", strict=False)
    except ValueError:
        advice = "expected an address or a network, such as 203.0.113.20 or 203.0.113.0/28"
        raise Wrong(f"{shown(value)} is no address", advice) from None


def _proxy(value: Any) -> Uri:
    text = value.strip() if isinstance(value, str) else ""
    try:
        uri = Uri.parse(text if text.startswith("sip:") else f"sip:{text}")
    except ProtocolError:
        raise Wrong(f"{shown(value)} is no machine", "expected one such as proxy.provider.example:5060") from None
    return Uri("sip", None, None, uri.host, uri.port, uri.params, ())


Number = Annotated[str, BeforeValidator(_number)]
Prefix = Annotated[str, BeforeValidator(_prefix)]
Network = Annotated[Any, BeforeValidator(_network)]


class TrunkEntry(Section):
    """One provider.

    ```yaml
    trunks:
      provider: {host: sip.provider.example, user: "31201234567", password: {env: PROVIDER_PASSWORD}, register: yes}
    ```
    """

    host: Annotated[str, BeforeValidator(_host)] = Field(
        description="The provider's machine or domain, by name or address"
    )
    port: int | None = Field(default=None, ge=1, le=65535, strict=True, description="Its port")
    transport: Literal["udp", "tcp", "tls"] | None = Field(default=None, description="udp, tcp or tls")
    user: Annotated[str, BeforeValidator(_user)] | None = Field(default=None, description="Who we are there")
    auth_user: Annotated[str, BeforeValidator(_user)] | None = Field(
        default=None, description="The user name that goes with the password, where it is another one"
    )
    password: Annotated[str, BeforeValidator(_password)] | None = Field(
        default=None, description="The password, or {env: NAME} for a variable that holds it", repr=False
    )
    register_: Truth = Field(
        default=False, alias="register", description="Whether we register there, so that calls can come"
    )
    expires: Annotated[float, _between(60, 7200, "1m and 120m")] = Field(
        default=DEFAULT_EXPIRES, description="How long a registration is asked for; it is refreshed before its end"
    )
    proxy: Annotated[Any, BeforeValidator(_proxy)] | None = Field(
        default=None, description="The outbound proxy, such as proxy.provider.example:5060"
    )
    addresses: Annotated[tuple[Network, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MAX_ADDRESSES, description="Addresses or networks from which its calls come"
    )
    number: Number | None = Field(
        default=None, description="The number of an account that its calls go to which name none"
    )
    country: Country | None = Field(
        default=None, description="The country in which numbers are read that it sends; the account's, if left out"
    )
    shows: Number | None = Field(
        default=None, description="The only caller's number that the provider lets us show, if there is such a one"
    )
    identity: Identity = Field(
        default="from", description="Where it reads who calls: from, asserted, preferred (P-Asserted-Identity ...)"
    )
    writes: Writing = Field(
        default="e164", description="How it wants numbers: e164 (+31...), digits (31...), international, national, tel"
    )
    user_phone: Truth = Field(default=False, description="Whether numbers are marked with user=phone")
    accounts: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = Field(
        default=(), description="The accounts that may use it; all, if left out"
    )
    numbers: Annotated[tuple[Prefix, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MAX_PREFIXES, description='What the numbers begin with that it is for: ["+49", "+3120"]'
    )
    priority: int = Field(default=1, ge=1, le=100, strict=True, description="The lower goes first, of equal prefixes")
    calls: int | None = Field(default=None, ge=1, le=10_000, strict=True, description="Calls it carries at a time")
    minutes_a_day: int | None = Field(
        default=None, ge=1, le=1_000_000, strict=True, description="Minutes that are called through it a day"
    )
    emergency: Truth = Field(default=True, description="Whether it carries calls to emergency numbers")
    check: Annotated[float, BeforeValidator(_check)] = Field(
        default=DEFAULT_CHECK_SECONDS, description="How often it is asked whether it is there (OPTIONS), or off"
    )
    unheard: Annotated[float, _between(1, 30, "1s and 30s")] = Field(
        default=DEFAULT_UNHEARD_SECONDS, description="How long it may say nothing before the next one is tried"
    )
    codecs: CodecNames = Field(default=(), description="Which codecs it is offered, the best first; all, if left out")
    encryption: EncryptionWord | None = Field(
        default=None,
        description="Whether its sound is encrypted: never, offered, required; over tls offered, if left out",
    )

    @model_validator(mode="after")
    def _whole(self) -> TrunkEntry:
        if self.password is not None and self.user is None and self.auth_user is None:
            raise Wrong("a user name and a password go together", "give both or neither")
        if self.user is not None and self.password is None and not self.addresses:
            raise Wrong("a user name and a password go together", "give both or neither")
        if self.register_ and self.user is None:
            raise Wrong("'register' needs to know who we are there", "give 'user' and 'password'")
        return self

    def trunk(self, name: str) -> Trunk:
        """The trunk as calls use it."""
        proving = self.auth_user or self.user
        known = Credentials(proving, self.password) if proving is not None and self.password is not None else None
        return Trunk(
            name=name,
            host=self.host,
            port=self.port,
            transport=self.transport or "",
            user=self.user or "",
            credentials=known,
            registers=self.expires if self.register_ else 0.0,
            proxy=self.proxy,
            addresses=self.addresses,
            number=self.number or "",
            country=self.country or "",
            shows=self.shows or "",
            identity=self.identity,
            writes=self.writes,
            user_phone=self.user_phone,
            accounts=frozenset(self.accounts),
            prefixes=self.numbers,
            priority=self.priority,
            calls=self.calls,
            seconds=None if self.minutes_a_day is None else self.minutes_a_day * 60.0,
            emergency=self.emergency,
            unheard=self.unheard,
            check=self.check,
            codecs=self.codecs,
            encryption=self.encryption or "",
        )


class TrunkFile(Section):
    """The whole file."""

    trunks: dict[Name, TrunkEntry] = Field(description="The providers by name, in the order in which they are tried")


def load_trunks(path: Path) -> tuple[Trunk, ...]:
    """The trunks at ``path``; none if there is no such file. Raises DialplanErrors with all that is wrong."""
    return tuple(entry.trunk(name) for name, entry in read_trunks(path).items())


def read_trunks(path: Path) -> Mapping[str, TrunkEntry]:
    """The same as they stand in the file, each with its place."""
    if not path.exists():
        return {}
    reading = Reading(str(path))
    root = read_block(path, reading, "file of trunks", TrunkFile.yaml_names())
    read = reading.read(TrunkFile, root, root.at) if root is not None else None
    if read is not None and len(read.trunks) > MAX_TRUNKS:
        reading.error(read.place("trunks"), f"there are more than {MAX_TRUNKS} trunks")
    if read is None or reading.findings:
        raise DialplanErrors(reading.findings)
    return read.trunks
