"""Provisional responses that are acknowledged (RFC 3262), as the called and as the calling side."""

import pytest

from sip.config import CoreConfig
from sip.credentials import Credentials
from sip.dialog.prack import MAX_RELIABLE
from sip.dialog.reliable import MAX_WAITING
from sip.dialog.session import State
from sip.errors import DropReason
from sip.events import (
    Acknowledged,
    Answered,
    AnswerReceived,
    Ended,
    Failed,
    IncomingInvite,
    OfferReceived,
    Progress,
    Reached,
)
from sip.message.build import request as build_request
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.testing.wire import LATE, LOST, TWICE, Fate, LossyWire
from sip.transaction.timers import Timers

TIMERS = Timers()
CAN = [("Supported", "100rel")]
MUST = [("Require", "100rel")]
SECOND = OFFER.replace(b"audio 4000", b"audio 4002")


@pytest.fixture
def peer() -> ScriptedPeer:
    return ScriptedPeer(new_core(CoreConfig(random=lambda: 0.0)))


def prack(peer: ScriptedPeer, answer, body: bytes = b"", rack: str | None = None):
    """Acknowledge a reliable response of the core; sent."""
    said = rack or f"{answer.header('RSeq')} {answer.cseq}"
    made = peer.request("PRACK", to_tag=answer.to_tag, headers=[("RAck", said)], body=body)
    peer.send(made)
    return made


# --- called: which are reliable ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "sdp", "reliable"),
    [([], ANSWER, False), (CAN, None, False), (CAN, ANSWER, True), (MUST, None, True), (MUST, ANSWER, True)],
)
def test_which_responses_are_acknowledged(peer, headers, sdp, reliable):
    session = peer.call(headers=headers)
    session.ring(peer.now, 183, sdp)
    answer = peer.next_response(183)
    assert ("100rel" in answer.require) == reliable
    assert (answer.header("RSeq") is not None) == reliable
    assert answer.body == (sdp or b"")


def test_it_is_repeated_after_twice_as_long_each_time_until_its_prack(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    first = peer.next_response(180)
    peer.wait(7.6)  # 0.5, 1.5, 3.5, 7.5: no end at T2
    assert [message.encode() for message in peer.sent()] == [first.encode()] * 4
    prack(peer, first)
    assert peer.next_response(200).cseq.method == "PRACK"
    peer.wait(50)
    peer.sends_nothing()
    assert session.state is State.INVITED


def test_without_a_prack_the_call_is_refused_with_504(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    peer.wait(TIMERS.lifetime + 0.1)
    assert peer.sent()[-1].status == 504
    assert peer.told(Ended).by == "timeout"
    assert session.ended


def test_one_at_a_time_in_order(peer):
    session = peer.call(headers=MUST)
    for status in (180, 181, 183):
        session.ring(peer.now, status)
    numbers = []
    for status in (180, 181, 183):
        answer = peer.next_response(status)
        peer.sends_nothing()
        numbers.append(int(answer.header("RSeq")))
        prack(peer, answer)
        peer.next_response(200)
    assert numbers == [1, 2, 3]
    peer.sends_nothing()


def test_few_wait(peer):
    session = peer.call(headers=MUST)
    for _ in range(MAX_WAITING + 5):
        session.ring(peer.now)
    session.ring(peer.now, 183)
    said = []
    while answers := [message for message in peer.sent() if message.cseq.method == "INVITE"]:
        said.append(answers[0].status)
        prack(peer, answers[0])
    assert said == [180] * MAX_WAITING + [183]


@pytest.mark.parametrize("rack", ["7 1 INVITE", "1 2 INVITE", "1 1 UPDATE"])
def test_a_prack_of_something_else_is_481(peer, rack):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    prack(peer, peer.next_response(180), rack=rack)
    peer.next_response(481)
    assert peer.drops() == [DropReason.STRAY_PRACK]
    peer.wait(0.6)
    peer.next_response(180)


def test_a_second_prack_and_one_for_nothing_are_481(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    answer = peer.next_response(180)
    prack(peer, answer)
    peer.next_response(200)
    prack(peer, answer)
    peer.next_response(481)
    plain = ScriptedPeer(new_core())
    plain.call().ring(plain.now)
    prack(plain, plain.next_response(180), rack="1 1 INVITE")
    plain.next_response(481)
    assert plain.drops() == [DropReason.STRAY_PRACK]


@pytest.mark.parametrize("rack", ["", "x 1 INVITE", "1 INVITE", "0 1 INVITE", "99999999999 1 INVITE"])
def test_a_malformed_rack_is_400(peer, rack):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    prack(peer, peer.next_response(180), rack=rack or " ")
    peer.next_response(400)


def test_a_repeated_prack_gets_its_answer_again(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    made = prack(peer, peer.next_response(180))
    ok = peer.next_response(200)
    peer.send(made)
    assert peer.next_response(200).encode() == ok.encode()


# --- called: answers and ends -----------------------------------------------------------------------------------------


def test_the_answer_waits_for_the_prack_of_a_session_description(peer):
    session = peer.call(headers=CAN)
    session.ring(peer.now, 183, ANSWER)
    early = peer.next_response(183)
    session.answer(ANSWER, peer.now)
    peer.sends_nothing()
    prack(peer, early)
    assert peer.next_response(200).cseq.method == "PRACK"
    ok = peer.next_response(200)
    assert (ok.cseq.method, ok.body) == ("INVITE", ANSWER)
    peer.ack(ok)
    peer.told(Acknowledged)


def test_the_answer_overtakes_the_prack_of_a_mere_180(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    ringing = peer.next_response(180)
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    prack(peer, ringing)
    assert peer.next_response(200).cseq.method == "PRACK"
    peer.ack(ok)
    peer.wait(40)
    peer.sends_nothing()
    assert session.state is State.CONFIRMED


def test_what_waits_is_dropped_with_the_answer(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now, 180)
    session.ring(peer.now, 181)
    ringing = peer.next_response(180)
    session.answer(ANSWER, peer.now)
    peer.next_response(200)
    prack(peer, ringing)
    assert peer.next_response(200).cseq.method == "PRACK"
    peer.sends_nothing()


@pytest.mark.parametrize("how", ["reject", "bye", "cancelled"])
def test_a_refusal_waits_for_nothing(peer, how):
    session = peer.call(headers=MUST)
    session.ring(peer.now, 183, ANSWER)
    early = peer.next_response(183)
    session.answer(ANSWER, peer.now)
    if how == "reject":
        session.reject(486, None, peer.now)
        peer.next_response(486)
    elif how == "bye":
        session.bye(peer.now)
        peer.next_response(480)
    else:
        peer.cancel(peer.request("INVITE", cseq=1, branch=early.via.branch))
        peer.next_response(200)
        peer.next_response(487)
    assert session.ended
    prack(peer, early)
    peer.next_response(481)
    assert not [message for message in peer.sent() if message.status == 200]


def test_our_late_offer_stands_in_the_183_and_the_prack_answers_it(peer):
    session = peer.call(b"", headers=CAN)
    session.ring(peer.now, 183, OFFER)
    prack(peer, peer.next_response(183), ANSWER)
    peer.next_response(200)
    told = peer.told(AnswerReceived)
    assert (told.sdp, told.late) == (ANSWER, True)
    session.answer(OFFER, peer.now)
    peer.ack(peer.next_response(200))
    assert session.state is State.CONFIRMED
    peer.told(Acknowledged)
    assert [type(event) for event in peer.events()] == [Reached]


def test_a_prack_without_the_answer_it_owes_is_400_and_acknowledges_nothing(peer):
    session = peer.call(b"", headers=CAN)
    session.ring(peer.now, 183, OFFER)
    early = peer.next_response(183)
    prack(peer, early)
    peer.next_response(400)
    peer.wait(0.6)
    peer.next_response(183)
    prack(peer, early, ANSWER)
    peer.next_response(200)


def test_a_prack_may_bring_an_offer(peer):
    session = peer.call(headers=CAN)
    session.ring(peer.now, 183, ANSWER)
    prack(peer, peer.next_response(183), SECOND)
    assert peer.told(OfferReceived).sdp == SECOND
    session.accept_offer(ANSWER, peer.now)
    ok = peer.next_response(200)
    assert (ok.cseq.method, ok.body) == ("PRACK", ANSWER)
    session.answer(ANSWER, peer.now)
    assert peer.next_response(200).body == b"", "the INVITE's answer is not the session any more"


def test_an_offer_in_a_prack_before_there_is_an_answer_is_500(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    prack(peer, peer.next_response(180), SECOND)
    peer.next_response(500)
    peer.wait(0.6)
    peer.sends_nothing()


def test_a_repeated_ringing_is_a_reliable_response_of_its_own(peer):
    session = peer.call(headers=MUST)
    session.ring(peer.now)
    prack(peer, peer.next_response(180))
    peer.next_response(200)
    peer.wait(60.1)
    assert peer.next_response(180).header("RSeq") == "2"
    assert session.state is State.INVITED


# --- calling ----------------------------------------------------------------------------------------------------------


def reliably(peer: ScriptedPeer, invite, status: int, number: object, tag: str = "peer", **more):
    return peer.respond(invite, status, tag=tag, headers=[("Require", "100rel"), ("RSeq", number)], **more)


def test_our_invite_says_that_we_acknowledge(peer):
    _, invite = peer.be_called()
    assert "100rel" in invite.supported


def test_a_prack_that_is_challenged_is_made_once_more(peer):
    credentials = Credentials("bakery", "secret-of-ours")
    _, invite = peer.be_called(authorize=credentials.authorize)
    reliably(peer, invite, 183, 1, body=ANSWER)
    first = peer.next_request("PRACK")
    challenge = [("Proxy-Authenticate", 'Digest realm="provider", nonce="n", qop="auth"')]
    peer.respond(first, 407, headers=challenge)
    again = peer.next_request("PRACK")
    assert again.cseq.number == first.cseq.number + 1
    assert again.header("RAck") == first.header("RAck")
    assert again.header("Proxy-Authorization").startswith('Digest username="bakery"')
    peer.respond(again, 407, headers=challenge)
    peer.sends_nothing()


def test_each_reliable_response_is_acknowledged_once(peer):
    session, invite = peer.be_called()
    reliably(peer, invite, 180, 776)
    first = peer.next_request("PRACK")
    assert (first.header("RAck"), first.to_tag, first.body) == ("776 1 INVITE", "peer", b"")
    reliably(peer, invite, 180, 776)
    peer.sends_nothing()
    reliably(peer, invite, 183, 777, body=ANSWER)
    assert peer.next_request("PRACK").header("RAck") == "777 1 INVITE"
    assert peer.events()[-1] == Progress(session, 183, ANSWER, "peer")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (10, DropReason.RETRANSMISSION),
        (3, DropReason.RETRANSMISSION),
        (12, DropReason.OUT_OF_ORDER),
        ("x", DropReason.BAD_HEADER),
        (0, DropReason.BAD_HEADER),
    ],
)
def test_what_is_not_the_next_one_is_dropped(peer, number, reason):
    _, invite = peer.be_called()
    reliably(peer, invite, 180, 10)
    peer.next_request("PRACK")
    peer.events()
    reliably(peer, invite, 181, number)
    peer.sends_nothing()
    assert peer.drops() == [reason]
    assert peer.events() == []


def test_forks_count_each_for_itself(peer):
    _, invite = peer.be_called()
    for tag, number in (("one", 5), ("two", 900), ("one", 6)):
        reliably(peer, invite, 183, number, tag=tag)
        request = peer.next_request("PRACK")
        assert (request.to_tag, request.header("RAck")) == (tag, f"{number} 1 INVITE")


def test_a_flood_of_reliable_responses_makes_us_send_no_more_than_so_many(peer):
    _, invite = peer.be_called()
    for number in range(1, MAX_RELIABLE + 20):
        reliably(peer, invite, 183, number)
    sent = [message for message in peer.sent() if message.method == "PRACK"]
    assert len(sent) == MAX_RELIABLE
    assert peer.drops()[0] is DropReason.TOO_MANY_PROVISIONALS


@pytest.mark.parametrize("headers", [[("RSeq", 1)], [("Require", "100rel")]])
def test_half_a_reliable_response_is_an_ordinary_one(peer, headers):
    _, invite = peer.be_called()
    peer.respond(invite, 180, headers=headers)
    peer.sends_nothing()
    peer.told(Progress)


def test_the_reliable_answer_counts_where_the_2xx_has_none_or_another(peer):
    for body in (b"", SECOND):
        session, invite = peer.be_called()
        reliably(peer, invite, 183, 1, body=ANSWER)
        peer.respond(peer.next_request("PRACK"), 200)
        peer.respond(invite, 200, body=body)
        peer.next_request("ACK")
        assert peer.told(Answered).sdp == ANSWER
        assert session.state is State.CONFIRMED


def test_a_2xx_that_overtakes_the_prack(peer):
    session, invite = peer.be_called()
    reliably(peer, invite, 183, 1, body=ANSWER)
    request = peer.next_request("PRACK")
    peer.respond(invite, 200)
    peer.next_request("ACK")
    peer.respond(request, 481)
    assert session.state is State.CONFIRMED
    reliably(peer, invite, 183, 2)
    peer.sends_nothing()


def test_an_early_offer_is_answered_by_the_prack(peer):
    session, invite = peer.be_called(None)
    reliably(peer, invite, 183, 1, body=OFFER)
    assert peer.told(OfferReceived).sdp == OFFER
    peer.sends_nothing()
    session.accept_offer(ANSWER, peer.now)
    assert peer.next_request("PRACK").body == ANSWER
    peer.respond(invite, 200)
    assert peer.next_request("ACK").body == b""
    assert peer.told(Answered).sdp is None


def test_an_early_offer_that_is_refused_ends_the_call(peer):
    session, invite = peer.be_called(None)
    reliably(peer, invite, 183, 1, body=OFFER)
    session.refuse_offer(488, peer.now)
    assert peer.next_request("PRACK").body == b""
    assert peer.next_request("CANCEL")
    peer.respond(invite, 487)
    assert peer.told(Failed).status == 487


def test_the_early_offer_of_a_second_fork_waits(peer):
    session, invite = peer.be_called(None)
    reliably(peer, invite, 183, 1, body=OFFER, tag="one")
    reliably(peer, invite, 183, 1, body=SECOND, tag="two")
    assert peer.drops() == [DropReason.OUT_OF_ORDER]
    peer.told(OfferReceived)
    session.accept_offer(ANSWER, peer.now)
    assert peer.next_request("PRACK").to_tag == "one"
    reliably(peer, invite, 183, 1, body=SECOND, tag="two")
    assert peer.told(OfferReceived).sdp == SECOND


def test_199_lets_a_fork_go(peer):
    session, invite = peer.be_called()
    peer.respond(invite, 183, tag="one")
    peer.respond(invite, 183, tag="two")
    peer.respond(invite, 199, tag="one")
    assert [dialog.remote.tag for dialog in session.dialogs] == ["two"]
    assert peer.events()[-1] == Progress(session, 199, None, "one")
    bye = build_request(
        "BYE", invite.contacts[0].uri, from_=invite.to.with_params(tag="one"), to=invite.from_,
        call_id=invite.call_id, cseq=1,
    )  # fmt: skip
    peer.send(bye.with_prepended("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKgone"))
    peer.next_response(481)
    peer.respond(invite, 199, tag="never heard of")
    assert session.state is State.CALLING


# --- over a wire that loses -------------------------------------------------------------------------------------------


def early_talk(pair: Pair) -> None:
    """A call with early media, acknowledged, then answered and hung up."""

    def bob_reacts(event) -> None:
        if isinstance(event, IncomingInvite):
            event.session.ring(pair.now)
            event.session.ring(pair.now, 183, ANSWER)
            event.session.answer(ANSWER, pair.now)

    pair.bob.on_event = bob_reacts
    session = pair.invite()
    pair.run_until(lambda: pair.alice.all(Answered))
    pair.run(1)
    session.bye(pair.now)
    pair.rest()
    assert pair.alice.one(Answered).sdp == ANSWER, pair.ladder()
    assert pair.bob.one(Ended).by == "remote", pair.ladder()
    assert len(pair.bob.all(Acknowledged)) == 1, pair.ladder()


def packets() -> int:
    pair = Pair()
    early_talk(pair)
    assert "PRACK 2" in pair.ladder()
    return pair.wire.sent


@pytest.mark.parametrize("fate", [LOST, TWICE, LATE], ids=["lost", "twice", "late"])
@pytest.mark.parametrize("number", range(packets()))
def test_early_media_survives_whatever_happens_to_one_packet(number: int, fate: Fate):
    early_talk(Pair(LossyWire({number: fate})))
