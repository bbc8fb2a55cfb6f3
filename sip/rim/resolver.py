"""Where a URI leads: transports, IP addresses and ports in the order in which they are to be tried (RFC 3263)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sip.flow import Address, default_port
from sip.message.values import Uri
from sip.rim.flows import is_address, is_routed
from sip.rim.names import Names, NamesFailed, Naptr, Srv

RESOLVE_SECONDS: Final = 5.0
MAX_TARGETS: Final = 8
"""Addresses of one URI that are tried."""
MAX_SERVERS: Final = 8
"""Machines of one URI, each with addresses of its own, that are looked up."""
AVOID_SECONDS: Final = 60.0
"""How long a target that did not take a request comes after all others."""
MAX_AVOIDED: Final = 1_000

SECURE: Final = {"tcp": "tls", "ws": "wss"}
"""What a transport becomes under a sips URI (RFC 3261 section 26.2.2)."""
SERVICES: Final = {"SIPS+D2T": "tls", "SIP+D2T": "tcp", "SIP+D2U": "udp", "SIPS+D2W": "wss", "SIP+D2W": "ws"}
"""NAPTR services (RFC 3263 section 4.1, RFC 7118 section 8.1) and the transports that they stand for."""
WEBSOCKETS: Final = frozenset({"ws", "wss"})
"""Transports over which only peers connect, as browsers have no address (RFC 7118 section 3)."""
SRV_NAMES: Final = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


class Unreachable(Exception):
    """There is no way to a URI; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send; ``host`` is an IP address in text. ``name`` is the URI's host, whom a certificate must name."""

    transport: str
    host: str
    port: int
    name: str = ""

    @property
    def remote(self) -> Address:
        return self.host, self.port


@dataclass(frozen=True, slots=True)
class _Server:
    """A machine that serves a URI, before its addresses are known."""

    transport: str
    host: str
    port: int


def numeric_target(uri: Uri) -> Target | None:
    """The target of a URI whose host is an IP address, None for a name. Raises Unreachable."""
    transport = _transport(uri) or _default_transport(uri)
    if not is_address(uri.host):
        return None
    return Target(transport, uri.host, uri.port or default_port(transport), uri.host)


class Resolver:
    """Looks up the targets of URIs; those that failed lately come last.

    ``transports`` are those we speak, the best first. ``routed`` tells whether the machine has a way to an address.
    """

    def __init__(
        self,
        names: Names | None = None,
        *,
        transports: Iterable[str] = ("udp", "tcp"),
        routed: Callable[[str], bool] = is_routed,
        random: Callable[[], float] = random.random,
    ) -> None:
        self.names = names or Names()
        self.transports = tuple(transports)
        self._routed = routed
        self._random = random
        self._avoided: dict[Target, float] = {}

    async def resolve(self, uri: Uri) -> list[Target]:
        """The targets of a URI, to be tried in this order. Raises Unreachable."""
        numeric = numeric_target(uri)
        if numeric is not None:
            return [numeric]
        if _transport(uri) in WEBSOCKETS:
            raise Unreachable(f"{uri.host} is reached over its own WebSocket alone, which is gone")
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                servers = await self._servers(uri)
                targets = await self._addresses(servers, uri.host)
        except (NamesFailed, TimeoutError) as error:
            raise Unreachable(f"the name {uri.host} could not be looked up: {error or 'no answer'}") from error
        if not targets:
            raise Unreachable(f"the name {uri.host} leads nowhere")
        return self._in_order(targets)[:MAX_TARGETS]

    # --- targets that failed ----------------------------------------------------------------------------------------

    def failed(self, target: Target) -> None:
        """It did not answer, or answered 503: others go first for a while (RFC 3263 section 4.3)."""
        self._avoided.pop(target, None)
        if len(self._avoided) >= MAX_AVOIDED:
            del self._avoided[next(iter(self._avoided))]
        self._avoided[target] = asyncio.get_running_loop().time() + AVOID_SECONDS

    def worked(self, target: Target) -> None:
        """It answers."""
        self._avoided.pop(target, None)

    def _in_order(self, targets: Iterable[Target]) -> list[Target]:
        now = asyncio.get_running_loop().time()
        return sorted(dict.fromkeys(targets), key=lambda target: self._avoided.get(target, 0.0) > now)

    # --- the transport, and the machines that speak it (section 4.1) ------------------------------------------------

    async def _servers(self, uri: Uri) -> list[_Server]:
        """Raises Unreachable, NamesFailed."""
        asked = _transport(uri)
        if asked is not None or uri.port is not None:
            transport = asked or _default_transport(uri)
            if uri.port is None and transport in SRV_NAMES:
                return await self._by_srv([(transport, f"{SRV_NAMES[transport]}.{uri.host}")], uri.host, transport)
            return [_Server(transport, uri.host, uri.port or default_port(transport))]
        offered = await self._offered(uri)
        return await self._by_srv(offered, uri.host, _default_transport(uri))

    async def _offered(self, uri: Uri) -> list[tuple[str, str]]:
        """The transports that we and the domain speak, in its order, each with the name of its SRV records."""
        possible = [each for each in self.transports if uri.scheme == "sip" or each in SECURE.values()]
        try:
            records = await self.names.naptr(uri.host)
        except NamesFailed:
            # there are routers whose name server has never heard of NAPTR
            records = ()
        services = [
            each for each in sorted(records, key=_naptr_order) if each.service in SERVICES and each.flags == "s"
        ]
        if not services:
            return [(each, f"{SRV_NAMES[each]}.{uri.host}") for each in possible if each in SRV_NAMES]
        offered = [
            (SERVICES[each.service], each.replacement) for each in services if SERVICES[each.service] in possible
        ]
        if not offered:
            raise Unreachable(f"{uri.host} and this machine have no transport in common")
        return offered[:MAX_SERVERS]

    async def _by_srv(self, offered: list[tuple[str, str]], host: str, otherwise: str) -> list[_Server]:
        """The machines of SRV records, those of the transport preferred first; without any the name itself."""
        answers = await asyncio.gather(*(self.names.srv(name) for _, name in offered), return_exceptions=True)
        servers: list[_Server] = []
        nowhere = False
        for (transport, _), answer in zip(offered, answers, strict=True):
            if isinstance(answer, NamesFailed):
                continue
            if isinstance(answer, BaseException):
                raise answer
            nowhere = nowhere or any(not each.host for each in answer)
            servers += [_Server(transport, each.host, each.port) for each in self._by_weight(answer) if each.host]
        if servers:
            return servers[:MAX_SERVERS]
        if nowhere:
            raise Unreachable(f"{host} says that it takes no calls")
        return [_Server(otherwise, host, default_port(otherwise))]

    def _by_weight(self, records: Iterable[Srv]) -> list[Srv]:
        """By priority; of equal ones each is first as often as its weight says (RFC 2782)."""
        ordered: list[Srv] = []
        left = sorted(records, key=lambda each: (each.priority, each.weight > 0))
        while left:
            same = [each for each in left if each.priority == left[0].priority]
            at = self._random() * sum(each.weight for each in same)
            chosen = same[-1]
            for each in same:
                at -= each.weight
                if at <= 0:
                    chosen = each
                    break
            left.remove(chosen)
            ordered.append(chosen)
        return ordered

    # --- addresses (section 4.2) --------------------------------------------------------------------------------------

    async def _addresses(self, servers: list[_Server], name: str) -> list[Target]:
        """Raises NamesFailed where no machine's name could be looked up."""
        found = await asyncio.gather(*(self._addresses_of(server) for server in servers), return_exceptions=True)
        targets: list[Target] = []
        failed: BaseException | None = None
        for server, hosts in zip(servers, found, strict=True):
            if isinstance(hosts, BaseException):
                failed = failed or hosts
            else:
                targets += [Target(server.transport, host, server.port, name) for host in hosts]
        if failed is not None and not targets:
            raise failed
        return targets

    async def _addresses_of(self, server: _Server) -> list[str]:
        hosts = [server.host] if is_address(server.host) else await self.names.addresses(server.host)
        return sorted(hosts, key=lambda host: not self._routed(host)) if len(hosts) > 1 else list(hosts)


def _naptr_order(record: Naptr) -> tuple[int, int]:
    return record.order, record.preference


def _transport(uri: Uri) -> str | None:
    """The transport that a URI asks for. Raises Unreachable for what is no SIP."""
    if uri.scheme not in ("sip", "sips") or not uri.host:
        raise Unreachable(f"there is no way to a {uri.scheme} URI")
    asked = (uri.param("transport") or "").lower() or None
    return SECURE.get(asked, asked) if asked is not None and uri.scheme == "sips" else asked


def _default_transport(uri: Uri) -> str:
    return "tls" if uri.scheme == "sips" else "udp"
