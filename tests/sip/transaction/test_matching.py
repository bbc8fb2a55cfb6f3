"""Which transaction a message belongs to, what becomes of those that belong to none, and when things are repeated."""

import gc
import weakref

import pytest

from sip.errors import DropReason
from sip.message.build import request as build_request
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.transaction.effects import (
    AckReceived,
    CancelReceived,
    Dropped,
    NewRequest,
    ResponseReceived,
    Send,
    TransactionEnded,
    TransactionFailed,
    TransactionTimedOut,
)
from sip.transaction.matching import RESERVED_FOR_DIALOGS, RETRY_AFTER, on_the_way
from sip.transaction.tables import State
from sip.transaction.timers import Timers
from tests.sip.transaction.scene import (
    OUR_ADDRESS,
    TCP,
    UDP,
    Scene,
    answer,
    drops,
    first_lines,
    of_kind,
    request,
    sends,
)


def parsed(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def parsed_response(data: bytes) -> Response:
    message = parse(data)
    assert isinstance(message, Response)
    return message


# --- requests of peers (17.2.3) ---


def test_a_new_request_is_told_and_its_repetition_absorbed():
    scene = Scene()
    first = request("OPTIONS")
    (new,) = scene.receive(first)
    assert isinstance(new, NewRequest)
    assert (new.request, new.flow) == (first, UDP)
    (dropped,) = scene.receive(request("OPTIONS"))
    assert isinstance(dropped, Dropped)
    assert dropped.reason is DropReason.RETRANSMISSION


def test_a_repeated_request_gets_the_very_same_bytes_again():
    scene = Scene()
    options = request("OPTIONS")
    (sent,) = sends(scene.respond(scene.serve(options), options, 200))
    again = scene.receive(request("OPTIONS"))
    assert sends(again)[0] is sent
    assert drops(again) == ["RETRANSMISSION"]


@pytest.mark.parametrize(
    "other",
    [
        {"branch": "z9hG4bKother"},
        {"host": "192.0.2.77"},
        {"method": "MESSAGE"},
    ],
)
def test_branch_sent_by_and_method_tell_transactions_apart(other: dict[str, str]):
    scene = Scene()
    scene.serve(request("OPTIONS", to_tag="d"))
    (new,) = scene.receive(request(**{"method": "OPTIONS", "to_tag": "d", **other}))
    assert isinstance(new, NewRequest)


def test_the_host_and_the_cookie_are_compared_without_regard_to_case():
    scene = Scene()
    scene.serve(request("OPTIONS", "z9hg4bkX", host="Phone.Example", to_tag="d"))
    assert drops(scene.receive(request("OPTIONS", "z9hg4bkX", host="phone.example", cseq=9, to_tag="d"))) == [
        "RETRANSMISSION"
    ]


@pytest.mark.parametrize("branch", [None, "1", "z9hG4bK"])
def test_without_the_cookie_the_rules_of_rfc_2543_hold(branch: str | None):
    scene = Scene()
    scene.serve(request("OPTIONS", branch, to_tag="d"))
    assert drops(scene.receive(request("OPTIONS", branch, to_tag="d"))) == ["RETRANSMISSION"]
    for other in (
        request("OPTIONS", branch, to_tag="e"),
        request("OPTIONS", branch, to_tag="d", cseq=2),
        request("OPTIONS", branch, to_tag="d", call_id="call-2"),
        request("OPTIONS", branch, to_tag="d", host="192.0.2.77"),
        request("MESSAGE", branch, to_tag="d"),
    ):
        assert len(of_kind(scene.receive(other), NewRequest)) == 1


def test_what_we_note_in_a_via_does_not_change_whose_it_is():
    scene = Scene()
    plain = request("OPTIONS", "old", to_tag="d")
    noted = plain.with_top_via(plain.via.with_params(received="198.51.100.1", rport="9"))
    scene.serve(noted)
    assert drops(scene.receive(plain)) == ["RETRANSMISSION"]


def test_a_merged_request_is_refused_with_482_once_and_for_all_its_repetitions():
    scene = Scene()
    scene.serve(request(branch="z9hG4bKleft"))
    merged = scene.receive(request(branch="z9hG4bKright"))
    assert first_lines(merged) == ["SIP/2.0 482 Loop Detected"]
    assert drops(merged) == ["MERGED_REQUEST"]
    again = scene.receive(request(branch="z9hG4bKright"))
    assert sends(again) == sends(merged)
    assert drops(scene.receive(request("ACK", "z9hG4bKright", to_tag="x"))) == []


@pytest.mark.parametrize("other", [{"cseq": 2}, {"call_id": "call-2"}, {"method": "OPTIONS"}, {"to_tag": "inside"}])
def test_a_request_of_another_number_call_or_method_or_inside_a_dialog_is_not_merged(other: dict[str, str]):
    scene = Scene()
    scene.serve(request(branch="z9hG4bKleft"))
    assert len(of_kind(scene.receive(request(**{"branch": "z9hG4bKright", **other})), NewRequest)) == 1


def test_a_request_is_merged_no_longer_when_the_first_has_ended():
    scene = Scene()
    options = request("OPTIONS", "z9hG4bKleft")
    scene.respond(scene.serve(options), options, 200)
    scene.advance(32)
    assert len(of_kind(scene.receive(request("OPTIONS", "z9hG4bKright")), NewRequest)) == 1


# --- INVITE server: 100, repetition, ACK ---


def test_100_goes_out_by_itself_after_200_ms():
    scene = Scene()
    scene.serve(request())
    assert first_lines(scene.advance(0.19)) == []
    assert first_lines(scene.advance(0.2)) == ["SIP/2.0 100 Trying"]
    assert first_lines(scene.receive(request())) == ["SIP/2.0 100 Trying"]
    assert first_lines(scene.advance(60)) == []


def test_no_100_after_a_response_of_the_user():
    scene = Scene()
    invite = request()
    scene.respond(scene.serve(invite), invite, 180)
    assert first_lines(scene.advance(60)) == []
    assert first_lines(scene.receive(request())) == ["SIP/2.0 180 Ringing"]


def test_an_invite_repeated_before_any_response_is_absorbed_in_silence():
    scene = Scene()
    scene.serve(request())
    effects = scene.receive(request())
    assert (sends(effects), drops(effects)) == ([], ["RETRANSMISSION"])


def test_a_request_left_unanswered_gets_100_late_and_is_forgotten_in_the_end():
    scene = Scene()
    transaction = scene.serve(request("OPTIONS"))
    assert first_lines(scene.advance(3.5)) == ["SIP/2.0 100 Trying"]
    assert scene.advance(32) == [TransactionTimedOut(transaction), TransactionEnded(transaction)]


def test_a_failure_to_invite_is_repeated_until_timer_h():
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 486)
    effects = scene.advance(100)
    assert scene.sent_at() == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert effects[-2:] == [TransactionTimedOut(transaction), TransactionEnded(transaction)]
    assert len(scene.table) == 0


def test_the_ack_to_a_failure_stops_it_and_is_absorbed_with_its_repetitions():
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 486)
    assert scene.receive(request("ACK", to_tag="desk")) == []
    assert drops(scene.receive(request("ACK", to_tag="desk"))) == ["RETRANSMISSION"]
    assert drops(scene.receive(request())) == ["RETRANSMISSION"]
    assert scene.advance(4.9) == []
    assert scene.advance(5) == [TransactionEnded(transaction)]


def test_an_ack_before_any_final_response_is_stray():
    scene = Scene()
    scene.serve(request())
    assert drops(scene.receive(request("ACK"))) == ["STRAY_ACK"]


def test_the_2xx_is_the_users_to_repeat_and_its_ack_comes_up():
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    assert first_lines(scene.respond(transaction, invite, 200)) == ["SIP/2.0 200 OK"]
    effects = scene.receive(request())
    assert (sends(effects), drops(effects)) == ([], ["RETRANSMISSION"])
    assert first_lines(scene.respond(transaction, invite, 200)) == ["SIP/2.0 200 OK"]
    ack = request("ACK", "z9hG4bKack", to_tag="desk")
    assert scene.receive(ack) == [AckReceived(ack, UDP)]
    ack_of_the_same_branch = request("ACK", to_tag="desk")
    assert scene.receive(ack_of_the_same_branch) == [AckReceived(ack_of_the_same_branch, UDP)]
    assert scene.advance(31.9) == []
    assert scene.advance(32) == [TransactionEnded(transaction)]


def test_the_ack_of_an_old_phone_is_known_by_the_tag_of_the_response():
    scene = Scene()
    invite = request(branch="1")
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 486, tag="desk")
    other = request("ACK", "1", to_tag="somebody-else")
    assert scene.receive(other) == [AckReceived(other, UDP)]
    assert scene.receive(request("ACK", "1", to_tag="desk")) == []
    assert transaction.state is State.CONFIRMED


def test_the_ack_of_an_old_phone_inside_a_dialog():
    scene = Scene()
    invite = request(branch="1", to_tag="desk")
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 491)
    assert scene.receive(request("ACK", "1", to_tag="desk")) == []
    assert transaction.state is State.CONFIRMED


# --- CANCEL, server side (9.2) ---


def test_a_cancel_gets_its_200_and_stops_the_invite():
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 180, tag="desk")
    cancel = request("CANCEL")
    ok, cancelled = scene.receive(cancel)
    assert isinstance(ok, Send)
    assert isinstance(cancelled, CancelReceived)
    assert (cancelled.invite_transaction, cancelled.cancel) == (transaction, cancel)
    response = parsed_response(ok.data)
    assert (response.status, response.cseq.method, response.to_tag) == (200, "CANCEL", "desk")
    assert first_lines(scene.respond(transaction, invite, 487)) == ["SIP/2.0 487 Request Terminated"]


def test_a_repeated_cancel_gets_its_200_again_and_stops_nothing_twice():
    scene = Scene()
    scene.serve(request())
    first = scene.receive(request("CANCEL"))
    again = scene.receive(request("CANCEL"))
    assert sends(again) == sends(first)
    assert drops(again) == ["RETRANSMISSION"]
    assert of_kind(again, CancelReceived) == []


@pytest.mark.parametrize("status", [200, 486])
def test_a_cancel_after_the_final_response_gets_its_200_and_has_no_effect(status: int):
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, status)
    state = transaction.state
    effects = scene.receive(request("CANCEL"))
    assert first_lines(effects) == ["SIP/2.0 200 OK"]
    assert drops(effects) == ["STRAY_CANCEL"]
    assert transaction.state is state


def test_a_cancel_of_nothing_gets_481():
    scene = Scene()
    scene.serve(request("OPTIONS"))
    effects = scene.receive(request("CANCEL"))
    assert first_lines(effects) == ["SIP/2.0 481 Call/Transaction Does Not Exist"]
    assert drops(effects) == ["STRAY_CANCEL"]


@pytest.mark.parametrize("to_tag", ["", "desk"])
def test_the_cancel_of_an_old_phone(to_tag: str):
    scene = Scene()
    scene.serve(request(branch=None, to_tag=to_tag))
    assert len(of_kind(scene.receive(request("CANCEL", None, to_tag=to_tag)), CancelReceived)) == 1


# --- client side: sending, timers ---


def test_a_request_of_ours_has_our_via_on_top():
    scene = Scene()
    transaction = scene.send("OPTIONS")
    sent = parsed(sends([effect for _, effect in scene.log])[0])
    assert str(sent.via).startswith("SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK")
    assert transaction.request.via == sent.via
    assert str(on_the_way(sent, TCP, ("2001:db8::1", 5060), "z9hG4bKx").via) == (
        "SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bKx"
    )


def test_invites_are_repeated_twice_as_late_each_time():
    scene = Scene()
    transaction = scene.send()
    effects = scene.advance(100)
    assert scene.sent_at() == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert effects[-2:] == [TransactionTimedOut(transaction), TransactionEnded(transaction)]


def test_other_requests_are_repeated_every_t2_in_the_end():
    scene = Scene()
    transaction = scene.send("OPTIONS")
    effects = scene.advance(100)
    assert scene.sent_at() == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert effects[-2:] == [TransactionTimedOut(transaction), TransactionEnded(transaction)]


def test_after_a_provisional_response_every_t2_at_once():
    scene = Scene()
    transaction = scene.send("OPTIONS")
    scene.receive(answer(transaction.request, 100))
    scene.advance(9)
    assert scene.sent_at() == [0, 0.5, 4.5, 8.5]


def test_nothing_is_repeated_over_tcp():
    scene = Scene(TCP)
    transactions = [scene.send("INVITE"), scene.send("OPTIONS")]
    effects = scene.advance(100)
    assert scene.sent_at() == [0, 0]
    assert len(of_kind(effects, TransactionTimedOut)) == len(transactions)


def test_a_call_without_news_is_cancelled_after_timer_c_and_news_put_it_off():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.advance(100)
    scene.receive(answer(transaction.request, 180))
    assert first_lines(scene.advance(759)) == []
    assert first_lines(scene.advance(760))[0].startswith("CANCEL ")
    assert of_kind(scene.advance(792), TransactionTimedOut) == [TransactionTimedOut(transaction)]


def test_a_call_cancelled_by_timer_c_is_not_cancelled_twice():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.advance(660)
    scene.log.clear()
    scene.table.cancel(transaction, scene.now)
    assert sends(scene.take()) == []


def test_an_ack_answers_a_failure_and_each_of_its_repetitions():
    scene = Scene()
    transaction = scene.send()
    busy = answer(transaction.request, 486)
    sent, told = scene.receive(busy)
    assert told == ResponseReceived(busy, transaction)
    assert isinstance(sent, Send)
    ack = parsed(sent.data)
    assert (ack.method, ack.via, ack.to_tag, ack.cseq.number) == ("ACK", transaction.request.via, "peer", 1)
    again = scene.receive(busy)
    assert sends(again)[0] is sent.data
    assert drops(again) == ["RETRANSMISSION"]
    assert scene.advance(31.9) == []
    assert scene.advance(32) == [TransactionEnded(transaction)]


def test_every_2xx_of_every_fork_comes_up_until_timer_m():
    scene = Scene()
    transaction = scene.send()
    for tag in ("left", "right", "left"):
        ok = answer(transaction.request, 200, tag)
        assert scene.receive(ok) == [ResponseReceived(ok, transaction)]
    scene.advance(32)
    assert drops(scene.receive(answer(transaction.request, 200))) == ["STRAY_RESPONSE"]


def test_early_dialogs_of_all_forks_come_up():
    scene = Scene()
    transaction = scene.send()
    for tag in ("left", "right"):
        assert len(of_kind(scene.receive(answer(transaction.request, 183, tag)), ResponseReceived)) == 1


# --- responses that are nobody's ---


def test_a_response_to_nothing_is_dropped():
    scene = Scene()
    assert drops(scene.receive(answer(request(), 200))) == ["STRAY_RESPONSE"]


def test_a_response_to_another_method_is_dropped():
    scene = Scene()
    sent = scene.send("OPTIONS").request
    other = sent.with_header("CSeq", "1 MESSAGE")
    other.method = "MESSAGE"
    assert drops(scene.receive(answer(other, 200))) == ["STRAY_RESPONSE"]


@pytest.mark.parametrize("joined", [True, False])
def test_a_response_with_several_vias_is_not_ours(joined: bool):
    scene = Scene()
    ok = answer(scene.send("OPTIONS").request, 200)
    second = "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKx"
    several = ok.with_header("Via", f"{ok.via}, {second}") if joined else ok.with_added("Via", second)
    assert drops(scene.receive(several)) == ["STRAY_RESPONSE"]


def test_a_response_without_a_branch_is_nobodys():
    scene = Scene()
    ok = answer(scene.send("OPTIONS").request, 200)
    assert drops(scene.receive(ok.with_header("Via", "SIP/2.0/UDP 192.0.2.1"))) == ["STRAY_RESPONSE"]


# --- CANCEL, client side (9.1) ---


def test_a_cancel_is_held_back_until_a_provisional_response():
    scene = Scene()
    transaction = scene.send()
    scene.table.cancel(transaction, scene.now, [("Reason", 'SIP;cause=200;text="Call completed elsewhere"')])
    assert scene.take() == []
    effects = scene.receive(answer(transaction.request, 180))
    (data,) = sends(effects)
    cancel = parsed(data)
    assert (cancel.method, cancel.via, cancel.uri) == ("CANCEL", transaction.request.via, transaction.request.uri)
    assert cancel.header("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    assert len(of_kind(effects, ResponseReceived)) == 1


def test_a_cancel_goes_out_at_once_after_a_provisional_response_and_only_once():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.table.cancel(transaction, scene.now)
    scene.table.cancel(transaction, scene.now)
    assert [line.split()[0] for line in first_lines(scene.take())] == ["CANCEL"]


def test_the_cancels_own_responses_stay_inside_and_the_487_comes_up():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.table.cancel(transaction, scene.now)
    (cancel,) = sends(scene.take())
    assert scene.receive(answer(cancel, 200)) == []
    effects = scene.receive(answer(transaction.request, 487))
    assert [parsed(data).method for data in sends(effects)] == ["ACK"]
    assert of_kind(effects, ResponseReceived)[0].response.status == 487


def test_a_2xx_that_crosses_the_cancel_comes_up():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.table.cancel(transaction, scene.now)
    assert len(of_kind(scene.receive(answer(transaction.request, 200)), ResponseReceived)) == 1


def test_a_held_cancel_is_forgotten_when_the_answer_comes_first():
    scene = Scene()
    transaction = scene.send()
    scene.table.cancel(transaction, scene.now)
    assert sends(scene.receive(answer(transaction.request, 200))) == []


def test_a_cancelled_invite_without_any_answer_ends():
    scene = Scene()
    transaction = scene.send()
    scene.receive(answer(transaction.request, 180))
    scene.advance(10)
    scene.table.cancel(transaction, scene.now)
    effects = scene.advance(42)
    assert TransactionTimedOut(transaction) in effects
    assert len(of_kind(effects, TransactionEnded)) == 1
    assert len(scene.table) == 0


def test_what_cannot_be_cancelled_or_sent_as_a_transaction_is_our_mistake():
    scene = Scene()
    with pytest.raises(ValueError, match="only an INVITE"):
        scene.table.cancel(scene.send("OPTIONS"), 0)
    for method in ("ACK", "CANCEL"):
        with pytest.raises(ValueError, match=method):
            scene.send(method)


# --- bounds ---


def test_over_the_bound_a_new_request_gets_503_and_nothing_is_kept():
    scene = Scene(max_transactions=2)
    for number in range(2):
        scene.serve(request(branch=f"z9hG4bK{number}", call_id=f"call-{number}"))
    effects = scene.receive(request(branch="z9hG4bKmore", call_id="call-more"))
    (refusal,) = sends(effects)
    response = parsed_response(refusal)
    assert (response.status, response.header("Retry-After")) == (503, str(RETRY_AFTER))
    assert response.to_tag
    assert drops(effects) == ["TOO_MANY_TRANSACTIONS"]
    assert len(scene.table) == 2
    assert drops(scene.receive(request(branch="z9hG4bK0", call_id="call-0"))) == ["RETRANSMISSION"]


def test_over_the_bound_calls_can_still_be_ended():
    bound = 20
    scene = Scene(max_transactions=bound)
    for number in range(bound):
        scene.serve(request(branch=f"z9hG4bK{number}", call_id=f"call-{number}"))
    assert len(of_kind(scene.receive(request("BYE", "z9hG4bKbye", to_tag="desk")), NewRequest)) == 1
    assert len(of_kind(scene.receive(request("CANCEL", "z9hG4bK0", call_id="call-0")), CancelReceived)) == 1
    assert len(scene.table) == bound + bound * RESERVED_FOR_DIALOGS
    assert drops(scene.receive(request("BYE", "z9hG4bKlast", to_tag="desk"))) == ["TOO_MANY_TRANSACTIONS"]


def test_there_is_room_again_when_transactions_have_ended():
    scene = Scene(max_transactions=1)
    options = request("OPTIONS")
    scene.respond(scene.serve(options), options, 200)
    scene.advance(32)
    scene.serve(request("OPTIONS", "z9hG4bKnext", cseq=2))


def test_what_is_kept_to_be_repeated_is_bounded_in_bytes_too():
    """A response holds what its request put into Via, From and To: tens of kilobytes if a stranger likes."""
    scene = Scene(max_kept=10_000)
    taken = []
    for number in range(20):
        options = request("OPTIONS", f"z9hG4bK{number}", call_id=f"call-{number}")
        effects = scene.receive(options.with_header("From", f'"{"x" * 2000}" <sip:caller@example.net>;tag=caller'))
        if new := of_kind(effects, NewRequest):
            scene.respond(new[0].transaction, new[0].request, 200)
            taken.append(new[0].transaction)
        else:
            assert drops(effects) == ["TOO_MANY_TRANSACTIONS"]
    assert len(taken) == 5
    assert sum(len(transaction.data) for transaction in taken) < 10_000 + 2_500
    scene.advance(32)
    scene.serve(request("OPTIONS", "z9hG4bKnext", cseq=2))


# --- transport ---


def test_a_broken_flow_ends_what_was_being_sent_over_it_and_nothing_else():
    scene = Scene()
    invite, options = scene.send(), scene.send("OPTIONS")
    scene.flow = TCP
    elsewhere = scene.send("OPTIONS")
    scene.table.transport_failed(UDP, scene.now)
    effects = scene.take()
    assert {effect.transaction for effect in of_kind(effects, TransactionFailed)} == {invite, options}
    assert {effect.transaction for effect in of_kind(effects, TransactionEnded)} == {invite, options}
    assert not elsewhere.terminated


def test_an_invite_being_answered_is_told_of_a_broken_flow_and_stays():
    scene = Scene(TCP)
    invite = request(transport="TCP")
    transaction = scene.serve(invite)
    scene.table.transport_failed(TCP, scene.now)
    assert scene.take() == [TransactionFailed(transaction)]
    assert first_lines(scene.respond(transaction, invite, 486)) == ["SIP/2.0 486 Busy Here"]


def test_a_lingering_transaction_does_not_mind():
    scene = Scene()
    options = request("OPTIONS")
    scene.respond(scene.serve(options), options, 200)
    scene.table.transport_failed(UDP, scene.now)
    assert scene.take() == []
    assert len(sends(scene.receive(request("OPTIONS")))) == 1


def test_over_tcp_a_transaction_ends_with_its_answer():
    scene = Scene(TCP)
    options = request("OPTIONS", transport="TCP")
    transaction = scene.serve(options)
    sent, ended = scene.respond(transaction, options, 200)
    assert isinstance(sent, Send)
    assert ended == TransactionEnded(transaction)
    assert scene.table.next_deadline() is None


def test_over_tcp_a_failure_to_invite_still_waits_for_its_ack():
    scene = Scene(TCP)
    invite = request(transport="TCP")
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 486)
    assert scene.advance(31) == []
    assert scene.receive(request("ACK", transport="TCP", to_tag="desk")) == [TransactionEnded(transaction)]


# --- what is kept, and for how long ---


def test_of_an_answered_request_only_the_bytes_of_the_answer_are_kept():
    scene = Scene()
    options = request("OPTIONS")
    transaction = scene.serve(options)
    scene.respond(transaction, options, 200)
    scene.log.clear()
    remains = weakref.ref(options)
    del options
    gc.collect()
    assert remains() is None
    assert transaction.request is None
    assert first_lines([Send(transaction.data, UDP)]) == ["SIP/2.0 200 OK"]


def test_of_an_accepted_invite_nothing_is_kept():
    scene = Scene()
    invite = request()
    transaction = scene.serve(invite)
    scene.respond(transaction, invite, 200)
    assert (transaction.request, transaction.data) == (None, b"")
    ours = scene.send()
    scene.receive(answer(ours.request, 200))
    assert ours.data == b""


def test_a_request_answered_at_once_has_one_deadline_only():
    scene = Scene()
    options = request("OPTIONS")
    scene.respond(scene.serve(options), options, 200)
    assert scene.table.next_deadline() == 32


def test_shorter_timers_shorten_everything():
    scene = Scene(timers=Timers(t1=0.01, t2=0.08, t4=0.1))
    transaction = scene.send("OPTIONS")
    assert TransactionTimedOut(transaction) in scene.advance(0.64)


def test_a_request_made_from_parts_goes_out_and_finds_its_answer():
    scene = Scene()
    made = build_request(
        "REGISTER",
        Uri.parse("sip:provider.example"),
        from_=NameAddr.parse("<sip:us@provider.example>;tag=a"),
        to=NameAddr.parse("<sip:us@provider.example>"),
        call_id="made",
        cseq=1,
    )
    transaction = scene.table.send_request(made, UDP, 0, sent_by=OUR_ADDRESS)
    (data,) = sends(scene.take())
    ok = answer(data, 200)
    assert scene.receive(ok) == [ResponseReceived(ok, transaction)]
