"""Whatever the wire does and whoever does what: every call ends once on each side, and nothing is left of it."""

from collections import Counter

from hypothesis import given, note, settings
from hypothesis import strategies as st

from sip.events import Acknowledged, Answered, Ended, Event, Failed, IncomingInvite, OfferReceived
from sip.message.intake import parse
from sip.testing.pair import Pair, Party
from sip.testing.parts import ANSWER, OFFER
from sip.testing.wire import LATE, LOST, ON_TIME, TWICE, LossyWire

FATES = st.sampled_from([ON_TIME, ON_TIME, LOST, TWICE, LATE, (0.0,), (0.02, 3.0), (40.0,)])
ACTS = st.sampled_from(
    ["ring", "early", "answer", "reject", "bye", "cancel", "reoffer", "update", "ask", "info", "wait"]
)
STEPS = st.lists(
    st.tuples(st.booleans(), ACTS, st.sampled_from([0.0, 0.005, 0.02, 0.5, 2.0, 33.0, 950.0])), max_size=12
)


class Endings:
    """Counts how often each session's end was told, and that nothing was told of it afterwards."""

    def __init__(self, party: Party) -> None:
        self.told: Counter[int] = Counter()
        self.begun: list[object] = []
        self.answered: set[int] = set()
        self.name = party.name

    def look(self, event: Event) -> None:
        session = getattr(event, "session", None)
        if session is None:
            return
        assert not self.told[id(session)], f"{self.name} is told {event} after the end"
        if isinstance(event, IncomingInvite):
            self.begun.append(session)
        elif isinstance(event, Answered | Acknowledged):
            assert id(session) not in self.answered, "answered twice"
            self.answered.add(id(session))
        elif isinstance(event, Ended | Failed):
            assert not (isinstance(event, Failed) and id(session) in self.answered), "a call that was up has failed"
            self.told[id(session)] += 1


def act(pair: Pair, party: Party, session, what: str) -> None:
    now = pair.now
    match what:
        case "ring":
            session.ring(now)
        case "early":
            session.ring(now, 183, ANSWER)
        case "answer":
            session.answer(ANSWER, now)
        case "reject":
            session.reject(486, None, now)
        case "bye":
            session.bye(now)
        case "cancel":
            session.cancel(now)
        case "reoffer":
            session.reoffer(OFFER, now)
        case "update":
            session.reoffer(OFFER, now, method="UPDATE")
        case "ask":
            session.reoffer(None, now)
        case "info":
            session.send_info("application/dtmf", b"1", now)


@settings(max_examples=300, deadline=None)
@given(
    fates=st.dictionaries(st.integers(0, 40), FATES, max_size=25),
    steps=STEPS,
    offers=st.booleans(),
    reaction=st.sampled_from(["accept", "refuse", "ignore"]),
)
def test_every_call_ends_once_and_leaves_nothing(fates, steps, offers, reaction):
    pair = Pair(LossyWire(fates))
    endings = {party: Endings(party) for party in pair.parties}

    def reacting(party: Party):
        def react(event: Event) -> None:
            endings[party].look(event)
            if isinstance(event, OfferReceived) or (isinstance(event, Answered) and not offers):
                if reaction == "accept":
                    event.session.accept_offer(ANSWER, pair.now)
                elif reaction == "refuse":
                    event.session.refuse_offer(488, pair.now)

        return react

    for party in pair.parties:
        party.on_event = reacting(party)
    ours = pair.invite(OFFER if offers else None)
    endings[pair.alice].begun.append(ours)
    try:
        for by_alice, what, then in steps:
            party = pair.alice if by_alice else pair.bob
            for session in endings[party].begun:
                act(pair, party, session, what)
            pair.run(then)
        # whoever is still in a call hangs up; over a wire that works again everything is settled
        pair.run(120)
        for party in pair.parties:
            for session in endings[party].begun:
                session.bye(pair.now)
        pair.rest()
        for party in pair.parties:
            for session in endings[party].begun:
                assert endings[party].told[id(session)] == 1, f"{party.name}'s end is told once"
    finally:
        note(pair.ladder())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bytes_of_a_peer_raise_or_leave_anything(data):
    """A message of a real call, spoilt at random, or anything at all, at any moment of a call."""
    pair = Pair()
    ours, theirs = pair.call()
    theirs.reoffer(OFFER, pair.now)
    pair._drain()
    samples = [b"", b"\r\n", b"INVITE", b"\xff" * 30]
    for party in pair.parties:
        party.core.receive(data.draw(st.sampled_from(samples) | st.binary(max_size=60)), party.flow, pair.now)
    session = data.draw(st.sampled_from([ours, theirs]))
    request = session.dialog.make(
        data.draw(st.sampled_from(["INVITE", "BYE", "INFO", "UPDATE", "OPTIONS", "ACK", "CANCEL", "X"])),
        headers=[("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx"), ("Contact", "<sip:a@b>"), ("Reason", "SIP;cause=1")],
        body=data.draw(st.sampled_from([b"", OFFER])),
        content_type="application/sdp",
    )
    spoilt = bytearray(request.encode())
    for position, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(spoilt) - 1), st.integers(0, 255)), max_size=6)
    ):
        spoilt[position] = byte
    other = pair.bob if session is ours else pair.alice
    other.core.receive(bytes(spoilt), other.flow, pair.now)
    for action in other.core.take_actions(pair.now):
        parse(action.data)
    pair.run(60)
    for each in (ours, theirs):
        each.bye(pair.now)
    for party in pair.parties:
        for event in party.all(IncomingInvite):
            event.session.bye(pair.now)
    pair.rest()
