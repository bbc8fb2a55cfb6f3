"""UPDATE before the call is answered (RFC 3311), both ways, and what becomes of it when several things cross."""

import pytest

from sip.config import CoreConfig
from sip.dialog.offers import MAX_TRIES
from sip.dialog.session import State
from sip.events import Acknowledged, Answered, AnswerReceived, IncomingInvite, OfferReceived, ReofferFailed
from sip.message.build import request as build_request
from sip.message.envelope import Request
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.testing.wire import LATE, LOST, TWICE, Fate, LossyWire

SECOND = OFFER.replace(b"audio 4000", b"audio 4002")
CAN = [("Supported", "100rel")]
RELIABLE = [("Require", "100rel"), ("RSeq", 1)]


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core(CoreConfig(random=lambda: 0.0)))


def early_called(peer: ScriptedPeer, acknowledged: bool = True):
    """A call of the peer with early media: its session and our tag."""
    session = peer.call(headers=CAN)
    session.ring(peer.now, 183, ANSWER)
    early = peer.next_response(183)
    if acknowledged:
        said = [("RAck", f"{early.header('RSeq')} {early.cseq}")]
        peer.send(peer.request("PRACK", to_tag=early.to_tag, headers=said))
        peer.next_response(200)
    return session, early.to_tag


def early_calling(peer: ScriptedPeer):
    """A call to the peer that sends early media: its session and the INVITE."""
    session, invite = peer.be_called()
    peer.respond(invite, 183, headers=RELIABLE, body=ANSWER)
    peer.respond(peer.next_request("PRACK"), 200)
    peer.events()
    return session, invite


def update_of(peer: ScriptedPeer, invite: Request, tag: str = "peer", body: bytes = SECOND) -> None:
    """Send an UPDATE of the called peer in an early dialog."""
    made = build_request(
        "UPDATE", invite.contacts[0].uri, from_=invite.to.with_params(tag=tag), to=invite.from_, call_id=invite.call_id,
        cseq=1, body=body, content_type="application/sdp" if body else None,
        headers=[("Contact", "<sip:peer@192.0.2.1:5061>")],
    )  # fmt: skip
    peer.send(made.with_prepended("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{tag}"))


# --- called -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("acknowledged", [True, False])
def test_the_caller_changes_the_early_session(peer, acknowledged):
    session, tag = early_called(peer, acknowledged)
    peer.send(peer.request("UPDATE", to_tag=tag, body=SECOND))
    assert peer.told(OfferReceived).sdp == SECOND
    session.accept_offer(ANSWER, peer.now)
    ok = peer.next_response(200)
    assert (ok.cseq.method, ok.body) == ("UPDATE", ANSWER)
    assert ok.header("Session-Expires") is None, "the session is not up yet"
    assert session.state is State.INVITED


def test_the_2xx_says_nothing_of_a_session_that_was_changed(peer):
    session, tag = early_called(peer)
    peer.send(peer.request("UPDATE", to_tag=tag, body=SECOND))
    session.accept_offer(ANSWER, peer.now)
    peer.next_response(200)
    session.answer(ANSWER, peer.now)
    assert peer.next_response(200).body == b""


def test_we_change_the_early_session_of_a_caller(peer):
    session, tag = early_called(peer)
    session.reoffer(SECOND, peer.now, "UPDATE")
    update = peer.next_request("UPDATE")
    assert (update.body, update.from_tag) == (SECOND, tag)
    peer.respond(update, 200, body=OFFER)
    assert peer.told(AnswerReceived).sdp == OFFER
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    assert session.state is State.CONFIRMED


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_what_may_not_be_sent_yet_is_sent_later(peer, method):
    session = peer.call()
    session.ring(peer.now)
    peer.next_response(180)
    session.reoffer(SECOND, peer.now, method)
    peer.sends_nothing()
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(4)
    assert peer.next_request(method).body == SECOND


def test_an_update_waits_for_the_prack(peer):
    session, _ = early_called(peer, acknowledged=False)
    session.reoffer(SECOND, peer.now, "UPDATE")
    peer.sends_nothing()


def test_what_never_may_be_sent_has_failed(peer):
    session = peer.call()
    session.reoffer(SECOND, peer.now, "UPDATE")
    peer.wait(MAX_TRIES * 4)
    assert peer.told(ReofferFailed).status == 491


# --- calling ----------------------------------------------------------------------------------------------------------


def test_the_called_peer_changes_the_early_session(peer):
    session, invite = early_calling(peer)
    update_of(peer, invite)
    assert peer.told(OfferReceived).sdp == SECOND
    session.accept_offer(OFFER, peer.now)
    assert peer.next_response(200).body == OFFER
    peer.respond(invite, 200, body=ANSWER)
    assert str(peer.next_request("ACK").uri) == "sip:peer@192.0.2.1:5060"
    assert peer.told(Answered).sdp is None, "what the 183 said is not the session any more"


def test_we_change_the_early_session_of_the_called(peer):
    session, invite = early_calling(peer)
    session.reoffer(SECOND, peer.now, "UPDATE")
    update = peer.next_request("UPDATE")
    assert (update.cseq.number, update.to_tag) == (3, "peer")
    peer.respond(update, 200, body=ANSWER)
    peer.told(AnswerReceived)
    peer.respond(invite, 200)
    assert peer.next_request("ACK").cseq.number == 1
    assert peer.told(Answered).sdp is None


@pytest.mark.parametrize("reliable", [True, False])
def test_an_update_before_our_offer_is_answered_is_491(peer, reliable):
    """An answer that was not acknowledged may never have come (RFC 3262 section 5)."""
    _, invite = peer.be_called()
    if reliable:
        peer.respond(invite, 183, headers=RELIABLE)
        peer.next_request("PRACK")
    else:
        peer.respond(invite, 183, body=ANSWER)
    update_of(peer, invite)
    peer.next_response(491)


def test_updates_that_cross_are_491(peer):
    session, invite = early_calling(peer)
    session.reoffer(SECOND, peer.now, "UPDATE")
    ours = peer.next_request("UPDATE")
    update_of(peer, invite)
    peer.next_response(491)
    peer.respond(ours, 491)
    peer.wait(4.1)
    assert peer.next_request("UPDATE").body == SECOND


def test_one_of_several_forks_may_not_change_what_all_share(peer):
    _, invite = early_calling(peer)
    peer.respond(invite, 183, tag="other", headers=RELIABLE, body=ANSWER)
    peer.next_request("PRACK")
    update_of(peer, invite, "other")
    peer.next_response(488)


def test_an_update_without_offer_moves_an_early_target(peer):
    session, invite = early_calling(peer)
    update_of(peer, invite, body=b"")
    peer.next_response(200)
    (dialog,) = session.dialogs
    assert dialog.target.port == 5061


def test_the_answer_of_another_fork_leaves_our_update_behind(peer):
    session, invite = early_calling(peer)
    session.reoffer(SECOND, peer.now, "UPDATE")
    update = peer.next_request("UPDATE")
    peer.respond(invite, 200, tag="other", body=ANSWER)
    peer.next_request("ACK")
    assert peer.told(Answered).sdp == ANSWER
    peer.respond(update, 481)
    assert session.state is State.CONFIRMED, "a dialog is gone that is not the call's"


def test_a_prack_that_an_update_has_overtaken(peer):
    session = peer.call(headers=CAN)
    session.ring(peer.now, 183, ANSWER)
    early = peer.next_response(183)
    rack = [("RAck", f"{early.header('RSeq')} {early.cseq}")]
    late = peer.request("PRACK", to_tag=early.to_tag, headers=rack)
    peer.send(peer.request("UPDATE", to_tag=early.to_tag, body=SECOND))
    peer.send(late)
    assert peer.next_response(200).cseq.method == "PRACK"


def test_our_update_waits_until_the_prack_has_arrived(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 183, headers=RELIABLE, body=ANSWER)
    prack = peer.next_request("PRACK")
    session.reoffer(SECOND, peer.now, "UPDATE")
    peer.sends_nothing()
    peer.respond(prack, 200)
    peer.wait(2.1)
    peer.next_request("UPDATE")


def test_an_update_that_crosses_the_end(peer):
    session, tag = early_called(peer)
    peer.send(peer.request("UPDATE", to_tag=tag, body=SECOND))
    session.reject(486, None, peer.now)
    statuses = {(message.cseq.method, message.status) for message in peer.sent()}
    assert statuses == {("UPDATE", 487), ("INVITE", 486)}


# --- over a wire that loses -------------------------------------------------------------------------------------------


def changed_talk(pair: Pair) -> None:
    """Early media that the caller changes before it is answered."""

    def bob_reacts(event) -> None:
        match event:
            case IncomingInvite(session=session):
                session.ring(pair.now, 183, ANSWER)
            case OfferReceived(session=session):
                session.accept_offer(ANSWER, pair.now)

    pair.bob.on_event = bob_reacts
    session = pair.invite()
    pair.run_until(lambda: session.dialogs and session.dialogs[0].settled and not session.dialogs[0].pracks)
    session.reoffer(SECOND, pair.now, "UPDATE")
    pair.run_until(lambda: pair.alice.all(AnswerReceived))
    pair.bob.session.answer(ANSWER, pair.now)
    pair.run_until(lambda: pair.bob.all(Acknowledged))
    session.bye(pair.now)
    pair.rest()
    assert pair.bob.one(OfferReceived).sdp == SECOND
    assert pair.alice.one(Answered).sdp is None


def packets() -> int:
    pair = Pair()
    changed_talk(pair)
    return pair.wire.sent


@pytest.mark.parametrize("fate", [LOST, TWICE, LATE], ids=["lost", "twice", "late"])
@pytest.mark.parametrize("number", range(packets()))
def test_an_early_change_survives_whatever_happens_to_one_packet(number: int, fate: Fate):
    changed_talk(Pair(LossyWire({number: fate})))
