"""The values of settings as people write them: addresses to listen on, times, ports and folders."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from sip.dialog.session_timer import LEAST_SECONDS, MOST_SECONDS
from sip.guard.sources import network

FEWEST_PORTS = 8
DNS_PORT = 53

_NAME = re.compile(
    r"(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

Transport = Literal["udp", "tcp", "tls", "ws", "wss"]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def is_address(text: str, family: int) -> bool:
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True


def bare(host: str) -> str | None:
    """An IPv4 address, or an IPv6 one in brackets, without them; None for anything else, such as a name."""
    bracketed = host.startswith("[") and host.endswith("]")
    address = host[1:-1] if bracketed else host
    return address if is_address(address, socket.AF_INET6 if bracketed else socket.AF_INET) else None


@dataclass(frozen=True, slots=True)
class ListenOn:
    """One address to listen on, written ``udp:0.0.0.0:5060`` or ``tcp:[::]:5060``; port 0 lets the system pick."""

    transport: Transport
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> ListenOn:
        """Read ``transport:address:port``; raises ValueError with a sentence."""
        expected = f"expected transport:address:port such as udp:0.0.0.0:5060 or tcp:[::]:5060, got {text!r}"
        transport, colon, rest = text.strip().partition(":")
        host, second, port = rest.rpartition(":")
        if not (colon and second and host) or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise ValueError(expected)
        known: dict[str, Transport] = {each: each for each in get_args(Transport)}
        if transport.lower() not in known:
            raise ValueError(f"expected {', '.join(known)} before the first colon, got {transport!r}")
        address = bare(host)
        if address is None:
            raise ValueError(expected + " (IPv6 stands in brackets; names are not looked up)")
        return cls(known[transport.lower()], address, int(port))

    @property
    def ipv6(self) -> bool:
        return ":" in self.host

    def __str__(self) -> str:
        host = f"[{self.host}]" if self.ipv6 else self.host
        return f"{self.transport}:{host}:{self.port}"


DEFAULT_LISTEN = tuple(
    ListenOn.parse(text) for text in ("udp:0.0.0.0:5060", "tcp:0.0.0.0:5060", "udp:[::]:5060", "tcp:[::]:5060")
)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where pages are served, written ``127.0.0.1:8080`` or ``[::]:8080``; port 0 lets the system pick."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> WebAddress:
        """Raises ValueError with a sentence."""
        host, colon, port = text.strip().rpartition(":")
        address = bare(host)
        if address is None or not (colon and port.isascii() and port.isdigit() and int(port) < 65536):
            raise ValueError(f"expected address:port such as 127.0.0.1:8080 or [::1]:8080, or none, got {text!r}")
        return cls(address, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_web_address(value: Any) -> Any:
    if value is None or isinstance(value, WebAddress):
        return value
    return None if str(value).strip() == "none" else WebAddress.parse(str(value))


def read_seconds(value: Any) -> Any:
    """``30``, ``30s``, ``5m``, ``2h`` or ``90d`` as seconds."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    number, unit = (text[:-1], _UNITS[text[-1:]]) if text[-1:] in _UNITS else (text, 1.0)
    try:
        return float(number) * unit
    except ValueError:
        raise ValueError(f"expected a time such as 30s, 5m, 2h or 90d, got {value!r}") from None


def split_listen(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise ValueError("expected a list of addresses such as udp:0.0.0.0:5060")
    return words


def split_digest(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise ValueError("expected sha-256, md5, or both")
    return tuple(word.strip().lower() if isinstance(word, str) else word for word in words)


def read_listen(value: Any) -> Any:
    return value if isinstance(value, ListenOn) else ListenOn.parse(str(value))


def read_ports(value: Any) -> Any:
    pair = value.split("-") if isinstance(value, str) else value
    try:
        first, last = (int(part) for part in pair)
    except (TypeError, ValueError):
        raise ValueError(f"expected two ports such as 16384-32767, got {value!r}") from None
    if not 1024 <= first < last <= 65535:
        raise ValueError("expected two ports from 1024 to 65535, the lower one first")
    if last - first + 1 < FEWEST_PORTS:
        raise ValueError(f"expected at least {FEWEST_PORTS} ports: each call needs four")
    return first, last


def read_folder(value: Any) -> Any:
    if isinstance(value, str | Path) and "\0" in str(value):
        raise ValueError("expected the name of a folder")
    return value


def is_ip_address(text: str) -> bool:
    return is_address(text, socket.AF_INET) or is_address(text, socket.AF_INET6)


def read_address(value: Any) -> Any:
    """An IP address, or a name that leads to one."""
    if value is not None and not (isinstance(value, str) and (is_ip_address(value) or _NAME.fullmatch(value))):
        raise ValueError(f"expected an IP address or a name such as 203.0.113.7 or pbx.example.net, got {value!r}")
    return value


def read_network(value: Any) -> Any:
    try:
        return str(ipaddress.ip_network(str(value).strip()))
    except ValueError as error:
        raise ValueError(f"expected a network such as 192.168.1.0/24, got {value!r} ({error})") from None


def split_places(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else [value] if isinstance(value, Path) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected a list of files or folders such as /etc/letsencrypt/live/phone.bakery.example")
    return tuple(word.strip() if isinstance(word, str) else word for word in words)


def read_origins(value: Any) -> Any:
    """Websites as browsers name them: scheme, host and perhaps a port, nothing after that."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected a list of websites such as https://phone.bakery.example")
    return tuple(_origin(str(word).strip()) for word in words)


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and f"{parts.scheme}://{parts.netloc}" == text
        _ = parts.port
    except ValueError:
        good = False
    if text != "*" and not good:
        raise ValueError(f"expected a website such as https://phone.bakery.example, without a path, or *, got {text!r}")
    return text


def read_website(value: Any) -> Any:
    """One website, without a path."""
    text = str(value).strip().removesuffix("/")
    return None if value is None else _origin("" if text == "*" else text)


def split_networks(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected a list of networks such as 192.168.1.0/24")
    return words


@dataclass(frozen=True, slots=True)
class Server:
    """A name server, written ``192.168.1.1``, ``192.168.1.1:5353`` or ``[2001:db8::1]:53``."""

    host: str
    port: int = DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """Raises ValueError with a sentence."""
        text = text.strip()
        host, colon, port = (text, "", "") if is_ip_address(text) else text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not is_ip_address(host) or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
            raise ValueError(f"expected the address of a name server such as 192.168.1.1, got {text!r}")
        return cls(host, int(port) if colon else DNS_PORT)


def read_servers(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected a list of name servers such as 192.168.1.1")
    return tuple(word if isinstance(word, Server) else Server.parse(str(word)) for word in words)


def read_sender(value: Any) -> Any:
    local, at, domain = value.strip().rpartition("@") if isinstance(value, str) else ("", "", "")
    if value is not None and not (
        local and at and domain and value.strip().isascii() and not set(value) & set(" <>,;")
    ):
        raise ValueError(f"expected an e-mail address such as phone@bakery.example, got {value!r}")
    return None if value is None else f"{local}@{domain}"


def read_sources(value: Any) -> Any:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError("expected addresses or networks such as 203.0.113.7 or 192.168.1.0/24")
    return tuple(word for word in words if not isinstance(word, str) or word.strip())


def read_unbanned(value: Any) -> Any:
    if isinstance(value, str) and _NAME.fullmatch(value.strip()):
        return value.strip()
    return read_source(value)


def read_source(value: Any) -> Any:
    try:
        return network(str(value))
    except ValueError:
        raise ValueError(f"expected an address or a network such as 192.168.1.0/24, got {value!r}") from None


Listen = Annotated[tuple[Annotated[ListenOn, BeforeValidator(read_listen)], ...], BeforeValidator(split_listen)]
Digest = Annotated[tuple[Literal["sha-256", "md5"], ...], BeforeValidator(split_digest)]
Ports = Annotated[tuple[int, int], BeforeValidator(read_ports)]
Address = Annotated[str | None, BeforeValidator(read_address)]
Networks = Annotated[tuple[Annotated[str, BeforeValidator(read_network)], ...], BeforeValidator(split_networks)]
Servers = Annotated[tuple[Server, ...], BeforeValidator(read_servers)]
Folder = Annotated[Path, BeforeValidator(read_folder)]
Folders = Annotated[tuple[Folder, ...], BeforeValidator(split_places)]
Website = Annotated[str | None, BeforeValidator(read_website)]
PagesAt = Annotated[WebAddress | None, BeforeValidator(read_web_address)]
Origins = Annotated[tuple[str, ...], BeforeValidator(read_origins)]


def _session_seconds(value: Any) -> int:
    """How long a call is good for without a refresh (RFC 4028), or 0."""
    seconds = read_seconds(value)
    if not isinstance(seconds, int | float) or not (seconds == 0 or LEAST_SECONDS <= seconds <= MOST_SECONDS):
        raise ValueError(f"expected 0, or from {LEAST_SECONDS} seconds to a day")
    return int(seconds)


SessionSeconds = Annotated[int, BeforeValidator(_session_seconds)]
Seconds = Annotated[float, BeforeValidator(read_seconds), Field(ge=0, allow_inf_nan=False)]
AddressesOrNetworks = Annotated[
    tuple[Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, BeforeValidator(read_source)], ...],
    BeforeValidator(read_sources),
]
Unbanned = Annotated[
    tuple[Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network | str, BeforeValidator(read_unbanned)], ...],
    BeforeValidator(read_sources),
]
Sender = Annotated[str | None, BeforeValidator(read_sender)]
