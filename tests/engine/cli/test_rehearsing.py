"""The commands that rehearse, as one types them: what they print, and their exit status."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.settings_file import load_settings
from engine.store.records import CallRecord
from engine.store.store import Store
from tests.engine.cli.conftest import Belplan

ROOT = Path(__file__).resolve().parents[3]
AT = ("--at", "2026-12-24 10:00")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example account, which the commands find by themselves."""
    shutil.copytree(ROOT / "dialplans", tmp_path / "dialplans")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "belplan.yaml").write_text(f"state: state\nprompts: {ROOT / 'prompts'}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- simulate ---------------------------------------------------------------------------------------------------------


def test_a_call_is_told_as_a_timeline(belplan: Belplan) -> None:
    status, out, _ = belplan("simulate", *AT, "--keys", "1@3s", "--declines", "orders=2", "--speaks", "4")
    assert status == 0
    assert "Thursday 24 December 2026, 10:00" in out
    assert "hears    welcome.wav (3.0 of 14.0 s)" in out
    assert "orders (102) declines after 2.0 s" in out
    assert "a message of 10.0 s for orders" in out


def test_a_call_is_told_for_programs(belplan: Belplan) -> None:
    status, out, _ = belplan(
        "simulate", "dialplans/bakery.yaml", *AT, "--to", "102", "--from", "101", "--format", "json"
    )
    told = json.loads(out)
    assert (status, told["caller"], told["path"][0]) == (0, "101", "ring:orders")
    assert told["ended"]["verdict"] == "unanswered"


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        (("--registered", "101", "--keys", "1", "--hang-up", "5"), "orders (102) has no phone registered"),
        (("--busy", "102", "--keys", "1", "--hang-up", "5"), "orders (102) is busy"),
        (("--answers", "102=2,101", "--talks", "9", "--keys", "1"), "talked with orders for 9.0 s"),
        (("--no-answer", "102", "--keys", "1", "--hang-up", "50"), "orders (102) does not answer after 20.0 s"),
        (("--from", "+31 6 1111 2222", "--hang-up", "1"), "+31611112222 calls +31201234567"),
        (("--to", "999"), "refused; no such number"),
        (("--to", "orders", "--from", "front-desk"), "rings    orders (102)"),
    ],
)
def test_what_is_given_counts(belplan: Belplan, words: tuple[str, ...], heard: str) -> None:
    status, out, _ = belplan("simulate", *AT, *words)
    assert status == 0
    assert heard in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--keys", "1x"), "'x' are no keys"),
        (("--at", "tomorrow"), "'tomorrow' is no time"),
        (("--busy", "ordrs"), "nobody in bakery is called 'ordrs' (did you mean 'orders'?)"),
        (("--answers", "102=soon"), "'soon' is no length of time"),
        (("--answers", "102", "--busy", "102"), "102 cannot both answer and not"),
        (("nowhere.yaml",), "nowhere.yaml: there is no such file or folder"),
        (("dialplans/bakery.tests.yaml",), "'given' means nothing here"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(belplan: Belplan, words: tuple[str, ...], said: str) -> None:
    status, out, err = belplan("simulate", *words)
    assert (status, out) == (1, "")
    assert said in err


def test_with_several_accounts_one_says_which(belplan: Belplan, home: Path) -> None:
    clinic = (home / "dialplans" / "bakery.yaml").read_text().replace("123 456", "999 456")
    (home / "dialplans" / "clinic.yaml").write_text(clinic)
    status, _, err = belplan("simulate")
    assert status == 1
    assert "there are several accounts (bakery, clinic)" in err
    for words in (("dialplans/clinic.yaml",), ("--to", "020 999 4567")):
        status, out, _ = belplan("simulate", *words, *AT, "--hang-up", "2")
        assert (status, "hears    welcome.wav (2.0 of 14.0 s)" in out) == (0, True)


# --- test -------------------------------------------------------------------------------------------------------------


def test_scenarios_that_come_out_are_ticked(belplan: Belplan) -> None:
    status, out, _ = belplan("test")
    assert status == 0
    assert "✓ Key 0 brings the caller to the front desk" in out
    assert "all passed" in out.splitlines()[-1]
    assert belplan("test", "dialplans/bakery.tests.yaml")[0] == 0


def test_scenarios_are_chosen_by_their_name(belplan: Belplan) -> None:
    status, out, _ = belplan("test", "-k", "EXTENSION")
    assert (status, out.count("✓")) == (0, 2)
    status, _, err = belplan("test", "-k", "nonsense")
    assert (status, "no scenario has 'nonsense' in its name" in err) == (1, True)


def test_a_scenario_that_fails_shows_what_happened(belplan: Belplan, home: Path) -> None:
    plan = home / "dialplans" / "bakery.yaml"
    plan.write_text(plan.read_text().replace("1: {ring: orders,", "1: {ring: front-desk,"))
    status, out, _ = belplan("test", "--junit", "report.xml")
    assert status == 1
    assert "✗ Key 1 brings the caller to orders" in out
    scenarios = (home / "dialplans" / "bakery.tests.yaml").read_text().splitlines()
    line = 1 + scenarios.index("      answered_by: orders")
    assert f"bakery.tests.yaml:{line}:20: the call is answered by nobody, not orders" in out
    assert "0:05.0  rings    front-desk (101)" in out
    assert "failed" in out.splitlines()[-1]
    (suite,) = ElementTree.parse(home / "report.xml").getroot()
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert (int(suite.get("tests", "")), int(suite.get("failures", ""))) == (len(cases), len(failed))
    assert 0 < len(failed) < len(cases)
    assert all("ends" in (case.findtext("failure") or "") for case in failed)


def test_mistakes_in_scenarios_are_told_with_their_place(belplan: Belplan, home: Path) -> None:
    (home / "dialplans" / "bakery.tests.yaml").write_text("scenarios:\n  A: {then: {rigns: orders}}\n")
    status, out, err = belplan("test")
    assert (status, out) == (1, "")
    assert "bakery.tests.yaml:2:14: 'rigns' means nothing here (did you mean 'rings'?)" in err
    assert belplan("check")[0] == 0


def test_without_scenarios_that_is_said(belplan: Belplan, home: Path) -> None:
    (home / "dialplans" / "bakery.tests.yaml").unlink()
    status, _, err = belplan("test")
    assert (status, "there are no scenarios" in err) == (1, True)


def test_scenarios_of_no_dialplan_are_not_left_out_in_silence(belplan: Belplan, home: Path) -> None:
    shutil.copy(home / "dialplans" / "bakery.tests.yaml", home / "dialplans" / "bakry.tests.yaml")
    status, out, err = belplan("test")
    assert (status, out) == (1, "")
    assert "bakry.tests.yaml: there is no dialplan bakry.yaml beside it" in err


def test_scenarios_are_nothing_to_check(belplan: Belplan) -> None:
    status, _, err = belplan("check", "dialplans/bakery.tests.yaml")
    assert (status, "holds scenarios and no dialplan" in err) == (1, True)


# --- replay -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def yesterday(home: Path) -> float:
    """Two calls of yesterday and one of last month, all to the front desk's own number."""
    now = time.time()
    with Store(load_settings()) as store:
        for number, ago in enumerate((86400.0, 80000.0, 40 * 86400.0)):
            record = CallRecord(
                id=f"call-{number}",
                account="bakery",
                caller="+31612345678",
                called="+31201234568",
                started_at=now - ago,
                path=("ring:front-desk",),
                answered_by="front-desk",
                seconds=15.0,
                talked=10.0,
                verdict="talked",
                ended_by="caller",
                reason="hung up",
                rings=(("front-desk", "answered", 5.0),),
            )
            store.records.put(record)
    return now


def test_calls_that_would_go_elsewhere_are_told(belplan: Belplan, home: Path, yesterday: float) -> None:
    assert belplan("replay", "dialplans/bakery.yaml") == (0, "", "2 calls: 2 would go the same way, 0 elsewhere\n")
    changed = home / "dialplans" / "bakery.yaml"
    text = changed.read_text().replace("orders@bakery.example", 'orders@bakery.example, number: "+31 20 123 4568"')
    changed.write_text(text.replace('desk@bakery.example, number: "+31 20 123 4568"', "desk@bakery.example"))
    status, out, err = belplan("replay", "dialplans/bakery.yaml", "--since", "90d")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (status, err) == (0, "3 calls: 0 would go the same way, 3 elsewhere\n")
    assert rows[0] == ["when", "from", "to", "keys", "", "path", "answered by", "ended"]
    assert [row[4:] for row in rows[1:3]] == [
        ["before", "front-desk", "front-desk", "talked"],
        ["after", "orders > no answer", "", "unanswered"],
    ]
    told = json.loads(belplan("replay", "dialplans/bakery.yaml", "--format", "json")[1])
    assert (told["same"], len(told["elsewhere"])) == (0, 2)
    assert told["elsewhere"][0]["after"]["answered_by"] is None


def test_a_file_named_otherwise_names_the_account(belplan: Belplan, home: Path, yesterday: float) -> None:
    shutil.copy(home / "dialplans" / "bakery.yaml", home / "dialplans" / "next.yaml")
    assert "there are no calls of next" in belplan("replay", "dialplans/next.yaml")[2]
    assert "2 calls: 2 would go the same way" in belplan("replay", "dialplans/next.yaml", "--account", "bakery")[2]


def test_what_cannot_be_replayed_is_an_error(belplan: Belplan) -> None:
    assert belplan("replay", "nowhere.yaml")[0] == 1
    assert belplan("replay", "dialplans/bakery.yaml", "--since", "yesterday")[0] == 2


def test_several_folders_are_run_together(belplan: Belplan) -> None:
    status, out, _ = belplan("test", "dialplans", "dialplans/examples")
    assert status == 0, out
    ran = [line for line in out.splitlines() if line.endswith(".tests.yaml")]
    assert [Path(line).stem for line in ran] == [
        f"{name}.tests" for name in ("bakery", "clinic", "company", "photographer")
    ]
