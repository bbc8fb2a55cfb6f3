"""REFER within a call and what the peer is told of it: RFC 3515, RFC 4488, RFC 5057."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.dialog.features import FEATURES
from sip.dialog.referring import ACTIVE_SECONDS, MAX_REFER_TO, SIPFRAG, Standing
from sip.dialog.session import InviteSession
from sip.errors import DropReason
from sip.events import Acknowledged, Ended, ReferReceived, ReferTold
from sip.flow import Flow
from sip.message.envelope import Request, Response
from sip.message.replaces import Replaces
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, TO_ALICE, new_core
from sip.testing.scripted import ScriptedPeer
from sip.testing.wire import LATE, LOST, ON_TIME, TWICE, LossyWire

TO_ORDERS = ("Refer-To", "<sip:102@bakery.example>")
REPLACES = "Replaces=call%40host%3Bto-tag%3Dours%3Bfrom-tag%3Dtheirs"


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core())


def in_a_call(peer: ScriptedPeer) -> tuple[InviteSession, Response]:
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.ack(ok)
    peer.told(Acknowledged)
    return session, ok


def refers(peer: ScriptedPeer, ok: Response, *headers: tuple[str, object]) -> Request:
    request = peer.request("REFER", to_tag=ok.to_tag, headers=list(headers) or [TO_ORDERS])
    peer.send(request)
    return request


def told(peer: ScriptedPeer, status: int = 200) -> tuple[str, str]:
    """The next NOTIFY, answered: what it says, and whether more is to come."""
    notify = peer.next_request("NOTIFY")
    assert notify.header("Content-Type") == SIPFRAG
    assert notify.contacts
    peer.respond(notify, status)
    return notify.body.decode(), str(notify.header("Subscription-State"))


def test_the_peer_is_told_from_trying_to_the_end(peer: ScriptedPeer) -> None:
    session, ok = in_a_call(peer)
    refer = refers(peer, ok, TO_ORDERS, ("Referred-By", "<sip:101@bakery.example>"))
    referral = peer.told(ReferReceived).referral
    assert str(referral.refer.target) == "sip:102@bakery.example"
    assert referral.refer.referred_by is not None
    assert referral.refer.referred_by.uri.user == "101"
    referral.accept(peer.now)
    accepted = peer.next_response(202)
    assert accepted.contacts
    notify = peer.next_request("NOTIFY")
    assert notify.header("Event") == f"refer;id={refer.cseq.number}"
    referral.tell(180, peer.now)
    peer.sends_nothing()
    peer.respond(notify, 200)
    assert told(peer) == ("SIP/2.0 180 Ringing\r\n", f"active;expires={ACTIVE_SECONDS}")
    referral.tell(200, peer.now)
    assert told(peer) == ("SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    peer.told(ReferTold)
    referral.tell(486, peer.now)
    peer.sends_nothing()
    assert referral.standing is Standing.OVER
    assert not session.ended


def test_what_happens_while_a_notify_is_under_way_is_told_by_its_latest(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok)
    referral = peer.told(ReferReceived).referral
    referral.accept(peer.now)
    peer.next_response(202)
    trying = peer.next_request("NOTIFY")
    for status in (180, 183, 603, 200):
        referral.tell(status, peer.now)
    peer.respond(trying, 200)
    assert told(peer)[0] == "SIP/2.0 603 Decline\r\n", "the first final one"
    peer.sends_nothing()


def test_nothing_is_told_to_whoever_wants_no_subscription(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok, TO_ORDERS, ("Refer-Sub", "false"), ("Require", "norefersub"))
    referral = peer.told(ReferReceived).referral
    referral.accept(peer.now)
    assert peer.next_response(202).header("Refer-Sub") == "false"
    referral.tell(200, peer.now)
    peer.sends_nothing()
    refers(peer, ok)
    peer.told(ReferReceived)


def test_a_peer_that_hangs_up_at_once_is_told_nevertheless_while_it_answers(peer: ScriptedPeer) -> None:
    session, ok = in_a_call(peer)
    refers(peer, ok)
    referral = peer.told(ReferReceived).referral
    referral.accept(peer.now)
    peer.next_response(202)
    trying = peer.next_request("NOTIFY")
    peer.send(peer.request("BYE", to_tag=ok.to_tag))
    peer.next_response(200)
    peer.told(Ended)
    assert session.ended
    peer.respond(trying, 200)
    referral.tell(180, peer.now)
    assert told(peer, 481)[0].startswith("SIP/2.0 180")
    referral.tell(200, peer.now)
    peer.sends_nothing()
    peer.wait(60)
    assert peer.core.calls.empty


def test_a_refused_notify_ends_the_subscription_and_not_the_call(peer: ScriptedPeer) -> None:
    session, ok = in_a_call(peer)
    refers(peer, ok)
    referral = peer.told(ReferReceived).referral
    referral.accept(peer.now)
    peer.next_response(202)
    told(peer, 481)
    peer.told(ReferTold)
    referral.tell(200, peer.now)
    peer.sends_nothing()
    assert not session.ended


def test_a_refusal_is_the_only_answer(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok)
    referral = peer.told(ReferReceived).referral
    referral.refuse(404, peer.now)
    peer.next_response(404)
    for command in (lambda: referral.refuse(403, peer.now), lambda: referral.accept(peer.now)):
        command()
    referral.tell(200, peer.now)
    peer.sends_nothing()
    refers(peer, ok)
    peer.told(ReferReceived)


def test_one_refer_at_a_time(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok)
    referral = peer.told(ReferReceived).referral
    refers(peer, ok)
    peer.next_response(491)
    referral.accept(peer.now)
    peer.next_response(202)
    told(peer)
    refers(peer, ok)
    peer.next_response(491)
    assert peer.drops() == [DropReason.REFER_PENDING] * 2
    assert not peer.events()


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ([("Subject", "x")], 400, DropReason.BAD_HEADER),
        ([("Refer-To", "<sip:102@x>, <sip:103@x>")], 400, DropReason.BAD_HEADER),
        ([("Refer-To", "102")], 400, None),
        ([("Refer-To", f"<sip:102@x;a={'b' * MAX_REFER_TO}>")], 400, DropReason.URI_TOO_LONG),
        ([("Refer-To", "<http://x.example/>")], 416, DropReason.UNSUPPORTED_SCHEME),
        ([("Refer-To", "<mailto:a@b>")], 416, DropReason.UNSUPPORTED_SCHEME),
        ([("Refer-To", "<sip:102@x;method=BYE>")], 403, DropReason.REFER_REFUSED),
        ([("Refer-To", "<sip:102@x?Replaces=nonsense>")], 400, DropReason.BAD_HEADER),
        ([("Refer-To", "<sip:102@x?Replaces=a%3Bto-tag%3D1>")], 400, DropReason.BAD_HEADER),
        ([("Refer-To", "<sip:102@x>"), ("Referred-By", "<<>")], 400, None),
        ([("Refer-To", "<sip:102@x>"), ("Require", "multiple-refer")], 420, DropReason.UNSUPPORTED_EXTENSION),
    ],
)
def test_what_is_no_reference_is_refused(
    peer: ScriptedPeer, headers: list[tuple[str, object]], status: int, reason: DropReason | None
) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok, *headers)
    peer.next_response(status)
    (dropped,) = peer.drops()
    assert reason in (None, dropped)
    assert not peer.events()
    refers(peer, ok)
    peer.told(ReferReceived)


def test_which_dialog_is_to_be_replaced(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    refers(peer, ok, ("Refer-To", f"<sip:102@x?{REPLACES}>"))
    refer = peer.told(ReferReceived).referral.refer
    assert refer.replaces == Replaces("call@host", "ours", "theirs")
    assert str(refer.target) == "sip:102@x", "nothing of the header goes on"


def test_outside_a_call_and_before_its_answer_nobody_refers(peer: ScriptedPeer) -> None:
    peer.send(peer.request("REFER", headers=[TO_ORDERS]))
    peer.next_response(403)
    assert peer.drops() == [DropReason.REFER_REFUSED]
    peer.send(peer.request("REFER", to_tag="guessed", headers=[TO_ORDERS]))
    peer.next_response(481)
    assert peer.drops() == [DropReason.UNKNOWN_DIALOG]
    session = peer.call()
    session.ring(peer.now)
    ringing = peer.next_response(180)
    refers(peer, ringing)
    peer.next_response(403)
    assert peer.drops() == [DropReason.REFER_REFUSED]


def test_a_refer_within_the_call_that_came_from_elsewhere_is_answered_there(peer: ScriptedPeer) -> None:
    _, ok = in_a_call(peer)
    moved = Flow("udp", TO_ALICE.local, ("192.0.2.9", 5060))
    peer.send(peer.request("REFER", to_tag=ok.to_tag, headers=[TO_ORDERS]), moved)
    referral = peer.told(ReferReceived).referral
    referral.accept(peer.now)
    sent = [action.flow for action in peer.core.take_actions(peer.now)]
    assert {flow.remote for flow in sent} == {moved.remote}


FATES = st.sampled_from([ON_TIME, ON_TIME, LOST, TWICE, LATE, (0.02, 3.0), (9.0,)])
ACTS = st.lists(
    st.tuples(st.sampled_from([180, 183, 200, 486, 0, 1]), st.sampled_from([0.0, 0.02, 0.6, 5.0])), max_size=6
)


@settings(deadline=None)
@given(st.dictionaries(st.integers(6, 60), FATES), ACTS)
def test_whatever_the_wire_does_the_referrer_hears_of_it_in_order_and_of_one_end(
    fates: dict[int, tuple[float, ...]], acts: list[tuple[int, float]]
) -> None:
    """Invariant: what is told never goes back, ends at most once, and leaves nothing behind on either side."""
    heard: list[tuple[int, str]] = []

    def notified(session, _dialog, request, transaction, now) -> None:  # type: ignore[no-untyped-def]
        heard.append((int(request.body.split()[1]), str(request.header("Subscription-State"))))
        session.respond(transaction, request, 200, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FEATURES, "NOTIFY", notified)
        pair = Pair(LossyWire(fates))
        ours, theirs = pair.call()
        assert ours.dialog is not None
        refer = ours.dialog.make("REFER", contact=ours.around.contact(ours.flow), headers=[TO_ORDERS])
        ours.around.send_request(refer, ours.flow, lambda *_: None, pair.now)
        pair.run(40)
        asked = pair.bob.all(ReferReceived)
        said = [100]
        if asked:
            (event,) = asked
            event.referral.accept(pair.now)
            for status, pause in acts:
                if status == 0:
                    ours.bye(pair.now)
                elif status == 1:
                    theirs.bye(pair.now)
                else:
                    said.append(status)
                    event.referral.tell(status, pair.now)
                pair.run(pause)
            event.referral.tell(200, pair.now)
            said.append(200)
        ours.bye(pair.now)
        theirs.bye(pair.now)
        pair.rest()
    numbers = [status for status, _ in heard]
    ends = [status for status, state in heard if state.startswith("terminated")]
    assert len(ends) <= 1
    assert not ends or (numbers[-1] == ends[0] == next(status for status in said if status >= 200))
    remaining = iter(said)
    assert all(status in remaining for status in numbers), f"{numbers} of {said}\n{pair.ladder()}"
