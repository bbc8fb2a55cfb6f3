"""Two whole user agents in memory, a wire between them, and a clock that jumps from one deadline to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sip.core import CoreConfig, UserAgentCore
from sip.dialog.session import InviteSession
from sip.errors import DropReason
from sip.events import Answered, Event, IncomingInvite, MessageDropped, OfferReceived
from sip.flow import Flow
from sip.message.values import NameAddr, Uri
from sip.testing.parts import ANSWER, OFFER, TO_ALICE, TO_BOB, ScriptedGate, new_core
from sip.testing.recorder import Recorder
from sip.testing.wire import LossyWire

E = TypeVar("E")
ENOUGH = 100_000
"""Steps after which a pair that does not come to rest is said to run in circles."""


class Party:
    """One user agent: its core, the flow to the other one, all its events. ``on_event`` may react to each."""

    def __init__(self, name: str, core: UserAgentCore, flow: Flow) -> None:
        self.name = name
        self.core = core
        self.flow = flow
        self.events: list[Event] = []
        self.on_event: Callable[[Event], None] | None = None

    def all(self, kind: type[E]) -> list[E]:
        """The events of one kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        """The only event of its kind; fails if there is none or more."""
        (event,) = self.all(kind)
        return event

    @property
    def session(self) -> InviteSession:
        """The call that came in."""
        return self.one(IncomingInvite).session

    @property
    def drops(self) -> list[DropReason]:
        return [event.reason for event in self.all(MessageDropped)]

    @property
    def idle(self) -> bool:
        """True if nothing is left: no session, dialog, transaction, owner or deadline."""
        core = self.core
        return core.calls.empty and not len(core.table) and core.next_deadline() is None


class Pair:
    """``alice`` calls ``bob``; each runs on the same made-up clock ``now``."""

    def __init__(
        self,
        wire: LossyWire | None = None,
        *,
        transport: str = "udp",
        configs: tuple[CoreConfig, CoreConfig] | None = None,
    ) -> None:
        self.wire = wire or LossyWire()
        self.now = 0.0
        self.alice, self.bob = (
            Party(name, new_core(config, ScriptedGate()), Flow(transport, flow.local, flow.remote))
            for name, flow, config in zip(
                ("alice", "bob"), (TO_BOB, TO_ALICE), configs or (CoreConfig(), CoreConfig()), strict=True
            )
        )
        self.recorder = Recorder(("alice", "bob"))

    @property
    def parties(self) -> tuple[Party, Party]:
        return self.alice, self.bob

    def ladder(self) -> str:
        return self.recorder.ladder()

    # --- acting -----------------------------------------------------------------------------------------------------

    def invite(self, offer: bytes | None = OFFER) -> InviteSession:
        """Alice calls Bob."""
        alice, bob = (Uri("sip", name, None, f"{name}.example") for name in ("alice", "bob"))
        return self.alice.core.invite(
            bob, self.alice.flow, from_=NameAddr("", alice), to=NameAddr("", bob), offer=offer, now=self.now
        )

    def call(self) -> tuple[InviteSession, InviteSession]:
        """A call from Alice to Bob that is up and acknowledged: both its sessions."""
        ours = self.invite()
        self.run_until(lambda: self.bob.all(IncomingInvite))
        theirs = self.bob.session
        theirs.answer(ANSWER, self.now)
        self.run_until(lambda: theirs.state.name == "CONFIRMED" and self.alice.all(Answered))
        return ours, theirs

    def answers_offers(self, party: Party, sdp: bytes = ANSWER) -> None:
        """Let a party accept whatever it is offered, at once."""

        def accept(event: Event) -> None:
            if isinstance(event, OfferReceived):
                event.session.accept_offer(sdp, self.now)

        party.on_event = accept

    # --- time -------------------------------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while (at := self._next_at()) is not None and at <= until:
            self._step(at)
        self.now = until

    def run_until(self, condition: Callable[[], object], seconds: float = 300.0) -> None:
        """Let time pass until the condition holds; fails with the ladder if it never does."""
        until = self.now + seconds
        self._drain()
        while not condition():
            at = self._next_at()
            if at is None or at > until:
                raise AssertionError(f"waited in vain\n{self.ladder()}")
            self._step(at)

    def rest(self) -> None:
        """Let time pass until nothing waits any more; fails with the ladder if something is left behind."""
        self._drain()
        for _ in range(ENOUGH):
            at = self._next_at()
            if at is None:
                break
            self._step(at)
        else:
            raise AssertionError(f"never comes to rest\n{self.ladder()[-4000:]}")
        for party in self.parties:
            if not party.idle:
                raise AssertionError(f"{party.name} keeps something\n{self.ladder()}")

    def _next_at(self) -> float | None:
        self._drain()
        times = [party.core.next_deadline() for party in self.parties] + [self.wire.next_at()]
        return min((at for at in times if at is not None), default=None)

    def _step(self, at: float) -> None:
        self.now = max(self.now, at)
        for arrival in self.wire.due(self.now):
            party = self.alice if arrival.receiver == "alice" else self.bob
            party.core.receive(arrival.data, arrival.flow, self.now)
            self._drain()
        for party in self.parties:
            party.core.handle_timer(self.now)
        self._drain()

    def _drain(self) -> None:
        """Give what is sent to the wire, and what is told to whoever reacts, until there is no more."""
        busy = True
        while busy:
            busy = False
            for party, other in ((self.alice, self.bob), (self.bob, self.alice)):
                for action in party.core.take_actions(self.now):
                    busy = True
                    fate = self.wire.carry(action.data, action.flow, other.name, self.now)
                    self.recorder.packet(self.now, party.name, other.name, action.data, len(fate))
                for event in party.core.take_events():
                    busy = True
                    party.events.append(event)
                    self.recorder.event(self.now, party.name, _named(event))
                    if party.on_event is not None:
                        party.on_event(event)


def _named(event: Event) -> str:
    said = [str(getattr(event, name)) for name in ("status", "by", "reason") if hasattr(event, name)]
    return " ".join([type(event).__name__, *said])
