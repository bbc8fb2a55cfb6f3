"""The notifier's side of RFC 6665, message by message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip.dialog.subscribed import LONGEST_RETRY_AFTER, RESTART_STEP
from sip.dialog.subscription import State
from sip.dialog.subscriptions import GRACE, RESTORED_A_SECOND, SubscriptionLimits
from sip.errors import DropReason
from sip.flow import Flow
from sip.gate import Admit, Challenge, Refuse
from sip.message.envelope import Request
from sip.outside.subscribe import RETRY_AFTER
from sip.registrar import Limits
from sip.testing.parts import TO_ALICE, ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer
from tests.sip.watched_office import ME, Office

LIMITS = SubscriptionLimits()
ELSEWHERE = Flow("udp", TO_ALICE.local, ("203.0.113.66", 5060))


@pytest.fixture
def office() -> Office:
    return Office()


def stands(notify: Request) -> str:
    return notify.header("Subscription-State") or ""


# --- the course of things ---------------------------------------------------------------------------------------------


def test_a_subscriber_is_told_at_once_and_whenever_something_changes(office: Office):
    accepted = office.subscribe()
    assert accepted.header("Expires") == "600"
    assert accepted.contacts[0].uri.user == "belplan"
    first = office.told()
    assert (first.header("Event"), first.body, first.content_type) == ("dialog", b"idle", "application/dialog-info+xml")
    assert stands(first).startswith("active;expires=6")
    assert (first.from_tag, first.to_tag) == (accepted.to_tag, "peer")
    assert str(first.uri) == "sip:101@192.0.2.1:5060"
    office.change("ringing")
    again = office.told()
    assert (again.body, again.cseq.number) == (b"ringing", first.cseq.number + 1)
    office.phone.sends_nothing()


def test_the_event_id_is_repeated(office: Office):
    office.subscribe(event="Dialog;id=7")
    assert office.told().header("Event") == "dialog;id=7"


def test_the_newest_state_wins_and_one_notify_is_under_way(office: Office):
    office.subscribe()
    first = office.phone.next_request("NOTIFY")
    for word in ("ringing", "talking", "gone"):
        office.change(word)
    office.phone.sends_nothing()
    office.phone.respond(first, 200)
    assert office.told().body == b"gone"
    office.phone.sends_nothing()


def test_a_refresh_is_answered_and_told(office: Office):
    tag = office.subscribe().to_tag
    office.told()
    office.phone.wait(500)
    assert office.subscribe(to_tag=tag).header("Expires") == "600"
    assert stands(office.told()) == f"active;expires={600 + int(GRACE)}"
    office.phone.wait(500)
    assert len(office.table) == 1


def test_who_leaves_is_told_for_the_last_time(office: Office):
    tag = office.subscribe().to_tag
    office.told()
    office.subscribe(0, to_tag=tag)
    assert stands(office.told()) == "terminated;reason=timeout"
    assert office.empty
    office.ask(to_tag=tag)
    office.phone.next_response(481)


def test_who_leaves_while_a_notify_is_under_way(office: Office):
    tag = office.subscribe().to_tag
    first = office.phone.next_request("NOTIFY")
    office.subscribe(0, to_tag=tag)
    office.phone.sends_nothing()
    office.phone.respond(first, 200)
    assert stands(office.told()) == "terminated;reason=timeout"
    assert office.empty


def test_expires_0_asks_once(office: Office):
    assert office.subscribe(0).header("Expires") == "0"
    asked = office.told()
    assert (asked.body, stands(asked)) == (b"idle", "terminated;reason=timeout")
    assert office.empty


def test_a_subscription_that_is_not_refreshed_ends(office: Office):
    office.subscribe()
    office.told()
    office.phone.wait(600 + GRACE - 1)
    office.phone.sends_nothing()
    office.phone.wait(1.5)
    assert stands(office.told()) == "terminated;reason=timeout"
    assert office.empty


@pytest.mark.parametrize("reason", ["noresource", "deactivated"])
def test_we_end_it_with_a_reason(office: Office, reason: str):
    office.subscribe()
    office.told()
    office.table.close(office.watched.subscriptions[0], reason, office.phone.now)
    assert stands(office.told()) == f"terminated;reason={reason}"
    assert office.empty


# --- NOTIFYs that do not arrive ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [481, 489, 500, 603])
def test_a_refused_notify_ends_it(office: Office, status: int):
    office.subscribe()
    office.told(status)
    assert office.empty


def test_an_unanswered_notify_ends_it(office: Office):
    office.subscribe()
    office.phone.wait(33)
    sent = office.phone.sent()
    assert len(sent) == 11, "once and ten times more, as Timer E has it"
    assert office.empty


def test_a_notify_refused_for_now_is_sent_again(office: Office):
    office.subscribe()
    office.told(503, headers=[("Retry-After", "5 (busy)")])
    office.change("ringing")
    office.phone.wait(4)
    office.phone.sends_nothing()
    office.phone.wait(2)
    assert office.told().body == b"ringing"


def test_nobody_makes_us_wait_for_ever(office: Office):
    office.subscribe()
    office.told(500, headers=[("Retry-After", 99999999)])
    office.phone.wait(LONGEST_RETRY_AFTER + 1)
    office.told()


def test_a_lost_connection_is_no_end(office: Office):
    """Nothing is sent until the phone has registered from somewhere; then it hears what holds by then."""
    over_tcp = Flow("tcp", TO_ALICE.local, ("203.0.113.9", 40123), 7)
    office.subscribe(flow=over_tcp)
    office.told()
    office.core.flow_closed(over_tcp, office.phone.now)
    office.change("ringing")
    office.phone.sent()
    office.core.send_failed(over_tcp, office.phone.now)
    assert [one.state for one in office.watched.subscriptions] == [State.STRANDED]
    again = replace(over_tcp, remote=("203.0.113.9", 40999), connection=8)
    register = office.phone.request("REGISTER", headers=[("Contact", "<sip:101@192.0.2.1:5060>"), ("Expires", 600)])
    office.phone.send(register, again)
    office.phone.next_response(200)
    office.table.reachable(ME, office.phone.now)
    assert office.told().body == b"ringing"
    assert office.watched.subscriptions[0].flow == again


def test_somebody_elses_registration_moves_nothing(office: Office):
    office.subscribe()
    office.told()
    register = office.phone.request("REGISTER", headers=[("Contact", "<sip:101@192.0.2.99:5060>"), ("Expires", 600)])
    office.phone.send(register, ELSEWHERE)
    office.phone.next_response(200)
    office.table.reachable(ME, office.phone.now)
    assert office.watched.subscriptions[0].flow == TO_ALICE


# --- who may ----------------------------------------------------------------------------------------------------------


def test_who_does_not_prove_who_they_are_is_challenged():
    office = Office(gate=ScriptedGate(Challenge(('Digest realm="x"',), proxy=False)))
    office.ask()
    assert office.phone.next_response(401).header("WWW-Authenticate")
    assert office.empty


def test_who_is_let_in_as_nobody_watches_nothing():
    office = Office(gate=ScriptedGate(Admit()))
    office.ask()
    office.phone.next_response(403)
    assert office.phone.drops() == [DropReason.NOT_ALLOWED]
    assert office.empty


def test_what_may_not_be_watched_is_refused(office: Office):
    office.watched.refuses = Refuse(404)
    office.ask()
    office.phone.next_response(404)
    assert office.empty


def test_a_refresh_from_elsewhere_proves_who_it_is(office: Office):
    """Or whoever has read a dialog's tags would have its NOTIFYs sent to them, or to a third."""
    tag = office.subscribe().to_tag
    office.told()
    office.gate.decision = Challenge(('Digest realm="x"',), proxy=False)
    office.subscribe(to_tag=tag)
    office.told()
    office.ask(to_tag=tag, flow=ELSEWHERE)
    office.phone.next_response(401)
    office.gate.decision = Admit(identity="666@bakery.example")
    office.ask(to_tag=tag, flow=ELSEWHERE)
    office.phone.next_response(403)
    assert office.phone.drops() == [DropReason.NOT_ALLOWED]
    assert office.watched.subscriptions[0].flow == TO_ALICE
    office.gate.decision = Admit(identity=ME)
    office.ask(to_tag=tag, flow=ELSEWHERE)
    office.phone.next_response(200)
    assert office.watched.subscriptions[0].flow == ELSEWHERE


def test_a_contact_does_not_lead_notifys_elsewhere(office: Office):
    office.phone.send(
        office.phone.request(
            "SUBSCRIBE", headers=[("Event", "dialog"), ("Contact", "<sip:victim@198.51.100.1>"), ("Expires", 600)]
        )
    )
    (action,) = [each for each in office.core.take_actions(0.0) if each.data.startswith(b"NOTIFY")] or [None]
    sent = office.phone.sent() if action is None else []
    assert action is None
    assert [str(each.uri) for each in sent if isinstance(each, Request)] == ["sip:victim@198.51.100.1"]
    assert office.watched.subscriptions[0].flow == TO_ALICE, "it goes where the SUBSCRIBE came from"


# --- what is refused --------------------------------------------------------------------------------------------------


def test_an_unknown_event_is_489_with_what_there_is(office: Office):
    office.ask(event="reg")
    assert office.phone.next_response(489).header("Allow-Events") == "dialog, presence"
    assert office.phone.drops() == [DropReason.UNKNOWN_EVENT]


def test_nothing_to_watch_is_489():
    core = new_core()
    phone = ScriptedPeer(core)
    phone.send(phone.request("SUBSCRIBE", headers=[("Event", "dialog"), ("Contact", "<sip:a@192.0.2.1>")]))
    phone.next_response(489)


@pytest.mark.parametrize("expires", [1, LIMITS.minimum - 1])
def test_too_brief_is_423_with_the_least(office: Office, expires: int):
    office.ask(expires)
    assert office.phone.next_response(423).header("Min-Expires") == str(LIMITS.minimum)
    assert office.phone.drops() == [DropReason.INTERVAL_TOO_BRIEF]
    tag = office.subscribe().to_tag
    office.told()
    office.ask(expires, to_tag=tag)
    office.phone.next_response(423)


@pytest.mark.parametrize(("asked", "granted"), [(99999, LIMITS.maximum), (None, LIMITS.default)])
def test_how_long_it_lasts(office: Office, asked: int | None, granted: int):
    assert office.subscribe(asked).header("Expires") == str(granted)


def test_documents_that_a_phone_does_not_read_are_406(office: Office):
    office.ask(accept="application/xpidf+xml")
    assert office.phone.next_response(406).header("Accept") == "application/dialog-info+xml"
    assert office.phone.drops() == [DropReason.UNSUPPORTED_BODY]
    office.subscribe(accept="text/x, application/*;q=0.5")


@pytest.mark.parametrize("missing", ["Event", "Contact"])
def test_without_event_or_contact_there_is_no_subscription(office: Office, missing: str):
    lines = [("Event", "dialog"), ("Contact", "<sip:101@192.0.2.1>")]
    office.phone.send(office.phone.request("SUBSCRIBE", headers=[line for line in lines if line[0] != missing]))
    office.phone.next_response(400)
    assert office.phone.drops() == [DropReason.MISSING_HEADER]
    assert office.empty


def test_another_event_within_the_dialog_is_no_refresh(office: Office):
    tag = office.subscribe().to_tag
    office.told()
    office.ask(to_tag=tag, event="presence")
    office.phone.next_response(489)
    assert office.phone.drops() == [DropReason.UNKNOWN_EVENT]


def test_an_overtaken_refresh_is_refused(office: Office):
    tag = office.subscribe().to_tag
    office.told()
    late = office.phone.request("SUBSCRIBE", to_tag=tag, cseq=0, headers=[("Event", "dialog"), ("Expires", 600)])
    office.phone.send(late)
    office.phone.next_response(500)
    assert office.phone.drops() == [DropReason.OUT_OF_ORDER]


def test_publish_is_refused_with_what_is_allowed(office: Office):
    office.phone.send(office.phone.request("PUBLISH", headers=[("Event", "presence")]))
    assert "PUBLISH" not in (office.phone.next_response(405).header("Allow") or "PUBLISH")


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_the_oldest_of_a_person_makes_room(office: Office):
    office.table.limits = SubscriptionLimits(per_person=3)
    for number in range(5):
        office.phone.call_id = f"key-{number}"
        office.ask()
        if number >= 3:
            assert stands(office.told()) == "terminated;reason=rejected"
        office.phone.next_response(200)
        office.told()
    alive = [one for one in office.watched.subscriptions if not one.over]
    assert [one.dialog.call_id for one in alive] == ["key-2", "key-3", "key-4"]


def test_who_does_not_answer_when_room_is_made_gets_no_more(office: Office):
    office.table.limits = SubscriptionLimits(per_person=2)
    for number in range(4):
        office.phone.call_id = f"key-{number}"
        office.ask()
    office.phone.sent()
    office.phone.call_id = "key-4"
    office.ask()
    office.phone.next_response(503)
    assert office.phone.drops() == [DropReason.TOO_MANY_SUBSCRIPTIONS]
    assert len(office.table) == 4


@pytest.mark.parametrize("limits", [SubscriptionLimits(in_all=2), SubscriptionLimits(per_source=2)])
def test_beyond_the_bounds_of_a_source_and_of_all_it_is_503(office: Office, limits: SubscriptionLimits):
    office.table.limits = limits
    for number in range(2):
        office.phone.call_id = f"key-{number}"
        office.subscribe()
        office.told()
    office.phone.call_id = "key-2"
    office.ask()
    assert office.phone.next_response(503).header("Retry-After") == str(RETRY_AFTER)
    assert office.phone.drops() == [DropReason.TOO_MANY_SUBSCRIPTIONS]
    assert Limits().maximum > LIMITS.maximum


# --- restarts ---------------------------------------------------------------------------------------------------------


def test_a_restart_goes_on_where_it_was(office: Office):
    tag = office.subscribe().to_tag
    before = [office.told().cseq.number]
    office.change("ringing")
    before.append(office.told().cseq.number)
    again = Office(store=office.store)
    again.watched.word = "talking"
    again.phone.tag, again.phone.call_id, again.phone.cseq = office.phone.tag, office.phone.call_id, office.phone.cseq
    again.phone.now = 100.0
    again.table.restore(100.0)
    again.phone.wait(0.1)
    notify = again.told()
    assert (notify.body, notify.from_tag, notify.to_tag) == (b"talking", tag, "peer")
    assert notify.cseq.number > max(before)
    assert stands(notify) == f"active;expires={500 + int(GRACE)}"
    third = Office(store=again.store)
    third.table.restore(100.0)
    third.phone.now = 100.0
    third.phone.wait(0.1)
    assert third.told().cseq.number >= notify.cseq.number - 1 + RESTART_STEP
    assert again.subscribe(to_tag=tag).status == 200


def test_what_has_expired_meanwhile_is_not_taken_up(office: Office):
    office.subscribe()
    office.told()
    again = Office(store=office.store)
    again.table.restore(10_000.0)
    assert again.empty


def test_lamps_are_told_anew_in_turn(office: Office):
    for number in range(5):
        office.phone.call_id = f"key-{number}"
        office.subscribe()
        office.told()
    again = Office(store=office.store)
    again.table.restore(0.0)
    again.core.handle_timer(1.5 / RESTORED_A_SECOND)
    again.phone.drain()
    assert len(again.phone.sent()) == 2
