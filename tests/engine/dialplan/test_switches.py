"""Switches and star codes on the simulated call: what callers hear before and after, and who may turn what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.call.protocol import Caller
from engine.call.script import OUTSIDER, Script, Simulation
from engine.call.simulator import Simulator
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.default_codes import DEFAULT_CODES
from engine.dialplan.features import MAX_DIALLED
from engine.dialplan.load import load_account
from engine.dialplan.model import Node
from engine.dialplan.path import Path as CallPath
from engine.dialplan.switches import Setting, fact_of, setting_of
from engine.dialplan.walk import walk
from engine.events import NodeEntered, NodeLeft, SwitchTurned
from engine.office.office import Office

PROJECT = Path(__file__).parents[3]
DESK = Caller("101", "Desk", "desk")
MONDAY_NOON = 1795435200.0  # 2026-11-23 12:00 UTC
MONDAY_NIGHT = MONDAY_NOON + 10 * 3600

FILE = """
account: {name: The Bakery, country: NL, timezone: UTC}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}, orders: {extension: 102}}
hours:
  open: {mon-fri: 08:00-17:30}
switches:
  night: {on: goodbye.wav}
  snow:
main_number:
- {during: night, play: not-in-service.wav}
- {during: open, menu: welcome}
- {play: please-hold.wav}
menus:
  welcome:
    greeting: [{during: snow, play: digit-1.wav}, digit-2.wav]
    keys:
      1: {during: snow, play: digit-3.wav}
      2: {switch: snow, set: on, then: {hang_up: done}, refused: {hang_up: no}}
features:
  "*60": {switch: night, set: on}
  "*61": {switch: night, set: off}
  "*6": {switch: open}
  "*62": {switch: open, set: on}
  "#63": {switch: open, set: toggle, then: {play: digit-5.wav}}
  "*282": off
groups: {sales: {members: [desk, orders]}}
parking: {slots: 701-702}
"""


@dataclass
class Telephone:
    """Calls of one account, one after the other, with what people set in between."""

    account: Account
    simulator: Simulator
    office: Office = field(default_factory=Office)

    def dial(self, code: str, at: float = MONDAY_NOON, caller: Caller = DESK) -> Simulation:
        node = self.account.features.find(code)
        assert node is not None, f"{code} leads nowhere"
        return self._call(node, at, caller)

    def main_number(self, at: float = MONDAY_NOON, *keys: tuple[float, str], caller: Caller = OUTSIDER) -> Simulation:
        return self._call(self.account.main, at, caller, keys)

    def _call(self, entry: Node, at: float, caller: Caller, keys: tuple[tuple[float, str], ...] = ()) -> Simulation:
        script = Script(caller=caller, begins_at=at, office=self.office, keys=keys)
        return self.simulator.run(script, lambda call: walk(call, self.account, entry))


def read(text: str, folder: Path) -> Account:
    path = folder / "bakery.yaml"
    path.write_text(text)
    return load_account(path, sounds_cache=folder / "cache", prompts_dir=PROJECT / "prompts")


@pytest.fixture
def office(tmp_path: Path, simulator: Simulator) -> Telephone:
    return Telephone(read(FILE, tmp_path), simulator)


def heard(simulation: Simulation) -> list[str]:
    return [sound.what.removesuffix(".wav") for sound in simulation.heard]


def entered(simulation: Simulation) -> list[str]:
    return [f"{event.kind}:{event.name}" for event in simulation.events if isinstance(event, NodeEntered)]


# --- switches ---------------------------------------------------------------------------------------------------------


def test_the_next_caller_hears_the_night_announcement(office: Telephone) -> None:
    assert heard(office.main_number())[0] == "digit-2"
    turning = office.dial("*60")
    assert heard(turning) == ["goodbye"], "the account's own confirmation"
    assert turning.ended.seconds == pytest.approx(3.0), "answered, confirmed, hung up"
    assert heard(office.main_number()) == ["not-in-service"]
    assert heard(office.dial("*61")) == ["switch-off"], "the built-in one"
    assert heard(office.main_number())[0] == "digit-2"


def test_a_switch_makes_keys_and_greetings(office: Telephone) -> None:
    assert heard(office.main_number(MONDAY_NOON, (1.0, "1")))[:2] == ["digit-2", "invalid-choice"]
    office.office.standing.put(*fact_of("snow", Setting.ON))
    assert heard(office.main_number(MONDAY_NOON, (1.0, "1")))[:2] == ["digit-1", "digit-3"]


def test_the_default_code_turns_the_first_switch_and_back(office: Telephone) -> None:
    assert heard(office.dial("*281")) == ["goodbye"]
    assert heard(office.dial("*281")) == ["switch-off"]
    assert [heard(office.dial(code)) for code in ("*2811", "*2811", "*2810", "*2810")] == [
        ["goodbye"], ["goodbye"], ["switch-off"], ["switch-off"],
    ]  # fmt: skip


@pytest.mark.parametrize("rest", ["2", "7", "11"])
def test_digits_that_mean_nothing_change_nothing(office: Telephone, rest: str) -> None:
    office.dial("*60")
    simulation = office.dial(f"*281{rest}")
    assert heard(simulation) == ["invalid-choice"]
    assert next(event.exit for event in simulation.events if isinstance(event, NodeLeft)) == "refused"
    assert setting_of("night", office.office.standing) is Setting.ON


def test_hours_are_kept_open_or_closed_until_the_clock_may_rule_again(office: Telephone) -> None:
    closed = ["please-hold"]
    assert heard(office.main_number(MONDAY_NIGHT)) == closed
    assert heard(office.dial("*62", MONDAY_NIGHT)) == ["hours-on"]
    assert heard(office.main_number(MONDAY_NIGHT))[0] == "digit-2"
    assert heard(office.main_number(MONDAY_NIGHT + 5 * 86400))[0] == "digit-2", "on Saturday night still"
    assert heard(office.dial("*60", MONDAY_NIGHT)) == ["goodbye"]
    assert heard(office.main_number(MONDAY_NIGHT)) == ["not-in-service"], "the first line of the list that holds"
    office.dial("*61", MONDAY_NIGHT)
    assert heard(office.dial("*62", MONDAY_NIGHT)) == ["hours-on"]
    assert heard(office.dial("*60", MONDAY_NIGHT)) == ["goodbye"]


def test_toggling_hours_contradicts_the_clock_and_then_follows_it(office: Telephone) -> None:
    assert heard(office.dial("#63", MONDAY_NOON)) == ["hours-off", "digit-5"]
    assert heard(office.main_number(MONDAY_NOON)) == ["please-hold"]
    assert heard(office.dial("#63", MONDAY_NOON)) == ["hours-auto", "digit-5"]
    assert heard(office.main_number(MONDAY_NOON))[0] == "digit-2"
    assert heard(office.dial("#63", MONDAY_NIGHT)) == ["hours-on", "digit-5"]
    assert [heard(office.dial(code))[0] for code in ("*60", "*61")] == ["goodbye", "switch-off"]


def test_digits_after_the_code_of_hours(office: Telephone) -> None:
    confirmed = [heard(office.dial(code, MONDAY_NIGHT)) for code in ("*68", "*6")]
    assert confirmed[0] == ["invalid-choice"]
    assert confirmed[1] == ["hours-on"]
    assert office.account.holds("open", MONDAY_NIGHT, office.office.standing)


def test_nobody_from_outside_turns_anything(office: Telephone) -> None:
    simulation = office.main_number(MONDAY_NOON, (1.0, "2"), caller=Caller("101"))
    assert heard(simulation)[-1] == "not-allowed"
    assert entered(simulation)[-1] == "hang_up:no"
    assert list(office.office.standing.names("")) == []
    of_ours = office.main_number(MONDAY_NOON, (1.0, "2"), caller=DESK)
    assert entered(of_ours)[-1] == "hang_up:done"
    assert setting_of("snow", office.office.standing) is Setting.ON


def test_turning_is_an_event_for_the_log(office: Telephone) -> None:
    turned = [event for event in office.dial("*62").events if isinstance(event, SwitchTurned)]
    assert [(event.switch, event.setting) for event in turned] == [("open", "on")]


def test_what_somebody_else_wrote_into_the_store_does_no_harm(office: Telephone) -> None:
    office.office.standing.put("switch/night", "perhaps")
    assert heard(office.main_number())[0] == "digit-2"
    assert heard(office.dial("*281")) == ["goodbye"]


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialled", "node", "rest"),
    [
        ("*60", ("night", "on"), ""),
        ("*61", ("night", "off"), ""),
        ("*6", ("open", None), ""),
        ("*60102", ("open", None), "0102"),
        ("*6#5", ("open", None), "#5"),
        ("*281", ("night", None), ""),
        ("*2811", ("night", None), "1"),
        ("#63", ("open", "toggle"), ""),
    ],
)
def test_the_longest_code_that_can_do_with_the_rest_wins(
    office: Telephone, dialled: str, node: tuple[str, str | None], rest: str
) -> None:
    found = office.account.features.find(dialled)
    assert found is not None
    path = CallPath(office.account)
    there = found.arrive(path)
    assert (getattr(there, "switch", ""), getattr(there, "set", "")) == node
    assert path.dialled_rest == rest


@pytest.mark.parametrize(
    "dialled",
    ["", "*", "*5", "60", "*282", "*28", "#6", "#631", "*6x", "*6 0", "+*60", "*6" + "1" * MAX_DIALLED, "٭60", "*٦0"],
)
def test_what_is_no_code_leads_nowhere(office: Telephone, dialled: str) -> None:
    assert office.account.features.find(dialled) is None


def test_every_default_code_can_be_read(tmp_path: Path) -> None:
    queue = "queues: {support: {agents: [desk]}}\n"
    features = read(queue + FILE.replace('  "*282": off\n', ""), tmp_path).features
    assert {"*281", "*282"} <= features.keys()
    for default in DEFAULT_CODES:
        assert any(code.startswith(default.code) for code in features)
    assert not any(type(node).__name__ == "Unreadable" for node in features.values())


def test_the_account_may_give_a_default_code_another_meaning(tmp_path: Path) -> None:
    account = read(FILE.replace('"*282": off', '"*281": {say: "No."}'), tmp_path)
    assert account.features["*281"].kind == "play"
    assert account.features["*282"].name == "snow"
    assert account.features.code_of("switch", "snow") == "*282"
    assert account.features.code_of("switch", "night") == "*60"


def test_the_manual_names_every_default_code() -> None:
    manual = (PROJECT / "docs/dialplan.md").read_text()
    for default in DEFAULT_CODES:
        assert f"| `{default.code}" in manual


def test_check_tells_codes_that_hide_what_follows_another(tmp_path: Path) -> None:
    account = read(FILE.replace('"*282": off', '"*6102": {switch: snow, set: on}\n  "*68": {switch: snow}'), tmp_path)
    told = [finding.what for finding in check(account) if finding.what.startswith("the code")]
    assert told == [
        "the code *6102 also begins what is dialled after *6",
        "the code *68 also begins what is dialled after *6",
    ]


def test_check_tells_switches_and_hours_that_nobody_goes_by(tmp_path: Path) -> None:
    account = read(FILE.replace("- {during: night, play: not-in-service.wav}\n", ""), tmp_path)
    told = [(finding.line, finding.what) for finding in check(account) if "switch" in finding.what]
    assert told == [(8, "the switch 'night' changes nothing")]


def test_a_menu_behind_a_star_code_is_reached(tmp_path: Path) -> None:
    more = FILE.replace("menus:\n", "menus:\n  staff: {greeting: digit-7.wav, keys: {9: back}}\n")
    unreached = "no caller ever comes to menu 'staff'"
    assert unreached in [finding.what for finding in check(read(more, tmp_path))]
    reached = read(more.replace('"*282": off', '"*7": {menu: staff}'), tmp_path)
    assert unreached not in [finding.what for finding in check(reached)]


def test_check_tries_switches_on_and_off(tmp_path: Path) -> None:
    ways = """main_number:
- {during: night, play: not-in-service.wav}
- {during: always, menu: welcome}
- {during: snow, play: digit-1.wav}
- {play: please-hold.wav}
menus:"""
    begin, end = FILE.index("main_number:"), FILE.index("menus:")
    text = (FILE[:begin] + ways + FILE[end + len("menus:") :]).replace("17:30}\n", "17:30}\n  always: {}\n")
    told = [
        finding.what for finding in check(read(text, tmp_path)) if "way" in finding.what and "taken" in finding.what
    ]
    assert told == ["the way for 'snow' is never taken", "the last way of this list is never taken"]
