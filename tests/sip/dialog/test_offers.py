"""Offers within a call: re-INVITE (RFC 3261 section 14) and UPDATE (RFC 3311), both ways, with glare."""

import pytest

from sip.config import CoreConfig
from sip.dialog.offers import MAX_RETRY_AFTER, MAX_TRIES
from sip.dialog.session import State
from sip.errors import DropReason
from sip.events import (
    Acknowledged,
    Answered,
    AnswerReceived,
    Ended,
    OfferReceived,
    ReofferFailed,
)
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.transaction.timers import Timers

TIMERS = Timers()
SECOND = OFFER.replace(b"audio 4000", b"audio 4002")


class Scene:
    """A call to us that is up, and its peer."""

    def __init__(self, chance: float = 0.5) -> None:
        self.peer = ScriptedPeer(new_core(CoreConfig(random=lambda: chance)))
        self.session = self.peer.call()
        self.session.answer(ANSWER, 0.0)
        ok = self.peer.next_response(200)
        self.tag = ok.to_tag
        self.peer.ack(ok)
        self.peer.told(Acknowledged)

    def offers(self, method: str = "INVITE", body: bytes = SECOND, **more):
        """Send the peer's offer."""
        request = self.peer.request(method, to_tag=self.tag, body=body, **more)
        self.peer.send(request)
        return request


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- the peer offers --------------------------------------------------------------------------------------------------


def test_a_re_invite_is_answered_until_its_ack(scene):
    peer = scene.peer
    scene.offers(contact="<sip:moved@192.0.2.1:5099>")
    assert peer.told(OfferReceived).sdp == SECOND
    scene.session.accept_offer(ANSWER, peer.now)
    assert scene.session.dialog.target.port == 5099
    ok = peer.next_response(200)
    assert ok.body == ANSWER
    assert ok.contacts
    peer.wait(0.6)
    assert peer.next_response(200).encode() == ok.encode()
    peer.ack(ok)
    peer.wait(60)
    peer.sends_nothing()
    assert peer.events() == []
    assert scene.session.state is State.CONFIRMED


def test_a_re_invite_that_is_never_acknowledged_ends_the_call(scene):
    scene.offers()
    scene.session.accept_offer(ANSWER, scene.peer.now)
    scene.peer.wait(TIMERS.lifetime + 0.1)
    assert [message.start_line for message in scene.peer.sent()][-1].startswith("BYE")
    ended = next(event for event in scene.peer.events() if isinstance(event, Ended))
    assert ended.by == "timeout"


def test_a_re_invite_without_offer_asks_for_ours(scene):
    peer = scene.peer
    scene.offers(body=b"")
    assert peer.told(OfferReceived).sdp is None
    scene.session.accept_offer(OFFER, peer.now)
    ok = peer.next_response(200)
    peer.ack(ok, ANSWER)
    assert peer.told(AnswerReceived).sdp == ANSWER


def test_our_late_offer_without_answer_has_failed(scene):
    scene.offers(body=b"")
    scene.session.accept_offer(OFFER, scene.peer.now)
    scene.peer.ack(scene.peer.next_response(200))
    assert scene.peer.told(ReofferFailed).status == 488


def test_a_refused_offer_changes_nothing(scene):
    scene.offers(contact="<sip:moved@192.0.2.1:5099>")
    scene.session.refuse_offer(488, scene.peer.now)
    scene.peer.next_response(488)
    assert scene.session.state is State.CONFIRMED
    assert scene.session.dialog.target.port == 5060
    scene.session.refuse_offer(488, scene.peer.now)
    scene.session.accept_offer(ANSWER, scene.peer.now)
    scene.peer.sends_nothing()


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0), (0.999, MAX_RETRY_AFTER)])
def test_a_second_offer_while_one_waits_is_500_with_retry_after(method, chance, seconds):
    scene = Scene(chance)
    scene.offers()
    scene.offers(method)
    assert scene.peer.next_response(500).header("Retry-After") == str(seconds)
    scene.session.accept_offer(ANSWER, scene.peer.now)
    assert scene.peer.next_response(200).cseq.number == 2


def test_an_offer_before_the_first_is_answered_is_500():
    peer = ScriptedPeer(new_core())
    session = peer.call()
    session.ring(peer.now)
    peer.send(peer.request("UPDATE", to_tag=peer.next_response(180).to_tag, body=SECOND))
    assert peer.next_response(500).header("Retry-After")
    assert session.state is State.INVITED


def test_update_is_answered_without_ack(scene):
    peer = scene.peer
    scene.offers("UPDATE")
    peer.told(OfferReceived)
    scene.session.accept_offer(ANSWER, peer.now)
    assert peer.next_response(200).body == ANSWER
    peer.wait(60)
    peer.sends_nothing()
    assert scene.session.state is State.CONFIRMED


def test_update_without_offer_only_moves_the_target(scene):
    scene.offers("UPDATE", b"", contact="<sip:moved@192.0.2.1:5099>")
    assert scene.peer.next_response(200).body == b""
    assert scene.session.dialog.target.port == 5099
    assert scene.peer.events() == []


def test_update_that_nobody_answers_in_time_stands_in_nobodys_way(scene):
    scene.offers("UPDATE")
    scene.peer.wait(TIMERS.lifetime + 1)
    scene.peer.sent()
    scene.peer.told(OfferReceived)
    scene.offers("UPDATE")
    scene.peer.told(OfferReceived)
    scene.session.accept_offer(ANSWER, scene.peer.now)
    scene.peer.next_response(200)


def test_a_cancelled_re_invite_leaves_the_call(scene):
    invite = scene.offers()
    cancel = scene.peer.request("CANCEL", to_tag=scene.tag, cseq=invite.cseq.number, branch=invite.via.branch)
    scene.peer.send(cancel)
    scene.peer.next_response(200)
    scene.peer.next_response(487)
    scene.session.accept_offer(ANSWER, scene.peer.now)
    scene.peer.sends_nothing()
    assert scene.session.state is State.CONFIRMED


@pytest.mark.parametrize("ours", [True, False])
def test_whoever_hangs_up_an_offer_that_waits_gets_487(scene, ours):
    scene.offers()
    if ours:
        scene.session.bye(scene.peer.now)
        scene.peer.next_request("BYE")
    else:
        scene.peer.send(scene.peer.request("BYE", to_tag=scene.tag))
        scene.peer.next_response(200)
    assert scene.peer.next_response(487).cseq.method == "INVITE"


def test_an_offer_of_a_peer_that_has_our_answer_does_for_the_lost_ack():
    """RFC 5407 section 3.1: only who has our 2xx goes on in its dialog."""
    peer = ScriptedPeer(new_core())
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.send(peer.request("INVITE", to_tag=ok.to_tag, body=SECOND))
    peer.told(Acknowledged)
    peer.told(OfferReceived)
    assert session.state is State.CONFIRMED
    peer.ack(ok)
    assert peer.drops() == [DropReason.RETRANSMISSION]


def test_an_offer_of_a_peer_that_owes_us_an_answer_is_491():
    peer = ScriptedPeer(new_core())
    session = peer.call(b"")
    session.answer(OFFER, peer.now)
    ok = peer.next_response(200)
    peer.send(peer.request("INVITE", to_tag=ok.to_tag, body=SECOND))
    peer.next_response(491)
    assert session.state is State.ANSWERED


def test_an_offer_in_a_call_that_is_over_is_481():
    peer = ScriptedPeer(new_core())
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    session.bye(peer.now)
    peer.send(peer.request("INVITE", to_tag=ok.to_tag, body=SECOND))
    peer.next_response(481)


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ([("Contact", "<mailto:x@y>")], 400, DropReason.BAD_HEADER),
        ([("Content-Type", "text/plain")], 415, DropReason.UNSUPPORTED_BODY),
        ([("Require", "precondition")], 420, DropReason.UNSUPPORTED_EXTENSION),
    ],
)
def test_an_offer_that_cannot_be_taken_leaves_the_call(scene, headers, status, reason):
    scene.offers(headers=headers)
    scene.peer.next_response(status)
    assert scene.peer.drops() == [reason]
    assert scene.session.state is State.CONFIRMED
    scene.offers()
    assert scene.peer.told(OfferReceived).sdp == SECOND


# --- we offer ---------------------------------------------------------------------------------------------------------


def test_our_re_invite_is_acknowledged_and_its_answer_told(scene):
    peer = scene.peer
    scene.session.reoffer(SECOND, peer.now)
    invite = peer.next_request("INVITE")
    assert (invite.body, invite.to_tag) == (SECOND, peer.tag)
    assert invite.contacts
    peer.respond(invite, 100)
    ok = peer.respond(invite, 200, body=ANSWER, contact="<sip:moved@192.0.2.1:5099>")
    ack = peer.next_request("ACK")
    assert (ack.uri.port, ack.cseq.number) == (5099, invite.cseq.number)
    assert peer.told(AnswerReceived).sdp == ANSWER
    peer.send(ok)
    assert peer.next_request("ACK").encode() == ack.encode()
    assert peer.events() == []


def test_our_update_needs_no_ack(scene):
    scene.session.reoffer(SECOND, scene.peer.now, method="UPDATE")
    scene.peer.respond(scene.peer.next_request("UPDATE"), 200, body=ANSWER)
    scene.peer.sends_nothing()
    assert scene.peer.told(AnswerReceived).sdp == ANSWER


def test_our_re_invite_may_ask_for_the_peers_offer(scene):
    peer = scene.peer
    scene.session.reoffer(None, peer.now)
    invite = peer.next_request("INVITE")
    assert invite.body == b""
    peer.respond(invite, 200, body=OFFER)
    assert peer.told(OfferReceived).sdp == OFFER
    peer.respond(invite, 200, body=OFFER)
    peer.sends_nothing()
    assert peer.events() == []
    scene.session.accept_offer(ANSWER, peer.now)
    assert peer.next_request("ACK").body == ANSWER


def test_a_late_offer_to_our_re_invite_cannot_be_refused_but_by_hanging_up(scene):
    scene.session.reoffer(None, scene.peer.now)
    scene.peer.respond(scene.peer.next_request("INVITE"), 200, body=OFFER)
    scene.session.refuse_offer(488, scene.peer.now)
    assert scene.peer.next_request("ACK").body == b""
    scene.peer.next_request("BYE")


def test_an_answer_that_is_missing_is_told(scene):
    scene.session.reoffer(SECOND, scene.peer.now)
    scene.peer.respond(scene.peer.next_request("INVITE"), 200)
    scene.peer.next_request("ACK")
    assert scene.peer.told(ReofferFailed).status == 488


def test_an_answer_with_an_unusable_contact_counts_all_the_same(scene):
    scene.session.reoffer(SECOND, scene.peer.now)
    scene.peer.respond(scene.peer.next_request("INVITE"), 200, body=ANSWER, contact="<mailto:x@y>")
    scene.peer.next_request("ACK")
    assert scene.peer.drops() == [DropReason.BAD_HEADER]
    assert scene.peer.told(AnswerReceived).sdp == ANSWER


@pytest.mark.parametrize("status", [488, 500, 603])
def test_a_refusal_of_our_offer_leaves_the_call(scene, status):
    scene.session.reoffer(SECOND, scene.peer.now)
    scene.peer.respond(scene.peer.next_request("INVITE"), status)
    scene.peer.next_request("ACK")
    assert scene.peer.told(ReofferFailed).status == status
    assert scene.session.state is State.CONFIRMED


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(("status", "by"), [(481, "remote"), (408, "remote"), (None, "timeout")])
def test_an_offer_that_finds_no_call_ends_ours(scene, method, status, by):
    scene.session.reoffer(SECOND, scene.peer.now, method=method)
    request = scene.peer.next_request(method)
    if status is None:
        scene.peer.wait(TIMERS.lifetime + 0.1)
    else:
        scene.peer.respond(request, status)
    assert [message.start_line for message in scene.peer.sent()][-1].startswith("BYE")
    assert scene.peer.told(Ended).by == by


def test_an_answer_to_our_offer_after_the_call_is_acknowledged_and_not_told(scene):
    scene.session.reoffer(SECOND, scene.peer.now)
    invite = scene.peer.next_request("INVITE")
    scene.session.bye(scene.peer.now)
    scene.peer.next_request("BYE")
    scene.peer.told(Ended)
    scene.peer.respond(invite, 200, body=ANSWER)
    scene.peer.next_request("ACK")
    assert scene.peer.events() == []


# --- glare ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_an_offer_that_meets_ours_is_491(scene, method):
    scene.session.reoffer(SECOND, scene.peer.now)
    scene.peer.next_request("INVITE")
    scene.offers(method)
    scene.peer.next_response(491)
    assert scene.peer.events() == []


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 0.0), (0.5, 1.0), (0.999, 1.998)])
def test_glare_in_a_call_to_us_is_tried_again_within_2_s(chance, wait):
    scene = Scene(chance)
    peer = scene.peer
    scene.session.reoffer(SECOND, peer.now)
    peer.respond(peer.next_request("INVITE"), 491)
    peer.next_request("ACK")
    if wait:
        peer.wait(wait - 0.01)
        peer.sends_nothing()
    peer.wait(0.02)
    assert peer.next_request("INVITE").body == SECOND


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 2.1), (0.5, 3.05), (0.999, 3.9981)])
def test_glare_in_a_call_of_ours_is_tried_again_after_2_1_to_4_s(chance, wait):
    peer = ScriptedPeer(new_core(CoreConfig(random=lambda: chance)))
    session, invite = peer.be_called()
    peer.respond(invite, 200, body=ANSWER)
    peer.next_request("ACK")
    peer.told(Answered)
    session.reoffer(SECOND, peer.now)
    peer.respond(peer.next_request("INVITE"), 491)
    peer.next_request("ACK")
    peer.wait(wait - 0.01)
    peer.sends_nothing()
    peer.wait(0.02)
    assert peer.next_request("INVITE").body == SECOND


def test_glare_without_end_has_an_end(scene):
    scene.session.reoffer(SECOND, scene.peer.now)
    for _ in range(MAX_TRIES):
        scene.peer.respond(scene.peer.next_request("INVITE"), 491)
        scene.peer.next_request("ACK")
        scene.peer.wait(1.0)
    assert scene.peer.told(ReofferFailed).status == 491
    scene.peer.sends_nothing()
    assert scene.session.state is State.CONFIRMED


def test_our_offer_waits_while_the_peers_is_unanswered(scene):
    peer = scene.peer
    scene.offers()
    scene.session.reoffer(OFFER, peer.now)
    peer.sends_nothing()
    scene.session.accept_offer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(2.1)
    assert peer.next_request("INVITE").body == OFFER


def test_the_newest_wish_counts(scene):
    peer = scene.peer
    scene.session.reoffer(SECOND, peer.now)
    scene.session.reoffer(OFFER, peer.now)
    peer.respond(peer.next_request("INVITE"), 491)
    peer.next_request("ACK")
    peer.wait(1.0)
    invite = peer.next_request("INVITE")
    assert invite.body == OFFER
    peer.respond(invite, 200, body=ANSWER)
    peer.next_request("ACK")
    peer.wait(10)
    peer.sends_nothing()


def test_an_offer_before_the_call_is_up_waits_for_it():
    peer = ScriptedPeer(new_core())
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    session.reoffer(SECOND, peer.now)
    peer.sends_nothing()
    peer.ack(ok)
    peer.wait(2.1)
    assert peer.next_request("INVITE").body == SECOND


def test_nothing_is_offered_again_after_the_call(scene):
    scene.session.reoffer(SECOND, scene.peer.now)
    scene.peer.respond(scene.peer.next_request("INVITE"), 491)
    scene.session.bye(scene.peer.now)
    scene.peer.wait(10)
    starts = [message.start_line for message in scene.peer.sent()]
    assert not any(start.startswith("INVITE") for start in starts)


def test_the_answer_to_another_offer_is_told_apart():
    """After glare ours waits, and the peer asks for an offer meanwhile: what its ACK answers is not our re-INVITE."""
    scene = Scene(0.5)
    peer = scene.peer
    scene.session.reoffer(SECOND, peer.now)
    peer.respond(peer.next_request("INVITE"), 491)
    peer.next_request("ACK")
    peer.send(peer.request("INVITE", to_tag=scene.session.local_tag))
    assert peer.told(OfferReceived).sdp is None
    scene.session.accept_offer(OFFER, peer.now)
    peer.ack(peer.next_response(200), ANSWER)
    assert peer.told(AnswerReceived).late
    peer.wait(1.05)
    peer.respond(peer.next_request("INVITE"), 200, body=ANSWER)
    peer.next_request("ACK")
    assert not peer.told(AnswerReceived).late


def test_a_failed_offer_fails_once_whatever_becomes_of_its_ack(scene):
    peer = scene.peer
    scene.session.reoffer(SECOND, peer.now)
    peer.respond(peer.next_request("INVITE"), 488)
    peer.next_request("ACK")
    assert peer.told(ReofferFailed).status == 488
    peer.core.send_failed(peer.flow, peer.now)
    peer.drain()
    assert not [event for event in peer.events() if isinstance(event, ReofferFailed)]
