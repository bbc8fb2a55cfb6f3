"""Rehearsed calls: they lead where live ones are led, and their timeline tells what happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.call.script import Phone
from engine.dialplan.account import Account
from engine.events import Verdict
from engine.numbering import Numbering
from engine.rehearsal.given import outside_number, read_time
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.situation import InTurn, Situation
from engine.rehearsal.timeline import as_json, lines, moments, title
from engine.router import route_admitted
from media.commands import File
from sip.message.build import request
from sip.message.values import NameAddr, Uri

CALLED = ["+31201234567", "0201234567", "+31201234568", "101", "102", "999", "+31209999999", "welcome"]


@pytest.fixture
def situation(bakery: Account) -> Situation:
    begins_at = read_time("2026-12-24 10:00", bakery.info.timezone)
    return Situation(begins_at, outside_number("NL"), "+31201234567", phones={"101": Phone(), "102": Phone()})


@pytest.mark.parametrize("called", CALLED)
@pytest.mark.parametrize("inside", [False, True])
def test_a_rehearsed_call_leads_where_its_invite_would(
    bakery: Account, situation: Situation, called: str, inside: bool
) -> None:
    numbering = Numbering([bakery])
    rehearsed = replace(situation, called=called, **({"home": bakery.domain, "caller": "101"} if inside else {}))
    target = Uri.parse(f"sip:{called}@192.0.2.1;user=phone")
    shown = NameAddr("", rehearsed.shown().uri, (("tag", "1"),))
    invite = request("INVITE", target, from_=shown, to=NameAddr("", target), call_id="c", cseq=1)
    identity = f"101@{bakery.domain}" if inside else None
    assert rehearsed.route(numbering) == route_admitted(numbering, invite, identity)


def test_a_number_that_nobody_has_is_refused(bakery: Account, situation: Situation) -> None:
    with Rehearser([bakery]) as rehearser:
        went = rehearser.rehearse(replace(situation, called="999"))
    assert (went.ended.verdict, went.events, went.heard) == (Verdict.REFUSED, (), ())


def test_a_caller_hears_recordings_at_their_real_length(bakery: Account, situation: Situation) -> None:
    with Rehearser([bakery]) as rehearser:
        went = rehearser.rehearse(replace(situation, hangs_up_at=16))
    (welcome,) = went.heard
    assert isinstance(welcome.sound, File)
    assert (welcome.what, welcome.seconds) == ("welcome.wav", pytest.approx(14.0, abs=0.1))


def test_keys_pressed_before_anybody_has_answered_are_heard_by_nobody(bakery: Account, situation: Situation) -> None:
    direct = replace(situation, called="+31201234568", keys=((1.0, "1"),), hangs_up_at=5)
    with Rehearser([bakery]) as rehearser:
        went = rehearser.rehearse(direct)
    assert "presses" not in {moment.what for moment in moments(went)}


def test_who_is_busy_is_on_the_phone_already(bakery: Account, situation: Situation) -> None:
    office = replace(situation, phones={"101": Phone(busy=True), "102": Phone()}).office(bakery)
    assert (office.presence.busy("front-desk"), office.presence.busy("orders")) == (True, False)


def test_what_is_set_is_set_for_the_call_only(bakery: Account, situation: Situation) -> None:
    given = replace(situation, standing={"switch/night": "on"})
    office = given.office(bakery)
    assert office.standing.get("switch/night") == "on"
    office.standing.put("switch/night", None)
    assert given.office(bakery).standing.get("switch/night") == "on"


def test_phones_react_in_turn(bakery: Account, situation: Situation) -> None:
    keys = ((1.0, "0"), (8.0, "0"))
    phones = InTurn({"101": [Phone(declines_after=1), Phone(answers_after=2, talks=3)]})
    with Rehearser([bakery]) as rehearser:
        went = rehearser.rehearse(replace(situation, keys=keys), phones)
    assert went.ended.answered_by == "front-desk"
    assert went.path.count("ring:front-desk") == 2


def test_a_timeline_reads_from_the_call_to_its_end(bakery: Account, situation: Situation) -> None:
    phones = {"102": Phone(answers_after=5, talks=5)}
    with Rehearser([bakery]) as rehearser:
        went = rehearser.rehearse(replace(situation, keys=((3.0, "1"),), phones=phones))
        told = [line.plain for line in lines(went)]
        document = as_json(went)
    assert title(situation, bakery).startswith("Thursday 24 December 2026, 10:00: +316")
    assert [text.split(maxsplit=1) for text in told] == [
        ["0:00.0", "during the hours open"],
        ["0:00.0", "to menu welcome"],
        ["0:00.0", "answered the caller"],
        ["0:00.0", "hears    welcome.wav (3.0 of 14.0 s)"],
        ["0:03.0", "presses  1"],
        ["0:05.0", "chose 1"],
        ["0:05.0", "to ring orders"],
        ["0:05.0", "rings    orders (102)"],
        ["0:05.0", "hears    the ringing tone (5.0 s)"],
        ["0:10.0", "orders (102) answered after 5.0 s"],
        ["0:10.0", "caller and orders talk"],
        ["0:15.0", "caller and orders talked 5.0 s; the callee hung up"],
        ["0:15.0", "ends     talked with orders for 5.0 s; orders hung up"],
    ]
    assert document["ended"]["verdict"] == "talked"
    (rung,) = [entry for entry in document["timeline"] if entry["event"] == "ringing"]
    assert (rung["at"], rung["person"]) == (5.0, "orders")
