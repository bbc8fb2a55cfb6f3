"""What the name system says of a name: NAPTR, SRV and addresses, kept as long as they are good (RFC 1035, 2782, 3403).

Names of the machine's own network, and those of its hosts file, are looked up as any program of the machine does.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from sip.flow import Address
from sip.rim.flows import is_address

QUERY_SECONDS: Final = 2.0
"""How long one question may stay without an answer, repetitions and other servers included."""
MAX_KEPT: Final = 2_000
"""Answers that are remembered."""
MAX_RECORDS: Final = 32
"""Records of one answer that are looked at."""
MAX_ASKING: Final = 64
"""Questions under way at one time."""
SHORTEST_TTL: Final = 5.0
LONGEST_TTL: Final = 3600.0
NOTHING_TTL: Final = 30.0
"""How long it is believed that there is no such record."""
SYSTEM_TTL: Final = 30.0
"""How long an answer of the machine's own ways is good, which do not say."""
FAILED_TTL: Final = 5.0
"""How long a server that does not answer is not asked the same again."""
STALE_SECONDS: Final = 86_400.0
"""How long an answer that is over serves where no server answers (RFC 8767)."""
HOSTS: Final = Path("/etc/hosts")
RESOLV_CONF: Final = Path("/etc/resolv.conf")

_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
_SYSTEM: Final = "SYSTEM"
_EAI_NODATA: Final = getattr(socket, "EAI_NODATA", -5)

T = TypeVar("T")


class NamesFailed(Exception):
    """No server gave an answer; that there is nothing by a name is an answer."""


@dataclass(frozen=True, slots=True)
class Naptr:
    """A service that a domain offers, and the name at which its SRV records are."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """A machine that serves; ``host`` is empty where the domain says that nobody does."""

    priority: int
    weight: int
    port: int
    host: str


@dataclass(slots=True)
class _Kept:
    """An answer; a ``failed`` question has none, or that of an earlier time."""

    records: tuple[object, ...]
    good_until: float
    failed: bool = False


class Names:
    """Looks names up, one question for all who ask the same. ``servers`` are asked in place of the machine's own."""

    def __init__(self, servers: Sequence[Address] = (), *, hosts: Path = HOSTS, conf: Path = RESOLV_CONF) -> None:
        self._hosts = _Watched(hosts, _read_hosts)
        self._conf = _Watched(conf, _read_resolv_conf)
        self._own: dns.asyncresolver.Resolver | None = None
        if servers:
            self._own = dns.asyncresolver.Resolver(configure=False)
            self._own.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[tuple[object, ...]]] = {}

    async def naptr(self, name: str) -> tuple[Naptr, ...]:
        """Raises NamesFailed, as do the others."""
        found = await self._records(name, "NAPTR")
        return tuple(each for each in found if isinstance(each, Naptr))

    async def srv(self, name: str) -> tuple[Srv, ...]:
        found = await self._records(name, "SRV")
        return tuple(each for each in found if isinstance(each, Srv))

    async def addresses(self, name: str) -> tuple[str, ...]:
        """Of both families, IPv6 first."""
        known = (self._hosts.value or {}).get(_plain(name))
        if known:
            return known
        if _is_local(name) or self._resolver is None:
            return _strings(await self._records(name, _SYSTEM))
        both = await asyncio.gather(self._records(name, "AAAA"), self._records(name, "A"), return_exceptions=True)
        found = [address for each in both if not isinstance(each, BaseException) for address in _strings(each)]
        failed = next((each for each in both if isinstance(each, BaseException)), None)
        if failed is not None and not found:
            raise failed
        return tuple(found)

    @property
    def _resolver(self) -> dns.asyncresolver.Resolver | None:
        return self._own or self._conf.value

    # --- one question -----------------------------------------------------------------------------------------------

    async def _records(self, name: str, kind: str) -> tuple[object, ...]:
        key = (_plain(name), kind)
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept is not None and now < kept.good_until:
            if kept.failed and not kept.records:
                raise NamesFailed("no answer")
            return kept.records
        task = self._asking.get(key)
        if task is None:
            if len(self._asking) >= MAX_ASKING:
                raise NamesFailed("too many names are being looked up")
            task = self._asking[key] = asyncio.get_running_loop().create_task(self._ask(key))
            task.add_done_callback(lambda done: self._asked(key, done))
        return await asyncio.shield(task)

    def _asked(self, key: tuple[str, str], task: asyncio.Task[tuple[object, ...]]) -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # whoever asked may be gone

    async def _ask(self, key: tuple[str, str]) -> tuple[object, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(QUERY_SECONDS + 1):
                records, ttl = await (_ask_system(key[0]) if key[1] == _SYSTEM else self._ask_servers(*key))
        except (dns.exception.DNSException, OSError, TimeoutError, UnicodeError, ValueError) as error:
            return self._without_answer(key, error, loop.time())
        self._keep(key, _Kept(records, loop.time() + ttl))
        return records

    async def _ask_servers(self, name: str, kind: str) -> tuple[tuple[object, ...], float]:
        resolver = self._resolver
        if resolver is None:
            return (), NOTHING_TTL
        try:
            answer = await resolver.resolve(name, kind, lifetime=QUERY_SECONDS, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return (), NOTHING_TTL
        if answer.rrset is None:
            return (), NOTHING_TTL
        read = [_read(record) for record in list(answer.rrset)[:MAX_RECORDS]]
        ttl = float(answer.chaining_result.minimum_ttl)
        return tuple(each for each in read if each is not None), min(max(ttl, SHORTEST_TTL), LONGEST_TTL)

    def _without_answer(self, key: tuple[str, str], error: Exception, now: float) -> tuple[object, ...]:
        """What was known is better than nothing. Raises NamesFailed."""
        kept = self._kept.get(key)
        if kept is not None and kept.records and now < kept.good_until + STALE_SECONDS:
            kept.good_until, kept.failed = now + FAILED_TTL, True
            return kept.records
        self._keep(key, _Kept((), now + FAILED_TTL, failed=True))
        raise NamesFailed(_said(error)) from error

    def _keep(self, key: tuple[str, str], kept: _Kept) -> None:
        self._kept.pop(key, None)
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = kept


class _Watched(Generic[T]):
    """What a file says, read again when it has changed; None where it is missing or says nothing."""

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        self._path = path
        self._read = read
        self._seen: tuple[int, int] | None = (0, 0)
        self._value: T | None = None

    @property
    def value(self) -> T | None:
        try:
            stat = self._path.stat()
            seen = stat.st_mtime_ns, stat.st_size
            if seen != self._seen:
                self._value, self._seen = self._read(self._path), seen
        except (OSError, ValueError, dns.exception.DNSException):
            self._value, self._seen = None, None
        return self._value


def _read_resolv_conf(path: Path) -> dns.asyncresolver.Resolver:
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.read_resolv_conf(str(path))
    return resolver


def _read_hosts(path: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if names and is_address(address):
            for name in names:
                found[_plain(name)] = (*found.get(_plain(name), ()), address)
    return found


async def _ask_system(name: str) -> tuple[tuple[object, ...], float]:
    """As any program of the machine asks: single words with its search domains, ``.local`` by mDNS."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, _EAI_NODATA):
            return (), NOTHING_TTL
        raise
    ordered = dict.fromkeys(str(address[0]) for family, _, _, _, address in found if family in _FAMILIES)
    return tuple(ordered)[:MAX_RECORDS], SYSTEM_TTL


def _read(record: Rdata) -> object:
    match record:
        case NAPTR():
            return Naptr(
                record.order,
                record.preference,
                _text(record.flags).lower(),
                _text(record.service).upper(),
                _plain(record.replacement.to_text()),
            )
        case SRV():
            return Srv(record.priority, record.weight, record.port, _plain(record.target.to_text()))
        case A() | AAAA():
            return str(record.address)
        case _:
            return None


def _strings(records: Iterable[object]) -> tuple[str, ...]:
    return tuple(each for each in records if isinstance(each, str))


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _is_local(name: str) -> bool:
    """Whether a name means something in the machine's own network only."""
    return "." not in _plain(name) or _plain(name).endswith(".local")


def _said(error: Exception) -> str:
    match error:
        case dns.exception.Timeout() | TimeoutError():
            return "no answer"
        case dns.resolver.NoNameservers():
            return "the name server refuses to answer"
        case _:
            return str(error) or type(error).__name__
