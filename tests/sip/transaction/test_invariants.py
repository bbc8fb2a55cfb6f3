"""Random lives of many transactions at once; the invariants that must hold after every step, as sentences."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sip.errors import DropReason
from sip.message.build import response
from sip.message.envelope import Request
from sip.message.intake import parse
from sip.transaction.effects import (
    Dropped,
    Effect,
    NewRequest,
    ResponseReceived,
    Send,
    TransactionEnded,
    TransactionFailed,
    TransactionTimedOut,
)
from sip.transaction.tables import State
from sip.transaction.timers import NEVER
from sip.transaction.transaction import ClientTransaction, ServerTransaction
from tests.sip.transaction.scene import OUR_ADDRESS, TCP, TIMERS, UDP, Scene, answer, request

LONGEST_LINGERING = TIMERS.lifetime
LONGEST_WAIT = TIMERS.lifetime + TIMERS.c + TIMERS.lifetime
"""Of a request of ours without news: Calling, Proceeding with timer C, then the CANCEL without an answer."""

STATUSES = st.sampled_from([100, 180, 183, 200, 202, 302, 401, 486, 487, 503, 603])
METHODS = st.sampled_from(["INVITE", "OPTIONS", "BYE"])


class Lives(RuleBasedStateMachine):
    """A peer that says anything at any time, a user that answers when it likes, a clock that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene()
        self.clients: dict[ClientTransaction, float] = {}
        self.servers: dict[ServerTransaction, tuple[Request, float]] = {}
        self.finals: dict[ClientTransaction, int] = {}
        self.ended: set[object] = set()
        self.told: set[object] = set()
        self.number = 0

    # --- what can happen ---

    @rule(method=METHODS, flow=st.sampled_from([UDP, TCP]))
    def we_send(self, method: str, flow: object) -> None:
        self.scene.flow = UDP if flow is UDP else TCP
        made = request(method).without("Via")
        transaction = self.scene.table.send_request(made, self.scene.flow, self.scene.now, sent_by=OUR_ADDRESS)
        self.clients[transaction] = self.scene.now
        self.look(self.scene.take())

    @rule(method=METHODS, flow=st.sampled_from([UDP, TCP]), old=st.booleans())
    def the_peer_sends(self, method: str, flow: object, old: bool) -> None:
        self.number += 1
        self.scene.flow = UDP if flow is UDP else TCP
        branch = f"{'' if old else 'z9hG4bK'}{self.number}"
        self.hear(request(method, branch, call_id=f"call-{self.number}"))

    @precondition(lambda self: self.servers)
    @rule(data=st.data(), also=st.sampled_from(["same", "ACK", "CANCEL"]))
    def the_peer_repeats_acknowledges_or_cancels(self, data: st.DataObject, also: str) -> None:
        sent, _ = self.servers[data.draw(st.sampled_from(list(self.servers)))]
        method = sent.method if also == "same" else also
        self.hear(request(method, sent.via.branch, call_id=sent.call_id, to_tag="desk" if also == "ACK" else ""))

    @precondition(lambda self: self.clients)
    @rule(data=st.data(), status=STATUSES, tag=st.sampled_from(["left", "right"]))
    def the_peer_answers(self, data: st.DataObject, status: int, tag: str) -> None:
        transaction = data.draw(st.sampled_from(list(self.clients)))
        self.look(self.scene.receive(answer(transaction.request, status, tag)))

    @precondition(lambda self: self.servers)
    @rule(data=st.data(), status=STATUSES)
    def we_answer(self, data: st.DataObject, status: int) -> None:
        transaction = data.draw(st.sampled_from(list(self.servers)))
        sent, _ = self.servers[transaction]
        self.scene.table.respond(transaction, response(sent, status, to_tag="desk"), self.scene.now)
        self.look(self.scene.take())

    @precondition(lambda self: any(c.automaton.name == "INVITE client" for c in self.clients))
    @rule(data=st.data())
    def we_cancel(self, data: st.DataObject) -> None:
        invites = [client for client in self.clients if client.automaton.name == "INVITE client"]
        self.scene.table.cancel(data.draw(st.sampled_from(invites)), self.scene.now)
        self.look(self.scene.take())

    @rule(flow=st.sampled_from([UDP, TCP]))
    def a_flow_breaks(self, flow: object) -> None:
        self.scene.table.transport_failed(UDP if flow is UDP else TCP, self.scene.now)
        self.look(self.scene.take())

    @rule(seconds=st.sampled_from([0.1, 0.5, 3, 5, 33, 200]))
    def time_passes(self, seconds: float) -> None:
        self.look(self.scene.advance(self.scene.now + seconds))

    @rule(seconds=st.sampled_from([1, 40, 300]))
    def the_loop_was_held_up(self, seconds: float) -> None:
        self.scene.now += seconds
        self.scene.table.handle_timer(self.scene.now)
        self.look(self.scene.take())

    # --- looking at what comes out ---

    def hear(self, message: Request) -> None:
        self.look(self.scene.receive(message))

    def look(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, NewRequest):
                self.servers[effect.transaction] = (effect.request, self.scene.now)
            elif isinstance(effect, ResponseReceived):
                self.a_final_answer_comes_up_once(effect)
            elif isinstance(effect, TransactionEnded):
                assert effect.transaction not in self.ended, "a transaction ends once"
                self.ended.add(effect.transaction)
            elif isinstance(effect, TransactionTimedOut | TransactionFailed):
                assert effect.transaction not in self.ended, "nothing is told of what has ended"
            elif isinstance(effect, Dropped):
                assert isinstance(effect.reason, DropReason)
            elif isinstance(effect, Send):
                parse(effect.data)

    def a_final_answer_comes_up_once(self, effect: ResponseReceived) -> None:
        transaction, status = effect.transaction, effect.response.status
        former = self.finals.get(transaction, 0)
        if former >= 200:
            assert transaction.automaton.name == "INVITE client"
            assert former < 300 > status >= 200, "after a final response only further 2xx to INVITE come up"
        self.finals[transaction] = max(former, status)

    # --- what always holds ---

    @property
    def all(self) -> list[ClientTransaction | ServerTransaction]:
        return [*self.clients, *self.servers]

    @invariant()
    def a_terminated_transaction_has_no_deadline_and_keeps_nothing(self) -> None:
        for transaction in self.all:
            if transaction.terminated:
                assert (transaction.running, transaction.deadline, transaction.data) == ((), NEVER, b"")
                assert transaction in self.ended

    @invariant()
    def what_has_no_deadline_has_ended_or_waits_for_us(self) -> None:
        for transaction in self.all:
            if transaction.deadline == NEVER and not transaction.terminated:
                assert transaction.automaton.name == "INVITE server"
                assert transaction.state is State.PROCEEDING

    @invariant()
    def the_next_deadline_is_the_earliest_of_all(self) -> None:
        deadline = self.scene.table.next_deadline()
        least = min((transaction.deadline for transaction in self.all), default=NEVER)
        assert (NEVER if deadline is None else deadline) <= least

    @invariant()
    def a_failure_to_invite_over_udp_is_repeated_until_ack_or_timer_h(self) -> None:
        for transaction in self.servers:
            if transaction.automaton.name == "INVITE server" and transaction.state is State.COMPLETED:
                letters = {timer.value for _, timer, _ in transaction.running}
                assert letters == ({"timer H"} if transaction.flow is TCP else {"timer G", "timer H"})

    @invariant()
    def nothing_lives_longer_than_its_bound(self) -> None:
        for transaction in self.all:
            for at, _, _ in transaction.running:
                assert at <= self.scene.now + TIMERS.c
            if transaction.state in (State.COMPLETED, State.ACCEPTED, State.CONFIRMED):
                assert transaction.deadline <= self.scene.now + LONGEST_LINGERING

    @invariant()
    def the_request_is_kept_exactly_as_long_as_it_wants_an_answer(self) -> None:
        for transaction in self.servers:
            waits = transaction.state in (State.TRYING, State.PROCEEDING)
            assert waits <= (transaction.request is not None)
            if transaction.state in (State.COMPLETED, State.ACCEPTED, State.CONFIRMED):
                assert transaction.request is None

    def teardown(self) -> None:
        """In the end, with all requests answered, the table is empty."""
        for transaction, (sent, _) in self.servers.items():
            self.scene.table.respond(transaction, response(sent, 486, to_tag="desk"), self.scene.now)
        self.look(self.scene.take())
        self.look(self.scene.advance(self.scene.now + LONGEST_WAIT))
        assert len(self.scene.table) == 0
        assert self.scene.table.next_deadline() is None
        assert self.ended >= set(self.all)
        for kept in (self.scene.table._merges, self.scene.table._by_flow):
            assert not kept


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLives = Lives.TestCase


@pytest.mark.parametrize("make", [lambda: Scene(UDP), lambda: Scene(TCP)])
def test_an_empty_table_waits_for_nothing(make: Callable[[], Scene]):
    scene = make()
    assert scene.table.next_deadline() is None
    scene.table.handle_timer(1e9)
    assert scene.take() == []
