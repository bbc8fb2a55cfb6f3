"""Session timers (RFC 4028): who refreshes, when, by what, and what becomes of a call that nobody refreshes."""

import pytest

from sip.config import CoreConfig
from sip.credentials import Credentials
from sip.dialog.session import State
from sip.dialog.session_timer import (
    LEAST_SECONDS,
    MAX_REFUSALS,
    MOST_SECONDS,
    REFRESHERS,
    RETRY_SECONDS,
    SessionExpires,
    SessionTimer,
    Side,
    Terms,
)
from sip.errors import DropReason
from sip.events import Answered, AnswerReceived, Ended, Failed, OfferReceived
from sip.testing.pair import Pair
from sip.testing.parts import ANSWER, OFFER, new_core
from sip.testing.scripted import ScriptedPeer
from sip.testing.wire import LOST

KNOWS = [("Supported", "timer")]
ALLOWS_UPDATE = [("Allow", "INVITE, UPDATE")]


def scripted(interval: int = 1800, minimum: int = LEAST_SECONDS) -> ScriptedPeer:
    return ScriptedPeer(new_core(CoreConfig(terms=Terms(interval, minimum))))


def called(peer: ScriptedPeer, *headers):
    """A call of the peer that is up: its session and the 200."""
    session = peer.call(headers=list(headers))
    session.answer(ANSWER, peer.now)
    ok = peer.next_response(200)
    peer.ack(ok)
    peer.events()
    return session, ok


def calling(peer: ScriptedPeer, *headers):
    """A call to the peer that is up: its session and the INVITE."""
    session, invite = peer.be_called()
    peer.respond(invite, 200, body=ANSWER, headers=list(headers))
    peer.next_request("ACK")
    peer.events()
    return session, invite


def expires(message) -> SessionExpires | None:
    return SessionExpires.of(message)


# --- who refreshes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("knows", "wanted"), REFRESHERS)
def test_table_2_of_the_called_side(knows: bool, wanted: Side | None):
    peer = scripted()
    said = ("Session-Expires", f"600;refresher={wanted}" if wanted else "600")
    session, ok = called(peer, said, *(KNOWS if knows else []))
    refresher = REFRESHERS[knows, wanted]
    assert expires(ok) == SessionExpires(600, refresher)
    assert (ok.header("Require") == "timer") == knows
    assert session.timer.ours == (refresher is Side.UAS)


def test_our_call_leaves_it_open_who_refreshes():
    _, invite = scripted().be_called()
    assert expires(invite) == SessionExpires(1800)
    assert "timer" in invite.supported
    assert invite.header("Min-SE") is None


@pytest.mark.parametrize(
    ("said", "ours", "seconds"),
    [
        ([], True, 1800),
        ([("Session-Expires", "600;refresher=uas")], False, 600),
        ([("Session-Expires", "600;refresher=uac")], True, 600),
        ([("Session-Expires", "600")], True, 600),
        ([("Session-Expires", "1;refresher=uac")], True, LEAST_SECONDS),
        ([("Session-Expires", "0;refresher=uas")], False, LEAST_SECONDS),
        ([("Session-Expires", "4294967295;refresher=uac")], True, MOST_SECONDS),
        ([("Session-Expires", "soon")], True, 1800),
    ],
)
def test_the_2xx_decides_and_our_bounds_hold(said, ours, seconds):
    peer = scripted()
    session, _ = calling(peer, *said)
    assert session.timer.ours is ours
    assert session.timer.expires_at == seconds - min(32, seconds / 3)


def test_roles_are_kept_in_later_requests():
    peer = scripted()
    session, _ = calling(peer, ("Session-Expires", "600;refresher=uas"))
    session.reoffer(OFFER, peer.now)
    again = peer.next_request("INVITE")
    assert expires(again) == SessionExpires(600, Side.UAS)
    peer.respond(again, 200, body=ANSWER, headers=[("Session-Expires", "600;refresher=uas")])
    assert session.timer.ours is False


def test_without_an_interval_of_our_own_a_peer_may_have_one():
    peer = scripted(interval=0)
    _, invite = peer.be_called()
    assert expires(invite) is None
    other = scripted(interval=0)
    session, ok = called(other)
    assert (expires(ok), session.timer.ours) == (None, None)
    wants = scripted(interval=0)
    _, ok = called(wants, ("Session-Expires", "600;refresher=uac"), *KNOWS)
    assert expires(ok) == SessionExpires(600, Side.UAC)


def test_a_longer_interval_than_ours_is_shortened_as_far_as_its_min_se_lets_us():
    _, ok = called(scripted(interval=300), ("Session-Expires", "3600"), ("Min-SE", "900"), *KNOWS)
    assert expires(ok) == SessionExpires(900, Side.UAS)


# --- 422 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", ["1", "89", "0"])
def test_an_interval_that_is_too_brief_is_422(seconds):
    peer = scripted(minimum=90)
    peer.invite(headers=[("Session-Expires", seconds), *KNOWS])
    assert peer.next_response(422).header("Min-SE") == "90"
    assert peer.drops() == [DropReason.INTERVAL_TOO_BRIEF]


def test_too_brief_within_a_call_is_422_and_leaves_it():
    peer = scripted()
    session, ok = called(peer)
    peer.send(peer.request("UPDATE", to_tag=ok.to_tag, headers=[("Session-Expires", "5"), *KNOWS]))
    peer.next_response(422)
    assert session.state is State.CONFIRMED


def test_who_does_not_know_422_gets_our_minimum():
    _, ok = called(scripted(), ("Session-Expires", "5"))
    assert expires(ok) == SessionExpires(LEAST_SECONDS, Side.UAS)


@pytest.mark.parametrize("header", [("Session-Expires", "soon"), ("Session-Expires", ""), ("Min-SE", "-1")])
def test_malformed_headers_are_400(header):
    peer = scripted()
    peer.invite(headers=[header, *KNOWS])
    peer.next_response(400)
    assert peer.drops() == [DropReason.BAD_HEADER]


def test_our_call_is_made_again_as_its_422_asks():
    peer = scripted()
    session, invite = peer.be_called()
    peer.respond(invite, 422, headers=[("Min-SE", "3600")])
    peer.next_request("ACK")
    again = peer.next_request("INVITE")
    assert (expires(again), again.header("Min-SE")) == (SessionExpires(3600), "3600")
    assert (again.call_id, again.from_tag, again.cseq.number) == (invite.call_id, invite.from_tag, 2)
    peer.respond(again, 200, body=ANSWER)
    assert peer.next_request("ACK").cseq.number == 2
    peer.told(Answered)
    assert session.state is State.CONFIRMED


@pytest.mark.parametrize("least", [None, "90", "1800", "99999999", "long"])
def test_a_422_that_gives_no_way_on_ends_the_call(least):
    peer = scripted()
    _, invite = peer.be_called()
    peer.respond(invite, 422, headers=[("Min-SE", least)] if least else [])
    assert peer.told(Failed).status == 422


def test_422_for_ever_ends_the_call():
    peer = scripted()
    _, invite = peer.be_called()
    for number in range(MAX_REFUSALS):
        peer.respond(invite, 422, headers=[("Min-SE", 2000 + number)])
        peer.next_request("ACK")
        invite = peer.next_request("INVITE")
    peer.respond(invite, 422, headers=[("Min-SE", 3000)])
    assert peer.told(Failed).status == 422


def test_a_challenge_after_a_422_is_answered_anew():
    peer = scripted()
    _, invite = peer.be_called(authorize=Credentials("us", "secret").authorize)
    challenge = [("Proxy-Authenticate", 'Digest realm="x", nonce="1"')]
    peer.respond(invite, 407, headers=challenge)
    peer.next_request("ACK")
    invite = peer.next_request("INVITE")
    peer.respond(invite, 422, headers=[("Min-SE", "3600")])
    peer.next_request("ACK")
    invite = peer.next_request("INVITE")
    assert invite.header("Proxy-Authorization") is None
    peer.respond(invite, 407, headers=challenge)
    peer.next_request("ACK")
    invite = peer.next_request("INVITE")
    assert len(invite.header_all("Proxy-Authorization")) == 1
    assert expires(invite) == SessionExpires(3600)
    peer.respond(invite, 407, headers=challenge)
    assert peer.told(Failed).status == 407


# --- refreshing -------------------------------------------------------------------------------------------------------


def test_we_refresh_by_update_after_half_the_interval():
    peer = scripted()
    session, _ = calling(peer, *ALLOWS_UPDATE)
    peer.wait(899)
    peer.sends_nothing()
    peer.wait(1.1)
    update = peer.next_request("UPDATE")
    assert (update.body, expires(update)) == (b"", SessionExpires(1800, Side.UAC))
    assert update.contacts
    peer.respond(update, 200, headers=[("Session-Expires", "1800;refresher=uac")])
    peer.wait(900.1)
    peer.respond(peer.next_request("UPDATE"), 200)
    assert session.state is State.CONFIRMED
    assert peer.events() == []


def test_who_takes_no_update_hears_our_last_description_again():
    peer = scripted()
    called(peer)
    peer.wait(900.1)
    again = peer.next_request("INVITE")
    assert (again.body, expires(again)) == (ANSWER, SessionExpires(1800, Side.UAC))
    peer.respond(again, 200, body=OFFER)
    peer.next_request("ACK")
    assert peer.told(AnswerReceived).late, "nobody asked for it"


@pytest.mark.parametrize("status", [405, 501])
def test_who_has_no_update_after_all_is_sent_a_re_invite(status):
    peer = scripted()
    calling(peer, *ALLOWS_UPDATE)
    peer.wait(900.1)
    peer.respond(peer.next_request("UPDATE"), status)
    assert peer.next_request("INVITE").body == OFFER


@pytest.mark.parametrize("status", [408, 481])
def test_a_peer_that_knows_no_such_call_ends_it(status):
    peer = scripted()
    calling(peer, *ALLOWS_UPDATE)
    peer.wait(900.1)
    peer.respond(peer.next_request("UPDATE"), status)
    peer.next_request("BYE")
    assert peer.told(Ended).by == "remote"


def test_a_peer_that_has_vanished_ends_the_call():
    pair = Pair()
    ours, theirs = pair.call()
    pair.run(60)
    pair.wire._usual = LOST
    pair.run(1800)
    assert ours.ended
    assert theirs.ended
    assert {pair.alice.one(Ended).by, pair.bob.one(Ended).by} == {"timeout"}
    pair.rest()


def test_a_refresh_that_is_refused_is_tried_again_until_the_call_ends():
    peer = scripted(interval=90)
    calling(peer, *ALLOWS_UPDATE)
    peer.wait(45.1)
    peer.respond(peer.next_request("UPDATE"), 500)
    peer.wait(RETRY_SECONDS + 0.1)
    peer.respond(peer.next_request("UPDATE"), 500)
    peer.wait(4.9)  # 90 s less a third
    assert peer.next_request("BYE")
    assert peer.told(Ended).reason == "the session was not refreshed"


def test_a_refresh_that_is_too_brief_for_a_proxy_is_made_longer():
    peer = scripted()
    calling(peer, *ALLOWS_UPDATE)
    peer.wait(900.1)
    update = peer.next_request("UPDATE")
    peer.respond(update, 422, headers=[("Min-SE", "7200")])
    again = peer.next_request("UPDATE")
    assert (expires(again), again.cseq.number) == (SessionExpires(7200, Side.UAC), update.cseq.number + 1)


@pytest.mark.parametrize("takes", [ALLOWS_UPDATE, []], ids=["UPDATE", "INVITE"])
def test_a_refresh_may_be_challenged(takes):
    peer = ScriptedPeer(new_core())
    session, invite = peer.be_called(authorize=Credentials("us", "secret").authorize)
    peer.respond(invite, 200, body=ANSWER, headers=takes)
    peer.next_request("ACK")
    peer.wait(900.1)
    refresh = peer.sent()[-1]
    peer.respond(refresh, 407, headers=[("Proxy-Authenticate", 'Digest realm="x", nonce="1"')])
    again = peer.sent()[-1]
    assert again.header("Proxy-Authorization")
    assert again.cseq.number == refresh.cseq.number + 1
    peer.respond(again, 200, body=again.body and ANSWER)
    peer.sent()
    session.bye(peer.now)
    assert peer.next_request("BYE").cseq.number == again.cseq.number + 1


def test_the_peer_refreshes_by_update_and_by_re_invite():
    peer = scripted()
    session, ok = called(peer, ("Session-Expires", "100;refresher=uac"), *KNOWS)
    for _ in range(5):
        peer.wait(60)
        peer.send(peer.request("UPDATE", to_tag=ok.to_tag, headers=[("Session-Expires", "100;refresher=uac"), *KNOWS]))
        answer = peer.next_response(200)
        assert expires(answer) == SessionExpires(100, Side.UAC)
    peer.wait(60)
    refresh = [("Session-Expires", "100;refresher=uac"), *KNOWS]
    peer.send(peer.request("INVITE", to_tag=ok.to_tag, body=OFFER, headers=refresh))
    peer.told(OfferReceived)
    session.accept_offer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(60)
    assert session.state is State.CONFIRMED
    peer.wait(60)
    assert peer.next_request("BYE").header("Reason") == 'SIP;cause=408;text="Session not refreshed"'
    assert peer.told(Ended).by == "timeout"


def test_a_peer_may_hand_the_refreshing_over():
    peer = scripted()
    session, ok = called(peer, ("Session-Expires", "100;refresher=uac"), *KNOWS)
    peer.send(peer.request("UPDATE", to_tag=ok.to_tag, headers=[("Session-Expires", "100;refresher=uas"), *KNOWS]))
    assert expires(peer.next_response(200)) == SessionExpires(100, Side.UAS)
    assert session.timer.ours is True


def test_a_refresh_that_crosses_a_bye_does_no_harm():
    peer = scripted()
    session, _ = calling(peer, *ALLOWS_UPDATE)
    peer.wait(900.1)
    update = peer.next_request("UPDATE")
    session.bye(peer.now)
    peer.respond(peer.next_request("BYE"), 200)
    peer.respond(update, 481)
    peer.sends_nothing()
    peer.told(Ended)
    peer.wait(2000)
    assert peer.core.next_deadline() is None


def test_a_refresh_by_re_invite_that_meets_an_offer_waits():
    peer = scripted()
    session, ok = called(peer)
    peer.wait(899.9)
    peer.send(peer.request("INVITE", to_tag=ok.to_tag, body=OFFER))
    peer.wait(0.15)
    peer.sends_nothing()
    session.accept_offer(ANSWER, peer.now)
    peer.ack(peer.next_response(200))
    peer.wait(800)
    peer.sends_nothing()


def test_an_offer_of_ours_is_a_refresh_too():
    peer = scripted()
    session, _ = calling(peer)
    peer.wait(800)
    session.reoffer(OFFER, peer.now)
    again = peer.next_request("INVITE")
    peer.respond(again, 200, body=ANSWER)
    peer.next_request("ACK")
    peer.wait(890)
    peer.sends_nothing()


def test_glare_of_a_refresh_is_tried_again():
    peer = scripted()
    calling(peer)
    peer.wait(900.1)
    peer.respond(peer.next_request("INVITE"), 491)
    peer.next_request("ACK")
    peer.wait(RETRY_SECONDS + 0.1)
    peer.next_request("INVITE")


def test_the_timer_of_a_call_that_is_over_rests():
    timer = SessionTimer(Terms())
    timer.stop()
    assert timer.deadline == float("inf")
    timer.refresh_failed(1.0)
    assert timer.deadline == float("inf")
