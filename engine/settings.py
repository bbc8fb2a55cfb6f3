"""``config/belplan.yaml`` as a frozen model: every default is good, ``BELPLAN_<NAME>`` overrides any one."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from engine.setting_values import (
    DEFAULT_LISTEN,
    FEWEST_PORTS,
    Address,
    AddressesOrNetworks,
    Digest,
    Folder,
    Folders,
    Listen,
    ListenOn,
    Networks,
    Origins,
    PagesAt,
    Ports,
    Seconds,
    Sender,
    Servers,
    SessionSeconds,
    Unbanned,
    WebAddress,
    Website,
)
from sip.facing import PRIVATE
from sip.guard.sources import network

MAX_MEDIA_WORKERS = 256
MAX_OUTSIDE_CALLS = 10_000
SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
FOLDERS = (
    *("state", "dialplans", "prompts", "trunks", "smtp_password_file"),
    *("certificates", "client_authorities", "trusted_authorities", "console_certificate"),
    "transfer_secret_file",
)
"""Settings that name places on the disk: relative ones begin at the file's home."""


class Settings(BaseModel):
    """What the administrator of the machine decides. Times are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    state: Folder = Field(Path("state"), description="folder for registrations, passwords, call records and voicemail")
    database: str | None = Field(
        None, description="postgresql://user:password@host/name instead of the SQLite file in the state folder"
    )
    dialplans: Folder = Field(Path("dialplans"), description="folder with one YAML file per account")
    trunks: Folder = Field(
        Path("config/trunks.yaml"), description="file with the providers for calls to the outside; may be missing"
    )
    prompts: Folder = Field(Path("prompts"), description="folder with the built-in prompts, one folder per language")

    listen: Listen = Field(DEFAULT_LISTEN, description="addresses for SIP; in the environment separated by commas")
    certificates: Folders = Field(
        (),
        description="certificates with their keys, for `tls` and `wss`: files, or folders such as those of certbot;"
        " separated by commas; phones that ask for no name get the first",
    )
    client_certificates: Literal["none", "optional", "required"] = Field(
        "none", description="whether whoever connects by `tls` or `wss` shows a certificate"
    )
    client_authorities: Folder | None = Field(
        None, description="file with the certificates of the authorities that those must come from"
    )
    trusted_authorities: Folder | None = Field(
        None, description="the same for servers that Belplan connects to by `tls`; the machine's own if left out"
    )
    websocket_origins: Origins = Field(
        (),
        description="websites whose pages may connect by `ws` and `wss`, such as https://phone.bakery.example, beside"
        " those of the very host that is connected to; `*` for all; separated by commas",
    )
    websocket_proxies: AddressesOrNetworks = Field(
        (),
        description="addresses and networks of reverse proxies, whose word counts for where a WebSocket comes from"
        " (X-Forwarded-For)",
    )
    advertise: Address = Field(
        None,
        description="address, or name that leads to it, that phones and providers outside are told, where it differs"
        " from the machine's own (behind a router)",
    )
    local_networks: Networks = Field(
        PRIVATE, description="networks in which the machine's own address is told all the same; separated by commas"
    )
    keep_alive: Seconds = Field(
        25.0,
        description="how often phones behind routers are asked whether they are there, so that their routers let calls"
        " through; over connections four times less often; 0: never",
    )
    dns_servers: Servers = Field(
        (), description="name servers that are asked in place of the machine's own; separated by commas"
    )
    registration_min: Seconds = Field(60.0, description="shortest time a phone may register for", gt=0)
    registration_default: Seconds = Field(3600.0, description="for phones that ask for no time of their own", gt=0)
    registration_max: Seconds = Field(7200.0, description="longest time a phone may register for", gt=0)
    session_expires: SessionSeconds = Field(
        1800, description="a call that its phone has not confirmed for so many seconds is ended; 0 for never"
    )
    digest: Digest = Field(
        ("sha-256", "md5"),
        description="how phones may prove their password; `md5` alone for old phones that stumble over sha-256",
    )

    # what strangers may take of us (docs/security.md)
    requests_per_source: float = Field(
        20.0, description="SIP requests a second that an address without a phone here may send; 0: any number", ge=0
    )
    ban_after: int = Field(
        20, description="wrong passwords, scans and the like after which an address is banned; 0: never", ge=0
    )
    ban_longest: Seconds = Field(86400.0, description="longest ban; the first lasts 5 minutes, each further one longer")
    never_ban: Unbanned = Field(
        (network("127.0.0.1"), network("::1")),
        description="addresses, networks and names, as of a proxy before the phones, that are never banned nor limited,"
        " as those of trunks and of `websocket_proxies` never are",
    )
    shed_after: Seconds = Field(
        0.25, description="seconds late from which new calls of strangers are turned away for a moment; 0: never"
    )

    rtp_ports: Ports = Field((16384, 32767), description="UDP ports for sound, first and last")
    rtp_port_rest: Seconds = Field(5.0, description="how long a port rests after a call before the next may use it")
    media_workers: int = Field(
        1, description="processes that carry sound; one per core at most", ge=1, le=MAX_MEDIA_WORKERS
    )
    media_timeout: Seconds = Field(30.0, description="a call from which no sound has come for so long is ended", gt=0)
    hold_timeout: Seconds = Field(3600.0, description="the same for a phone that has put the call on hold", gt=0)

    outside_calls: int = Field(
        10, description="calls to the outside that an account may have at a time", ge=0, le=MAX_OUTSIDE_CALLS
    )
    smtp_host: str | None = Field(
        None, description="mail server that sends voicemail by e-mail; none is sent without one", min_length=1
    )
    smtp_port: int | None = Field(None, description="its port", ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted; `none` for a server on this machine"
    )
    smtp_user: str | None = Field(None, description="user name at the mail server, if it wants one", min_length=1)
    smtp_password: str | None = Field(None, description="password at the mail server", repr=False, min_length=1)
    smtp_password_file: Folder | None = Field(None, description="file that holds the password instead")
    smtp_from: Sender = Field(None, description="the sender's address, such as phone@bakery.example")

    console: PagesAt = Field(
        WebAddress("127.0.0.1", 8080),
        description="address and port of the pages for setting up, in a browser; `none` switches them off",
    )
    console_url: Website = Field(
        None,
        description="how those pages are reached from outside, such as https://phone.bakery.example; links in e-mails"
        " begin with it",
    )
    console_certificate: Folder | None = Field(
        None, description="certificate with its key for those pages, a file or a folder; then they speak TLS only"
    )
    console_proxies: AddressesOrNetworks = Field(
        (),
        description="addresses and networks of reverse proxies before those pages, whose word counts for where a"
        " visitor comes from (X-Forwarded-For, X-Forwarded-Proto)",
    )
    transfer_email: Sender = Field(
        None,
        description="the carrier's address to which orders to transfer numbers in are sent, such as"
        " transfers@carrier.example; without one a manager hands them in",
    )
    transfer_secret_file: Folder | None = Field(
        None, description="file with the secret under which the carrier's program signs its reports of transfers"
    )
    keep_invoices: Seconds = Field(
        90 * 86400.0,
        description="invoices of number transfers are deleted so long after the transfer is complete or cancelled",
    )

    message_waiting: Literal["registered", "subscribed"] = Field(
        "registered", description="phones told of voicemail: all `registered` ones, or those that have `subscribed`"
    )
    keep_texts: Seconds = Field(30 * 86400.0, description="texts for somebody whose phones are away wait so long")
    keep_call_records: Seconds = Field(365 * 86400.0, description="call records older than this are removed")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto: text on a terminal, JSON lines otherwise"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_yes_or_no(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("expected a value, not yes or no (YAML reads yes, no, on and off as true and false)")
        return value

    @field_validator("registration_max", mode="after")
    @classmethod
    def _registration_in_order(cls, longest: float, info: ValidationInfo) -> float:
        shortest, usual = info.data.get("registration_min"), info.data.get("registration_default")
        if shortest is not None and usual is not None and not shortest <= usual <= longest:
            raise ValueError(
                "registration_min, registration_default and registration_max must not decrease in this order"
            )
        return longest

    @field_validator("certificates", mode="after")
    @classmethod
    def _certificate_for_tls(cls, places: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        secure = next((each for each in info.data.get("listen") or () if each.transport in ("tls", "wss")), None)
        if secure is not None and not places:
            raise ValueError(f"expected a certificate with its key, as 'listen' has {secure}")
        return places

    @field_validator("client_authorities", mode="after")
    @classmethod
    def _authorities_for_clients(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        asked = info.data.get("client_certificates")
        if file is None and asked in ("optional", "required"):
            raise ValueError(f"expected a file of certificates, as 'client_certificates' is {asked}")
        return file

    @field_validator("media_workers", mode="after")
    @classmethod
    def _ports_for_each_worker(cls, workers: int, info: ValidationInfo) -> int:
        ports = info.data.get("rtp_ports")
        if ports is not None and (ports[1] - ports[0] + 1) < FEWEST_PORTS * workers:
            raise ValueError(f"expected fewer, or more rtp_ports: each needs {FEWEST_PORTS} of them at least")
        return workers

    @field_validator("smtp_from", mode="after")
    @classmethod
    def _smtp_together(cls, sender: str | None, info: ValidationInfo) -> str | None:
        set_ = info.data
        if set_.get("smtp_host") is not None and sender is None:
            raise ValueError("smtp_host needs it: expected an e-mail address such as phone@bakery.example")
        if set_.get("smtp_user") is not None and set_.get("smtp_security") == "none":
            raise ValueError("smtp_user needs smtp_security: a password is not sent without encryption")
        return sender

    @property
    def smtp_port_used(self) -> int:
        """The mail server's port: the usual one unless it is set."""
        return self.smtp_port or SMTP_PORTS[self.smtp_security]

    @property
    def smtp_secret(self) -> str | None:
        """The password at the mail server. Raises OSError where its file cannot be read."""
        if self.smtp_password_file is not None:
            return self.smtp_password_file.read_text().strip()
        return self.smtp_password

    @property
    def database_url(self) -> str:
        """The URL SQLAlchemy opens."""
        if self.database is None:
            return f"sqlite:///{self.state / 'belplan.sqlite3'}"
        scheme, colon, rest = self.database.partition(":")
        return f"postgresql+psycopg:{rest}" if colon and scheme in ("postgres", "postgresql") else self.database

    @property
    def console_base(self) -> str | None:
        """What links to the console's pages begin with; None if it is switched off."""
        if self.console is None:
            return None
        if self.console_url is not None:
            return self.console_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.console.host, self.console.host)
        scheme = "http" if self.console_certificate is None else "https"
        return f"{scheme}://{WebAddress(host, self.console.port)}"

    @property
    def sounds_cache(self) -> Path:
        """Where texts that a dialplan says are kept once they are spoken."""
        return self.state / "speech"

    def listen_addresses(self) -> tuple[ListenOn, ...]:
        """Where to listen on this machine: the default leaves IPv6 out where the machine has none."""
        if self.listen == DEFAULT_LISTEN and not machine_has_ipv6():
            return tuple(address for address in self.listen if not address.ipv6)
        return self.listen


def machine_has_ipv6() -> bool:
    """Whether an IPv6 socket can be bound here (the kernel may have it compiled out or switched off)."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True
