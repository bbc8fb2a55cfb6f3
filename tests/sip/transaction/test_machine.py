"""Every arrow of the four figures is walked, and every ignored input tried, through the front door and over UDP."""

from collections import deque

import pytest

from sip.message.build import response
from sip.transaction.effects import (
    AckReceived,
    CancelReceived,
    Dropped,
    Effect,
    ResponseReceived,
    Send,
    TransactionEnded,
    TransactionFailed,
    TransactionTimedOut,
)
from sip.transaction.tables import (
    AUTOMATA,
    INVITE_CLIENT,
    INVITE_SERVER,
    Action,
    Arrow,
    Automaton,
    Ignored,
    Input,
    State,
)
from sip.transaction.timers import Timer
from sip.transaction.transaction import ClientTransaction, ServerTransaction, Transaction
from tests.sip.transaction.scene import OUR_ADDRESS, Scene, answer, request

SEEN_AS: dict[Action, type | None] = {
    Action.SEND_REQUEST: Send,
    Action.SEND_ACK: Send,
    Action.REPEAT_ACK: Send,
    Action.HOLD_CANCEL: None,
    Action.RELEASE_CANCEL: None,  # nothing is held on these walks
    Action.SEND_CANCEL: Send,
    Action.SEND_RESPONSE: Send,
    Action.REPEAT_RESPONSE: Send,
    Action.SEND_TRYING: Send,
    Action.PASS_RESPONSE: ResponseReceived,
    Action.PASS_ACK: AckReceived,
    Action.PASS_CANCEL: CancelReceived,
    Action.TELL_TIMED_OUT: TransactionTimedOut,
    Action.TELL_FAILED: TransactionFailed,
    Action.ABSORB: Dropped,
}
STATUS = {
    Input.PROVISIONAL: 180,
    Input.SUCCESS: 200,
    Input.FAILURE: 486,
    Input.SEND_PROVISIONAL: 183,
    Input.SEND_SUCCESS: 200,
    Input.SEND_FAILURE: 486,
}


class Walk:
    """One transaction, brought into being and moved by messages, commands and the clock alone."""

    def __init__(self, automaton: Automaton, *, with_100: bool = True) -> None:
        self.scene = Scene()
        self.automaton = automaton
        method = "INVITE" if automaton.name.startswith("INVITE") else "OPTIONS"
        self.request = request(method)
        self.transaction: Transaction
        if automaton.name.endswith("client"):
            template = self.request.without("Via")
            self.transaction = self.scene.table.send_request(template, self.scene.flow, 0, sent_by=OUR_ADDRESS)
        else:
            self.transaction = self.scene.serve(self.request)
        self.begun = self.scene.take()
        if automaton is INVITE_SERVER and with_100:  # so that there is something to repeat
            self.scene.respond(self.server, self.request, 100)

    @property
    def server(self) -> ServerTransaction:
        assert isinstance(self.transaction, ServerTransaction)
        return self.transaction

    @property
    def client(self) -> ClientTransaction:
        assert isinstance(self.transaction, ClientTransaction)
        return self.transaction

    def to(self, state: State) -> None:
        for arrow in way_to(self.automaton, state):
            self.step(arrow.on)
        assert self.transaction.state is state

    def step(self, on: Input | Timer) -> list[Effect]:
        table, scene = self.scene.table, self.scene
        if isinstance(on, Timer):
            return self.let_fire(on)
        match on:
            case Input.PROVISIONAL | Input.SUCCESS | Input.FAILURE:
                return scene.receive(answer(self.client.request, STATUS[on]))
            case Input.CANCEL_WANTED:
                table.cancel(self.client, scene.now)
            case Input.REQUEST:
                return scene.receive(request(self.request.method))
            case Input.ACK | Input.CANCEL:
                return scene.receive(request(on.value, to_tag="desk" if on is Input.ACK else ""))
            case Input.SEND_PROVISIONAL | Input.SEND_SUCCESS | Input.SEND_FAILURE:
                table.respond(self.server, response(self.request, STATUS[on], to_tag="desk"), scene.now)
            case Input.TRANSPORT_ERROR:
                table.transport_failed(scene.flow, scene.now)
        return scene.take()

    def let_fire(self, timer: Timer) -> list[Effect]:
        """Let the clock run to the moment of one timer; the effects of that moment."""
        (at,) = (at for at, letter, _ in self.transaction.running if letter is timer)
        while True:
            deadline = self.scene.table.next_deadline()
            assert deadline is not None
            effects = self.scene.advance(deadline)
            if deadline == at:
                return effects


def way_to(automaton: Automaton, state: State) -> list[Arrow]:
    """The shortest way from the beginning, by what others do rather than by timers."""
    arrows = sorted(automaton.arrows, key=lambda arrow: isinstance(arrow.on, Timer))
    ways: deque[tuple[State, list[Arrow]]] = deque([(automaton.initial, [])])
    seen = set()
    while ways:
        here, way = ways.popleft()
        if here is state:
            return way
        if here not in seen:
            seen.add(here)
            ways.extend((arrow.to, [*way, arrow]) for arrow in arrows if arrow.state is here)
    raise AssertionError(f"no way to {state}")


ARROWS = [(automaton, arrow) for automaton in AUTOMATA for arrow in automaton.arrows]
IGNORED = [
    (automaton, state, on, ignored)
    for automaton in AUTOMATA
    for (state, on), ignored in automaton.deliberately_ignored.items()
    if not isinstance(on, Timer)
]


@pytest.mark.parametrize(("automaton", "arrow"), ARROWS, ids=[f"{m.name}: {a.state}, {a.on}" for m, a in ARROWS])
def test_every_arrow_is_walked(automaton: Automaton, arrow: Arrow):
    walk = Walk(automaton, with_100=arrow.on is not Timer.TRYING)
    walk.to(arrow.state)
    if arrow.on is Timer.CANCELLED:
        walk.step(Input.CANCEL_WANTED)
    effects = [effect for effect in walk.step(arrow.on) if not isinstance(effect, TransactionEnded)]
    assert walk.transaction.state is arrow.to
    assert walk.transaction.terminated == (arrow.to is State.TERMINATED)
    expected = [SEEN_AS[action] for action in arrow.actions if SEEN_AS[action] is not None]
    if arrow.on is Input.CANCEL:  # the table's own 200 to the CANCEL goes first
        expected = [Send, *expected]
    assert [type(effect) for effect in effects] == expected
    running = {timer for _, timer, _ in walk.transaction.running}
    assert running >= set(arrow.start)
    assert not running & set(arrow.stop)
    assert (arrow.on in running) == (arrow.repeat is not None or arrow.on in arrow.start)


@pytest.mark.parametrize(
    ("automaton", "state", "on", "ignored"), IGNORED, ids=[f"{m.name}: {s}, {on}" for m, s, on, _ in IGNORED]
)
def test_every_ignored_input_changes_nothing(automaton: Automaton, state: State, on: Input, ignored: Ignored):
    walk = Walk(automaton)
    walk.to(state)
    before = walk.transaction.running
    effects = walk.step(on)
    assert walk.transaction.state is state
    assert walk.transaction.running == before
    if on is Input.CANCEL:
        assert [type(effect) for effect in effects] == [Send, Dropped]
    else:
        assert [effect.reason for effect in effects if isinstance(effect, Dropped)] == (
            [ignored.drop] if ignored.drop else []
        )
        assert len(effects) == (1 if ignored.drop else 0)


@pytest.mark.parametrize("automaton", AUTOMATA, ids=lambda automaton: automaton.name)
def test_nothing_moves_an_ended_transaction(automaton: Automaton):
    walk = Walk(automaton)
    walk.to(State.TERMINATED)
    walk.scene.take()
    if isinstance(walk.transaction, ServerTransaction):
        for on in (Input.SEND_PROVISIONAL, Input.SEND_SUCCESS, Input.SEND_FAILURE):
            assert walk.step(on) == []
    elif automaton is INVITE_CLIENT:
        assert walk.step(Input.CANCEL_WANTED) == []
    assert walk.step(Input.TRANSPORT_ERROR) == []
    assert walk.transaction.terminated
    assert walk.transaction.running == ()
    assert len(walk.scene.table) == 0


@pytest.mark.parametrize("automaton", AUTOMATA, ids=lambda automaton: automaton.name)
def test_a_transaction_begins_as_its_figure_does(automaton: Automaton):
    walk = Walk(automaton, with_100=False)
    assert [type(effect) for effect in walk.begun] == [SEEN_AS[action] for action in automaton.first]
    assert walk.transaction.state is automaton.initial
    assert {timer for _, timer, _ in walk.transaction.running} == set(automaton.start)
