"""A call of ours, from the peer's side of the wire: RFC 3261 sections 13.2, 9.1, 12.1.2."""

import pytest

from sip.credentials import Credentials
from sip.dialog.forks import MAX_FORKS
from sip.dialog.session import State
from sip.errors import DropReason
from sip.events import Answered, Ended, Failed, InfoReceived, Progress
from sip.message.build import request as build_request
from sip.message.envelope import Request
from sip.message.values import NameAddr
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.transaction.timers import Timers

TIMERS = Timers()
CONTACT = "<sip:peer@192.0.2.1:5060>"


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core())


def inside(peer: ScriptedPeer, invite: Request, method: str, tag: str = "peer", cseq: int = 1, **more) -> Request:
    """A request of the called peer within the dialog that our INVITE made."""
    made = build_request(
        method,
        invite.contacts[0].uri,
        from_=invite.to.with_params(tag=tag),
        to=invite.from_,
        call_id=invite.call_id,
        cseq=cseq,
        **more,
    )
    return made.with_prepended("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{method}{tag}{cseq}")


def answered(peer: ScriptedPeer):
    session, invite = peer.be_called()
    peer.respond(invite, 200, body=ANSWER)
    ack = peer.next_request("ACK")
    peer.told(Answered)
    return session, invite, ack


def test_our_invite_says_where_we_are_and_what_we_take(peer):
    _, invite = peer.be_called(headers=[("Alert-Info", "<urn:alert:x>")], routes=[NameAddr.parse("<sip:edge;lr>")])
    assert invite.contacts == (NameAddr.parse("<sip:belplan@192.0.2.2:5060>"),)
    assert invite.header("Allow") == "ACK, BYE, CANCEL, INFO, INVITE, OPTIONS, PRACK, REFER, UPDATE"
    assert (invite.body, invite.content_type) == (OFFER, "application/sdp")
    assert (invite.header("Alert-Info"), invite.header("Route")) == ("<urn:alert:x>", "<sip:edge;lr>")
    assert invite.from_tag
    assert invite.to_tag is None


def test_a_call_on_behalf_of_another_counts_hops(peer):
    _, invite = peer.be_called(max_forwards=12)
    assert invite.max_forwards == 12


def test_progress_is_told_but_for_100(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 100)
    peer.respond(invite, 180)
    peer.respond(invite, 183, body=ANSWER)
    assert peer.events() == [Progress(session, 180, None, "peer"), Progress(session, 183, ANSWER, "peer")]


def test_an_answer_is_acknowledged_at_its_contact_by_its_routes(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 200, body=ANSWER, headers=[("Record-Route", "<sip:far;lr>, <sip:near;lr>")])
    ack = peer.next_request("ACK")
    assert ack.start_line == "ACK sip:peer@192.0.2.1:5060 SIP/2.0"
    assert ack.header_all("Route") == ["<sip:near;lr>", "<sip:far;lr>"]
    assert str(ack.cseq) == "1 ACK"
    assert ack.via.branch != invite.via.branch
    assert peer.told(Answered).sdp == ANSWER
    assert session.state is State.CONFIRMED


def test_an_answer_corrects_what_its_early_dialog_knew(peer):
    _, invite = peer.be_called()
    peer.respond(invite, 180, contact="<sip:proxy@192.0.2.1>", headers=[("Record-Route", "<sip:old;lr>")])
    peer.respond(invite, 200, body=ANSWER, headers=[("Record-Route", "<sip:new;lr>")])
    ack = peer.next_request("ACK")
    assert (ack.uri, ack.header_all("Route")) == (NameAddr.parse(CONTACT).uri, ["<sip:new;lr>"])


def test_a_repeated_answer_gets_the_same_ack_again(peer):
    _, invite, ack = answered(peer)
    peer.respond(invite, 200, body=ANSWER)
    assert peer.next_request("ACK").encode() == ack.encode()
    assert peer.events() == []


def test_a_repeated_answer_gets_its_ack_also_after_the_call(peer):
    session, invite, ack = answered(peer)
    session.bye(peer.now)
    peer.next_request("BYE")
    peer.respond(invite, 200, body=ANSWER)
    assert peer.next_request("ACK").encode() == ack.encode()


def test_a_repeated_answer_gets_its_ack_also_after_a_re_invite(peer):
    session, invite, ack = answered(peer)
    session.reoffer(OFFER, peer.now)
    peer.respond(peer.next_request("INVITE"), 200, body=ANSWER)
    peer.next_request("ACK")
    peer.respond(invite, 200, body=ANSWER)
    assert peer.next_request("ACK").encode() == ack.encode()


@pytest.mark.parametrize("status", [302, 404, 486, 503, 603])
def test_a_refusal_is_told_with_its_words(peer, status):
    session, invite = peer.be_called()
    peer.respond(invite, status)
    assert peer.next_request("ACK").via == invite.via
    failed = peer.told(Failed)
    assert (failed.session, failed.status) == (session, status)
    assert failed.reason
    assert peer.core.sessions == ()


def test_no_response_is_408(peer):
    peer.be_called()
    peer.wait(TIMERS.lifetime + 0.1)
    assert peer.told(Failed).status == 408


def test_a_broken_way_is_503(peer):
    peer.be_called()
    peer.core.send_failed(peer.flow, peer.now)
    assert peer.told(Failed).status == 503


def test_a_forked_call_is_the_first_ones_who_answers(peer):
    session, invite = peer.be_called()
    for tag in ("one", "two", "three"):
        peer.respond(invite, 180, tag=tag)
    assert len(session.dialogs) == 3
    peer.respond(invite, 200, tag="two", body=ANSWER)
    assert peer.next_request("ACK").to_tag == "two"
    assert [dialog.remote.tag for dialog in session.dialogs] == ["two"]
    peer.told(Answered)


def test_every_further_answer_is_acknowledged_and_ended(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 200, tag="one", body=ANSWER)
    peer.next_request("ACK")
    peer.respond(invite, 200, tag="two", body=ANSWER, contact="<sip:two@192.0.2.1>")
    ack, bye = peer.next_request("ACK"), peer.next_request("BYE")
    assert ack.to_tag == bye.to_tag == "two"
    assert ack.uri == bye.uri == NameAddr.parse("<sip:two@192.0.2.1>").uri
    peer.told(Answered)
    assert peer.events() == []
    assert session.state is State.CONFIRMED
    peer.respond(invite, 200, tag="two", body=ANSWER)
    assert peer.next_request("ACK").encode() == ack.encode()
    peer.sends_nothing()


def test_a_bye_of_another_fork_does_not_end_the_call(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180, tag="other")
    peer.respond(invite, 200, tag="winner", body=ANSWER)
    peer.next_request("ACK")
    peer.send(inside(peer, invite, "BYE", "other"))
    peer.next_response(481)
    assert session.state is State.CONFIRMED


def test_forks_are_bounded(peer):
    session, invite = peer.be_called()
    for number in range(MAX_FORKS + 1):
        peer.respond(invite, 180, tag=f"early{number}")
    assert len(session.dialogs) == MAX_FORKS
    assert peer.drops() == [DropReason.TOO_MANY_DIALOGS]
    for number in range(MAX_FORKS + 1):
        peer.respond(invite, 200, tag=f"fork{number}", body=ANSWER)
    assert peer.drops() == [DropReason.TOO_MANY_DIALOGS]
    acks = [message for message in peer.sent() if message.start_line.startswith("ACK")]
    assert len(acks) == MAX_FORKS


def test_a_bye_to_an_early_dialog_takes_that_fork_away_only(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180, tag="one")
    peer.respond(invite, 180, tag="two")
    peer.send(inside(peer, invite, "BYE", "one"))
    peer.next_response(200)
    assert [dialog.remote.tag for dialog in session.dialogs] == ["two"]
    peer.respond(invite, 200, tag="two", body=ANSWER)
    peer.told(Answered)


def test_an_early_dialog_takes_requests(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 183, tag="one")
    peer.events()
    peer.send(inside(peer, invite, "INFO", "one", body=b"5", content_type="application/dtmf"))
    peer.next_response(200)
    assert peer.events() == [InfoReceived(session, "application/dtmf", b"5")]


def test_an_offer_while_ours_is_unanswered_is_491(peer):
    _, invite = peer.be_called()
    peer.respond(invite, 183, tag="one")
    contact = NameAddr.parse(CONTACT)
    peer.send(inside(peer, invite, "UPDATE", "one", body=OFFER, content_type="application/sdp", contact=contact))
    peer.next_response(491)


def test_cancel_waits_for_a_provisional_response(peer):
    session, invite = peer.be_called()
    session.cancel(peer.now, [("Reason", "SIP;cause=200")])
    peer.sends_nothing()
    peer.respond(invite, 180)
    cancel = peer.next_request("CANCEL")
    assert (cancel.via.branch, cancel.header("Reason")) == (invite.via.branch, "SIP;cause=200")
    peer.respond(cancel, 200)
    peer.respond(invite, 487)
    peer.next_request("ACK")
    assert peer.told(Failed).status == 487
    assert session.ended


def test_progress_after_giving_up_is_not_told(peer):
    session, invite = peer.be_called()
    session.cancel(peer.now)
    peer.respond(invite, 180)
    assert peer.events() == []


def test_hanging_up_an_unanswered_call_of_ours_is_cancel(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180)
    session.bye(peer.now)
    session.bye(peer.now)
    peer.next_request("CANCEL")
    peer.sends_nothing()


def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_ended(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180)
    session.cancel(peer.now)
    peer.next_request("CANCEL")
    peer.respond(invite, 200, body=ANSWER)
    peer.next_request("ACK")
    peer.next_request("BYE")
    failed = peer.told(Failed)
    assert (failed.status, failed.reason) == (487, "cancelled")
    assert session.state is State.ENDED


def test_a_cancelled_call_without_any_response_is_cancelled_all_the_same(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180)
    session.cancel(peer.now)
    peer.wait(TIMERS.lifetime + 0.1)
    assert peer.told(Failed).status == 487


def test_cancelling_an_answered_call_does_nothing(peer):
    session, _, _ = answered(peer)
    session.cancel(peer.now)
    peer.sends_nothing()
    assert session.state is State.CONFIRMED


def test_our_late_answer_goes_with_the_ack(peer):
    session, invite = peer.be_called(None)
    assert (invite.body, invite.content_type) == (b"", None)
    peer.respond(invite, 200, body=OFFER)
    assert peer.told(Answered).sdp == OFFER
    peer.sends_nothing()
    peer.respond(invite, 200, body=OFFER)
    peer.sends_nothing()
    session.accept_offer(ANSWER, peer.now)
    ack = peer.next_request("ACK")
    assert (ack.body, ack.content_type) == (ANSWER, "application/sdp")
    peer.respond(invite, 200, body=OFFER)
    assert peer.next_request("ACK").encode() == ack.encode()
    assert session.state is State.CONFIRMED


def test_acknowledge_is_accept_offer_where_a_2xx_brought_it(peer):
    session, invite = peer.be_called(None)
    peer.respond(invite, 200, body=OFFER)
    session.acknowledge(ANSWER)
    assert peer.next_request("ACK").body == ANSWER
    session.acknowledge(ANSWER)
    peer.sends_nothing()


@pytest.mark.parametrize("command", ["refuse_offer", "bye"])
def test_a_late_offer_that_is_not_accepted_ends_the_call(peer, command):
    session, invite = peer.be_called(None)
    peer.respond(invite, 200, body=OFFER)
    if command == "refuse_offer":
        session.refuse_offer(488, peer.now)
    else:
        session.bye(peer.now)
    peer.next_request("ACK")
    peer.next_request("BYE")
    assert peer.told(Ended).by == "local"


def test_the_peer_may_hang_up_before_our_late_answer(peer):
    session, invite = peer.be_called(None)
    peer.respond(invite, 200, body=OFFER)
    peer.send(inside(peer, invite, "BYE"))
    peer.next_response(200)
    peer.next_request("ACK")
    assert peer.told(Ended).by == "remote"
    assert session.ended


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ({"contact": "<mailto:x@y>"}, ANSWER, DropReason.BAD_HEADER),
        ({"headers": [("Record-Route", "<sip:a")]}, ANSWER, DropReason.BAD_HEADER),
        ({"contact": '"'}, ANSWER, DropReason.BAD_HEADER),
    ],
)
def test_an_answer_that_makes_no_dialog_fails_the_call_and_is_ended(peer, headers, body, reason):
    _, invite = peer.be_called()
    peer.respond(invite, 200, body=body, **headers)
    peer.next_request("ACK")
    peer.next_request("BYE")
    assert peer.drops() == [reason]
    assert peer.told(Failed).status == 502
    assert peer.core.sessions == ()


def test_a_2xx_without_the_offer_it_had_to_bring_fails_the_call(peer):
    _, invite = peer.be_called(None)
    peer.respond(invite, 200)
    peer.next_request("ACK")
    peer.next_request("BYE")
    assert peer.drops() == [DropReason.UNSUPPORTED_BODY]
    assert peer.told(Failed).status == 502


def test_a_provisional_that_makes_no_dialog_is_progress_all_the_same(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 180, contact="<mailto:x@y>")
    assert peer.drops() == [DropReason.BAD_HEADER]
    peer.told(Progress)
    assert session.dialogs == ()


def test_our_bye_is_enough_whatever_is_said_to_it(peer):
    session, _, _ = answered(peer)
    session.bye(peer.now, [("Reason", "Q.850;cause=16")])
    bye = peer.next_request("BYE")
    assert (str(bye.cseq), bye.header("Reason"), bye.to_tag) == ("2 BYE", "Q.850;cause=16", "peer")
    assert peer.told(Ended).by == "local"
    peer.respond(bye, 500)
    peer.wait(60)
    peer.sends_nothing()
    assert peer.events() == []


@pytest.mark.parametrize(("status", "by"), [(481, "remote"), (408, "remote"), (None, "timeout")])
def test_an_info_that_finds_no_call_ends_ours(peer, status, by):
    """Section 12.2.1.2: 481, 408 or nothing at all to a request within the dialog ends it."""
    session, _, _ = answered(peer)
    session.send_info("application/dtmf", b"1", peer.now)
    info = peer.next_request("INFO")
    assert (info.body, info.content_type) == (b"1", "application/dtmf")
    if status is None:
        peer.wait(TIMERS.lifetime + 0.1)
    else:
        peer.respond(info, status)
    assert peer.told(Ended).by == by
    assert [message.start_line for message in peer.sent()][-1].startswith("BYE")


def test_an_info_that_is_not_understood_changes_nothing(peer):
    session, _, _ = answered(peer)
    session.send_info("application/dtmf", b"1", peer.now)
    peer.respond(peer.next_request("INFO"), 415)
    assert session.state is State.CONFIRMED
    assert peer.events() == []


@pytest.mark.parametrize("method", ["BYE", "INFO"])
def test_what_a_provider_challenges_within_a_call_is_made_once_more(peer: ScriptedPeer, method: str) -> None:
    """A BYE that is not would leave the call standing there, and paid for."""
    session, invite = peer.be_called(authorize=Credentials("bakery", "secret-of-ours").authorize)
    peer.respond(invite, 200, body=ANSWER)
    peer.next_request("ACK")
    if method == "BYE":
        session.bye(peer.now, headers=[("Reason", "Q.850;cause=16")])
    else:
        session.send_info("text/plain", b"hello", peer.now)
    first = peer.next_request(method)
    peer.respond(first, 401, headers=[("WWW-Authenticate", 'Digest realm="provider", nonce="n", qop="auth"')])
    again = peer.next_request(method)
    assert (again.cseq.number, again.body) == (first.cseq.number + 1, first.body)
    assert again.header("Reason") == first.header("Reason")
    assert (again.header("Authorization") or "").startswith('Digest username="bakery"')
    peer.respond(again, 200)
    peer.wait(100.0)
    assert peer.core.calls.empty or method == "INFO"
