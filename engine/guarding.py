"""The guard of ``sip.guard`` as this engine uses it: by its settings, with its store, told of its trunks and loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable

import structlog

from engine.call.trunk import Trunk
from engine.log import Sparing
from engine.settings import Settings
from engine.store.bans import StoredBans
from sip.guard.bans import Ban, Offence, Policy
from sip.guard.devices import device
from sip.guard.guard import Guard, Limits
from sip.guard.sources import Networks, source_of
from sip.message.values import Uri
from sip.registrar import Binding
from sip.rim.resolver import Target, Unreachable

log = structlog.get_logger()

Resolve = Callable[[Uri], Awaitable[Iterable[Target]]]
"""May raise Unreachable."""

BEAT_SECONDS = 0.2
"""How often the loop is asked how late it is, and whether a command has lifted a ban."""
FORGET_SECONDS = 60.0
LOOK_UP_SECONDS = 300.0
"""How often the providers' names are looked up."""
MAX_ADDRESSES = 256
"""Of providers that are remembered beyond what their names lead to at present."""
MAX_TOLD = 10
"""Log lines a second on bans."""


def guard_of(settings: Settings) -> Guard:
    """The guard that the settings ask for."""
    policy = Policy(points=settings.ban_after, longest=settings.ban_longest)
    never = [each for each in settings.never_ban if not isinstance(each, str)]
    networks = Networks([*never, *settings.websocket_proxies])
    return Guard(Limits(settings.requests_per_source, networks, settings.shed_after, policy))


class Guarding:
    """Keeps a guard's bans, and keeps it informed.

    ``trunks`` gives those in use, ``bindings`` are the phones that were registered when the engine was last stopped.
    ``resolve`` finds the machines of a provider as calls do (RFC 3263), and of the proxies ``never`` to be banned.
    """

    def __init__(
        self,
        guard: Guard,
        stored: StoredBans,
        trunks: Callable[[], Iterable[Trunk]],
        resolve: Resolve,
        bindings: Iterable[Binding] = (),
        never: Iterable[str] = (),
    ) -> None:
        self.guard = guard
        self._stored = stored
        self._trunks = trunks
        self._told = Sparing(MAX_TOLD)
        self._others = asyncio.Event()
        guard.bans.load(self._kept(time.monotonic() - time.time()))
        guard.bans.on_change = self._begun
        self._never = [Uri("sip", None, None, name) for name in never]
        self._unbanned: frozenset[str] = frozenset()
        self._unbanned_networks = Networks()
        self._addresses: frozenset[str] = frozenset()
        self._machines: frozenset[Uri] = frozenset()
        self._proxies: frozenset[str] = frozenset()
        self._resolve = resolve
        guard.also_never = lambda source: source in self._unbanned or self._unbanned_networks.holds(source)
        for binding in bindings:
            if binding.expires_at > time.time():
                sender = device(binding.flow, binding.contact, binding.instance)
                guard.restored(binding.flow, time.monotonic(), binding.aor.partition("@")[0], sender)

    def _kept(self, ahead: float) -> list[Ban]:
        known = {offence.value: offence for offence in Offence}
        return [
            Ban(kept.source, kept.user, known[kept.why], kept.level, kept.since + ahead, kept.until + ahead)
            for kept in self._stored.load()
            if kept.why in known and kept.level
        ]

    def _begun(self, ban: Ban) -> None:
        behind = time.time() - time.monotonic()
        self._stored.put(ban.source, ban.user, ban.why.value, ban.level, ban.since + behind, ban.until + behind)
        if (untold := self._told.take(ban.since)) is not None:
            what = {"source": ban.source, "why": ban.why.value, "seconds": round(ban.until - ban.since)}
            more = {"untold": untold} if untold else {}
            if ban.user:
                log.warning("a user is slowed", user=ban.user, **what, **more)
            else:
                log.warning("a source is banned", **what, **more)

    async def keep(self) -> None:
        """Measure how late the loop is, take over lifted bans, and know the providers' addresses; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            group.create_task(self._know_providers())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        forgotten_at = loop.time()
        while True:
            due = loop.time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            now = loop.time()
            self.guard.load.note(now - due, now)
            for source, user in self._stored.take_lifted():
                self.guard.lift(source, user, now)
                log.info("a ban is lifted", source=source, **({"user": user} if user else {}))
            if now - forgotten_at > FORGET_SECONDS:
                forgotten_at = now
                self.guard.forget(now)

    async def _know_providers(self) -> None:
        """Look the trunks' machines up, now and then; ``trunks_changed`` does it at once."""
        while True:
            self._others.clear()
            await self.look_up_providers()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._others.wait(), LOOK_UP_SECONDS)

    async def look_up_providers(self) -> None:
        """Know the addresses of the trunks' machines as they are at present."""
        trunks = list(self._trunks())
        machines = frozenset(uri for trunk in trunks for uri in _machines(trunk))
        found = {str(net[0]) for trunk in trunks for net in trunk.addresses if net.num_addresses == 1}
        found |= await self._addresses_of(machines)
        # a name server need not answer at every moment, nor tell all machines at once
        same = machines == self._machines and len(self._addresses) < MAX_ADDRESSES
        self._addresses, self._machines = frozenset(found) | (self._addresses if same else frozenset()), machines
        self._proxies = frozenset(await self._addresses_of(self._never)) or self._proxies
        self._unbanned = frozenset(source_of(address) for address in self._addresses | self._proxies)
        self._unbanned_networks = Networks(net for trunk in trunks for net in trunk.addresses)

    async def _addresses_of(self, machines: Iterable[Uri]) -> set[str]:
        found: set[str] = set()
        for uri in machines:
            with contextlib.suppress(Unreachable):
                found |= {target.host for target in await self._resolve(uri)}
        return found

    def is_provider(self, address: str) -> bool:
        """Whether this is an address at which we call a provider: what it asserts of callers is believed."""
        return address in self._addresses

    def trunks_changed(self) -> None:
        """There are other trunks than before."""
        self._others.set()


def _machines(trunk: Trunk) -> list[Uri]:
    """The provider's, and those of the proxy that is between."""
    params = (("transport", trunk.transport),) if trunk.transport else ()
    own = Uri("sip", None, None, trunk.host.strip("[]"), trunk.port, params)
    return [own] if trunk.proxy is None else [own, trunk.proxy]
