"""Scenarios with telephones outside, forwards and do not disturb (over the wire: test_rehearsal_live.py)."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from engine.call.script import Phone
from engine.dialplan.findings import Wrong
from engine.dialplan.load import load_account
from engine.records import CallRecorder
from engine.rehearsal.given import REACTS_TO_QUESTION, TALKS, read_phone
from engine.rehearsal.interactive import play
from engine.rehearsal.judge import judge
from engine.rehearsal.people import extension_of, phones_of, with_seconds
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.replay import replay
from engine.rehearsal.scenarios import Suite, load_suite
from engine.rehearsal.setting import situation_of
from engine.store.records import CallRecord
from tests.engine.rehearsal.conftest import ROOT

MOBILE = ROOT / "tests" / "dialplans" / "live" / "mobile.yaml"


@pytest.fixture(scope="module")
def mobile(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    account = load_account(MOBILE, sounds_cache=tmp_path_factory.mktemp("speech"), prompts_dir=ROOT / "prompts")
    return load_suite(MOBILE.with_name("mobile.tests.yaml"), account)


def test_every_scenario_comes_out(mobile: Suite) -> None:
    with Rehearser([mobile.account]) as rehearser:
        for name, scenario in mobile.scenarios.items():
            assert judge(scenario.then, rehearser.rehearse(situation_of(mobile, scenario))) == [], name


def test_what_does_not_come_out_is_told(mobile: Suite, tmp_path: Path) -> None:
    path = tmp_path / "mobile.tests.yaml"
    path.write_text(
        "given: {time: 2026-11-26 10:00}\n"
        "scenarios: {Wrong: {when: {keys: 2 at 1s}, then: {forwarded_to: els, rings: ['0201234567']}}}\n"
    )
    suite = load_suite(path, mobile.account)
    with Rehearser([mobile.account]) as rehearser:
        unmet = judge(suite.scenarios["Wrong"].then, rehearser.rehearse(situation_of(suite, suite.scenarios["Wrong"])))
    assert [one.what for one in unmet] == [
        "+31201234567 does not ring; who rings is joost, noor, +31687654321",
        "forwards send the call to noor, not to els",
    ]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("answers after 3s and accepts", Phone(3.0, talks=TALKS, presses=(REACTS_TO_QUESTION, "1"))),
        ("answers and refuses after 1s", Phone(3.0, talks=TALKS, presses=(1.0, "2"))),
        ("answers after 2s and accepts after 4s and talks 20s", Phone(2.0, talks=20.0, presses=(4.0, "1"))),
        ("cannot be reached", Phone(unreachable=True)),
    ],
)
def test_what_phones_outside_do(text: str, phone: Phone) -> None:
    assert read_phone(text) == phone


def test_what_no_phone_does_is_told() -> None:
    with pytest.raises(Wrong, match="is nothing a phone does"):
        read_phone("answers slowly")


def test_phones_outside_are_named_by_number_on_the_command_line(mobile: Suite) -> None:
    assert extension_of(mobile.account, "+31 6 87654321") == "+31687654321"
    phones = phones_of(mobile.account, answers=with_seconds(mobile.account, "+31 6 87654321=5,21"))
    assert phones["+31687654321"] == Phone(5.0, talks=TALKS, presses=(REACTS_TO_QUESTION, "1"))
    assert set(phones) == {"20", "21", "22", "+31687654321"}


def test_calls_of_the_past_go_the_same_way_again(mobile: Suite) -> None:
    records: list[CallRecord] = []

    class Keeps:
        def put(self, record: object) -> None:
            if isinstance(record, CallRecord):
                records.append(record)

    with Rehearser([mobile.account]) as rehearser:
        for scenario in mobile.scenarios.values():
            recorder = CallRecorder(Keeps())
            for event in rehearser.rehearse(situation_of(mobile, scenario)).events:
                recorder(event)
    done = [record for record in records if record.verdict is not None and "+316" in (record.answered_by or "")]
    assert len(done) == 5
    told = replay([record for record in done if "ring:joost" not in record.path], mobile.account)
    assert all(each.same for each in told), "what is set by phone stands in no record"


def test_somebody_who_plays_the_caller_says_what_a_phone_outside_does(
    mobile: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["1", "b", "answers after 2s and accepts", "", ""]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    situation = situation_of(mobile, next(iter(mobile.scenarios.values())))
    phones = {extension: Phone(talks=5) for extension in mobile.account.person_by_extension}
    out = io.StringIO()
    asked = replace(situation, keys=(), phones=phones)
    went = play([mobile.account], asked, mobile.account, Console(file=out, highlight=False, width=200))
    assert went.ended.answered_by == "+31687654321"
    assert "somebody outside (+31687654321) is rung" in out.getvalue()
    assert "asked to take the call" in out.getvalue()
