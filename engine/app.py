"""The phone system as one program: builds every part, runs until told to stop, reloads dialplans, and drains."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engine.alerts import Alerts
from engine.bus import Bus
from engine.call.conduct import conduct
from engine.call.forking import Party
from engine.call.handed_over import HandedOver
from engine.call.live import LiveCall
from engine.call.shelf import FileShelf
from engine.call.surroundings import CallFacts, Surroundings
from engine.call.transfer import Lead, Transfer
from engine.call.trunk import Trunk
from engine.call.ways_out import WaysOut
from engine.capacity import Capacity
from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.greetings import files_named
from engine.dialplan.walk import walk
from engine.events import Side
from engine.guarding import Guarding, guard_of
from engine.log import CallLog
from engine.numbering import Numbering
from engine.office.office import Offices
from engine.old_phones import OldPhones
from engine.outside_address import OutsideAddress
from engine.reaching import user_agent
from engine.records import CallRecorder
from engine.reloading import ReloadOutcome, Unsettled, reread
from engine.replacing import replacement
from engine.router import Route, Router, lead_of
from engine.settings import Settings
from engine.store.database import StoreFailed, reason
from engine.store.store import Store
from engine.trunks.desk import TrunkDesk
from engine.trunks.incoming import Incoming
from engine.voicemail.desk import MailDesk
from engine.watching.room import WatchRoom
from media.plane import MediaPlane
from sip.core import CoreConfig, UserAgentCore
from sip.dialog.session_timer import Terms
from sip.digest import Algorithm, Authenticator
from sip.flow import Flow
from sip.registrar import Limits, Registrar
from sip.rim.calls import IncomingCall
from sip.rim.user_agent import ListenAddress

log = structlog.get_logger()

DRAIN_SECONDS = 5.0
"""How long calls in progress may take to say goodbye when the engine is stopped."""
HOUSEKEEPING_SECONDS = 30.0
NONCE_KEY_BYTES = 32
OF_MACHINE = ""
"""Whose facts are no account's: those of the trunks. No account's key is empty."""
RETRY_AFTER = 5
"""Seconds after which a caller turned away may come again."""


class Engine:
    """Everything that runs. Made and unmade by ``running``."""

    def __init__(
        self, settings: Settings, store: Store, accounts: Sequence[Account], trunks: Sequence[Trunk] = ()
    ) -> None:
        self.settings = settings
        self.store = store
        self.addresses: list[ListenAddress] = []
        self.stopping = asyncio.Event()
        # a nonce is good for the process that made it only, as no other knows which of its counts were used
        authenticator = Authenticator(secrets.token_bytes(NONCE_KEY_BYTES), algorithms=_algorithms(settings))
        guard = guard_of(settings)
        self.router = Router(Numbering(accounts), store.passwords, authenticator, guard)
        self.registrar = Registrar(store.bindings, _limits(settings))
        self.outside = OutsideAddress(settings)
        config = CoreConfig(facing=self.outside.facing, terms=Terms(settings.session_expires))
        core = UserAgentCore(config, self.router, self.registrar, guard)
        self.agent, self.certificates = user_agent(settings, core)
        self.agent.on_call = self._take_call
        self.plane = MediaPlane(
            workers=settings.media_workers, ports=settings.rtp_ports, port_rest=settings.rtp_port_rest
        )
        self.bus = Bus()
        self.bus.listen(CallLog())
        self.bus.listen(CallRecorder(store.records))
        ways_out = WaysOut(trunks, settings.outside_calls, store.standing.of(OF_MACHINE))
        self.around = Surroundings(
            agent=self.agent,
            plane=self.plane,
            bus=self.bus,
            phones=self.registrar,
            offices=Offices(
                store.standing.of,
                lambda account, standing: FileShelf(
                    settings.state / "greetings" / account, lambda: files_named(standing)
                ),
                store.voicemail.of,
            ),
            recordings=settings.state / "voicemail",
            facing=self.outside.facing,
            media_timeout=settings.media_timeout,
            hold_timeout=settings.hold_timeout,
            ways_out=ways_out,
            leads=lambda account, person, dialled: lead_of(self.router.numbering, account, person, dialled),
            begin=self._hand_over,
        )
        self.trunks = TrunkDesk(self.agent, ways_out, store.standing.of(OF_MACHINE), settings.state)
        self.alerts = Alerts(settings, lambda: self.router.numbering.accounts)
        self.bus.listen(self.alerts)
        self._use_trunks(trunks)
        self.router.authentication.is_registered = self._is_registered
        self.guarding = Guarding(
            guard,
            store.bans,
            lambda: self.around.ways_out.trunks,
            self.agent.resolver.resolve,
            store.bindings.load(),
            [each for each in settings.never_ban if isinstance(each, str)],
        )
        self.registrar.on_reachable = self._phone_there
        self.registrar.on_gone = self._phones_gone
        self.on_phones: Callable[[str], None] | None = None
        """Told of each address-of-record whose phones are others now, or have registered anew."""
        self.on_reloaded: Callable[[], None] | None = None
        self.desk = MailDesk(settings, store.voicemail, self.bus, lambda: self.router.numbering.accounts)
        self.watch_room = WatchRoom(
            settings,
            store,
            self.agent,
            self.registrar,
            self.around.offices,
            self.desk,
            self.bus,
            lambda: self.router.numbering,
        )
        self.old_phones = OldPhones(store.passwords, self.registrar, lambda: self.router.numbering)
        self._calls: dict[LiveCall, asyncio.Task[None]] = {}
        self._reloading = asyncio.Lock()
        self._reloads_asked = 0
        self._reloads_done = 0
        self._reloaded = ReloadOutcome()
        self._capacity = Capacity(*settings.rtp_ports)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _take_call(self, incoming: IncomingCall) -> None:
        """Route a call that the gate let in and give it a task of its own."""
        trusted = incoming.identity is None and self.guarding.is_provider(incoming.flow.remote[0])
        route: Route | int | None = self.router.route(
            incoming.request, incoming.identity, incoming.flow, trusted=trusted
        )
        if not self._capacity.admits(self._calls, emergency=isinstance(route, Route) and route.emergency):
            incoming.reject(503, headers=(("Retry-After", RETRY_AFTER),))
            return
        if incoming.request.header("Replaces") is not None:
            route = replacement(incoming, self.router.numbering)
        if route is None or isinstance(route, int):
            incoming.reject(route or 404)
            return
        facts = CallFacts.of(route.account, route.caller, route.called, route.diversions, emergency=route.emergency)
        self._begin(LiveCall(incoming, facts, self.around), Lead(route.account, route.entry))

    def _hand_over(
        self, before: LiveCall, party: Party, transfer: Transfer, lead: Lead, *, borrowed: bool = False
    ) -> LiveCall:
        """Begin the call of somebody who has been in another one."""
        call = HandedOver(before, party, transfer, lead, borrowed=borrowed)
        self._begin(call, lead)
        return call

    def _begin(self, call: LiveCall, lead: Lead) -> None:
        """Let a call run in a task of its own."""
        task = asyncio.get_running_loop().create_task(
            conduct(call, lambda: walk(call, lead.account, lead.node)), name=f"call {call.id}"
        )
        self._calls[call] = task
        task.add_done_callback(lambda _: self._calls.pop(call, None))

    def _is_registered(self, aor: str, flow: Flow) -> bool:
        return any(binding.flow == flow for binding in self.registrar.lookup(aor, time.time()))

    def _phone_there(self, aor: str) -> None:
        """Somebody's phone has registered: it may be the agent whom callers in a queue wait for."""
        self.watch_room.phone_there(aor)
        account = self.router.numbering.by_domain(aor.rpartition("@")[2])
        if account is not None and account.queues:
            self.around.offices.of(account.key).queues.look()
        if self.on_phones is not None:
            self.on_phones(aor)

    def _phones_gone(self, aor: str) -> None:
        self.watch_room.phones_gone(aor)
        if self.on_phones is not None:
            self.on_phones(aor)

    async def drain(self) -> None:
        """Take no new calls and end those in progress."""
        self.agent.core.accepting = False
        await asyncio.sleep(0)  # a call that has just come in begins, so that it can be told
        tasks = set(self._calls.values())
        for call in list(self._calls):
            if call.over is not None:
                call.over(Side.SYSTEM, "the phone system was stopped", False)
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)

    # --- dialplans --------------------------------------------------------------------------------------------------

    async def adopt(self, numbering: Numbering) -> None:
        """Use these dialplans from the next call on; people without a password get one."""
        for account in numbering.accounts:
            extensions = [person.extension for person in account.people.values()]
            await asyncio.to_thread(self.store.passwords.ensure, account.key, extensions)
            if lost := self.store.passwords.of_other_realms(account.key, extensions, account.domain):
                why = "hidden passwords count in one domain only: 'belplan password' gives others"
                log.warning(why, account=account.key, extensions=lost)
        if any("ask" in account.kinds for account in numbering.accounts):
            await self.around.services.get_ready()
        self.router.numbering = numbering
        self.plane.preload(sorted({sound.path for account in numbering.accounts for sound in account.files}))

    def _use_trunks(self, trunks: Sequence[Trunk]) -> None:
        self.trunks.adopt(trunks)
        self.router.incoming = Incoming(tuple(trunks), self.trunks.contacts)

    async def reload(self) -> ReloadOutcome:
        """Load all dialplans anew: all of them are used, or, if one has an error, none. Never raises.

        Those asked for while another is under way are one, which begins when that is done.
        """
        self._reloads_asked += 1
        asked = self._reloads_asked
        async with self._reloading:
            if self._reloads_done < asked:
                self._reloads_done = self._reloads_asked
                self._reloaded = await self._reload()
                # what was loaded is there to stay: two looks for garbage among what is young pass it by from now on
                gc.collect(1)
            return self._reloaded

    async def _reload(self) -> ReloadOutcome:
        try:
            new = await asyncio.to_thread(reread, self.settings, self.router.numbering.accounts)
            await self.adopt(new.numbering)
            self._use_trunks(new.trunks)
            self.watch_room.watching.reloaded()
            self.guarding.trunks_changed()
            if self.on_reloaded is not None:
                self.on_reloaded()
        except DialplanErrors as errors:
            log.error("dialplan not reloaded", findings=[str(finding) for finding in errors.findings])
            return ReloadOutcome(refusal="the dialplans have errors", findings=errors.findings)
        except (StoreFailed, SQLAlchemyError, OSError) as problem:
            log.error("dialplan not reloaded", reason=reason(problem))
            return ReloadOutcome(refusal=reason(problem))
        except Unsettled as problem:
            log.error("dialplan not reloaded", reason=str(problem))
            return ReloadOutcome(refusal=str(problem))
        except Exception:
            log.exception("dialplan not reloaded")
            return ReloadOutcome(refusal="something unexpected went wrong; the log tells more")
        accounts = [account.key for account in new.numbering.accounts]
        log.info("dialplan reloaded", accounts=accounts, changes=new.changes)
        return ReloadOutcome(changes=new.changes)

    async def keep_house(self) -> None:
        """Forget expired registrations and old messages, see where we are, now and then, until the engine stops."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            self.registrar.expire(time.time())
            self.desk.tidy(time.time())
            self.watch_room.tidy(time.time())
            await self.outside.look(self.agent.resolver.names)


def _algorithms(settings: Settings) -> tuple[Algorithm, ...]:
    return tuple(Algorithm(name.upper()) for name in settings.digest)


def _limits(settings: Settings) -> Limits:
    return Limits(
        minimum=int(settings.registration_min),
        maximum=int(settings.registration_max),
        default=int(settings.registration_default),
        keep_alive=int(settings.keep_alive),
    )


@contextlib.asynccontextmanager
async def running(
    settings: Settings, store: Store, accounts: Sequence[Account], trunks: Sequence[Trunk] = ()
) -> AsyncIterator[Engine]:
    """An engine that takes calls inside the block. Raises CertificateProblem, ListenFailed or MediaUnavailable."""
    engine = Engine(settings, store, accounts, trunks)
    engine.certificates.load()
    await engine.plane.start()
    try:
        await engine.adopt(engine.router.numbering)
        del accounts  # a reload is to free them
        await engine.outside.look(engine.agent.resolver.names)
        engine.addresses = await engine.agent.listen(
            [ListenAddress(each.transport, each.host, each.port) for each in settings.listen_addresses()]
        )
        engine.watch_room.restore()
        if settings.keep_alive:
            engine.agent.keep_alive(settings.keep_alive)
        yield engine
        await engine.drain()
    finally:
        await engine.agent.close()
        await engine.around.services.close()
        await engine.plane.close()
