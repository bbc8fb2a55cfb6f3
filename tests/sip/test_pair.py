"""Two whole user agents in memory: calls over a wire that loses, repeats and reorders, and ends that both agree on."""

from collections.abc import Callable

import pytest

from sip.config import CoreConfig
from sip.dialog.session import State
from sip.dialog.session_timer import Terms
from sip.events import (
    Acknowledged,
    Answered,
    AnswerReceived,
    Ended,
    Event,
    Failed,
    IncomingInvite,
    InfoReceived,
    OfferReceived,
    Progress,
    ReofferFailed,
)
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, OFFER
from sip.testing.wire import LATE, LOST, ON_TIME, TWICE, Fate, LossyWire

SECOND = OFFER.replace(b"4000", b"4002")


def talk(pair: Pair) -> None:
    """A whole call: ringing, answer, INFO, re-INVITE of Bob, BYE of Alice; each waits for what it needs, no more."""

    def bob_reacts(event: Event) -> None:
        now = pair.now
        match event:
            case IncomingInvite(session=session):
                session.ring(now)
                session.answer(ANSWER, now)
            case Acknowledged(session=session):
                session.reoffer(SECOND, now)

    pair.bob.on_event = bob_reacts
    pair.answers_offers(pair.alice)
    session = pair.invite()
    pair.run_until(lambda: pair.alice.all(Answered))
    session.send_info("application/dtmf", b"1", pair.now)
    pair.run_until(lambda: pair.bob.all(AnswerReceived))
    pair.run(1.0)
    session.bye(pair.now)
    pair.rest()


def check_talk(pair: Pair) -> None:
    alice, bob = pair.parties
    assert len(alice.all(Answered)) == 1, pair.ladder()
    assert len(bob.all(Acknowledged)) == 1, pair.ladder()
    assert [event.body for event in bob.all(InfoReceived)] == [b"1"], pair.ladder()
    assert [event.sdp for event in alice.all(OfferReceived)] == [SECOND], pair.ladder()
    assert [event.sdp for event in bob.all(AnswerReceived)] == [ANSWER], pair.ladder()
    assert [event.by for event in alice.all(Ended)] == ["local"], pair.ladder()
    assert [event.by for event in bob.all(Ended)] == ["remote"], pair.ladder()
    assert not alice.all(Failed), pair.ladder()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_whole_call(transport):
    pair = Pair(transport=transport)
    talk(pair)
    check_talk(pair)


def packets_of_a_talk() -> int:
    pair = Pair()
    talk(pair)
    return pair.wire.sent


@pytest.mark.parametrize("fate", [LOST, TWICE, LATE], ids=["lost", "twice", "late"])
@pytest.mark.parametrize("number", range(packets_of_a_talk()))
def test_a_call_survives_whatever_happens_to_one_packet(number: int, fate: Fate):
    pair = Pair(LossyWire({number: fate}))
    talk(pair)
    check_talk(pair)


@pytest.mark.parametrize("first", range(packets_of_a_talk() - 1))
def test_a_call_survives_two_packets_lost_in_a_row(first: int):
    pair = Pair(LossyWire({first: LOST, first + 1: LOST}))
    talk(pair)
    check_talk(pair)


def test_a_call_survives_when_everything_comes_twice():
    pair = Pair(LossyWire(usual=TWICE))
    talk(pair)
    check_talk(pair)


def test_a_call_survives_when_every_other_packet_overtakes_the_one_before():
    pair = Pair(LossyWire(dict.fromkeys(range(0, 200, 2), (0.05,))))
    talk(pair)
    check_talk(pair)


def test_a_call_survives_a_slow_wire():
    pair = Pair(LossyWire(usual=(1.2,)))
    talk(pair)
    check_talk(pair)


def test_nobody_there():
    pair = Pair(LossyWire(usual=LOST))
    pair.invite()
    pair.rest()
    assert pair.alice.one(Failed).status == 408
    assert 32.0 <= pair.now < 33.0


def test_an_answer_that_never_arrives():
    """The caller hears nothing but silence, the called one gives up after 64*T1; both are left with nothing."""
    pair = Pair(LossyWire({0: ON_TIME}, usual=LOST))
    pair.invite()
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.answer(ANSWER, pair.now)
    pair.rest()
    assert pair.alice.one(Failed).status == 408
    assert pair.bob.one(Ended).by == "timeout"


def test_a_bye_that_never_arrives_leaves_only_its_receiver_in_the_call():
    pair = Pair()
    ours, theirs = pair.call()
    pair.wire._usual = LOST
    ours.bye(pair.now)
    pair.run(60)
    assert pair.alice.one(Ended).by == "local"
    assert pair.alice.idle
    assert theirs.state is State.CONFIRMED
    theirs.bye(pair.now)
    pair.rest()


def test_a_refused_call():
    pair = Pair()
    pair.invite()
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.reject(486, None, pair.now)
    pair.rest()
    failed = pair.alice.one(Failed)
    assert (failed.status, failed.reason) == (486, "Busy Here")
    assert pair.bob.one(Ended).by == "local"


def ringing(pair: Pair):
    session = pair.invite()
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.ring(pair.now)
    pair.run_until(lambda: pair.alice.all(Progress))
    return session


def test_a_cancelled_call():
    pair = Pair()
    ringing(pair).cancel(pair.now, [("Reason", 'SIP;cause=200;text="Call completed elsewhere"')])
    pair.rest()
    assert pair.alice.one(Failed).status == 487
    ended = pair.bob.one(Ended)
    assert (ended.by, ended.reason) == ("remote", "Call completed elsewhere")


@pytest.mark.parametrize("number", range(8))
def test_a_cancelled_call_survives_the_loss_of_any_packet(number: int):
    pair = Pair(LossyWire({number: LOST}))
    ringing(pair).cancel(pair.now)
    pair.rest()
    assert pair.alice.one(Failed).status == 487
    assert pair.bob.one(Ended).by == "remote"


def test_a_cancel_that_crosses_the_answer():
    pair = Pair()
    session = ringing(pair)
    session.cancel(pair.now)
    pair.bob.session.answer(ANSWER, pair.now)
    pair.rest()
    assert pair.alice.one(Failed).status == 487
    assert not pair.alice.all(Answered)
    assert pair.bob.one(Ended).by == "remote"
    assert {"ACK 1", "BYE 2"} <= set(pair.recorder.texts("alice"))


def test_a_call_without_an_offer():
    pair = Pair()
    session = pair.invite(None)
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.answer(OFFER, pair.now)
    pair.run_until(lambda: pair.alice.all(Answered))
    assert pair.alice.one(Answered).sdp == OFFER
    pair.run(1.2)
    session.accept_offer(ANSWER, pair.now)
    pair.run_until(lambda: pair.bob.all(Acknowledged))
    assert pair.bob.one(Acknowledged).sdp == ANSWER
    session.bye(pair.now)
    pair.rest()


def test_a_call_without_an_offer_that_nobody_answers():
    """The one who answered gives up after 64*T1 without ACK and says BYE, which ends the other side, too."""
    pair = Pair()
    pair.invite(None)
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.answer(OFFER, pair.now)
    pair.rest()
    assert pair.bob.one(Ended).by == "timeout"
    assert pair.alice.one(Ended).by == "remote"


def test_glare_resolves_itself():
    """Both offer at once, both get 491, both come again, one after the other (section 14.1)."""
    pair = Pair()
    ours, theirs = pair.call()
    for party in pair.parties:
        pair.answers_offers(party)
    ours.reoffer(OFFER, pair.now)
    theirs.reoffer(SECOND, pair.now)
    pair.run_until(lambda: pair.alice.all(AnswerReceived) and pair.bob.all(AnswerReceived))
    assert pair.recorder.texts().count("491 INVITE 2") == 1
    assert pair.recorder.texts().count("491 INVITE 1") == 1
    assert [event.sdp for event in pair.alice.all(OfferReceived)] == [SECOND]
    assert [event.sdp for event in pair.bob.all(OfferReceived)] == [OFFER]
    ours.bye(pair.now)
    pair.rest()


def test_glare_with_equal_chances_still_resolves_itself():
    """The owner of the Call-ID waits 2.1 s at least, the other 2 s at most."""
    configs = (CoreConfig(random=lambda: 0.0), CoreConfig(random=lambda: 0.9999))
    pair = Pair(configs=configs)
    ours, theirs = pair.call()
    for party in pair.parties:
        pair.answers_offers(party)
    ours.reoffer(OFFER, pair.now)
    theirs.reoffer(SECOND, pair.now)
    pair.run_until(lambda: pair.alice.all(AnswerReceived) and pair.bob.all(AnswerReceived), 10)
    assert not pair.alice.all(ReofferFailed) + pair.bob.all(ReofferFailed)


def test_a_bye_that_crosses_a_re_invite():
    pair = Pair()
    ours, theirs = pair.call()
    theirs.reoffer(SECOND, pair.now)
    ours.bye(pair.now)
    pair.rest()
    assert (pair.alice.one(Ended).by, pair.bob.one(Ended).by) == ("local", "remote")
    assert not pair.bob.all(ReofferFailed)


def test_a_bye_while_a_re_invite_waits_for_its_answer():
    pair = Pair()
    _, theirs = pair.call()
    theirs.reoffer(SECOND, pair.now)
    pair.run_until(lambda: pair.alice.all(OfferReceived))
    theirs.bye(pair.now)
    pair.rest()
    assert "487 INVITE 1" in pair.recorder.texts("alice")
    assert (pair.alice.one(Ended).by, pair.bob.one(Ended).by) == ("remote", "local")


@pytest.mark.parametrize("leave", [lambda o, t: o, lambda o, t: t], ids=["caller", "called"])
def test_either_side_hangs_up(leave: Callable):
    pair = Pair()
    leave(*pair.call()).bye(pair.now)
    pair.rest()
    assert {pair.alice.one(Ended).by, pair.bob.one(Ended).by} == {"local", "remote"}


def test_both_sides_hang_up_at_once():
    pair = Pair()
    ours, theirs = pair.call()
    ours.bye(pair.now)
    theirs.bye(pair.now)
    pair.rest()
    assert (pair.alice.one(Ended).by, pair.bob.one(Ended).by) == ("local", "local")


def test_the_called_side_hangs_up_before_the_ack():
    pair = Pair()
    pair.invite()
    pair.run_until(lambda: pair.bob.all(IncomingInvite))
    pair.bob.session.answer(ANSWER, pair.now)
    pair.bob.session.bye(pair.now)
    pair.rest()
    assert pair.bob.one(Ended).by == "local"
    assert pair.alice.one(Ended).by == "remote"


UNTIMED = CoreConfig(terms=Terms(interval=0))


def test_a_long_call_leaves_its_transactions_behind():
    pair = Pair(configs=(UNTIMED, UNTIMED))
    ours, _ = pair.call()
    pair.run(40)
    for party in pair.parties:
        assert len(party.core.table) == 0
        assert len(party.core.sessions) == 1
        assert party.core.next_deadline() is None
    ours.bye(pair.now)
    pair.rest()


def test_the_ladder_shows_what_was_lost_and_repeated():
    pair = Pair(LossyWire({0: LOST, 2: TWICE}))
    pair.call()
    ladder = pair.ladder()
    assert "INVITE 1 sdp" in ladder
    assert "x |" in ladder
    assert "(2)" in ladder
    assert "* IncomingInvite" in ladder


def test_a_pair_that_waits_in_vain_shows_the_ladder():
    pair = Pair()
    pair.invite()
    with pytest.raises(AssertionError, match="INVITE 1 sdp"):
        pair.run_until(lambda: False, 1.0)


def test_a_pair_that_keeps_something_shows_the_ladder():
    pair = Pair(configs=(UNTIMED, UNTIMED))
    pair.call()
    with pytest.raises(AssertionError, match="keeps something"):
        pair.rest()
