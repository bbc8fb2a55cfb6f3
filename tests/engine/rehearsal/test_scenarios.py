"""Files of scenarios: read like dialplans, and judged sentence by sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import dialplan_files, load_account, load_accounts
from engine.rehearsal.judge import judge
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.scenarios import Suite, load_suite
from engine.rehearsal.setting import situation_of
from engine.rehearsal.timeline import lines
from tests.engine.rehearsal.conftest import BAKERY, ROOT

GIVEN = "given: {time: 2026-12-24 10:00}\n"


def read(tmp_path: Path, bakery: Account, text: str) -> Suite:
    path = tmp_path / "bakery.tests.yaml"
    path.write_text(text)
    return load_suite(path, bakery)


def mistakes(tmp_path: Path, bakery: Account, text: str) -> list[str]:
    with pytest.raises(DialplanErrors) as errors:
        read(tmp_path, bakery, text)
    return [str(finding).partition("bakery.tests.yaml:")[2] for finding in errors.value.findings]


def test_every_scenario_of_the_example_comes_out(bakery: Account, suite: Suite) -> None:
    assert len(suite.scenarios) >= 20
    with Rehearser([bakery]) as rehearser:
        for name, scenario in suite.scenarios.items():
            assert judge(scenario.then, rehearser.rehearse(situation_of(suite, scenario))) == [], name


def test_a_file_of_scenarios_is_no_dialplan(tmp_path: Path) -> None:
    for name in ("bakery.yaml", "bakery.tests.yaml", "clinic.tests.yml", "tests.yaml"):
        (tmp_path / name).write_text("")
    assert [path.name for path in dialplan_files(tmp_path)] == ["bakery.yaml", "tests.yaml"]
    assert dialplan_files(tmp_path / "bakery.tests.yaml") == []
    accounts = load_accounts(ROOT / "dialplans", sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    assert "bakery" in [account.key for account in accounts]


QUEUE = """
queues:
  support: {agents: [orders, front-desk], strategy: in_order, each: 3s, announce: {}, keys: {1: {voicemail: orders}}}
features: {"*77": support}
"""
IN_THE_QUEUE = """
given: {time: 2026-12-24 10:00, caller: front-desk, calls: "*77", queues: {support: "1 waiting, served every 9s"}}
scenarios:
  Behind somebody else:
    given: {phones: {orders: answers after 1s}}
    then: {hears: [queue-position, queue-wait-minute], rings: [orders], answered_by: orders}
  The phone is silent:
    given: {phones: {orders: is silent}, queues: {support: 0 waiting}}
    when: {hangs_up: after 25s}
    then: {rings: [orders], ends: abandoned}
  By key:
    given: {queues: {support: 2 waiting}}
    when: {keys: 1 at 5s}
    then: {voicemail_for: orders, does_not_ring: everybody}
"""


def test_queues_are_as_the_scenario_says(tmp_path: Path) -> None:
    shutil.copytree(BAKERY.with_name("sounds"), tmp_path / "sounds")
    dialplan = tmp_path / "bakery.yaml"
    dialplan.write_text(BAKERY.read_text() + QUEUE)
    bakery = load_account(dialplan, sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    suite = read(tmp_path, bakery, IN_THE_QUEUE)
    with Rehearser([bakery]) as rehearser:
        for name, scenario in suite.scenarios.items():
            assert judge(scenario.then, rehearser.rehearse(situation_of(suite, scenario))) == [], name
    wrong = "scenarios: {a: {given: {queues: {suport: 1 waiting, support: some}}, then: {ends: talked}}}"
    assert mistakes(tmp_path, bakery, f"given: {{time: 2026-12-24 10:00}}\n{wrong}\n") == [
        "2:42: no queue is called 'suport' (did you mean 'support'?)",
        "2:62: 'some' does not say who waits (expected such as 2 waiting, served every 30s)",
    ]


def test_a_greeting_recorded_by_phone_goes_by_its_menu(tmp_path: Path) -> None:
    shutil.copytree(BAKERY.with_name("sounds"), tmp_path / "sounds")
    dialplan = tmp_path / "bakery.yaml"
    dialplan.write_text(BAKERY.read_text() + 'features: {"*77": {record_prompt: welcome}}\n')
    bakery = load_account(dialplan, sounds_cache=tmp_path, prompts_dir=ROOT / "prompts")
    text = (
        GIVEN
        + """
scenarios:
  Somebody has recorded it:
    given: {recorded: [welcome]}
    then: {hears: recorded greeting of welcome, does_not_hear: welcome.wav}
  Nobody has: {then: {hears: welcome.wav, does_not_hear: recorded greeting of welcome}}
  Somebody does so:
    given: {caller: front-desk, calls: "*77"}
    when: {keys: ["# at 1s", "# at 15s", "1 at 20s"], hangs_up: 60s}
    then: {hears: [record-how.wav, the beep, record-choices.wav, record-kept.wav], ends: served}
"""
    )
    suite = read(tmp_path, bakery, text)
    with Rehearser([bakery]) as rehearser:
        for name, scenario in suite.scenarios.items():
            assert judge(scenario.then, rehearser.rehearse(situation_of(suite, scenario))) == [], name
    wrong = GIVEN + "scenarios: {One: {given: {recorded: [welcom]}, then: {ends: served}}}\n"
    assert "no menu is called 'welcom' (did you mean 'welcome'?)" in mistakes(tmp_path, bakery, wrong)[0]


# --- mistakes ---------------------------------------------------------------------------------------------------------

WRONG = [
    (
        "{time: 2026-12-24 10:00, calller: 101}",
        "{ends: talked}",
        "'calller' means nothing here (did you mean 'caller'?)",
    ),
    ("{time: noon}", "{ends: talked}", "'noon' is no time (write it as 2026-12-24 16:30)"),
    ("{phones: {ordrs: busy}}", "{ends: talked}", "no person is called 'ordrs' (did you mean 'orders'?)"),
    ("{phones: {orders: bussy}}", "{ends: talked}", "'bussy' is nothing a phone does (did you mean 'busy'?)"),
    ("{registered: [101, 103]}", "{ends: talked}", "no person is called '103'"),
    ("{switches: {open: perhaps}}", "{ends: talked}", "'perhaps' will not do here (a switch is on or off)"),
    ("{}", "{hears: welcom.wav}", "nobody ever hears 'welcom.wav' in this dialplan (did you mean 'welcome.wav'?)"),
    ("{}", "{ends: talkd}", "'talkd' is no end of a call (did you mean 'talked'?)"),
    ("{}", "{ends: {how: talked, by: me}}", "'by' cannot be 'me'"),
    ("{}", "{answered_by: order}", "no person is called 'order' (did you mean 'orders'?)"),
    ("{}", "{rings: {orders: long}}", "'long' is no length of time"),
    ("{}", "{within: 30h}", "'30h' is no length of time"),
    ("{}", "{rigs: orders}", "'rigs' means nothing here (did you mean 'rings'?)"),
    ("{}", "{}", "'One call' checks nothing"),
]


@pytest.mark.parametrize(("given", "then", "message"), WRONG)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, bakery: Account, given: str, then: str, message: str) -> None:
    text = f"{GIVEN}scenarios:\n  One call:\n    given: {given}\n    then: {then}\n"
    (told,) = mistakes(tmp_path, bakery, text)
    place, _, said = told.partition(": ")
    assert said.startswith(message)
    line, column = map(int, place.split(":"))
    shown = text.splitlines()[line - 1][column - 1 :]
    assert line in (3, 4, 5)
    assert shown[:1].strip() != ""


def test_all_mistakes_are_told_at_once(tmp_path: Path, bakery: Account) -> None:
    text = "scenarios:\n  A: {when: {keys: 1x}, then: {ends: no}}\n  B: {}\n"
    assert [told.split(": ")[0] for told in mistakes(tmp_path, bakery, text)] == ["2:20", "2:38", "3:6"]


def test_a_scenario_without_a_time_is_a_mistake(tmp_path: Path, bakery: Account) -> None:
    (told,) = mistakes(tmp_path, bakery, "scenarios:\n  A: {then: {ends: talked}}\n")
    assert told.startswith("2:6: 'A' does not say when the call comes")


@pytest.mark.parametrize("text", ["", "- a\n", "\t", "scenarios: {A: {then: {ends: talked}}}\nscenarios: {}\n"])
def test_what_is_no_file_of_scenarios_says_so(tmp_path: Path, bakery: Account, text: str) -> None:
    assert mistakes(tmp_path, bakery, text)


# --- judging ----------------------------------------------------------------------------------------------------------

TO_ORDERS = "given: {phones: {orders: answers after 4s and talks 6s}}, when: {keys: 1 at 3s}"
MESSAGE = "given: {phones: {orders: busy}}, when: {keys: 1 at 2s, speaks: 3s}"
LEAVES = "when: {hangs_up: after 5s}"

JUDGED = [
    (TO_ORDERS, "hears: [welcome, the ringing tone]", None),
    (TO_ORDERS, "hears: [the ringing tone, welcome]", "the caller does not hear 'welcome' after 'the ringing tone'"),
    (TO_ORDERS, "hears: goodbye.wav", "the caller does not hear 'goodbye.wav'; what they hear is welcome.wav, the"),
    (TO_ORDERS, "does_not_hear: goodbye.wav", None),
    (TO_ORDERS, "does_not_hear: welcome.wav", "the caller hears welcome.wav, 0.0 s after the call came in"),
    (TO_ORDERS, "rings: orders", None),
    (TO_ORDERS, "rings: {102: 4s}", None),
    (TO_ORDERS, "rings: {orders: 20s}", "orders rings for 4.0 s, not 20 s"),
    (TO_ORDERS, "rings: [orders, front-desk]", "front-desk does not ring; who rings is orders"),
    (TO_ORDERS, "rings: nobody", "somebody rings: orders"),
    (LEAVES, "rings: nobody", None),
    (TO_ORDERS, "does_not_ring: front-desk", None),
    (TO_ORDERS, "does_not_ring: everybody", "orders rings"),
    (TO_ORDERS, "answered_by: orders", None),
    (TO_ORDERS, "answered_by: front-desk", "the call is answered by orders, not front-desk"),
    (TO_ORDERS, "answered_by: nobody", "the call is answered by orders"),
    (LEAVES, "answered_by: orders", "the call is answered by nobody, not orders"),
    (MESSAGE, "voicemail_for: orders", None),
    (MESSAGE, "voicemail_for: front-desk", "there is a message for orders, not for front-desk"),
    (MESSAGE, "voicemail_for: nobody", "there is a message for orders"),
    (TO_ORDERS, "ends: talked", None),
    (TO_ORDERS, "ends: served", "the call ends as talked, not served"),
    (TO_ORDERS, "ends: {by: caller}", "the call is ended by the callee, not by the caller"),
    (TO_ORDERS, "ends: {reason: bored}", "the call ends for the reason 'hung up', not 'bored'"),
    (TO_ORDERS, "ends: {status: 486}", "the caller's network is told no status, not 486"),
    (LEAVES, "within: 5s", None),
    (LEAVES, "within: 4s", "the call takes 5.0 s, more than 4 s"),
    (TO_ORDERS, "path: [open, orders]", None),
    (TO_ORDERS, "path: menu:welcome", None),
    (
        TO_ORDERS,
        "path: [orders, welcome]",
        "the call does not come to 'welcome' there; it goes hours:open > menu:welcome",
    ),
]


@pytest.mark.parametrize(("call", "then", "complaint"), JUDGED)
def test_each_expectation_is_met_or_not(
    tmp_path: Path, bakery: Account, call: str, then: str, complaint: str | None
) -> None:
    suite = read(tmp_path, bakery, f"{GIVEN}scenarios:\n  A: {{{call}, then: {{{then}}}}}\n")
    scenario = suite.scenarios["A"]
    with Rehearser([bakery]) as rehearser:
        unmet = judge(scenario.then, rehearser.rehearse(situation_of(suite, scenario)))
    if complaint is None:
        assert unmet == []
    else:
        (one,) = unmet
        assert one.what.startswith(complaint)
        assert one.at.line == 3


def test_what_a_scenario_says_goes_before_what_the_file_says(tmp_path: Path, bakery: Account) -> None:
    text = """\
given: {time: 2026-12-24 10:00, caller: orders, phones: {orders: busy, front-desk: answers}}
scenarios:
  As the file says: {then: {ends: talked}}
  Otherwise: {given: {caller: 06 1234 5678, calls: 102, phones: {front-desk: busy}}, then: {ends: talked}}
"""
    suite = read(tmp_path, bakery, text)
    plain, other = (situation_of(suite, scenario) for scenario in suite.scenarios.values())
    assert (plain.caller, plain.home, plain.called) == ("102", "bakery", "+31201234567")
    assert (other.caller, other.home, other.called) == ("+31612345678", None, "102")
    assert other.begins_at == plain.begins_at
    assert (plain.phones["101"].busy, other.phones["101"].busy, other.phones["102"].busy) == (False, True, True)


def test_spoken_texts_are_heard_by_their_words(tmp_path: Path) -> None:
    text = (ROOT / "dialplans" / "bakery.yaml").read_text()
    plan = tmp_path / "bakery.yaml"
    plan.write_text(text.replace("{play: welcome.wav}", '{say: "Welcome to The Bakery. Fresh bread all day."}')
                    .replace("play: opening-hours.wav", 'say: "We open at eight."'))  # fmt: skip
    account = load_account(plan, sounds_cache=tmp_path / "cache", prompts_dir=ROOT / "prompts")
    text = f"{GIVEN}scenarios:\n  A: {{when: {{hangs_up: 5s}}, then: {{hears: fresh bread}}}}\n"
    suite = read(tmp_path, account, text)
    with Rehearser([account]) as rehearser:
        scenario = suite.scenarios["A"]
        went = rehearser.rehearse(situation_of(suite, scenario))
        told = [line.plain for line in lines(went)]
    assert judge(scenario.then, went) == []
    assert any('hears    "Welcome to The Bakery. Fresh bread all day." (' in line for line in told)
    assert mistakes(tmp_path, account, text.replace("fresh bread", "stale bread"))
