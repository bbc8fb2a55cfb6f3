"""Whatever the phones say that one INVITE reaches, in whatever order: one outcome, told once, and nothing is left."""

from hypothesis import given, note, settings
from hypothesis import strategies as st

from sip.events import Answered, Ended, Failed, Progress
from sip.message.envelope import Request
from sip.testing.parts import ANSWER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.transaction.timers import Timers

SAYS = st.tuples(
    st.sampled_from([100, 180, 183, 183, 200, 200, 200, 302, 404, 486, 487, 503, 603]),
    st.sampled_from(["", "one", "two", "three"]),
    st.sampled_from([b"", ANSWER, ANSWER]),
    st.sampled_from(["<sip:peer@192.0.2.1>", "<sip:peer@192.0.2.1>", None, "<mailto:x@y>", '"']),
    st.sampled_from([0.0, 0.1, 5.0]),
)


@settings(max_examples=300, deadline=None)
@given(
    says=st.lists(SAYS, max_size=10),
    offer=st.sampled_from([ANSWER, None]),
    accepts=st.booleans(),
    hang_up_at=st.integers(0, 10),
)
def test_one_call_comes_of_it(says, offer, accepts, hang_up_at):
    peer = ScriptedPeer(new_core())
    session, invite = peer.be_called(offer)
    told: list[object] = []
    sent: list[object] = []
    succeeded = set()

    def look() -> None:
        told.extend(peer.events())
        sent.extend(peer.sent())

    try:
        for number, (status, tag, body, contact, then) in enumerate(says):
            if number == hang_up_at:
                session.bye(peer.now)
            answer = peer.respond(invite, status, tag=tag, body=body, contact=contact)
            if status == 200:
                succeeded.add(answer.to_tag)
            look()
            if accepts and any(isinstance(event, Answered) for event in told):
                session.accept_offer(ANSWER, peer.now)
            peer.wait(then)
            look()
        session.bye(peer.now)
        session.bye(peer.now)
        peer.wait(4 * Timers().lifetime + Timers().c)
        look()
        outcomes = [event for event in told if isinstance(event, Answered | Failed)]
        assert len(outcomes) == 1
        ends = [event for event in told if isinstance(event, Ended | Failed)]
        assert len(ends) == 1
        assert all(not isinstance(event, Progress) for event in told[told.index(outcomes[0]) :])
        requests = [message for message in sent if isinstance(message, Request)]
        byes = {message.to_tag for message in requests if message.method == "BYE"}
        acks = {message.to_tag for message in requests if message.method == "ACK"}
        assert byes <= acks, "nobody is hung up on without having been acknowledged"
        answered = any(isinstance(event, Answered) for event in told)
        assert answered <= bool(byes)
        assert byes <= succeeded
        core = peer.core
        assert core.calls.empty
        assert not len(core.table)
        assert core.next_deadline() is None
    finally:
        note(peer.recorder.ladder())
