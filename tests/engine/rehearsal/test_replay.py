"""Calls of the past: by the same dialplan they go where they went, by another one where that leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.call.script import OtherCall, Phone
from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.events import CallOffered
from engine.records import CallRecorder
from engine.rehearsal.rehearse import Rehearsal, Rehearser
from engine.rehearsal.replay import Replayed, can_be_replayed, elsewhere, replay
from engine.rehearsal.scenarios import Suite
from engine.rehearsal.setting import situation_of
from engine.rehearsal.situation import InTurn, Situation
from engine.store.records import CallRecord
from tests.engine.rehearsal.conftest import BAKERY, ROOT

Changed = Callable[[str, str], Account]


class Kept:
    """Keeps the last state of each record."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}

    def put(self, item: CallRecord, /) -> None:
        self.records[item.id] = item


def recorded(*rehearsals: Rehearsal) -> list[CallRecord]:
    """The records that the engine would have kept of these calls."""
    kept = Kept()
    listener = CallRecorder(kept)
    for rehearsal in rehearsals:
        for event in rehearsal.events:
            listener(event)
    return list(kept.records.values())


def called(bakery: Account, situation: Situation, phones: InTurn | None = None) -> list[CallRecord]:
    with Rehearser([bakery]) as rehearser:
        return recorded(rehearser.rehearse(situation, phones))


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The example account with a piece of its file replaced."""

    def load(before: str, after: str) -> Account:
        text = BAKERY.read_text()
        assert before in text
        (tmp_path / "sounds").symlink_to(BAKERY.parent / "sounds")
        (tmp_path / "bakery.yaml").write_text(text.replace(before, after))
        return load_account(tmp_path / "bakery.yaml", sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")

    return load


@pytest.fixture
def week(bakery: Account, suite: Suite) -> list[CallRecord]:
    """Every call of the example's scenarios, as if it had happened."""
    with Rehearser([bakery]) as rehearser:
        return recorded(*(rehearser.rehearse(situation_of(suite, each)) for each in suite.scenarios.values()))


def test_by_the_same_dialplan_every_call_goes_where_it_went(bakery: Account, week: list[CallRecord]) -> None:
    replayed = replay(week, bakery)
    assert len(replayed) == sum(map(can_be_replayed, week)) >= 20
    assert elsewhere(replayed) == []


def test_what_people_have_set_is_taken_as_it_stands_now(bakery: Account, week: list[CallRecord]) -> None:
    closed = replay(week, bakery, {"switch/open": "off"})
    inside = {record.id for record in week if record.path[:2] == ("hours:open", "menu:welcome")}
    assert {each.record.id for each in elsewhere(closed)} == inside


def test_a_call_with_a_pin_is_no_call_to_replay(week: list[CallRecord]) -> None:
    asked = msgspec.structs.replace(week[0], path=("conference:board",), keys=((1.0, "?"),))
    assert not can_be_replayed(asked)
    assert can_be_replayed(msgspec.structs.replace(asked, path=week[0].path)), "a key that nothing asked for"


def test_a_changed_key_leads_those_elsewhere_who_pressed_it(changed: Changed, week: list[CallRecord]) -> None:
    moved = elsewhere(replay(week, changed("1: {ring: orders, for: 20s,", "1: {ring: front-desk, for: 20s,")))
    assert {each.record.id for each in moved} == {
        record.id for record in week if "ring:orders" in record.path and record.keys and record.keys[0][1] == "1"
        if len(record.keys) == 1 or record.keys[1][1] == "#"
    }  # fmt: skip
    assert all("ring:front-desk" in each.after.path for each in moved)


def test_other_hours_lead_those_elsewhere_who_called_then(changed: Changed, week: list[CallRecord]) -> None:
    moved = elsewhere(replay(week, changed('to: "17:30"', 'to: "17:29"')))
    (only,) = moved
    assert (only.before.path, only.after.path) == (
        ("hours:open", "menu:welcome"),
        ("hours:open", "voicemail:front-desk"),
    )


def test_busy_and_not_answering_are_told_apart(bakery: Account, suite: Suite, changed: Changed) -> None:
    plan = changed("for: 20s, else:", "for: 20s, busy: hang_up, else:")
    names = ["Orders are on the phone, so the caller leaves a message at once", "Nobody at orders picks up"]
    with Rehearser([bakery]) as rehearser:
        for name in suite.scenarios:
            if name.startswith(tuple(names)):
                records = recorded(rehearser.rehearse(situation_of(suite, suite.scenarios[name])))
                assert len(elsewhere(replay(records, plan))) == (1 if name == names[0] else 0), name


def test_people_react_each_time_as_they_did_that_time(bakery: Account) -> None:
    begins_at = 1798102800.0  # 2026-12-24 10:00 in Amsterdam
    phones = InTurn({"101": [Phone(declines_after=1), Phone(answers_after=2, talks=3)]})
    records = called(
        bakery, Situation(begins_at, "+31612345678", "+31201234567", keys=((1.0, "0"), (8.0, "0"))), phones
    )
    (each,) = replay(records, bakery)
    assert each.same
    assert each.after.answered_by == "front-desk"
    assert records[0].rings == (("front-desk", "declined", 1.0), ("front-desk", "answered", 2.0))


def test_a_call_that_was_picked_up_is_picked_up_again(bakery: Account) -> None:
    begins_at = 1798102800.0  # 2026-12-24 10:00 in Amsterdam
    phones = {"101": Phone(), "102": Phone(picks_up_after=4, talks=6)}
    caller = Situation(begins_at, "+31612345678", "+31201234568", phones=phones)
    taker = Situation(begins_at, "102", "*8", bakery.domain, others=(OtherCall(("front-desk",), talks=6),))
    for situation in (caller, taker):
        (each,) = replay(called(bakery, situation), bakery)
        assert each.same
        assert each.after.verdict == "talked"


def test_a_number_given_up_leads_nowhere(bakery: Account, week: list[CallRecord], changed: Changed) -> None:
    plan = changed('others: ["+31 20 123 4568"]', "others: []")
    plan.numbers_at.pop("+31201234568")  # type: ignore[attr-defined]
    (each,) = elsewhere(replay([record for record in week if record.called.endswith("4568")], plan))
    assert (each.after.path, each.after.verdict) == ((), "refused")


def test_what_has_no_end_is_not_replayed(bakery: Account, week: list[CallRecord]) -> None:
    kept = Kept()
    CallRecorder(kept)(CallOffered("c", 1.0, "bakery", "+31612345678", "+31201234567"))
    assert replay(kept.records.values(), bakery) == []


def test_an_old_record_tells_who_answered_if_nothing_else(bakery: Account) -> None:
    record = CallRecord(
        id="old",
        account="bakery",
        caller="+31612345678",
        called="+31201234568",
        started_at=1798102800.0,
        path=("ring:front-desk",),
        answered_by="front-desk",
        seconds=20.0,
        talked=10.0,
        verdict="talked",
        ended_by="caller",
        reason="hung up",
    )
    (each,) = replay([record], bakery)
    assert isinstance(each, Replayed)
    assert each.same
