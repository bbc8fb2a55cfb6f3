"""A call to us, from the peer's side of the wire: RFC 3261 sections 13.3, 9.2, 15."""

import pytest

from sip.dialog.session import State
from sip.errors import DropReason
from sip.events import Acknowledged, Ended, IncomingInvite
from sip.flow import Flow
from sip.message.values import NameAddr
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.transaction.timers import Timers

TIMERS = Timers()
TCP = Flow("tcp", ("192.0.2.2", 5060), ("192.0.2.1", 40000), 7)


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core())


def answered(peer: ScriptedPeer, body: bytes = OFFER):
    """A call to us that is up: its session and our 200."""
    session = peer.call(body)
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.ack(ok)
    assert session.state is State.CONFIRMED
    peer.told(Acknowledged)
    return session, ok


def test_ringing_carries_tag_contact_and_early_media(peer):
    session = peer.call()
    session.ring(peer.now, 183, ANSWER, headers=[("Alert-Info", "<urn:alert:x>")])
    ringing = peer.next_response(183)
    assert ringing.to_tag == session.local_tag
    assert ringing.contacts == (NameAddr.parse("<sip:belplan@192.0.2.2:5060>"),)
    assert (ringing.body, ringing.content_type) == (ANSWER, "application/sdp")
    assert ringing.header("Alert-Info") == "<urn:alert:x>"


def test_answer_repeats_tag_record_route_and_says_what_we_take(peer):
    session = peer.call(headers=[("Record-Route", "<sip:edge.example;lr>")])
    session.ring(peer.now)
    session.answer(ANSWER, peer.now)
    ringing, ok = peer.next_response(180), peer.next_response(200)
    assert ok.to_tag == ringing.to_tag
    assert ok.header("Record-Route") == ringing.header("Record-Route") == "<sip:edge.example;lr>"
    assert ok.header("Allow") == "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE"


def test_contact_names_the_transport_the_peer_uses():
    peer = ScriptedPeer(new_core(), TCP)
    peer.call().answer(ANSWER, peer.now)
    assert peer.next_response(200).contacts[0].uri.param("transport") == "tcp"


@pytest.mark.parametrize("flow", [ScriptedPeer(new_core()).flow, TCP], ids=["udp", "tcp"])
def test_an_answer_is_repeated_until_the_ack_over_any_transport(flow):
    peer = ScriptedPeer(new_core(), flow)
    peer.call().answer(ANSWER, peer.now)
    at = []
    while peer.now < 12:
        at += [round(peer.now, 2)] * len(peer.sent())
        peer.wait(0.5)
    assert at == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5]


def test_the_ack_ends_the_repetition_and_is_told_once(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.wait(0.6)
    peer.next_response(200)
    peer.ack(ok)
    peer.ack(ok)
    assert peer.told(Acknowledged).sdp is None
    assert peer.drops() == [DropReason.RETRANSMISSION]
    peer.wait(60)
    peer.sends_nothing()
    assert session.state is State.CONFIRMED


def test_no_ack_ends_the_call_with_bye_after_64_t1(peer):
    peer.call().answer(ANSWER, peer.now)
    peer.wait(TIMERS.lifetime - 0.1)
    assert not any(isinstance(event, Ended) for event in peer.events())
    peer.sent()
    peer.wait(0.2)
    assert peer.next_request("BYE").header("Reason") == 'SIP;cause=408;text="ACK timeout"'
    ended = peer.told(Ended)
    assert (ended.by, ended.reason) == ("timeout", "no ACK to our answer")


def test_a_late_ack_is_still_in_time(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.wait(TIMERS.lifetime - 1)
    peer.ack(ok)
    peer.told(Acknowledged)
    peer.wait(60)
    assert session.state is State.CONFIRMED


def test_an_ack_of_another_number_acknowledges_nothing(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.send(peer.request("ACK", to_tag=ok.to_tag, cseq=99))
    assert session.state is State.ANSWERED


def test_an_ack_to_nothing_is_dropped(peer):
    peer.send(peer.request("ACK", to_tag="nobody", cseq=1))
    assert peer.drops() == [DropReason.STRAY_ACK]


def test_a_late_offer_is_ours_and_its_answer_comes_with_the_ack(peer):
    session = peer.call(b"")
    session.answer(OFFER, peer.now)
    ok = peer.next_response(200)
    assert ok.body == OFFER
    peer.ack(ok, ANSWER)
    assert peer.told(Acknowledged).sdp == ANSWER


def test_a_repeated_invite_gets_the_last_response_again(peer):
    invite = peer.invite()
    session = peer.told(IncomingInvite).session
    session.ring(peer.now)
    peer.next_response(180)
    peer.send(invite)
    peer.next_response(180)
    assert peer.drops() == [DropReason.RETRANSMISSION]


def test_ringing_is_said_again_each_minute_until_the_answer(peer):
    """Section 13.3.1.1: a proxy on the way gives up a call that it hears nothing of."""
    session = peer.call()
    session.ring(peer.now, 183, ANSWER)
    peer.next_response(183)
    for _ in range(5):
        peer.wait(59)
        peer.sends_nothing()
        peer.wait(1.1)
        assert peer.next_response(183).body == ANSWER
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(300)
    peer.sends_nothing()


def test_nothing_is_said_again_where_nothing_was_said(peer):
    peer.call()
    peer.wait(0.3)
    peer.next_response(100)
    peer.wait(300)
    peer.sends_nothing()


def test_an_invite_that_expires_before_its_answer_is_over(peer):
    """Section 13.3.1: as if it were cancelled."""
    session = peer.call(headers=[("Expires", "5")])
    session.ring(peer.now)
    peer.next_response(180)
    peer.wait(4.9)
    assert session.state is State.INVITED
    peer.wait(0.2)
    peer.next_response(487)
    ended = peer.told(Ended)
    assert (ended.by, ended.reason) == ("remote", "expired")


def test_an_answer_before_it_expires_counts(peer):
    session = peer.call(headers=[("Expires", "5")])
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(60)
    assert session.state is State.CONFIRMED


def test_the_answers_to_a_cancel_and_its_invite_have_one_tag(peer):
    """Section 9.2, also where nothing but 100 has been said."""
    invite = peer.invite()
    peer.told(IncomingInvite)
    peer.cancel(invite)
    ok, terminated = peer.next_response(200), peer.next_response(487)
    assert ok.to_tag == terminated.to_tag


def test_reject_says_why_and_ends(peer):
    session = peer.call()
    session.reject(486, "Having Lunch", peer.now, headers=[("Retry-After", 60)])
    busy = peer.next_response(486)
    assert (busy.reason, busy.header("Retry-After")) == ("Having Lunch", "60")
    assert peer.told(Ended).by == "local"
    assert session.ended


def test_commands_after_the_end_do_nothing(peer):
    session = peer.call()
    session.reject(486, None, peer.now)
    peer.sent()
    peer.events()
    for command in (session.ring, session.bye, session.cancel):
        command(peer.now)
    session.answer(ANSWER, peer.now)
    session.reject(500, None, peer.now)
    session.reoffer(OFFER, peer.now)
    session.accept_offer(ANSWER, peer.now)
    session.refuse_offer(488, peer.now)
    session.send_info("application/dtmf", b"1", peer.now)
    peer.sends_nothing()
    assert peer.events() == []


def test_hanging_up_an_unanswered_call_is_480(peer):
    peer.call().bye(peer.now)
    assert peer.next_response(480).reason == "Temporarily Unavailable"


def test_cancel_gets_200_and_the_invite_487(peer):
    invite = peer.invite()
    session = peer.told(IncomingInvite).session
    session.ring(peer.now)
    ringing = peer.next_response(180)
    peer.cancel(invite, [("Reason", 'SIP;cause=200;text="Call completed elsewhere"')])
    ok, terminated = peer.next_response(200), peer.next_response(487)
    assert ok.cseq.method == "CANCEL"
    assert ok.to_tag == terminated.to_tag == ringing.to_tag
    ended = peer.told(Ended)
    assert (ended.by, ended.reason) == ("remote", "Call completed elsewhere")


def test_a_cancel_that_crosses_the_answer_changes_nothing(peer):
    invite = peer.invite()
    session = peer.told(IncomingInvite).session
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.cancel(invite)
    assert peer.next_response(200).cseq.method == "CANCEL"
    peer.sends_nothing()
    assert peer.drops() == [DropReason.STRAY_CANCEL]
    peer.ack(ok)
    assert session.state is State.CONFIRMED


def test_a_cancel_of_nothing_is_481(peer):
    peer.cancel(peer.request("INVITE"))
    peer.next_response(481)
    assert peer.drops() == [DropReason.STRAY_CANCEL]


def test_bye_ends_the_call(peer):
    session, ok = answered(peer)
    peer.send(peer.request("BYE", to_tag=ok.to_tag, headers=[("Reason", "Q.850;cause=16")]))
    peer.next_response(200)
    ended = peer.told(Ended)
    assert (ended.by, ended.reason) == ("remote", "Q.850 16")
    assert session.state is State.ENDED
    assert peer.core.sessions == ()


def test_bye_before_the_answer_terminates_the_invite(peer):
    session = peer.call()
    session.ring(peer.now)
    tag = peer.next_response(180).to_tag
    peer.send(peer.request("BYE", to_tag=tag))
    assert peer.next_response(200).cseq.method == "BYE"
    assert peer.next_response(487).cseq.method == "INVITE"
    assert peer.told(Ended).by == "remote"


def test_bye_instead_of_the_ack_ends_the_repetition(peer):
    peer.call().answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.send(peer.request("BYE", to_tag=ok.to_tag))
    peer.next_response(200)
    peer.wait(60)
    peer.sends_nothing()


def test_a_repeated_bye_is_answered_again_and_a_new_one_is_unknown(peer):
    _, ok = answered(peer)
    bye = peer.request("BYE", to_tag=ok.to_tag)
    peer.send(bye)
    peer.send(bye)
    assert [peer.next_response(200).cseq, peer.next_response(200).cseq] == [bye.cseq, bye.cseq]
    peer.send(peer.request("BYE", to_tag=ok.to_tag))
    peer.next_response(481)
    assert peer.drops() == [DropReason.RETRANSMISSION, DropReason.UNKNOWN_DIALOG]


def test_our_bye_waits_for_the_ack(peer):
    """Section 15: no BYE before the ACK or its timeout; yet the end is told at once."""
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    session.bye(peer.now, [("Reason", "Q.850;cause=16")])
    peer.sends_nothing()
    assert peer.told(Ended).by == "local"
    peer.ack(ok)
    assert peer.next_request("BYE").header("Reason") == "Q.850;cause=16"
    assert peer.core.sessions == ()


def test_nothing_is_told_after_the_end_while_our_bye_waits(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    session.bye(peer.now)
    peer.told(Ended)
    peer.send(peer.request("INFO", to_tag=ok.to_tag, body=b"1", content_type="application/dtmf"))
    peer.next_response(200)
    peer.ack(ok)
    assert peer.events() == []


def test_our_bye_waits_no_longer_than_the_answer_is_repeated(peer):
    session = peer.call()
    session.answer(ANSWER, peer.now)
    session.bye(peer.now)
    peer.told(Ended)
    peer.wait(TIMERS.lifetime - 0.1)
    assert not any(message.start_line.startswith("BYE") for message in peer.sent())
    peer.wait(0.2)
    peer.next_request("BYE")
    assert peer.events() == []


def test_both_hang_up_at_once(peer):
    session, ok = answered(peer)
    session.bye(peer.now)
    bye = peer.next_request("BYE")
    peer.send(peer.request("BYE", to_tag=ok.to_tag))
    peer.next_response(481)
    peer.respond(bye, 481)
    peer.told(Ended)
    peer.wait(60)
    peer.sends_nothing()


def test_requests_go_where_the_peer_last_sent_from(peer):
    session, ok = answered(peer)
    moved = Flow("udp", peer.flow.local, ("198.51.100.77", 1024))
    peer.send(peer.request("INFO", to_tag=ok.to_tag, body=b"Signal=1", content_type="application/dtmf-relay"), moved)
    peer.sent()
    session.bye(peer.now)
    (bye,) = peer.core.take_actions(peer.now)
    assert bye.flow == moved


def test_a_request_that_is_refused_moves_nothing(peer):
    session, ok = answered(peer)
    stranger = Flow("udp", peer.flow.local, ("203.0.113.66", 666))
    peer.send(peer.request("INFO", to_tag=ok.to_tag, cseq=0), stranger)
    peer.next_response(500)
    assert session.flow == peer.flow


def test_a_closed_connection_is_replaced_by_the_way_to_the_contact():
    core = new_core()
    peer = ScriptedPeer(core, TCP)
    session, _ = answered(peer)
    again = Flow("tcp", TCP.local, ("192.0.2.1", 5060), 8)
    core.config.route = lambda uri, gone: again if uri.host == "192.0.2.1" else None
    core.flow_closed(TCP, peer.now)
    session.bye(peer.now)
    (bye,) = core.take_actions(peer.now)
    assert bye.flow == again


def test_a_caller_whose_connection_is_lost_is_still_answered():
    """Section 18.2.2: the response then goes another way, which is the rim's to find."""
    core = new_core()
    peer = ScriptedPeer(core, TCP)
    session = peer.call()
    session.ring(peer.now)
    peer.next_response(180)
    core.flow_closed(TCP, peer.now)
    assert session.state is State.INVITED
    session.answer(ANSWER, peer.now)
    peer.next_response(200)
    again = Flow("tcp", TCP.local, TCP.remote, 8)
    core.config.route = lambda uri, gone: again
    session.bye(peer.now)
    peer.wait(TIMERS.lifetime + 0.1)
    assert session.state is State.ENDED
    assert session.flow == again


def test_a_datagram_that_could_not_be_sent_is_no_lost_caller(peer):
    session = peer.call()
    session.ring(peer.now)
    peer.core.send_failed(peer.flow, peer.now)
    assert session.state is State.INVITED


@pytest.mark.parametrize(
    "header", [("Contact", "<mailto:x@y>"), ("Record-Route", "<sip:a;lr"), ("Contact", "*, <sip:a@b>")]
)
def test_an_invite_that_can_make_no_dialog_is_400(peer, header):
    peer.invite(headers=[header])
    peer.next_response(400)
    assert peer.drops()
    assert peer.core.sessions == ()


def test_an_invite_without_contact_is_called_back_at_its_from(peer):
    session = peer.call(contact=None)
    session.answer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    session.bye(peer.now)
    assert peer.next_request("BYE").uri.host == "example.net"
