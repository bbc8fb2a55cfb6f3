"""The doubts that checking raises about a dialplan that loads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.big_dialplan import write_big_dialplan
from engine.dialplan.account import Account
from engine.dialplan.check import check, check_files
from engine.dialplan.checks.people import MAX_NAMED
from engine.dialplan.findings import Finding, Severity
from engine.dialplan.graph import reachable
from engine.dialplan.load import load_account
from engine.dialplan.nodes.menu import Menu

Load = Callable[..., Account]

HEAD = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 201, email: desk@bakery.example}, shop: {extension: 202, number: "020 123 4568"}}
"""
"""Four lines: what stands below begins in line 5."""
PATIENT = "no_input: {then: desk}"


def found(account: Account) -> list[Finding]:
    findings = check(account)
    for finding in findings:
        assert finding.severity is Severity.WARNING
        assert finding.effect
        assert finding.suggestion
    return findings


def doubts(load: Load, text: str, head: str = HEAD) -> list[str]:
    return [f"{finding.line}:{finding.column}: {finding.what}" for finding in found(load(head + text))]


# --- ways -------------------------------------------------------------------------------------------------------------

WAYS = [
    pytest.param(
        f"""main_number: a
menus:
  a: {{greeting: welcome.wav, keys: {{1: desk, 2: {{play: welcome.wav, then: {{menu: b}}}}}}, {PATIENT}}}
  b: {{greeting: welcome.wav, keys: {{1: back}}}}
  c: {{greeting: welcome.wav, keys: {{1: {{menu: d}}, 2: desk}}}}
  d: {{greeting: welcome.wav, keys: {{1: {{menu: c}}}}}}
""",
        ["9:6: no caller ever comes to menu 'c'", "10:6: no caller ever comes to menu 'd'"],
        id="menus nobody comes to",
    ),
    pytest.param(
        f"main_number: a\nmenus:\n  a: {{greeting: welcome.wav, {PATIENT}}}",
        ["7:6: in menu 'a' no key leads anywhere"],
        id="a menu without keys",
    ),
    pytest.param(
        """main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: {menu: b}, 2: desk}, no_input: {then: desk}}
  b:
    greeting: welcome.wav
    keys: {1: repeat, 2: {play: welcome.wav}, 3: {menu: c}}
    no_input: {then: repeat}
    wrong_input: {then: {menu: c}}
  c: {greeting: welcome.wav, keys: {1: back, 2: repeat}, no_input: {then: back}, wrong_input: {then: back}}
""",
        ["9:5: menu 'b' has no way out", "13:6: menu 'c' has no way out"],
        id="menus without a way out",
    ),
    pytest.param(
        """main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: {menu: b}, 2: desk}, no_input: {then: desk}}
  b: {greeting: welcome.wav, keys: {1: back}, no_input: {then: repeat}, wrong_input: {then: top}}
""",
        ["8:6: who presses nothing goes round for good: menu b -> menu b"],
        id="back and top are ways out",
    ),
    pytest.param(
        """main_number: {play: welcome.wav, then: {menu: a}}
menus:
  a: {greeting: welcome.wav, keys: {1: desk}, no_input: {then: {play: welcome.wav, then: {menu: b}}}}
  b: {greeting: welcome.wav, keys: {1: desk}, no_input: {then: {menu: a}}}
""",
        ["7:6: who presses nothing goes round for good: menu a -> play welcome.wav -> menu b -> menu a"],
        id="a round without a key",
    ),
    pytest.param(
        """main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: desk}, no_input: {then: {ring: desk, else: {menu: a}}}}
""",
        [],
        id="a round in which somebody may answer",
    ),
    pytest.param(
        """main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: desk, 2: {menu: b}}}
  b: {greeting: welcome.wav, keys: {1: desk}}
""",
        ["7:6: menu 'a' has nothing for callers who press nothing"],
        id="nothing for who presses nothing, asked of first menus only",
    ),
    pytest.param(
        "main_number: a\nmenus: {a: {greeting: welcome.wav, keys: {1: desk}, no_input: {then: hang_up}}}",
        [],
        id="hanging up on silence is meant if it is written",
    ),
    pytest.param(
        "main_number: {ring: desk, busy: hang_up, no_answer: hang_up, declined: hang_up, not_registered: hang_up, "
        "else: {voicemail: desk}}",
        ["5:112: this 'else' is never taken"],
        id="an else behind all others",
    ),
]


@pytest.mark.parametrize(("text", "expected"), WAYS)
def test_ways(text: str, expected: list[str], load: Load) -> None:
    assert doubts(load, text) == expected


# --- hours ------------------------------------------------------------------------------------------------------------

CLOSED = "{play: welcome.wav, then: hang_up}"
HOURS = [
    pytest.param(
        f"""hours: {{open: {{from: "08:00", to: "18:00"}}, noon: {{from: "12:00", to: "13:00"}}}}
main_number: [{{during: open, ring: desk}}, {CLOSED}]
""",
        ["5:51: hours 'noon' are used nowhere"],
        id="used nowhere",
    ),
    pytest.param(
        f"""hours:
  day: {{from: "08:00", to: "08:00"}}
  halves: [{{to: "12:00"}}, {{from: "12:00"}}]
  meant: {{}}
  gap: [{{to: "12:00"}}, {{from: "12:01"}}]
main_number: desk
menus:
  a:
    greeting: welcome.wav
    keys:
      1: [{{during: day, ring: desk}}, {CLOSED}]
      2: [{{during: halves, ring: desk}}, {CLOSED}]
      3: [{{during: meant, ring: desk}}, {CLOSED}]
      4: [{{during: gap, ring: desk}}, {CLOSED}]
""",
        [
            "6:8: hours 'day' are always open",
            "7:12: hours 'halves' are always open",
            "13:5: no caller ever comes to menu 'a'",
            "15:38: the last way of this list is never taken",
            "16:41: the last way of this list is never taken",
            "17:40: the last way of this list is never taken",
        ],
        id="always open",
    ),
    pytest.param(
        """hours: {open: {except: holidays}}
main_number: [{during: open, ring: desk}, {play: welcome.wav, then: hang_up}]
""",
        [],
        id="open but for holidays, of which some weeks have none",
    ),
    pytest.param(
        f"""hours: {{week: {{days: mon-fri}}, noon: {{days: [tue, wed], from: "12:00", to: "13:00"}}}}
main_number: [{{during: week, ring: desk}}, {{during: noon, ring: shop}}, {CLOSED}]
""",
        ["6:43: the way for 'noon' is never taken"],
        id="a way that earlier ones hide",
    ),
    pytest.param(
        """hours: {open: {days: mon-fri}, lunch: {from: "12:00", to: "13:00"}}
main_number: [{during: lunch, hang_up: at lunch}, {during: open, ring: desk}, hang_up]
""",
        [
            "6:15: nothing is said to callers while 'lunch' is open",
            "6:79: nothing is said to callers at all other times",
        ],
        id="times at which nothing is said",
    ),
    pytest.param(
        "hours: {open: {days: mon-fri}}\nmain_number: [{during: open, ring: desk}, {hang_up: busy}]",
        [],
        id="a busy signal says something",
    ),
]


@pytest.mark.parametrize(("text", "expected"), HOURS)
def test_hours(text: str, expected: list[str], load: Load) -> None:
    assert doubts(load, text) == expected


def test_hours_are_judged_by_the_year_that_begins(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours that will not come any more are never open, though they once were."""
    text = """hours: {open: {except: holidays}}
main_number: [{during: open, ring: desk}, {play: welcome.wav, then: hang_up}]
"""
    account = load(HEAD + text)
    end = datetime(2027, 6, 1, tzinfo=UTC).timestamp()
    monkeypatch.setattr(Account, "is_open", lambda self, name, at: at < end)
    assert "hours 'open' are never open" not in [f.what for f in check(account, end - 86400)]
    assert "hours 'open' are never open" in [f.what for f in check(account, end + 86400)]


# --- extensions, keys, people, numbers --------------------------------------------------------------------------------

MANY = "people: {" + ", ".join(f"p{n}: {{extension: {n}}}" for n in range(150, 200)) + "}"
EXTENSIONS = [
    pytest.param(
        MANY,
        """main_number: a
menus:
  a: {greeting: welcome.wav, dial_extensions: true, keys: {1: p150, 2: p151}, no_input: {then: p150}}
  b: {greeting: welcome.wav, keys: {1: p150}}
""",
        [
            ("7:6: no caller ever comes to menu 'b'", "lead there with {menu: b}, or remove it"),
            (
                "6:63: key 1 of menu 'a' begins extensions 150 to 199",
                "renumber extensions 150 to 199 to 350 to 399, or use key 3 instead of 1",
            ),
        ],
        id="a key that begins extensions",
    ),
    pytest.param(
        "people: {a: {extension: 21}, b: {extension: 212}, c: {extension: 34}}",
        "main_number: m\nmenus: {m: {greeting: welcome.wav, dial_extensions: yes, no_input: {then: a}}}",
        [("3:25: extension 21 begins extension 212", "renumber 21, for example to 210")],
        id="an extension that begins another",
    ),
    pytest.param(
        "people: {a: {extension: 21}, b: {extension: 212}}",
        "main_number: [{during: x, ring: a}, b]\nhours: {x: {days: mon}}",
        [],
        id="which matters only where extensions are dialled",
    ),
    pytest.param(
        "people: {'30': {extension: 40}, b: {extension: 30}}",
        "main_number: 30\nmenus: {m: {greeting: welcome.wav, dial_extensions: yes}}",
        [
            (
                "3:16: '30' is the name of one person and the extension of another, 'b'",
                "call the person something else",
            ),
            ("5:12: no caller ever comes to menu 'm'", "lead there with {menu: m}, or remove it"),
        ],
        id="a name like an extension",
    ),
]


@pytest.mark.parametrize(("people", "text", "expected"), EXTENSIONS)
def test_extensions(people: str, text: str, expected: list[tuple[str, str]], load: Load) -> None:
    head = HEAD.strip().rsplit("\n", 1)[0] + "\n"
    findings = found(load(f"{head}{people}\n{text}"))
    told = [(f"{finding.line}:{finding.column}: {finding.what}", finding.suggestion) for finding in findings]
    assert sorted(told) == sorted(expected)


def test_what_a_key_costs_is_told_in_seconds(load: Load) -> None:
    text = (
        f"main_number: a\nmenus: {{a: {{greeting: welcome.wav, dial_extensions: true, keys: {{2: desk}}, {PATIENT}}}}}"
    )
    (finding,) = found(load(HEAD + text))
    assert finding.effect == "who presses 2 waits 2 s for another digit"


def test_the_renumbering_that_is_proposed_helps(load: Load) -> None:
    text = (
        f"main_number: a\nmenus: {{a: {{greeting: welcome.wav, dial_extensions: true, keys: {{2: desk}}, {PATIENT}}}}}"
    )
    (finding,) = found(load(HEAD + text))
    assert finding.suggestion == "renumber extensions 201, 202 to 301, 302, or use key 1 instead of 2"
    assert found(load(HEAD.replace("201", "301").replace("202", "302") + text)) == []
    assert found(load(HEAD + text.replace("2: desk", "1: desk"))) == []


def test_people_whom_no_caller_reaches(load: Load) -> None:
    people = (
        "people: {a: {extension: 21}, b: {extension: 22, number: '020 123 4568'}, c: {extension: 23, email: c@x.nl}}"
    )
    head = HEAD.strip().rsplit("\n", 1)[0] + f"\n{people}\n"
    assert doubts(load, "main_number: {voicemail: c}", head) == ["3:13: no caller from outside can reach 'a'"]


def test_many_people_whom_no_caller_reaches_are_one_finding(load: Load) -> None:
    (told,) = doubts(load, "main_number: p150", HEAD.strip().rsplit("\n", 1)[0] + f"\n{MANY}\n")
    assert told.startswith("3:40: no caller from outside can reach 49 of 50 people: 'p151', ")
    assert told.count("'p1") == MAX_NAMED


def test_a_mailbox_of_which_no_e_mail_tells_is_told_once(load: Load) -> None:
    text = """main_number: {ring: desk, else: {voicemail: shop}}
menus: {a: {greeting: welcome.wav, keys: {1: {voicemail: shop}}}}
"""
    assert doubts(load, text) == [
        "4:68: 'shop' has a voicemail and no e-mail address",
        "6:12: no caller ever comes to menu 'a'",
    ]


def test_numbers_nobody_has(load: Load) -> None:
    told = doubts(load, "main_number: desk\n", HEAD.replace("+31 20 123 4567", "+31 99 123 4567"))
    assert told == ["3:17: +31991234567 is no number that is given out anywhere"]


# --- files ------------------------------------------------------------------------------------------------------------


def test_errors_and_doubts_of_many_files_come_as_findings(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(HEAD + "main_number: desk")
    assert [finding.what for finding in check_files(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)] == [
        "there are no built-in prompts"
    ]
    (tmp_path / "bad.yaml").write_text("x: 1")
    findings = check_files(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)
    assert {finding.severity for finding in findings} == {Severity.ERROR}


def test_a_large_dialplan_is_large_and_raises_no_doubt(tmp_path: Path) -> None:
    path = write_big_dialplan(tmp_path, people=40, menus=30)
    prompts = Path(__file__).parents[3] / "prompts"
    account = load_account(path, sounds_cache=tmp_path, prompts_dir=prompts)
    assert (len(account.people), len(account.menus)) == (40, 30)
    assert found(account) == []


def test_what_a_call_may_come_to(load: Load) -> None:
    text = """
main_number: a
menus:
  a: {greeting: welcome.wav, keys: {1: {menu: b}}}
  b: {greeting: welcome.wav, keys: {1: {menu: a}}}
"""
    account = load(HEAD + text)
    assert [node.name for node in reachable(account.main, account) if isinstance(node, Menu)] == ["a", "b"]


def test_a_word_in_place_of_everything_leads_nowhere_and_breaks_nothing(load: Load) -> None:
    account = load(
        "account: {name: A, country: NL, timezone: UTC}\nnumbers: {main: +31 20 123 4567}\nmain_number: repeat\n"
    )
    assert check(account) == []
