"""What a reload tells of a changed dialplan."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.dialplan.account import Account
from engine.dialplan.difference import MAX_CHANGES, differences

Load = Callable[..., Account]

BEFORE = """
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  anna: {extension: 201}
  bert: {extension: 202, email: bert@bakery.example}
hours:
  open: {days: mon-fri, from: "08:00"}
main_number:
- {during: open, menu: welcome}
- {voicemail: bert}
menus:
  welcome:
    greeting: welcome.wav
    keys:
      1: {ring: anna, for: 20s, else: {voicemail: bert}}
      2: {menu: more}
      "*": repeat
    no_input: {then: anna}
  more: {greeting: [{play: welcome.wav}], keys: {9: back}}
"""

CHANGES = [
    ("  anna: {extension: 201}", "  anna: {extension: 203}", ["person anna: extension is now 203 (was 201)"]),
    ("  bert:", "  carl: {extension: 205}\n  bert:", ["person carl added (extension 205)"]),
    (", email: bert@bakery.example", "", ["person bert: email is now left out (was bert@bakery.example)"]),
    ("The Bakery", "The Baker", ["account: name is now The Baker (was The Bakery)"]),
    ('main: "+31 20 123 4567"', 'main: "020 123 4567", others: ["020 123 4568"]',
     ["numbers: others is now +31201234568 (was left out)"]),
    ('from: "08:00"', 'from: "08:30"', ["hours open is now mon–fri 08:30–24:00 (was mon–fri 08:00–24:00)"]),
    ("mon-fri", "mon-thu", ["hours open is now mon–thu 08:00–24:00 (was mon–fri 08:00–24:00)"]),
    ("- {voicemail: bert}", "- {ring: bert}", ["main number, line 2 now leads to ring bert (was voicemail bert)"]),
    ("- {voicemail: bert}", "- {during: open, ring: anna}\n- {voicemail: bert}", ["main number now leads to "
     "hours open; open (was hours open)"]),
    ("2: {menu: more}", "2: {ring: bert}", ["menu welcome: key 2 now leads to ring bert (was menu more)"]),
    ('      "*": repeat\n', "      3: hang_up\n",
     ["menu welcome: key * removed (led to repeat)", "menu welcome: key 3 added, leads to hang_up"]),
    ("for: 20s", "for: 30s", ["menu welcome: key 1: for is now 30s (was 20s)"]),
    ("else: {voicemail: bert}", "else: back", ["menu welcome: key 1: else now leads to back (was voicemail bert)"]),
    ("{play: welcome.wav}", "opening-hours.wav",
     ["menu more: greeting is now opening-hours.wav (was welcome.wav)"]),
    ("    greeting: welcome.wav", "    greeting: [welcome.wav, opening-hours.wav]",
     ["menu welcome: greeting is now welcome.wav, opening-hours.wav (was welcome.wav)"]),
    ("no_input: {then: anna}", "no_input: {tries: 2}",
     ["menu welcome: no input: tries is now 2 (was 3)",
      "menu welcome: no input: then is now left out (was ring anna)"]),
    ("no_input: {then: anna}", "dial_extensions: yes\n    no_input: {then: anna}",
     ["menu welcome: dial extensions is now true (was false)"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"), CHANGES, ids=lambda value: value[:30] if isinstance(value, str) else ""
)
def test_a_change_is_told(old: str, new: str, told: list[str], load: Load) -> None:
    assert old in BEFORE
    assert differences([load(BEFORE)], [load(BEFORE.replace(old, new))]) == told


def test_what_only_looks_different_is_no_change(load: Load) -> None:
    moved = "# a comment\n\n" + BEFORE.replace('"08:00"', "8:00").replace("20s", "20").replace(
        "{voicemail: bert}", "{voicemail: 202}"
    )
    assert differences([load(BEFORE)], [load(moved)]) == []


def test_menus_and_whole_accounts_come_and_go(load: Load) -> None:
    before = load(BEFORE)
    without = load(BEFORE.replace("  more: {", "  most: {").replace("menu: more", "menu: most"))
    assert differences([before], [without]) == [
        "menu more removed",
        "menu welcome: key 2 now leads to menu most (was menu more)",
        "menu most added",
    ]
    assert differences([before], [before, load(BEFORE, "clinic.yaml")]) == ["account clinic added"]
    other = load(BEFORE.replace("201", "209"), "clinic.yaml")
    assert differences([before, load(BEFORE, "clinic.yaml")], [other]) == [
        "clinic: person anna: extension is now 209 (was 201)",
        "account bakery removed",
    ]


def test_many_changes_are_counted(load: Load) -> None:
    people = "".join(f"  p{number}: {{extension: {number}}}\n" for number in range(300, 400))
    told = differences([load(BEFORE)], [load(BEFORE.replace("hours:\n", f"{people}hours:\n", 1))])
    assert len(told) == MAX_CHANGES + 1
    assert told[0] == "person p300 added (extension 300)"
    assert told[-1] == "and 50 more"


def test_changes_of_timetables_switches_and_star_codes_are_told(load: Load) -> None:
    hours = "  open: {mon-fri: 08:00-17:30, holidays: closed, 12-24: 08:00-12:00}"
    before = BEFORE.replace('  open: {days: mon-fri, from: "08:00"}', hours) + "switches: [night]\n"
    after = before.replace("12-24: 08:00-12:00", "12-24: closed").replace("[night]", "[night, snow]")
    told = differences([load(before)], [load(after + 'features: {"*60": {switch: night}}\n')])
    assert told == [
        "hours open is now 24 Dec closed (was 24 Dec 08:00–12:00)",
        "switch snow added",
        "star codes: key *282 added, leads to switch snow",
        "star codes: key *60 added, leads to switch night",
    ]


def test_changes_of_mailboxes_are_told_but_no_pin(load: Load) -> None:
    before = BEFORE + 'mailboxes: {sales: {people: anna, pin: "4711"}}\n'
    after = BEFORE + 'mailboxes: {sales: {people: [anna, bert], pin: "0815", keep: 2 days}, desk: {people: bert}}\n'
    told = differences([load(before)], [load(after)])
    assert told == [
        "mailbox sales: pin is no longer the same",
        "mailbox sales: keep is now 172800s (was left out)",
        "mailbox sales: people is now anna, bert (was anna)",
        "mailbox desk added",
    ]
